"""The order of a collection: synthetic rows by arithmetic, changed rows by bisection.

Synthetic ids are consecutive, and their last-modified times are an arithmetic progression over
them: sorted by id they are sorted by time, and a time range is a range of ids. The changed rows
are few and sorted; the synthetic ids that they replace are the holes in that range.
"""

from __future__ import annotations

import heapq
import itertools
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

EARLIEST = -(1 << 59)
LATEST = 1 << 59
"""Ends of a time range that has none, in milliseconds."""

_NEVER = -(1 << 60)
_ID_BITS = 40
_ID_MASK = (1 << _ID_BITS) - 1


def time_key(modified: int | None, number: int) -> int:
    """Return the sort key of last-modified time and id, never modified records first."""
    return ((_NEVER if modified is None else modified) << _ID_BITS) | number


def id_of(key: int) -> int:
    """Return the id in a sort key, or the id that is its own key."""
    return key & _ID_MASK


@attrs.define
class Base:
    """The synthetic rows: `count` ids from `first` on, changed every `step` milliseconds.

    Attributes:
        start: last-modified time of the first row, in milliseconds.
        unmodified: so many of the first rows have no last-modified time.
    """

    first: int
    count: int
    start: int
    step: int
    unmodified: int = 0

    @property
    def ids(self) -> range:
        return range(self.first, self.first + self.count)

    def modified(self, number: int) -> int | None:
        """Return the last-modified time of a synthetic row."""
        index = number - self.first
        return None if index < self.unmodified else self.start + index * self.step

    def key(self, number: int) -> int:
        """Return the row's key in the order of time."""
        return time_key(self.modified(number), number)

    def within(self, low: int, high: int) -> range:
        """Return the ids last modified from `low` to `high`, both included."""
        # A negated floor is a ceiling: the first row at `low` or after it.
        begin = max(self.unmodified, -((self.start - low) // self.step))
        end = min(self.count, (high - self.start) // self.step + 1)
        return range(self.first + begin, self.first + max(begin, end))


@attrs.frozen
class MergedAway:
    """Synthetic rows and changed rows as one sorted sequence.

    Attributes:
        base: the synthetic ids that qualify.
        holes: all synthetic ids that were changed, sorted.
        keys: sort keys of changed rows, sorted.
        start: the first of `keys` that qualifies.
        stop: the one after the last.
        key: the sort key of a synthetic id.
    """

    base: range
    holes: Sequence[int]
    keys: Sequence[int]
    start: int
    stop: int
    key: Callable[[int], int]

    def __len__(self) -> int:
        return self._unchanged() + self.stop - self.start

    def ids(self, offset: int, size: int, *, descending: bool = False) -> list[int]:
        total = len(self)
        count = max(0, min(size, total - offset))
        if not descending:
            return self._slice(offset, count)
        return self._slice(total - offset - count, count)[::-1]

    def _unchanged(self) -> int:
        first, last = self._holes_within()
        return len(self.base) - (last - first)

    def _holes_within(self) -> tuple[int, int]:
        return bisect_left(self.holes, self.base.start), bisect_left(self.holes, self.base.stop)

    def _nth_unchanged(self, rank: int) -> int:
        # Below the n-th unchanged id lie all holes h that leave at most n ids before them;
        # h minus its own rank never falls, so bisection finds how many there are.
        first, last = self._holes_within()
        skipped = bisect_right(
            range(first, last),
            self.base.start + rank,
            key=lambda index: self.holes[index] - (index - first),
        )
        return self.base.start + rank + skipped

    def _slice(self, offset: int, count: int) -> list[int]:
        before = self._changed_before(offset)
        changed = (self.keys[index] for index in range(self.start + before, self.stop))
        unchanged = map(self.key, self._unchanged_from(offset - before))
        merged = itertools.islice(heapq.merge(unchanged, changed), count)
        return [id_of(key) for key in merged]

    def _changed_before(self, offset: int) -> int:
        """Return how many of the first `offset` rows are changed ones."""
        least = max(0, offset - self._unchanged())
        most = min(offset, self.stop - self.start)

        def comes_later(changed: int) -> bool:
            last_unchanged = self._nth_unchanged(offset - changed - 1)
            return self.keys[self.start + changed] > self.key(last_unchanged)

        return least + bisect_left(range(least, most), x=True, key=comes_later)

    def _unchanged_from(self, rank: int) -> Iterator[int]:
        if rank >= self._unchanged():
            return
        number = self._nth_unchanged(rank)
        hole = bisect_left(self.holes, number)
        for candidate in range(number, self.base.stop):
            if hole < len(self.holes) and self.holes[hole] == candidate:
                hole += 1
                continue
            yield candidate


@attrs.define
class Index:
    """The changed rows of a collection, sorted in memory.

    Attributes:
        holes: changed or deleted synthetic ids.
        ids: ids of the changed rows that exist.
        times: time keys of the changed rows that exist.
        deleted: time keys of the deleted rows.
        version: grows with each change.
    """

    base: Base
    holes: list[int] = attrs.field(factory=list[int])
    ids: list[int] = attrs.field(factory=list[int])
    times: list[int] = attrs.field(factory=list[int])
    deleted: list[int] = attrs.field(factory=list[int])
    version: int = 0
    _sorted: tuple[object, list[int]] = attrs.field(default=(None, []))

    def add(self, number: int, modified: int | None, *, deleted: bool) -> None:
        """Put a row in order."""
        self.version += 1
        if number in self.base.ids and not _contains(self.holes, number):
            insort(self.holes, number)
        if deleted:
            insort(self.deleted, time_key(modified, number))
        else:
            insort(self.ids, number)
            insort(self.times, time_key(modified, number))

    def remove(self, number: int, modified: int | None) -> None:
        """Take a changed row that exists out of its order, before it is added again."""
        del self.ids[bisect_left(self.ids, number)]
        del self.times[bisect_left(self.times, time_key(modified, number))]

    def by_time(self, low: int, high: int) -> MergedAway:
        """Return the rows modified from `low` to `high`, sorted by that time."""
        start, stop = _between(self.times, low, high)
        return MergedAway(
            self.base.within(low, high), self.holes, self.times, start, stop, self.base.key
        )

    def by_id(self, low: int, high: int) -> MergedAway:
        """Return the rows modified from `low` to `high`, sorted by id."""
        ids = self._ids_between(low, high)
        return MergedAway(self.base.within(low, high), self.holes, ids, 0, len(ids), id_of)

    def everything(self) -> MergedAway:
        """Return all rows sorted by id, with those that were never modified."""
        return MergedAway(self.base.ids, self.holes, self.ids, 0, len(self.ids), id_of)

    def deleted_between(self, low: int, high: int) -> list[int]:
        """Return the ids deleted from `low` to `high`, in the order of deletion."""
        start, stop = _between(self.deleted, low, high)
        return [id_of(key) for key in self.deleted[start:stop]]

    def _ids_between(self, low: int, high: int) -> list[int]:
        # The pages of one iteration ask for the same range again and again.
        key = (self.version, low, high)
        if self._sorted[0] != key:
            start, stop = _between(self.times, low, high)
            self._sorted = key, sorted(map(id_of, self.times[start:stop]))
        return self._sorted[1]


def _between(keys: list[int], low: int, high: int) -> tuple[int, int]:
    start = bisect_left(keys, time_key(low, 0))
    return start, max(start, bisect_left(keys, time_key(high + 1, 0)))


def _contains(numbers: list[int], number: int) -> bool:
    position = bisect_left(numbers, number)
    return position < len(numbers) and numbers[position] == number
