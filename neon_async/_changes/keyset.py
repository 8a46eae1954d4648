"""Keyset: always the first page, oldest first, of a range that begins where the last one ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from neon_async._changes.protocol import NARROW, SLACK, PageRequest
from neon_async._changes.timestamps import MILLISECOND, SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_async._changes.protocol import PageResult, PlanGenerator, Watermark


_ATTEMPTS = 3


def read_backwards_by_id(
    lower: int, upper: int | None, track: Watermark, *, tail: bool = False
) -> PlanGenerator[None]:
    """See every record of a range, whatever its number, and say so if that can't be proven."""
    for _ in range(_ATTEMPTS):
        if (yield from _backwards(lower, upper, tail=tail)):
            if upper is not None:
                track.advance(upper - SLACK)
            return
    track.mark_incomplete()


def _backwards(lower: int, upper: int | None, *, tail: bool) -> PlanGenerator[bool]:
    """Read the pages from the last to the first, and return whether nothing can be missing.

    A record that leaves the range moves those behind it to a lower position, which is read
    later: so they can be seen twice, but not missed, as long as the order stays what it is and
    nothing joins the range. Both are checked. An order that is not by id can't be, and then only
    having seen as many records as there were is a proof.
    """
    first = yield PageRequest(lower, upper, by_id=True, tail=tail)
    if first.complete:
        return True
    seen = set(first.ids)
    order = _Order(first)
    number = _pages(first, first)
    while number >= 1:
        answer = yield PageRequest(lower, upper, page=number, by_id=True, tail=tail)
        order.check(answer, seen)
        seen.update(answer.ids)
        number = min(number - 1, _pages(answer, first))
    if order.joined:
        return False
    return len(seen) >= (order.total if order.by_id else first.total)


def _pages(answer: PageResult, first: PageResult) -> int:
    """Return how many pages there are, also where the server's pages are smaller than it says."""
    held = max(1, len(first.ids))
    return max(answer.pages, -(-answer.total // held))


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

    def check(self, answer: PageResult, seen: set[int]) -> None:
        """Take the next page into account; `seen` are the ids of those before."""
        self.joined |= answer.total > self.total
        self.total = answer.total
        self.by_id &= answer.size == self._size and answer.in_id_order
        if self._lowest is not None:
            # What has moved here from the page that was read before was seen there.
            self.by_id &= all(one < self._lowest or one in seen for one in answer.ids)
        self._lowest = min(answer.ids, default=self._lowest)


def bisect_range(
    lower: int, upper: int | None, track: Watermark, *, tail: bool = False
) -> PlanGenerator[bool]:
    """See every record of a range, slice by slice, from the oldest to the newest.

    A slice whose page is complete was seen at one moment, whatever the order within the page. A
    record that changes moves to a later slice: if its own slice was not read before, that one
    will be. So none is missed even when records join the newest slice meanwhile.

    Args:
        lower: beginning of the range.
        upper: end of the range, or None for none.
        track: where to note how far it is.
        tail: as in `PageRequest`.

    Returns:
        Whether each slice was seen at one moment. Where halving one is of no use, and it holds
        more than a page, it is read by `crowd`.
    """
    waiting = [(lower, upper)]
    at_once = True
    while waiting:
        low, high = waiting.pop()
        answer = yield PageRequest(low, high, tail=tail)
        end = answer.now if high is None else high
        if answer.complete:
            if high is not None:
                track.advance(high - SLACK)
        elif end - low <= NARROW or _mostly_timeless(answer):
            at_once = False
            yield from read_backwards_by_id(low, high, track, tail=tail)
        else:
            middle = (low + end) // 2
            waiting += [(middle - SLACK, high), (low, middle + SLACK)]
    return at_once


def _mostly_timeless(answer: PageResult) -> bool:
    """Return whether the server counts records without a time to every range, and has many."""
    timeless = answer.times.count(None)
    return timeless > 0 and 2 * timeless >= len(answer.times)


_STRETCH = 2 * SECOND


@attrs.frozen
class _Boundary:
    """That a page held all that is older than `cut`: to be proven by the next total.

    Attributes:
        lower: beginning of the page's range.
        cut: beginning of the next range, with no record of the page within the slack of it.
        total: how many records the page's range held.
        older: how many records of the page are older than `cut`.
    """

    lower: int
    cut: int
    total: int
    older: int

    def proven_by(self, following: PageResult) -> bool:
        """Return whether the range has lost just the records of the page.

        In a range that nothing joins, the total falls by those that are older than the cut and
        by those that have left: by `older` at least, since that many were seen there. Where it
        falls by no more, none has left and none was there unseen, whatever the server sorts by.
        """
        return self.total - following.total == self.older


def keyset(lower: int, upper: int, track: Watermark) -> PlanGenerator[None]:
    """See every record that is in the range from the beginning to the end of the walk.

    A record can only leave the range, by a change or by being deleted. Page numbers would shift
    then; the first page never does. Each page is checked by the total of the next one, and where
    that proves nothing, because records have left or are not sorted, its range is read again as
    a slice. More records at once than the pages can tell apart are read by `crowd`.

    Args:
        lower: beginning of the range.
        upper: end of the range, which nothing may join any more.
        track: where to note how far it is.
    """
    claim: _Boundary | None = None
    stretch = _STRETCH
    while True:
        answer = yield PageRequest(lower, upper)
        if claim is not None:
            yield from _verify(claim, answer, upper, track)
        if answer.complete:
            track.advance(upper - SLACK)
            return
        times = sorted(time for time in answer.times if time is not None)
        if not answer.in_time_order or not times:
            yield from bisect_range(lower, upper, track)
            return
        claim = _claim(lower, answer.total, times)
        if claim is not None:
            lower, stretch = claim.cut, _STRETCH
            continue
        end = min(times[-1] + 2 * SLACK + stretch, upper)
        yield from read_backwards_by_id(lower, end, track)
        if end == upper:
            return
        lower, stretch = end - 2 * SLACK, 2 * stretch


def _verify(
    claim: _Boundary, following: PageResult, upper: int, track: Watermark
) -> PlanGenerator[None]:
    if claim.proven_by(following):
        track.advance(claim.cut - SLACK)
    else:
        yield from bisect_range(claim.lower, min(claim.cut + 2 * SLACK, upper), track)


def _claim(lower: int, total: int, times: Sequence[int]) -> _Boundary | None:
    """Cut a page in its latter half, where no record is within the slack; None if there always is.

    A cut in the first half would mean to read most of the page again.
    """
    for index in range(len(times) - 1, (len(times) - 1) // 2, -1):
        if times[index] - times[index - 1] > 2 * (SLACK + MILLISECOND):
            return _Boundary(lower, times[index] - SLACK - MILLISECOND, total, index)
    return None
