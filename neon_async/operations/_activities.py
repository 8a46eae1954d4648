"""Operations on single activities.

Their pages (Retrieve, Add and Update Activity) are not among the reference pages of this package,
but public: https://developer.neoncrm.com/api/activities/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from neon_async._wire.converter import structure_member
from neon_async._wire.flatten import ParameterSet, flatten
from neon_async._wire.spelling import spell_id
from neon_async._wire.unknown_fields import validate_no_unknown_fields
from neon_async.errors import ErrorCode
from neon_async.models import Activity
from neon_async.operations import _account_validation, _parameters
from neon_async.operations._base import Effect, Operation
from neon_async.operations._identity import check_activity_id
from neon_async.operations._validation import validate

if TYPE_CHECKING:
    from neon_async._wire.form import Pairs


@attrs.frozen
class RetrieveActivity(Operation[Activity]):
    """One activity, as a whole.

    Attributes:
        activity_id: the activity.
    """

    path = "account/retrieveActivity"
    effect = Effect.READ
    reply = Activity

    activity_id: int

    def params(self) -> Pairs:
        """Return the activity's id.

        Raises:
            InvalidRequestError: it is not a positive whole number.
        """
        name, code = "activityId", ErrorCode.ACTIVITY_ID_INVALID
        return [(name, validate(spell_id, self.activity_id, name, self.name, code))]

    def parse(self, payload: dict[str, Any]) -> Activity:
        """Return the activity.

        Raises:
            ProtocolError: it is another activity than the one asked for.
        """
        activity = structure_member(payload, "activity", Activity, self.name)
        check_activity_id(activity, self.activity_id, self.name)
        return activity


@attrs.frozen
class _WriteActivity(Operation[int]):
    """A write that answers with the activity's id."""

    effect = Effect.WRITE
    reply = int
    spec: ClassVar[ParameterSet]

    activity: Activity = attrs.field(repr=False)

    def params(self) -> Pairs:
        """Return the activity's parameters.

        Raises:
            InvalidRequestError: something is missing, or can't be sent.
        """
        spec, activity = self.spec, self.activity
        spec.require_type(activity, Activity)
        validate_no_unknown_fields(activity, spec)
        # What the page of activities marks as required, but for the system user: the vendor's own
        # integrations leave that one out.
        _account_validation.validate_required(activity.subject, spec, "subject")
        _account_validation.validate_required(activity.start_date_time, spec, "startDateTime")
        _account_validation.validate_required(activity.client_id, spec, "clientId")
        _account_validation.validate_required(activity.activity_status, spec, "activityStatus.id")
        _account_validation.validate_required(activity.activity_priority, spec, "activityPriority")
        _account_validation.validate_custom_fields(activity.custom_field_data_list, spec)
        return flatten(activity, spec)

    def parse(self, payload: dict[str, Any]) -> int:
        return structure_member(payload, "activityId", int, self.name)


@attrs.frozen
class AddActivity(_WriteActivity):
    """Make a new activity.

    Attributes:
        activity: the activity, without an id.
    """

    path = "account/addActivity"
    spec: ClassVar[ParameterSet] = _parameters.ADD_ACTIVITY


@attrs.frozen
class UpdateActivity(_WriteActivity):
    """Replace an activity.

    Whether v1 keeps what is omitted is on no page. Take it to be deleted, as with accounts.

    Attributes:
        activity: the complete activity, with its id.
    """

    path = "account/updateActivity"
    spec: ClassVar[ParameterSet] = _parameters.UPDATE_ACTIVITY

    def params(self) -> Pairs:
        spec, code = self.spec, ErrorCode.ACTIVITY_ID_REQUIRED
        spec.require_type(self.activity, Activity)
        _account_validation.validate_required(self.activity.activity_id, spec, "activityId", code)
        return super().params()
