"""`neon-async log-activity`: a call, a meeting or a task."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from cyclopts import Parameter

from neon_async.cli._common import COMMON, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._streams import message_instead
from neon_async.cli._times import aware_time
from neon_async.cli._values import OptionalRecordId, RecordId
from neon_async.models import Activity, IdName

_Time = Annotated[datetime | None, Parameter(converter=aware_time, show_default=False)]


def log_activity(
    account_id: RecordId,
    /,
    *,
    subject: str,
    note: Annotated[str | None, Parameter(show_default=False)] = None,
    status: str = "Completed",
    priority: Literal["High", "Normal", "Low"] = "Normal",
    start: _Time = None,
    end: _Time = None,
    system_user: Annotated[OptionalRecordId, Parameter(show_default=False)] = None,
    common: CommonOptions = COMMON,
) -> None:
    """Log an activity with an account, and print its id.

    The activity is never sent twice. If the reply is lost, the command fails: check the account's
    activities before you log it again.

    ```
    neon-async log-activity 10002 --subject "Thank-you call" --note "She was delighted."
    neon-async log-activity 10002 --subject Visit --status "Not Started" --start 2026-03-01T15:00Z
    ```

    Args:
        account_id: Id of the account.
        subject: Subject, in a few words.
        note: Longer text.
        status: Name or id of one of the organization's activity statuses.
        priority: Priority.
        start: When it begins or began, with a time zone; now by default.
        end: When it ends or ended, with a time zone.
        system_user: Id of the responsible user.
        common: The common options.
    """
    activity = Activity(
        subject=subject,
        note=note,
        start_date_time=datetime.now(UTC) if start is None else start,
        end_date_time=end,
        client_id=account_id,
        system_user_id=system_user,
        activity_status=IdName(id=status) if status.isdecimal() else IdName(name=status),
        activity_priority=priority,
    )
    activity_id = run_async(_add, activity, common)
    with message_instead(f"neon-async: activity {activity_id} was logged\n"):
        answer(("activityId",), [(activity_id,)])


async def _add(activity: Activity, common: CommonOptions) -> int:
    async with connect(common) as neon:
        return await neon.add_activity(activity)
