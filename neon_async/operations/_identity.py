"""Check that a reply holds the records that were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Collection

    from neon_async.models import Account, Activity

_NAMED_AT_MOST = 10


def check_account_id(account: Account, account_id: int, member: str, operation: str) -> None:
    """Pass an account that has the id which was asked for."""
    # After a merge, v1 may answer with the account into which this one was merged.
    if account.account_id != account_id:
        received = "no id" if account.account_id is None else f"the id {account.account_id}"
        message = (
            f"asked for account {account_id}, got an account with {received}. When accounts were "
            "merged, resolve_account_id returns the current id"
        )
        raise ProtocolError(message, path=f"{member}.accountId", operation=operation)


def check_activity_id(activity: Activity, activity_id: int, operation: str) -> None:
    """Pass an activity that has the id which was asked for."""
    if activity.activity_id != activity_id:
        received = "no id" if activity.activity_id is None else f"the id {activity.activity_id}"
        message = f"asked for activity {activity_id}, got an activity with {received}"
        raise ProtocolError(message, path="activity.activityId", operation=operation)


def other_records_error(
    received: Collection[int],
    missing: Collection[int],
    parameter: str,
    operation: str,
    *,
    twice: bool,
) -> ProtocolError:
    """Return the error of a query by ids that was answered with other records.

    Args:
        received: ids of records that were not asked for, or that came more than once.
        missing: ids that were asked for, and of which there is no record.
        parameter: name of the parameter that holds the ids.
        operation: the API method.
        twice: whether the ids were asked for, and came more than once.
    """
    kind = "came twice" if twice else "were not asked for"
    message = f"records that {kind}: {_listed(received)}"
    if missing:
        message += f"; records that did not come: {_listed(missing)}"
    if parameter == "accountIds.accountId":
        message += ". When accounts were merged, resolve_account_id returns the current id"
    return ProtocolError(message, path=parameter, operation=operation)


def _listed(ids: Collection[int]) -> str:
    more = ", …" if len(ids) > _NAMED_AT_MOST else ""
    return ", ".join(map(str, sorted(ids)[:_NAMED_AT_MOST])) + more
