"""Time slices: halve a range until a page holds it. They need no order at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async._changes.backwards import crowd
from neon_async._changes.protocol import NARROW, SLACK, Query

if TYPE_CHECKING:
    from neon_async._changes.protocol import Answer, Steps, Track


def slices(lower: int, upper: int | None, track: Track, *, tail: bool = False) -> Steps[bool]:
    """See every record of a range, slice by slice, from the oldest to the newest.

    A slice whose page is complete was seen at one moment, whatever the order within the page. A
    record that changes moves to a later slice: if its own slice was not read before, that one
    will be. So none is missed even when records join the newest slice meanwhile.

    Args:
        lower: beginning of the range.
        upper: end of the range, or None for none.
        track: where to note how far it is.
        tail: as in `Query`.

    Returns:
        Whether each slice was seen at one moment. Where halving one is of no use, and it holds
        more than a page, it is read by `crowd`.
    """
    waiting = [(lower, upper)]
    at_once = True
    while waiting:
        low, high = waiting.pop()
        answer = yield Query(low, high, tail=tail)
        end = answer.now if high is None else high
        if answer.complete:
            if high is not None:
                track.reach(high - SLACK)
        elif end - low <= NARROW or _mostly_timeless(answer):
            at_once = False
            yield from crowd(low, high, track, tail=tail)
        else:
            middle = (low + end) // 2
            waiting += [(middle - SLACK, high), (low, middle + SLACK)]
    return at_once


def _mostly_timeless(answer: Answer) -> bool:
    """Return whether the server counts records without a time to every range, and has many."""
    timeless = answer.times.count(None)
    return timeless > 0 and 2 * timeless >= len(answer.times)
