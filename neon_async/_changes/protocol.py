"""Page requests and their results: the interface between the plan generators and the network.

A plan generator yields a `PageRequest` and is sent its `PageResult`. It does no I/O, and never sees
a record, only ids and times. Plan generators call each other by `yield from`, as functions do; a
`Stepper` stands between the outermost one and the loop that fetches (`Run.pages`). All times are
microseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Generic, Protocol, TypeAlias, TypeVar

import attrs

T = TypeVar("T")

MILLISECOND = 1_000
SECOND = 1_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(timestamp: datetime) -> int:
    """Return an aware datetime as microseconds since 1970."""
    return (timestamp - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return microseconds since 1970 as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


EARLIEST = to_micros(datetime(1900, 1, 1, tzinfo=UTC))
"""No record was changed before it; databases refuse dates that are much older."""

LATEST = to_micros(datetime(9999, 1, 1, tzinfo=UTC))
"""No record will be changed after it."""

SLACK = SECOND
"""How far off either end of a range the server may cut it: it may include or exclude the end,
and may compare whole seconds. Whatever it does is taken to depend on the times alone."""

NARROW = 4 * SLACK
"""Ranges that are not halved: halves overlap by twice the slack, and would not get narrower."""


@attrs.frozen
class PageRequest:
    """One page to ask for.

    Attributes:
        lower: beginning of the range of last-modified times.
        upper: its end, or None for none.
        by_id: whether to sort by id instead of by time.
        newest_first: whether to sort in descending order instead of ascending.
        count: whether one record a page is enough, because only the total is needed.
        deleted: whether to list the ids of deleted records.
        tail: whether it is about what has changed since the run began, and not about a range.
        ids: ids to ask for instead of a range, at most 200. The result holds those of the records
            whose last-modified times are known and in the range.
    """

    lower: int
    upper: int | None = None
    page: int = 1
    by_id: bool = False
    newest_first: bool = False
    count: bool = False
    deleted: bool = True
    tail: bool = False
    ids: tuple[int, ...] = ()


@attrs.frozen
class PageResult:
    """What a page says.

    Attributes:
        ids: the records' ids; numbers below 0 for records without a usable id.
        times: the records' last-modified times, for each id; None where there is none.
        total: how many records the range holds, as the server counts.
        size: most records a page, as the server applies it.
        pages: how many pages there are, as the server counts.
        all_deleted: whether no others were deleted in the range, as far as one can know.
        unreadable_deleted: how many entries in the list of deleted ids are no ids.
        anonymous: whether several unreadable records may have one number.
        in_time_order: whether every record has a time, and they are sorted by it as requested.
        in_id_order: whether no id is below the one above it.
        snapshot: whether the total counts just the records that exist, and it and the list of
            deleted ids come from one reply.
    """

    ids: tuple[int, ...]
    times: tuple[int | None, ...]
    total: int
    size: int
    pages: int
    now: int
    deleted: tuple[int, ...] = ()
    all_deleted: bool = True
    unreadable_deleted: int = 0
    anonymous: bool = False
    in_time_order: bool = True
    in_id_order: bool = True
    snapshot: bool = True

    @property
    def complete(self) -> bool:
        """Whether the page holds its whole range.

        A full page is not enough: a server that counts after it has read may have lost sight of
        the record behind the page.
        """
        return self.total <= len(self.ids) < self.size


class Watermark(Protocol):
    """Where a plan generator notes how far it is."""

    def advance(self, micros: int, /) -> None:
        """Note that all that is older has been seen, but for what is noted otherwise."""
        ...

    def mark_unconfirmed(self, low: int, high: int, /) -> None:
        """Note a range that was read, and of which the totals did not show that all was seen."""
        ...

    def mark_incomplete(self) -> None:
        """Note that something after the last `advance` may have been missed, for good."""
        ...


class NoWatermark:
    """Notes nothing: what lies behind the ranges moves no checkpoint."""

    def advance(self, micros: int, /) -> None:
        """Do nothing."""

    def mark_unconfirmed(self, low: int, high: int, /) -> None:
        """Do nothing."""

    def mark_incomplete(self) -> None:
        """Do nothing."""


PlanGenerator: TypeAlias = Generator[PageRequest, PageResult, T]


class Stepper(Generic[T]):
    """Drive a plan generator step by step.

    Attributes:
        request: what to ask next; at the end, what was asked last.
        ended: whether there is nothing more to ask.
        result: what the generator has returned; there is none before the end.
    """

    result: T

    def __init__(self, plan: PlanGenerator[T]) -> None:
        """Begin with the first request: each plan generator has one."""
        self._plan = plan
        self.request = next(plan)
        self.ended = False

    def accept(self, result: PageResult) -> None:
        try:
            self.request = self._plan.send(result)
        except StopIteration as end:
            self.ended, self.result = True, end.value
