"""Find the news in a page. It keeps ids and times, never records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async._changes.id_times import IdTimes
from neon_async._changes.protocol import SLACK

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from neon_async._changes.plan import Plan
    from neon_async._changes.protocol import PageRequest, PageResult

_NEVER = -(1 << 62)
"""Stands for the time of records that have none."""
_NOT_RECEIVED = _NEVER - 1


class Dedupe:
    """Remembers what a run has received: by id, the newest wins.

    The range's records can leave it, by a change or by deletion, and none can join it. So a
    record that is read a second time is a repetition if it is not newer. Versions of a record
    that come after its deletion are older, unless it was brought back.

    Attributes:
        all_deleted: whether every deleted record was listed, as far as one can know.
        unreadable: numbers of the records without a usable id.
        anonymous: whether two of those may have the same number.
        unsorted: whether a page by time was not in that order.
        unsorted_ids: whether a page by id was not in that order.
        stale: how many records on pages of what has changed were in an older state than what was
            received before, so that the pages came from a node that is behind.
        late: last-modified times within the ranges, by id, of records that only pages of what has
            changed have shown.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.all_deleted = True
        self.unreadable: set[int] = set()
        self.anonymous = False
        self.unsorted = self.unsorted_ids = False
        self.stale = 0
        self.late: dict[int, int] = {}
        # Last-modified times by id, of records received from the ranges and from behind them.
        self._inside = IdTimes()
        self._behind: dict[int, int] = {}
        self._left_range: set[int] = set()
        # Of each id that was listed as deleted, the latest beginning of a range that listed it.
        self._listed: dict[int, int] = {}
        self._deleted: set[int] = set()
        # Beginnings of ranges, and the times of the oldest records that they showed.
        self._starts: list[tuple[int, int]] = []

    @property
    def inside(self) -> int:
        """How many different records were received from the ranges, unreadable ones included."""
        return len(self._inside)

    @property
    def left_range(self) -> int:
        """How many of those have been changed or deleted since."""
        return len(self._left_range)

    @property
    def received(self) -> int:
        """How many different records were received, those that are deleted included."""
        return len(self._inside) + self._count_outside(self._behind)

    def known_until(self, high: int) -> int:
        """Return how many may have been in the ranges up to a time while the run was under way.

        Those received from there, those that were changed before they were read, and those that
        were deleted before.
        """
        inside = sum(time <= high + 2 * SLACK for time in self._inside.values())
        return inside + self._count_outside(self._behind.keys() | self._listed.keys())

    def existing(self, since: int | None = None) -> int:
        """Return how many of the received exist, of those that have changed since a time."""
        if since is None:
            return self.received - sum(map(self._is_received, self._deleted))
        count = sum(map(since.__le__, self._inside.values()))
        for number, time in self._behind.items():
            inside = self._inside.get(number, _NOT_RECEIVED)
            count += inside < since <= time
        return count - sum(self._newest(number) >= since for number in self._deleted)

    def timeless(self) -> int:
        """Return how many of the received have no last-modified time that can be read."""
        return sum(map(_NEVER.__eq__, self._inside.values())) + sum(
            map(_NEVER.__eq__, self._behind.values())
        )

    def inside_until(self, high: int) -> int:
        """Return how many are in the ranges up to a time, of those received from there."""
        return sum(
            time <= high + 2 * SLACK and number not in self._left_range
            for number, time in self._inside.items()
        )

    def lacking(self, result: PageResult, since: int | None) -> bool:
        """Return whether a page in descending order lacks a record that it should show.

        Args:
            result: what the page says.
            since: what has changed from then on is in its range; None for all of the received.
        """
        last = min((time for time in result.times if time is not None), default=_NEVER)
        last = last if since is None else max(last, since - 1)
        newer = {number for number, time in self._inside.items() if time > last}
        newer.update(number for number, time in self._behind.items() if time > last)
        return bool(newer - self._deleted - set(result.ids))

    def unlisted(self, lower: int, result: PageResult) -> bool:
        """Return whether a page lacks the id of a record that was listed as deleted before."""
        listed = {record_id for record_id in self._deleted if self._listed[record_id] >= lower}
        return not listed <= set(result.deleted)

    def contradicted(self, listed: Iterable[int], shown: AbstractSet[int]) -> bool:
        """Return whether a received record is listed as deleted, and exists by a look-up alone.

        Args:
            listed: ids that are listed as deleted.
            shown: ids of records that exist for certain.
        """
        suspects = set(listed) - self._deleted - shown
        return any(self._newest(number) > _NOT_RECEIVED for number in suspects)

    @property
    def undeleted_inside(self) -> bool:
        """Whether a record in a range that has an end was listed as deleted, and exists."""
        return any(
            record_id in self._inside and record_id not in self._left_range
            for record_id in self.undeleted
        )

    def start_near(self, time: int) -> tuple[int, int] | None:
        """Return the beginning of a range nearest to a time, and its oldest record's time.

        The server cuts a range where it likes, within the slack. All received records that are as
        new as one that it has shown are behind the cut as well.
        """
        return min(self._starts, key=lambda start: abs(start[0] - time), default=None)

    @property
    def undeleted(self) -> list[int]:
        """Ids that were listed as deleted and exist: another deletion would not show."""
        return sorted(self._listed.keys() - self._deleted)

    def newly_deleted(self, request: PageRequest, result: PageResult) -> list[int]:
        """Return the ids that a page is the first to list as deleted."""
        self.all_deleted &= result.all_deleted
        self.anonymous |= result.anonymous
        new = set(result.deleted) - self._listed.keys()
        for number in result.deleted:
            self._listed[number] = max(request.lower, self._listed.get(number, request.lower))
        return sorted(new)

    def mark_deleted(self, ids: Sequence[int]) -> None:
        self._deleted.update(ids)
        self._left_range.update(record_id for record_id in ids if record_id in self._inside)

    def is_deleted(self, number: int) -> bool:
        return number in self._deleted

    def bring_back(self, number: int, time: int | None) -> None:
        """Note that a deleted record exists, in this state."""
        self._deleted.discard(number)
        self._behind[number] = _NEVER if time is None else time

    def new_records(self, request: PageRequest, result: PageResult) -> list[int]:
        """Return the positions of the records on a page that are new, or newer than before.

        Deleted ones are among them where the page is of what has changed since the run began.
        """
        by_time = not request.by_id and None not in result.times
        self.unsorted |= by_time and not result.in_time_order
        self.unsorted_ids |= request.by_id and not (request.ids or result.in_id_order)
        is_new = self._is_new_behind if request.tail else self._is_new_inside
        self._note_start(request, result)
        rows = enumerate(zip(result.ids, result.times, strict=True))
        return [at for at, (number, time) in rows if is_new(number, time)]

    def _note_start(self, request: PageRequest, result: PageResult) -> None:
        plain = request.page == 1 and not (request.by_id or request.newest_first)
        if plain and result.in_time_order and result.times:
            oldest = min(time for time in result.times if time is not None)
            self._starts.append((request.lower, min(oldest, request.lower + SLACK)))

    def _is_received(self, number: int) -> bool:
        return number in self._inside or number in self._behind

    def _count_outside(self, ids: Iterable[int]) -> int:
        return sum(number not in self._inside for number in ids)

    def _newest(self, number: int) -> int:
        return max(self._inside.get(number, _NOT_RECEIVED), self._behind.get(number, _NOT_RECEIVED))

    def _is_new_inside(self, number: int, time: int | None) -> bool:
        at = _NEVER if time is None else time
        if number in self._deleted or not self._inside.advance(number, at):
            return False
        self.late.pop(number, None)
        if at < self._behind.get(number, at):
            self._left_range.add(number)
            return False
        # The second around a range is asked for as well, but belongs to others.
        return self._plan.covers(time)

    def _is_new_behind(self, number: int, time: int | None) -> bool:
        at = _NEVER if time is None else time
        newest, covered = self._newest(number), self._plan.covers(time)
        if at < newest:
            self.stale += time is not None
            return False
        # Records beyond the end of a range were left to the reader of the next one.
        if at == newest and (covered or number in self._behind):
            return False
        # A node that is behind may show it: its state counts once it is known to exist.
        if number in self._deleted:
            return True
        self._behind[number] = at
        if time is None:
            return True
        if covered:
            self.late[number] = time
            return True
        self.late.pop(number, None)
        if at > self._inside.get(number, at):
            self._left_range.add(number)
        return at >= self._plan.start
