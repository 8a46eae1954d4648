"""Read a range of time completely: by keyset, by halves, or backwards by id."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs

from neon_async._changes.protocol import MILLISECOND, NARROW, SECOND, SLACK, PageRequest
from neon_async.operations._sync import IDS_PER_REQUEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_async._changes.protocol import PageResult, PlanGenerator, Watermark

STRETCH = 2 * SECOND
_ATTEMPTS = 3


@attrs.frozen
class _Boundary:
    """The end of what a page has shown: to be verified by the next total.

    Attributes:
        lower: beginning of the page's range.
        at: beginning of the next range, with no record of the page within the slack of it.
        total: how many records the page's range held.
        older: how many records of the page are older than `at`.
    """

    lower: int
    at: int
    total: int
    older: int

    def verified_by(self, following: PageResult) -> bool:
        """Return whether the range has lost just the records of the page.

        In a range that nothing joins, the total falls by those that are older than the boundary
        and by those that have left: by `older` at least, since that many were seen there. Where
        it falls by no more, none has left and none was there unseen, whatever the server sorts by.
        """
        return self.total - following.total == self.older


def keyset(lower: int, upper: int, watermark: Watermark) -> PlanGenerator[None]:
    """See every record that is in the range from the beginning to the end of the reading.

    It asks for the first page, oldest first, of a range that begins where the last page ended. A
    record can only leave the range, by a change or by being deleted. Page numbers would shift
    then; the first page never does. Each page is verified by the total of the next one. Where that
    shows nothing, because records have left or are not sorted by time, the page is noted as
    unconfirmed: the certificate may still prove that nothing is missing. More records at once than
    a page can hold are read by `read_backwards_by_id`.

    Args:
        lower: beginning of the range.
        upper: end of the range, which nothing may join any more.
        watermark: where to note how far it is.
    """
    boundary: _Boundary | None = None
    stretch = STRETCH
    while True:
        result = yield PageRequest(lower, upper)
        if boundary is not None:
            _verify(boundary, result, watermark)
        if result.complete:
            watermark.advance(upper - SLACK)
            return
        times = sorted(time for time in result.times if time is not None)
        if not result.in_time_order or not times:
            yield from bisect_range(lower, upper, watermark)
            return
        boundary = _boundary(lower, result.total, times)
        if boundary is not None:
            lower, stretch = boundary.at, STRETCH
            continue
        at = times[-1] - SLACK - MILLISECOND
        if times[len(times) // 2] < at - SLACK:
            # No total can show what a page held that ends between records so close together. A
            # server that cuts the next range a second early still leaves half of this page out.
            watermark.mark_unconfirmed(lower - SLACK, at + SLACK)
            watermark.advance(at - SLACK)
            lower, stretch = at, STRETCH
            continue
        end = min(times[-1] + 2 * SLACK + stretch, upper)
        yield from read_backwards_by_id(lower, end, watermark)
        if end == upper:
            return
        lower, stretch = end - 2 * SLACK, 2 * stretch


def _verify(boundary: _Boundary, following: PageResult, watermark: Watermark) -> None:
    if not boundary.verified_by(following):
        watermark.mark_unconfirmed(boundary.lower - SLACK, boundary.at + SLACK)
    watermark.advance(boundary.at - SLACK)


def _boundary(lower: int, total: int, times: Sequence[int]) -> _Boundary | None:
    """Cut a page in its latter half, where no record is within the slack, or return None.

    A boundary in the first half would mean to read most of the page again.
    """
    for index in range(len(times) - 1, (len(times) - 1) // 2, -1):
        if times[index] - times[index - 1] > 2 * (SLACK + MILLISECOND):
            return _Boundary(lower, times[index] - SLACK - MILLISECOND, total, index)
    return None


def bisect_range(
    lower: int, upper: int | None, watermark: Watermark, *, tail: bool = False
) -> PlanGenerator[bool]:
    """Halve a range until a page holds each part, and read the parts from the oldest on.

    That needs no order at all. A part whose page is complete was seen at one moment. A record that
    changes moves to a later part: if its own part was not read before, that one will be. So none
    is missed even when records join the newest part meanwhile.

    Args:
        lower: beginning of the range.
        upper: end of the range, or None for none.
        watermark: where to note how far it is.
        tail: as in `PageRequest`.

    Returns:
        Whether each part was seen at one moment. Where halving one is of no use, and it holds
        more than a page, it is read by `read_backwards_by_id`.
    """
    waiting = [(lower, upper)]
    at_once = True
    while waiting:
        low, high = waiting.pop()
        result = yield PageRequest(low, high, tail=tail)
        end = result.now if high is None else high
        if result.complete:
            if high is not None:
                watermark.advance(high - SLACK)
        elif end - low <= NARROW or _mostly_timeless(result):
            at_once = False
            yield from read_backwards_by_id(low, high, watermark, tail=tail)
        else:
            middle = (low + end) // 2
            waiting += [(middle - SLACK, high), (low, middle + SLACK)]
    return at_once


def _mostly_timeless(result: PageResult) -> bool:
    """Return whether the server counts records without a time to every range, and has many."""
    timeless = result.times.count(None)
    return timeless > 0 and 2 * timeless >= len(result.times)


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
        total: the latest total.
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
            self.by_id &= all(one < self._lowest or one in seen for one in result.ids)
        self._lowest = min(result.ids, default=self._lowest)
