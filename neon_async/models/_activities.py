"""Activities: tasks, calls and meetings."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from neon_async.models._accounts import CustomFieldData
from neon_async.models._base import Model, extra_field, known_id, list_field
from neon_async.models._references import IdName


class ActivityPriority(enum.StrEnum):
    """How urgent an activity is."""

    # Requests are documented with `High`; replies have `HIGH` since 2014.
    HIGH = "HIGH"
    NORMAL = "NORMAL"
    LOW = "LOW"


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class Activity(Model):
    """A task, a call or a meeting.

    `client_id` is the id of the account that it is about, `system_user_id` that of the user who is
    in charge. `time_zone_offset` is in v1's schema, without a unit. `encrypted_ios_calendar_key`
    is for NeonCRM's own app.
    """

    activity_id: int | None = None
    created_date_time: datetime | None = None
    created_by: str | None = None
    last_modified_date_time: datetime | None = None
    last_modified_by: str | None = None
    subject: str | None = None
    note: str | None = None
    start_date_time: datetime | None = None
    end_date_time: datetime | None = None
    # The schema has these two, the reference pages do not.
    time_zone_offset: int | None = None
    # The account: the schema calls it so.
    client_id: int | None = None
    system_user_id: int | None = None
    activity_status: IdName | None = None
    activity_priority: ActivityPriority | str | None = None
    encrypted_ios_calendar_key: str | None = None
    custom_field_data_list: list[CustomFieldData] | None = list_field("customFieldData")
    extra: Mapping[str, Any] = extra_field()

    @property
    def id(self) -> int:
        """The activity's id, for activities that come from NeonCRM.

        Raises:
            LookupError: there is none.
        """
        return known_id(self.activity_id)
