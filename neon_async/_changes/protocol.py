"""Page requests and their results: the interface between the plan generators and the network.

A plan generator yields a `PageRequest` and is sent its `PageResult`. It does no I/O, and never sees
a record, only ids and times. All times are microseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Generic, Protocol, TypeAlias, TypeVar

import attrs

from neon_async._changes.timestamps import SECOND

T = TypeVar("T")

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
        page: number of the page.
        by_id: whether to sort by id instead of by time, ascending in both cases.
        count: whether one record a page is enough, because only the total is wanted.
        tail: whether the query is of the sweep over what has changed since the walk began.
    """

    lower: int
    upper: int | None = None
    page: int = 1
    by_id: bool = False
    count: bool = False
    tail: bool = False


@attrs.frozen
class PageResult:
    """What a page says.

    Attributes:
        ids: the records' ids; numbers below 0 for records without a usable id.
        times: the records' last-modified times, for each id; None where there is none.
        total: how many records the range holds, as the server counts.
        size: most records a page, as the server applies it.
        pages: how many pages there are, as the server counts.
        now: the server's time.
        deleted: ids of deleted records.
        all_deleted: whether no others were deleted in the range, as far as one can know.
        unreadable_deleted: how many entries in the list of deleted ids are no ids.
        anonymous: whether several unreadable records may have one number.
        in_time_order: whether every record has a time, and none is before the one above it.
        in_id_order: whether no id is below the one above it.
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

    @property
    def complete(self) -> bool:
        """Whether the page holds its whole range.

        A full page is not enough: a server that counts after it has read may have lost sight of
        the record behind the page.
        """
        return self.total <= len(self.ids) < self.size


class Watermark(Protocol):
    """Where a walk notes how far it is."""

    def advance(self, instant: int, /) -> None:
        """Note that all that is older than `instant` has been seen."""
        ...

    def mark_incomplete(self) -> None:
        """Note that something after the last `reach` may have been missed, for good."""
        ...


PlanGenerator: TypeAlias = Generator[PageRequest, PageResult, T]


class Stepper(Generic[T]):
    """PlanGenerator on their way, for whoever asks their queries.

    Attributes:
        query: what to ask next; None at the end.
        result: what the steps have come to; there is none before the end.
    """

    result: T

    def __init__(self, steps: PlanGenerator[T]) -> None:
        """Begin with the first query."""
        self._steps = steps
        self.query: PageRequest | None = next(steps)

    def take(self, answer: PageResult) -> None:
        """Take the answer to the query."""
        try:
            self.query = self._steps.send(answer)
        except StopIteration as end:
            self.query, self.result = None, end.value
