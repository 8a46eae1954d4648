"""Keyset: always the first page, oldest first, of a range that begins where the last one ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from neon_async._changes.backwards import crowd
from neon_async._changes.bisection import slices
from neon_async._changes.protocol import SLACK, Query
from neon_async._changes.timestamps import MILLISECOND, SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_async._changes.protocol import Answer, Steps, Track

_STRETCH = 2 * SECOND


@attrs.frozen
class _Claim:
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

    def proven_by(self, following: Answer) -> bool:
        """Return whether the range has lost just the records of the page.

        In a range that nothing joins, the total falls by those that are older than the cut and
        by those that have left: by `older` at least, since that many were seen there. Where it
        falls by no more, none has left and none was there unseen, whatever the server sorts by.
        """
        return self.total - following.total == self.older


def keyset(lower: int, upper: int, track: Track) -> Steps[None]:
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
    claim: _Claim | None = None
    stretch = _STRETCH
    while True:
        answer = yield Query(lower, upper)
        if claim is not None:
            yield from _settle(claim, answer, upper, track)
        if answer.complete:
            track.reach(upper - SLACK)
            return
        times = sorted(time for time in answer.times if time is not None)
        if not answer.in_time_order or not times:
            yield from slices(lower, upper, track)
            return
        claim = _claim(lower, answer.total, times)
        if claim is not None:
            lower, stretch = claim.cut, _STRETCH
            continue
        end = min(times[-1] + 2 * SLACK + stretch, upper)
        yield from crowd(lower, end, track)
        if end == upper:
            return
        lower, stretch = end - 2 * SLACK, 2 * stretch


def _settle(claim: _Claim, following: Answer, upper: int, track: Track) -> Steps[None]:
    if claim.proven_by(following):
        track.reach(claim.cut - SLACK)
    else:
        yield from slices(claim.lower, min(claim.cut + 2 * SLACK, upper), track)


def _claim(lower: int, total: int, times: Sequence[int]) -> _Claim | None:
    """Cut a page in its latter half, where no record is within the slack; None if there always is.

    A cut in the first half would mean to read most of the page again.
    """
    for index in range(len(times) - 1, (len(times) - 1) // 2, -1):
        if times[index] - times[index - 1] > 2 * (SLACK + MILLISECOND):
            return _Claim(lower, times[index] - SLACK - MILLISECOND, total, index)
    return None
