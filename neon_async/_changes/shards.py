"""Shards of the ranges: the parts that are read at the same time, and how far each is."""

from __future__ import annotations

import bisect
from collections import deque
from operator import itemgetter
from typing import TYPE_CHECKING

import attrs

from neon_async._changes.keyset import bisect_range, keyset
from neon_async._changes.plan import merge_ranges
from neon_async._changes.protocol import SECOND, SLACK, Stepper

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from neon_async._changes.protocol import PageResult, PlanGenerator


@attrs.define(eq=False)
class Shard:
    """A part of a range, both ends included, that is read by one plan generator.

    Attributes:
        halve: whether to read it by halves from the start.
        reached: all that is older has been seen, but for what is unconfirmed.
        done: whether that holds for all of it.
        doubtful: whether something after `reached` may have been missed.
        unconfirmed: what was read without a total that shows that nothing was missed.
    """

    low: int
    high: int
    halve: bool = False
    reached: int = attrs.field(default=attrs.Factory(lambda self: self.low, takes_self=True))
    done: bool = False
    doubtful: bool = False
    unconfirmed: list[tuple[int, int]] = attrs.field(factory=list[tuple[int, int]])

    def advance(self, micros: int) -> None:
        """Note that all that is older than `micros` has been seen."""
        if not self.doubtful:
            self.reached = min(max(self.reached, micros), self.high)
            self.done |= micros >= self.high

    def mark_unconfirmed(self, low: int, high: int) -> None:
        """Note a range that was read, and of which no total shows that all of it was seen."""
        self.unconfirmed.append((max(low, self.low), min(high, self.high)))

    def mark_incomplete(self) -> None:
        """Note that something may have been missed, so that it has to be read another time."""
        self.doubtful = True

    @property
    def left(self) -> tuple[int, int] | None:
        """The part that is not known to have been seen, as one range."""
        ranges = [*self.unconfirmed[:1], *self.unconfirmed[-1:]]
        if not self.done:
            ranges.append((self.reached, self.high))
        return (min(ranges)[0], max(high for _, high in ranges)) if ranges else None

    def read(self) -> PlanGenerator[object]:
        """See every record of the shard."""
        low, high = self.low - SLACK, self.high + SLACK
        return bisect_range(low, high, self) if self.halve else keyset(low, high, self)


# A shard costs about two requests more: so they are few, but for ranges so long that a shard that
# takes its time, at the end, would keep the others waiting.
_SHARDS_PER_WORKER = 4
_PAGES_PER_SHARD = 50
_FEWEST_PAGES = 4
# How uneven shards may be, as parts of one.
_UNEVEN = 32
_ROUNDS = 4
# Dividing what is narrower would cost more requests than it saves.
NARROW = 8 * SECOND
_count = itemgetter(1)


class SplitPoints:
    """Split points that divide a time range into shards of similar size.

    Times are guessed from what has been counted, and what is counted there corrects them. Whatever
    the counts say, they serve evenness alone: what changes meanwhile does not matter.
    """

    def __init__(self, low: int, high: int, first: PageResult, workers: int) -> None:
        """Begin with what the first page says."""
        begun = [time for time in first.times[:1] if time is not None and first.in_time_order]
        self._counted = [(max([low, *begun]), 0), (high, first.total)]
        shards = 1 if workers == 1 else _shard_count(-(-first.total // first.size), workers)
        self._targets = [first.total * number // shards for number in range(1, shards)]
        self._near = max(first.size, first.total // shards // _UNEVEN)
        self._rounds = _ROUNDS

    def times_to_count(self) -> list[int]:
        """Return the times to count up to next, or none when the guesses are good enough."""
        if self._rounds == 0:
            return []
        self._rounds -= 1
        guesses = map(self._guess, self._targets)
        return sorted({time for time in guesses if time is not None})

    def note(self, time: int, count: int) -> None:
        """Take note of how many records there are up to a time."""
        bisect.insort(self._counted, (time, count))

    def times(self) -> list[int]:
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


def _shard_count(pages: int, workers: int) -> int:
    wanted = max(workers, pages // _PAGES_PER_SHARD)
    return max(1, min(wanted, _SHARDS_PER_WORKER * workers, pages // _FEWEST_PAGES))


class ShardQueue:
    """The shards of some ranges, from those that wait to those that have been seen.

    Attributes:
        waiting: the shards that were not begun.
    """

    def __init__(self, ranges: Iterable[tuple[int, int]], times: Iterable[int] = ()) -> None:
        """Make a shard of each range, divided at those of the times that lie in it."""
        split_points = sorted(times)
        self.waiting = deque(
            Shard(low, high) for ends in ranges for low, high in _divided(*ends, split_points)
        )
        self._shards = set(self.waiting)

    @property
    def doubtful(self) -> bool:
        """Whether something may have been missed."""
        return any(shard.doubtful for shard in self._shards)

    def begin(self) -> Stepper[object]:
        """Begin to read the oldest waiting shard."""
        return Stepper(self.waiting.popleft().read())

    @property
    def unconfirmed(self) -> bool:
        """Whether anything was read without a total that confirms it."""
        return any(shard.unconfirmed for shard in self._shards)

    def is_unconfirmed(self, micros: int) -> bool:
        """Return whether a time lies in what was read without a total that confirms it."""
        return any(
            low <= micros <= high for shard in self._shards for low, high in shard.unconfirmed
        )

    def requeue_unconfirmed(self) -> bool:
        """Let unconfirmed parts be read again, by halves, and return whether there are any."""
        for shard in sorted(self._shards, key=lambda shard: shard.low):
            self.waiting.extend(Shard(low, high, halve=True) for low, high in shard.unconfirmed)
            shard.unconfirmed.clear()
            if shard.done:
                self._shards.discard(shard)
        self._shards.update(self.waiting)
        return bool(self.waiting)

    def doubt(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Note that nothing of some ranges is known to have been seen."""
        self._shards.update(Shard(low, high) for low, high in ranges)

    def left(self) -> tuple[tuple[int, int], ...]:
        """Return what of the ranges is not known to have been seen."""
        return merge_ranges(shard.left for shard in self._shards if shard.left is not None)

    def clear(self) -> None:
        """Note that everything has been seen."""
        self.waiting.clear()
        self._shards.clear()


def _divided(low: int, high: int, split_points: Iterable[int]) -> Iterator[tuple[int, int]]:
    for time in split_points:
        if low + NARROW <= time <= high - NARROW:
            yield low, time
            low = time
    yield low, high
