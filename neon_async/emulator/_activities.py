"""The activity methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._sync import Sync, answer

if TYPE_CHECKING:
    from ._state import State
    from ._wire import Fields, Json

SYNC = Sync(
    ids="activityIds.activityId",
    time_from="syncActivityTimeFrom",
    time_to="syncActivityTimeTo",
    nothing_asked="Date range or activity id is required.",
    id_column="activityId",
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


def sync_activities(state: State, fields: Fields) -> Json:
    """Answer syncActivities."""
    activities = state.store.activities
    found = answer(state, activities, SYNC, fields)
    changed = activities.changed(found.ids)
    documents = (
        changed[number] if number in changed else activities.synthetic.document(number)
        for number in found.ids
    )
    return {
        "activities": {"activity": [document["record"] for document in documents]},
        "page": found.page,
        "deletedActivityIdList": {"activityId": found.deleted},
    }
