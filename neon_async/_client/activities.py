"""Client methods that write activities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async import operations
from neon_async._client.reads import ReadMethods
from neon_async._pipeline.secrecy import guarded

if TYPE_CHECKING:
    from neon_async.models import Activity


class ActivityMethods(ReadMethods):
    """Adding and replacing activities."""

    @guarded
    async def add_activity(self, activity: Activity) -> int:
        """Log a call or a meeting, or plan a task, and return the new activity's id.

        ```python
        from datetime import UTC, datetime

        call = Activity(
            subject="Thank-you call",
            start_date_time=datetime.now(UTC),
            client_id=10002,
            activity_status=IdName(name="Completed"),
            activity_priority=ActivityPriority.NORMAL,
        )
        activity_id = await neon.add_activity(call)
        ```

        It is never sent twice by the client. Page:
        https://developer.neoncrm.com/api/activities/

        Args:
            activity: the activity, without an `activity_id`: `subject`, `start_date_time`,
                `client_id` (the account that it is about), `activity_status` by id, name or both,
                and `activity_priority` are required. `system_user_id` says who is in charge.

        Raises:
            InvalidRequestError: something is missing, or the operation has no parameter for it.
            OutcomeUnknownError: it may or may not have happened.
        """
        return await self.send(operations.AddActivity(activity))

    @guarded
    async def update_activity(self, activity: Activity) -> int:
        """Replace an activity, and return its id: **take what is omitted or blank to be deleted**.

        Whether v1 keeps what is omitted is on no page, so send a complete activity, as
        `retrieve_activity` returns it. Page:
        https://developer.neoncrm.com/api/activities/update-activity/

        Args:
            activity: the complete activity, with its `activity_id`.

        Raises:
            InvalidRequestError: something is missing, or the operation has no parameter for it.
            NotFoundError: there is no such activity.
            OutcomeUnknownError: it may or may not have happened.
        """
        return await self.send(operations.UpdateActivity(activity))
