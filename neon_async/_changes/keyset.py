"""Read a range of time completely: by keyset, by halves, or backwards by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from neon_async._changes.backwards import read_backwards_by_id
from neon_async._changes.protocol import (
    MILLISECOND,
    NARROW,
    SECOND,
    SLACK,
    NoWatermark,
    PageRequest,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_async._changes.protocol import PageResult, PlanGenerator, Watermark

_STRETCH = 2 * SECOND


@attrs.frozen
class _Boundary:
    """The end of what a page has shown: to be verified by the next total.

    Attributes:
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

    Nothing may join the range any more.
    """
    boundary: _Boundary | None = None
    stretch = _STRETCH
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
            lower, stretch = boundary.at, _STRETCH
            continue
        at = times[-1] - SLACK - MILLISECOND
        if times[len(times) // 2] < at - SLACK:
            # No total can show what a page held that ends between records so close together. A
            # server that cuts the next range a second early still leaves half of this page out.
            watermark.mark_unconfirmed(lower - SLACK, at + SLACK)
            watermark.advance(at - SLACK)
            lower, stretch = at, _STRETCH
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


@attrs.frozen
class CaughtUp:
    """The part of an open range that has been read.

    Attributes:
        since: all that has changed since then was on one complete page.
        at_once: whether that page was the only one.
        clean: whether each record was seen that was in the open range from beginning to end.
    """

    since: int
    at_once: bool
    clean: bool


def catch_up(lower: int, *, trusting: bool) -> PlanGenerator[CaughtUp]:
    """Read what has changed since a time, oldest first, until a page holds all the rest.

    Nothing ever leaves an open range but what is deleted, and what changes moves up, where it is
    met again. A page in ascending order holds all up to its last record, so that the next one
    begins there, with the slack. Where the server does not sort, the range is halved.

    Args:
        lower: beginning of the range.
        trusting: whether to take pages that look sorted for sorted.
    """
    begin, stretch, clean = lower, _STRETCH, True
    while True:
        result = yield PageRequest(lower, tail=True)
        if result.complete:
            return CaughtUp(lower, at_once=lower == begin, clean=clean)
        times = sorted(time for time in result.times if time is not None)
        if not (trusting and result.in_time_order and times):
            clean &= yield from bisect_range(lower, None, NoWatermark(), tail=True)
            return CaughtUp(lower, at_once=False, clean=clean)
        following = times[-1] - SLACK - MILLISECOND
        if following > lower:
            lower, stretch = following, _STRETCH
            continue
        clean = False
        end = times[-1] + 2 * SLACK + stretch
        yield from read_backwards_by_id(lower, end, NoWatermark(), tail=True)
        lower, stretch = end - 2 * SLACK, 2 * stretch
