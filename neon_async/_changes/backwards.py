"""Reverse pages by id: for more records within an instant, or nearly, than a page holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async._changes.protocol import SLACK, Query

if TYPE_CHECKING:
    from neon_async._changes.protocol import Answer, Steps, Track

_ATTEMPTS = 3


def crowd(lower: int, upper: int | None, track: Track, *, tail: bool = False) -> Steps[None]:
    """See every record of a range, whatever its number, and say so if that can't be proven."""
    for _ in range(_ATTEMPTS):
        if (yield from _backwards(lower, upper, tail=tail)):
            if upper is not None:
                track.reach(upper - SLACK)
            return
    track.doubt()


def _backwards(lower: int, upper: int | None, *, tail: bool) -> Steps[bool]:
    """Read the pages from the last to the first, and return whether nothing can be missing.

    A record that leaves the range moves those behind it to a lower position, which is read
    later: so they can be seen twice, but not missed, as long as the order stays what it is and
    nothing joins the range. Both are checked. An order that is not by id can't be, and then only
    having seen as many records as there were is a proof.
    """
    first = yield Query(lower, upper, by_id=True, tail=tail)
    if first.complete:
        return True
    seen = set(first.ids)
    order = _Order(first)
    number = _pages(first, first)
    while number >= 1:
        answer = yield Query(lower, upper, page=number, by_id=True, tail=tail)
        order.check(answer, seen)
        seen.update(answer.ids)
        number = min(number - 1, _pages(answer, first))
    if order.joined:
        return False
    return len(seen) >= (order.total if order.by_id else first.total)


def _pages(answer: Answer, first: Answer) -> int:
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

    def __init__(self, first: Answer) -> None:
        self._size = first.size
        self.total = first.total
        self._lowest: int | None = None
        self.by_id = first.in_id_order
        self.joined = False

    def check(self, answer: Answer, seen: set[int]) -> None:
        """Take the next page into account; `seen` are the ids of those before."""
        self.joined |= answer.total > self.total
        self.total = answer.total
        self.by_id &= answer.size == self._size and answer.in_id_order
        if self._lowest is not None:
            # What has moved here from the page that was read before was seen there.
            self.by_id &= all(one < self._lowest or one in seen for one in answer.ids)
        self._lowest = min(answer.ids, default=self._lowest)
