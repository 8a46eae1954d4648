"""Which spans are to be walked, and in which order: the oldest first."""

from __future__ import annotations

import bisect
from collections import deque
from operator import itemgetter
from typing import TYPE_CHECKING

import attrs

from neon_async._changes.keyset import keyset
from neon_async._changes.plan import merge_ranges
from neon_async._changes.protocol import SLACK, PlanGenerator
from neon_async._changes.timestamps import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from neon_async._changes.protocol import PageRequest, PageResult


@attrs.define(eq=False)
class Shard:
    """A piece of a range, both ends included, that one walk goes through.

    Attributes:
        low: its beginning.
        high: its end.
        reached: all that is older has been seen.
        done: whether all of it has been seen.
        doubtful: whether something after `reached` may have been missed.
    """

    low: int
    high: int
    reached: int = attrs.field(default=attrs.Factory(lambda self: self.low, takes_self=True))
    done: bool = False
    doubtful: bool = False

    def advance(self, instant: int) -> None:
        """Note that all that is older than `instant` has been seen."""
        if not self.doubtful:
            self.reached = min(max(self.reached, instant), self.high)
            self.done |= instant >= self.high

    def mark_incomplete(self) -> None:
        """Note that something may have been missed, so that it has to be read another time."""
        self.doubtful = True

    def walk(self) -> PlanGenerator[None]:
        """See every record of the span."""
        return keyset(self.low - SLACK, self.high + SLACK, self)


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


class SplitPoints:
    """Guesses times from what has been counted, and learns from what is counted there.

    Whatever the counts say, they serve evenness alone: what changes meanwhile does not matter.
    """

    def __init__(self, low: int, high: int, first: PageResult, workers: int) -> None:
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


@attrs.define(eq=False)
class Job:
    """A span on its way."""

    span: Shard
    steps: PlanGenerator[None]


class ShardQueue:
    """The spans of some ranges, from those that wait to those that have been seen.

    Attributes:
        waiting: the spans that were not begun.
    """

    def __init__(self, ranges: Iterable[tuple[int, int]], times: Iterable[int] = ()) -> None:
        """Make a span of each range, divided at those of the times that lie in it."""
        dividers = sorted(times)
        self.waiting = deque(
            Shard(low, high) for ends in ranges for low, high in _divided(*ends, dividers)
        )
        self._unseen = set(self.waiting)

    def begin(self) -> tuple[Job, PageRequest]:
        """Take the oldest waiting span, and return its first query."""
        span = self.waiting.popleft()
        job = Job(span, span.walk())
        return job, next(job.steps)

    def go_on(self, job: Job, answer: PageResult) -> PageRequest | None:
        """Take the answer to a span's query, and return its next one, if there is one."""
        try:
            return job.steps.send(answer)
        except StopIteration:
            if job.span.done:
                self._unseen.discard(job.span)
            return None

    def left(self) -> tuple[tuple[int, int], ...]:
        """Return what of the ranges is not known to have been seen."""
        return merge_ranges((span.reached, span.high) for span in self._unseen)

    def clear(self) -> None:
        """Note that everything has been seen."""
        self.waiting.clear()
        self._unseen.clear()


def _divided(low: int, high: int, dividers: Iterable[int]) -> Iterator[tuple[int, int]]:
    for time in dividers:
        if low + NARROW <= time <= high - NARROW:
            yield low, time
            low = time
    yield low, high
