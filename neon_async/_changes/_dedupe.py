"""Which of the records and ids in a reply are news. It keeps ids and times, never records."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from neon_async._changes._plan import Plan
    from neon_async._changes._query import Answer

_NEVER = -(1 << 62)
"""Stands for the time of records that have none."""


@attrs.frozen
class News:
    """What to deliver of a reply.

    Attributes:
        records: positions of the records that are new or newer than before.
        deleted: ids that are gone.
        doubtful: ids that were seen both as records and as deleted; their order in time can't be
            told from the replies, so they have to be asked for.
    """

    records: list[int]
    deleted: list[int]
    doubtful: list[int]


class Dedupe:
    """Remembers what a run has received: by id, the newest wins.

    The range's records can leave it, by a change or by deletion, and none can join it. So a
    record that is read a second time is a repetition if it is not newer.
    """

    def __init__(self, plan: Plan) -> None:
        """Start with nothing received."""
        self._plan = plan
        # Last-modified times by id, of what was received from the ranges and from behind them.
        self._inside: dict[int, int] = {}
        self._behind: dict[int, int] = {}
        self._departed: set[int] = set()
        self._listed: set[int] = set()
        self._alive: set[int] = set()
        self._gone: set[int] = set()

    @property
    def received(self) -> int:
        """How many different records were received from the ranges."""
        return len(self._inside)

    @property
    def departed(self) -> int:
        """How many of the received have been changed or deleted since."""
        return len(self._departed)

    def sort(self, answer: Answer, *, tail: bool) -> News:
        """Note what a reply holds, and return what of it is news.

        Args:
            answer: the reply.
            tail: whether it is about what has changed since the walk began, and not about one
                of the ranges.
        """
        fresh = set(answer.deleted) - self._listed
        self._listed |= fresh
        doubtful = {one for one in fresh if one in self._inside or one in self._behind}
        doubtful |= {one for one in answer.ids if self._contradicted(one)}
        is_new = self._is_new_behind if tail else self._is_new_inside
        records: list[int] = []
        for position, (one, time) in enumerate(zip(answer.ids, answer.times, strict=True)):
            if is_new(one, time) and one not in doubtful:
                records.append(position)
        return News(records, sorted(fresh - doubtful), sorted(doubtful))

    def list_deleted(self, answer: Answer) -> list[int]:
        """Note the deleted ids of a reply whose records are not looked at, and return them."""
        self._listed.update(answer.deleted)
        return sorted(self._listed)

    def settle_alive(self, number: int, time: int | None) -> None:
        """Note that a doubtful record exists, as it was just asked for and is delivered."""
        self._alive.add(number)
        self._is_new_behind(number, time)

    def settle_gone(self, number: int) -> None:
        """Note that a doubtful record is gone: what else comes of it was sent before."""
        self._gone.add(number)
        if number in self._inside:
            self._departed.add(number)

    def _contradicted(self, number: int) -> bool:
        return number in self._listed and number not in self._alive and number not in self._gone

    def _is_new_inside(self, number: int, time: int | None) -> bool:
        at = _NEVER if time is None else time
        if number in self._gone or at <= self._inside.get(number, _NEVER - 1):
            return False
        self._inside[number] = at
        if at < self._behind.get(number, _NEVER):
            # Another worker has met it already where it moved to.
            self._departed.add(number)
            return False
        # The second around a range is asked for as well, but belongs to others.
        return self._plan.covers(time)

    def _is_new_behind(self, number: int, time: int | None) -> bool:
        at = _NEVER if time is None else time
        if number in self._gone or at <= self._behind.get(number, _NEVER - 1):
            return False
        if time is not None and time < self._plan.start:
            return False
        covered = self._plan.covers(time)
        if covered and at <= self._inside.get(number, _NEVER - 1):
            return False
        if not covered and number in self._inside and at > self._inside[number]:
            self._departed.add(number)
        self._behind[number] = at
        return True
