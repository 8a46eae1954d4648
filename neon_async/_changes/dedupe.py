"""Which of the records and ids in a reply are news. It keeps ids and times, never records."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_async._changes.plan import Plan
    from neon_async._changes.protocol import PageResult

_NEVER = -(1 << 62)
"""Stands for the time of records that have none."""


class Dedupe:
    """Remembers what a run has received: by id, the newest wins.

    The range's records can leave it, by a change or by deletion, and none can join it. So a
    record that is read a second time is a repetition if it is not newer; and what comes of a
    record after it was gone was sent before. One that is brought back then is news for the next
    run, as is all that has changed since the walk began.
    """

    def __init__(self, plan: Plan) -> None:
        """Start with nothing received."""
        self._plan = plan
        # Whether every deleted record was listed, as far as one can know.
        self.all_deleted = True
        # Numbers of the records without a usable id, and whether two may have the same.
        self.unreadable: set[int] = set()
        self.anonymous = False
        # Last-modified times by id, of what was received from the ranges and from behind them.
        self._inside: dict[int, int] = {}
        self._behind: dict[int, int] = {}
        self._departed: set[int] = set()
        self._listed: set[int] = set()
        self._gone: set[int] = set()

    @property
    def received(self) -> int:
        """How many different records were received from the ranges, unreadable ones included."""
        return len(self._inside)

    @property
    def departed(self) -> int:
        """How many of the received have been changed or deleted since."""
        return len(self._departed)

    @property
    def revived(self) -> int:
        """How many records were listed as deleted and exist: a new deletion would not show."""
        return len(self._listed) - len(self._gone)

    def newly_deleted(self, answer: PageResult) -> list[int]:
        """Return the ids that a reply is the first to list as deleted."""
        self.all_deleted &= answer.all_deleted
        self.anonymous |= answer.anonymous
        fresh = set(answer.deleted) - self._listed
        self._listed |= fresh
        return sorted(fresh)

    def settle_gone(self, ids: Sequence[int]) -> None:
        """Note that listed ids are gone indeed."""
        self._gone.update(ids)
        self._departed.update(one for one in ids if one in self._inside)

    def new_records(self, answer: PageResult, *, tail: bool) -> list[int]:
        """Return the positions of the records in a reply that are new, or newer than before.

        Args:
            answer: the reply.
            tail: whether it is about what has changed since the walk began, and not about one
                of the ranges.
        """
        is_new = self._is_new_behind if tail else self._is_new_inside
        found = enumerate(zip(answer.ids, answer.times, strict=True))
        return [position for position, (one, time) in found if is_new(one, time)]

    def _is_new_inside(self, number: int, time: int | None) -> bool:
        at = _NEVER if time is None else time
        if number in self._gone or at <= self._inside.get(number, _NEVER - 1):
            return False
        self._inside[number] = at
        # The second around a range is asked for as well, but belongs to others.
        return self._plan.covers(time)

    def _is_new_behind(self, number: int, time: int | None) -> bool:
        at = _NEVER if time is None else time
        if number in self._gone or at <= self._behind.get(number, _NEVER - 1):
            return False
        if self._plan.covers(time):
            if at <= self._inside.get(number, _NEVER - 1):
                return False
        elif at < self._plan.start:
            return False
        elif at > self._inside.get(number, at):
            self._departed.add(number)
        self._behind[number] = at
        return True
