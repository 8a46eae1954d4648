"""What no range of time can show: records without a last-modified time, and stale copies."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import attrs

from neon_async._aio.task_groups import for_each
from neon_async._paging.existing import existing_ids
from neon_async._paging.paginator import Paginator
from neon_async.errors import APIError
from neon_async.operations import SortDirection, SyncAccounts
from neon_async.operations._sync import IDS_PER_REQUEST, may_refuse_order
from neon_async.operations._validation import require_positive, require_type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from neon_async.models import Account, AccountsPage
    from neon_async.operations._base import Sender

_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


@attrs.frozen
class Reconciliation:
    """How a set of known ids differs from the server's accounts.

    Attributes:
        unexpected: known ids of which there is no account.
        missing: ids of accounts that are not known.
        checked: how many ids were asked for.
    """

    unexpected: tuple[int, ...]
    missing: tuple[int, ...]
    checked: int


async def reconcile(
    sender: Sender, known_ids: Iterable[int], ids: Iterable[int] | None, workers: int
) -> Reconciliation:
    """Compare known ids with the server's (see `AsyncClient.reconcile`)."""
    known = _checked(known_ids, "known_ids")
    others = None if ids is None else _checked(ids, "ids")
    search = _ExistingSearch(sender, known)
    if others is None:
        top = max(known | {await _highest(sender)})
        await search.all(_batches(range(1, top + 1)), workers)
        await search.beyond(top)
    else:
        await search.all(_batches(known | others), workers)
    return await search.confirmed()


def _checked(ids: Iterable[int], parameter: str) -> frozenset[int]:
    require_type(ids, Iterable, "an iterable of account ids", parameter)
    return frozenset(require_positive(account_id, parameter) for account_id in ids)


async def _highest(sender: Sender) -> int:
    """Return the highest id of an account with a last-modified time, or 0 without any."""
    operation = SyncAccounts(time_from=_EARLIEST, ignore_deleted=True, page_size=IDS_PER_REQUEST)
    sorting = attrs.evolve(operation, sort_column="accountId", sort_direction=SortDirection.DESC)
    try:
        highest = _first_of(await sender.send(sorting))
    except APIError as error:
        if not may_refuse_order(error):
            raise
        highest = None
    return await _highest_of_all(sender, operation) if highest is None else highest


def _first_of(page: AccountsPage) -> int | None:
    """Return the highest id of a page, or None where higher ones may be on others."""
    groups = [
        [account.account_id or 0 for account in group]
        for group in (page.individual_accounts, page.organization_accounts)
    ]
    held = sum(map(len, groups))
    complete = page.page is not None and page.page.total_results <= held
    # A group of one is in any order.
    in_order = any(len(group) > 1 for group in groups) and all(
        group == sorted(group, reverse=True) for group in groups
    )
    return max([0, *groups[0], *groups[1]]) if complete or in_order else None


async def _highest_of_all(sender: Sender, operation: SyncAccounts) -> int:
    """Look at every page, where the server does not sort by id."""
    highest = 0
    paginator: Paginator[AccountsPage, Account] = Paginator(sender, operation, workers=1)
    async for page in paginator.pages():
        highest = max([highest, *(account.account_id or 0 for account in page.accounts)])
    return highest


def _batches(ids: Collection[int]) -> Iterator[Sequence[int]]:
    ordered: Sequence[int] = ids if isinstance(ids, range) else sorted(ids)
    return (ordered[at : at + IDS_PER_REQUEST] for at in range(0, len(ordered), IDS_PER_REQUEST))


class _ExistingSearch:
    """Compares batch by batch."""

    def __init__(self, sender: Sender, known: frozenset[int]) -> None:
        self._sender = sender
        self._known = known
        self._unexpected: set[int] = set()
        self._missing: set[int] = set()
        self._checked = 0

    async def all(self, batches: Iterator[Sequence[int]], workers: int) -> None:
        """Compare all batches, several at once."""
        await for_each(batches, self._compare, workers=workers)

    async def beyond(self, top: int) -> None:
        """Go on above the highest id, as long as there is anything."""
        start = top + 1
        while await self._compare(range(start, start + IDS_PER_REQUEST)):
            start += IDS_PER_REQUEST

    async def confirmed(self) -> Reconciliation:
        """Ask again for what differs, since it may have just been made or deleted."""
        doubtful = sorted(self._unexpected | self._missing)
        existing = await existing_ids(self._sender, SyncAccounts, doubtful)
        return Reconciliation(
            tuple(sorted(self._unexpected - existing)),
            tuple(sorted(self._missing & existing)),
            self._checked,
        )

    async def _compare(self, batch: Sequence[int]) -> bool:
        """Compare a batch, and return whether any of its accounts exists."""
        existing = await existing_ids(self._sender, SyncAccounts, batch)
        self._checked += len(batch)
        self._unexpected |= self._known.intersection(batch) - existing
        self._missing |= existing - self._known
        return bool(existing)
