"""Reading and writing single activities.

Their pages (Retrieve, Add and Update Activity) are not among the reference pages of this package,
but public: https://developer.neoncrm.com/api/activities/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from neon_async._wire.converter import structure_member
from neon_async._wire.flatten import ParameterSet, flatten
from neon_async._wire.unknown_fields import refuse_unknown_fields
from neon_async.errors import ErrorCode
from neon_async.models import Activity
from neon_async.operations import _account_validation, _parameters, _validation
from neon_async.operations._base import Effect, Operation
from neon_async.operations._identity import check_activity_id

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
        return [(name, _validation.positive(self.activity_id, name, self.name, code))]

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

    activity: Activity = attrs.field(repr=False)

    def _pairs(self, page: ParameterSet) -> Pairs:
        activity = self.activity
        page.expect(activity, Activity)
        refuse_unknown_fields(activity, page)
        # What the page of activities marks as required, but for the system user: the vendor's own
        # integrations leave that one out.
        _account_validation.required(activity.subject, page, "subject")
        _account_validation.required(activity.start_date_time, page, "startDateTime")
        _account_validation.required(activity.client_id, page, "clientId")
        _account_validation.required(activity.activity_status, page, "activityStatus.id")
        _account_validation.required(activity.activity_priority, page, "activityPriority")
        _account_validation.custom_fields(activity.custom_field_data_list, page)
        return flatten(activity, page)

    def parse(self, payload: dict[str, Any]) -> int:
        """Return the activity's id."""
        return structure_member(payload, "activityId", int, self.name)


@attrs.frozen
class AddActivity(_WriteActivity):
    """Make a new activity.

    Attributes:
        activity: the activity, without an id.
    """

    path = "account/addActivity"

    def params(self) -> Pairs:
        """Return the activity's parameters.

        Raises:
            InvalidRequestError: something is missing, or can't be sent.
        """
        return self._pairs(_parameters.ADD_ACTIVITY)


@attrs.frozen
class UpdateActivity(_WriteActivity):
    """Replace an activity.

    Whether v1 keeps what is omitted is on no page. Take it to be deleted, as with accounts.

    Attributes:
        activity: the complete activity, with its id.
    """

    path = "account/updateActivity"

    def params(self) -> Pairs:
        """Return the activity's parameters.

        Raises:
            InvalidRequestError: something is missing, or can't be sent.
        """
        page, code = _parameters.UPDATE_ACTIVITY, ErrorCode.ACTIVITY_ID_REQUIRED
        page.expect(self.activity, Activity)
        _account_validation.required(self.activity.activity_id, page, "activityId", code)
        return self._pairs(page)
