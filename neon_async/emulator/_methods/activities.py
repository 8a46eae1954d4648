"""The activity methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.emulator._methods.accounts import identifier
from neon_async.emulator._methods.sync import SyncMethod, answer
from neon_async.emulator._wire.codes import refused

if TYPE_CHECKING:
    from neon_async.emulator._state.state import EmulatorState
    from neon_async.emulator._state.store import Document
    from neon_async.emulator._wire.messages import Fields, Json


def _record(document: Document) -> Json:
    record: Json = document["record"]
    return record


SYNC = SyncMethod(
    ids="activityIds.activityId",
    time_from="syncActivityTimeFrom",
    time_to="syncActivityTimeTo",
    nothing_asked="Date range or activity id is required.",
    id_column="activityId",
    shown=_record,
    columns=frozenset(
        [
            "activityId",
            "activityPriority",
            "createdBy",
            "createdDateTime",
            "endDateTime",
            "lastModifiedDateTime",
            "note",
            "startDateTime",
            "subject",
            "systemUserId",
        ]
    ),
)


def existing_activity(state: EmulatorState, number: int) -> Json:
    """Return the record of an activity, or refuse the id as invalid."""
    row = state.store.activities.row(number)
    if row is None or row.document is None:
        raise refused(10201)
    return _record(row.document)


def retrieve_activity(state: EmulatorState, fields: Fields) -> Json:
    number = identifier(fields.text("activityId"), 10200, 10201)
    return {"activity": existing_activity(state, number)}


def sync_activities(state: EmulatorState, fields: Fields) -> Json:
    """Answer syncActivities."""
    activities = state.store.activities
    result = answer(state, activities, SYNC, fields)
    records = [
        state.shown("activityId", number, _record(document))
        for number, document in activities.documents(result.ids).items()
    ]
    return {
        "activities": {"activity": records},
        "page": result.page,
        # Behind the page block, unlike that of accounts: as in the sample and the schema.
        "deletedActivityIdList": {"activityId": result.deleted},
    }
