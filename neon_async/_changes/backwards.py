"""Read more records of one instant than a page holds: backwards by id, at random, by their ids."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

from neon_async._changes.protocol import SLACK, PageRequest
from neon_async.operations._sync import IDS_PER_REQUEST

if TYPE_CHECKING:
    from neon_async._changes.protocol import PageResult, PlanGenerator, Watermark

_ATTEMPTS = 3


def read_backwards_by_id(
    lower: int, upper: int | None, watermark: Watermark, *, tail: bool = False
) -> PlanGenerator[None]:
    """See every record of a range, whatever their number, or note that this can't be shown.

    It is for more records within an instant, or nearly, than a page holds.
    """
    complete, by_id = False, True
    for _ in range(_ATTEMPTS):
        complete, by_id = yield from _backwards(lower, upper, tail=tail)
        if complete or not by_id:
            break
    if not (complete or by_id):
        complete = yield from _draw_pages(lower, upper, tail=tail)
    if not complete:
        watermark.mark_incomplete()
    elif upper is not None:
        watermark.advance(upper - SLACK)


def _backwards(lower: int, upper: int | None, *, tail: bool) -> PlanGenerator[tuple[bool, bool]]:
    """Read the pages from the last to the first.

    A record that leaves the range moves those behind it to a lower position, which is read
    later: so they can be seen twice, but not missed, as long as the order stays what it is and
    nothing joins the range. Both are checked. An order that is not by id can't be, and then only
    having seen as many records as there were is a proof.

    Returns:
        Whether nothing can be missing, and whether the order was by id.
    """
    first = yield PageRequest(lower, upper, by_id=True, tail=tail)
    if first.complete:
        return True, True
    seen = set(first.ids)
    order = _Order(first)
    number = _pages(first, first)
    while number >= 1:
        result = yield PageRequest(lower, upper, page=number, by_id=True, tail=tail)
        order.check(result, seen)
        seen.update(result.ids)
        number = min(number - 1, _pages(result, first))
    complete = len(seen) >= (order.total if order.by_id else first.total)
    return complete and not order.joined, order.by_id


def _draw_pages(lower: int, upper: int | None, *, tail: bool) -> PlanGenerator[bool]:
    """Draw pages of a server that shuffles, and return whether each record was seen.

    So many draws show each record but for one case in twenty, whatever their number. Each pass
    over the pages shows a third of the rest, so that the last ones are dear: where that takes
    fewer requests, they are asked for by their ids.
    """
    request = PageRequest(lower, upper, by_id=True, tail=tail)
    result = yield request
    pages, crowd = _pages(result, result), _Crowd(request)
    crowd.add(result)
    draws = math.ceil(pages * (math.log(max(result.total, 1)) + 3))
    for draw in range(draws):
        if crowd.complete:
            return True
        if draw and draw % pages == 0:
            yield from crowd.ask_by_ids(pages)
        crowd.add((yield attrs.evolve(request, page=draw % pages + 1)))
    if not crowd.complete:
        yield from crowd.ask_by_ids(draws)
        # Only its total says whether those that were seen are still there.
        crowd.add((yield request))
    return crowd.complete


class _Crowd:
    """The records of a range that a server shows in an order that changes.

    A settled range is joined by none. So as long as its total stays, its records are the same
    ones, and all were seen when as many were.
    """

    def __init__(self, request: PageRequest) -> None:
        self._request = request
        self._total = 0
        self._seen: set[int] = set()
        # Ids under which the range has no record, and the times of those that it has shown.
        self._absent: set[int] = set()
        self._times: set[int] = set()

    @property
    def complete(self) -> bool:
        """Whether each record was seen."""
        return len(self._seen) >= self._total

    def add(self, result: PageResult) -> None:
        """Add the records of a page, and forget those before it if some have left since."""
        if result.total != self._total:
            self._seen.clear()
        self._total = result.total
        self._seen.update(result.ids)
        self._times.update(time for time in result.times if time is not None)

    def ask_by_ids(self, most: int) -> PlanGenerator[None]:
        """Ask for the ids between those that were seen, if it takes at most so many requests.

        Records that were imported at once have ids close to each other. Where the server cuts the
        range is known from the times that it has shown: only records between those count.
        """
        # Reference pages Sync Accounts (accountIds.accountId), Sync Activities
        # (activityIds.activityId): ids need no range, so that the result is cut to it here.
        ids = self._unseen_ids(most * IDS_PER_REQUEST)
        lower, upper = min(self._times, default=0), max(self._times, default=0)
        for at in range(0, len(ids), IDS_PER_REQUEST):
            batch = ids[at : at + IDS_PER_REQUEST]
            result = yield attrs.evolve(self._request, lower=lower, upper=upper, ids=batch)
            self._seen.update(result.ids)
            self._absent.update(set(batch).difference(result.ids))

    def _unseen_ids(self, most: int) -> tuple[int, ...]:
        """Return the ids between those that are known, and some around, or none if too many."""
        known = {number for number in self._seen | self._absent if number > 0}
        if not (known and self._times):
            return ()
        low, high = min(known), max(known)
        unseen = high - low + 1 - len(known)
        if unseen > most:
            return ()
        # The last request has room for ids of records that were the first or the last import.
        around = IDS_PER_REQUEST - unseen % IDS_PER_REQUEST
        low, high = max(1, low - around // 2), high + around // 2
        return tuple(number for number in range(low, high + 1) if number not in known)


def _pages(result: PageResult, first: PageResult) -> int:
    """Return how many pages there are, also where the server's pages are smaller than it says."""
    held = max(1, len(first.ids))
    return max(result.pages, -(-result.total // held))


class _Order:
    """Whether pages that are read backwards are sorted by id, and nothing joins them.

    Attributes:
        by_id: whether ids have ascended within and between pages of one size.
        joined: whether the total has grown.
    """

    def __init__(self, first: PageResult) -> None:
        self._size = first.size
        self.total = first.total
        self._lowest: int | None = None
        self.by_id = first.in_id_order
        self.joined = False

    def check(self, result: PageResult, seen: set[int]) -> None:
        """Take the next page into account, where `seen` are the ids of those before."""
        self.joined |= result.total > self.total
        self.total = result.total
        self.by_id &= result.size == self._size and result.in_id_order
        if self._lowest is not None:
            # Records that moved here from the page before were seen there.
            self.by_id &= all(
                record_id < self._lowest or record_id in seen for record_id in result.ids
            )
        self._lowest = min(result.ids, default=self._lowest)
