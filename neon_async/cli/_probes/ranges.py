"""Probes of ranges of time, pages and order in syncAccounts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from neon_async import Account, AsyncClient, SearchOperator, SortDirection
from neon_async.cli._probes.observation import Observation, judge, unknown
from neon_async.cli._probes.target import (
    LARGEST_PAGE,
    SINCE,
    SYNC_ACCOUNTS,
    ProbeTarget,
    ignore,
    inner,
    listed,
)
from neon_async.cli._times import EPOCH

_LARGE_PAGE: Final = 1_000
# Few of them may be in order by chance.
_ENOUGH_TIMES: Final = 6
_MILLISECOND: Final = timedelta(milliseconds=1)
_SECOND: Final = timedelta(seconds=1)
_STEPS: Final = 10
_RECENTLY: Final = timedelta(minutes=15)


async def page_size_limit(target: ProbeTarget) -> Observation:
    """Ask for large pages, and look at the size that the replies name."""
    sizes: list[int] = []
    for size in (LARGEST_PAGE, _LARGE_PAGE):
        page = await target.accounts(EPOCH, page_size=size)
        info = page.page
        named = None if info is None else info.page_size
        total = 0 if info is None else info.total_results or 0
        if named is None and total < size:
            return unknown(f"fewer than {size} accounts, and no page size in the reply")
        sizes.append(len(page.accounts) if named is None else named)
    text = f"{sizes[0]} of {LARGEST_PAGE} requested, {sizes[1]} of {_LARGE_PAGE} requested"
    return judge(sizes[0] >= LARGEST_PAGE, text)


async def sort_column_ignored(target: ProbeTarget) -> Observation:
    """Sort by last-modified time, in both directions."""
    ordered = [await is_ordered(target.neon, direction) for direction in SortDirection]
    if None in ordered:
        # An import gives thousands of accounts one time, and any order of equal times is right.
        return unknown("too few accounts with different last-modified times")
    return judge(all(ordered), "sorted" if all(ordered) else "not sorted")


async def is_ordered(neon: AsyncClient, direction: SortDirection) -> bool | None:
    """Whether a page is in order, or None where all orders look the same."""
    page = await neon.sync_accounts(
        time_from=EPOCH,
        sort_column="lastModifiedDateTime",
        sort_direction=direction,
        on_unreadable=ignore,
    ).first_page()
    # A page has both kinds of account one after the other, each in order.
    kinds = [_times(page.individual_accounts), _times(page.organization_accounts)]
    if len({time for times in kinds for time in times}) < _ENOUGH_TIMES:
        return None
    descending = direction is SortDirection.DESC
    return all(times == sorted(times, reverse=descending) for times in kinds)


def _times(accounts: Sequence[Account]) -> list[datetime]:
    times = (account.last_modified_date_time for account in accounts)
    return [time for time in times if time is not None]


async def bounds(target: ProbeTarget) -> Observation:
    """Ask for one account within ranges that end at its last-modified time."""
    dated = [
        (account.id, time.astimezone(UTC))
        for account in (await target.page()).accounts
        if (time := account.last_modified_date_time) is not None
    ]
    if not dated:
        return unknown("no account with a last-modified time")
    # Whole seconds would hide that ranges are cut down to them.
    account_id, time = next((pair for pair in dated if pair[1].microsecond), dated[0])
    second = time.replace(microsecond=0)

    async def has(since: datetime, until: datetime) -> bool:
        page = await target.accounts(since, until, page_size=1, account_ids=[account_id])
        return bool(page.accounts)

    if await has(time, time):
        return judge(agrees=True, observed="inclusive")
    if await has(time - _MILLISECOND, time + _MILLISECOND):
        return judge(agrees=False, observed="exclusive")
    if await has(second, second + _SECOND):
        return judge(agrees=False, observed="cut down to whole seconds")
    return judge(agrees=False, observed="not found within a second of its time")


async def unmodified(target: ProbeTarget) -> Observation:
    """Compare how many accounts a search has and how many any range of time has."""
    searched = await target.neon.search_accounts(
        [("Account ID", SearchOperator.NOT_BLANK)], output_fields=["Account ID"], page_size=1
    ).first_page()
    ranged = await target.accounts(EPOCH, page_size=1)
    if searched.page is None or ranged.page is None:
        return unknown("a reply without totals")
    every, dated = searched.page.total_results or 0, ranged.page.total_results or 0
    if every <= dated:
        return judge(agrees=True, observed="every account")
    return judge(agrees=False, observed=f"{every - dated} accounts of {every} have none")


async def note_recent(target: ProbeTarget) -> None:
    """Read what has changed lately, for `commit_delay` to compare with at the end of the run."""
    now = (await target.accounts(EPOCH, page_size=1)).response_date_time
    if now is not None:
        target.recent = await target.accounts(now - _RECENTLY)


async def commit_delay(target: ProbeTarget) -> Observation:
    """Look for accounts that were not there at the beginning, with times before it."""
    before = target.recent
    if before is None or before.response_date_time is None:
        return unknown("the replies have no time")
    began = before.response_date_time
    page = await target.accounts(began - _RECENTLY, began - _MILLISECOND)
    known = {account.id for account in before.accounts}
    late = [account for account in page.accounts if account.id not in known]
    # The page has only the first changes, so that others are unknown without being late.
    if len(before.accounts) >= LARGEST_PAGE:
        return unknown("more changes than a page holds")
    if late:
        return judge(agrees=False, observed=f"{len(late)} changes became visible late")
    if not known:
        return unknown("nothing has changed in the last 15 minutes")
    return judge(agrees=True, observed="none")


async def deleted_ids_limit(target: ProbeTarget) -> Observation:
    """Count deleted ids in a range, on two of its pages, and in both halves of the range."""
    now = (await target.page()).response_date_time or datetime.now(UTC)
    whole, second = [await _deleted(target, EPOCH, now, page) for page in (1, 2)]
    if whole != second:
        return judge(agrees=False, observed=f"{whole} on the first page, {second} on the second")
    low, high = EPOCH, now
    for _ in range(_STEPS):
        # Most deletions are recent.
        middle = high - (high - low) / 8
        newer = await _deleted(target, middle + _MILLISECOND, high)
        if not newer:
            high = middle
            continue
        older = await _deleted(target, low, middle)
        if older and newer + older > whole:
            return judge(agrees=False, observed=f"a page lists {whole} at most")
        if older:
            return judge(agrees=True, observed="complete")
        low = middle
    return unknown("too few deleted accounts, or all at once")


async def _deleted(target: ProbeTarget, since: datetime, until: datetime, page: int = 1) -> int:
    pairs = [
        (SINCE[0], since),
        ("syncAccountTimeTo", until),
        ("page.currentPage", page),
        ("page.pageSize", 1),
    ]
    payload = await target.neon.call(SYNC_ACCOUNTS, pairs)
    return len(listed(inner(payload, "deletedAccountList", "accountId")))
