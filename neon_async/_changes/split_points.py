"""Times between which there is about as much to read: found by counting, a few at once."""

from __future__ import annotations

import bisect
from operator import itemgetter
from typing import TYPE_CHECKING

from neon_async._changes.timestamps import SECOND

if TYPE_CHECKING:
    from neon_async._changes.protocol import Answer

# A span costs about two requests more: so they are few, but for walks so long that one that
# takes its time, at the end, would keep the others waiting.
_SPANS_PER_WORKER = 4
_PAGES_PER_SPAN = 50
_FEWEST_PAGES = 4
# How uneven spans may be, as parts of one.
_UNEVEN = 32
_ROUNDS = 4
# Dividing what is narrower would cost more requests than it saves.
NARROW = 8 * SECOND
_count = itemgetter(1)


class Dividers:
    """Guesses times from what has been counted, and learns from what is counted there.

    Whatever the counts say, they serve evenness alone: what changes meanwhile does not matter.
    """

    def __init__(self, low: int, high: int, first: Answer, workers: int) -> None:
        """Begin with what the first answer says.

        Args:
            low: beginning of what is to be divided.
            high: its end.
            first: the answer to its first page.
            workers: how many spans can be walked at once.
        """
        begun = [time for time in first.times[:1] if time is not None and first.in_time_order]
        self._counted = [(max([low, *begun]), 0), (high, first.total)]
        spans = 1 if workers == 1 else _spans(-(-first.total // first.size), workers)
        self._targets = [first.total * number // spans for number in range(1, spans)]
        self._near = max(first.size, first.total // spans // _UNEVEN)
        self._rounds = _ROUNDS

    def questions(self) -> list[int]:
        """Return up to which times to count next; none when the guesses are good enough."""
        if self._rounds == 0:
            return []
        self._rounds -= 1
        guesses = map(self._guess, self._targets)
        return sorted({time for time in guesses if time is not None})

    def note(self, time: int, count: int) -> None:
        """Take note of how many records there are up to a time."""
        bisect.insort(self._counted, (time, count))

    def times(self) -> list[int]:
        """Return the times that have been found."""
        return [
            min(self._counted, key=lambda known: abs(_count(known) - target))[0]
            for target in self._targets
        ]

    def _guess(self, target: int) -> int | None:
        """Return the time at which the target would be if records were evenly spread."""
        after = min(bisect.bisect(self._counted, target, 1, key=_count), len(self._counted) - 1)
        (low, fewer), (high, more) = self._counted[after - 1 : after + 1]
        if min(target - fewer, more - target) <= self._near or high - low <= NARROW:
            return None
        return low + (high - low) * (target - fewer) // (more - fewer)


def _spans(pages: int, workers: int) -> int:
    wanted = max(workers, pages // _PAGES_PER_SPAN)
    return max(1, min(wanted, _SPANS_PER_WORKER * workers, pages // _FEWEST_PAGES))
