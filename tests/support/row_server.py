"""Answers at the feed's `PageRequest`: rows with times, ranges, orders and pages."""

from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar

import attrs

from neon_async._changes.protocol import PageRequest, PageResult, PlanGenerator

T = TypeVar("T")

Bounds = Literal["inclusive", "exclusive", "seconds"]

SECOND = 1_000_000
START = 1_700_000_000 * SECOND


def within(time: int, lower: int, upper: int | None, bounds: Bounds) -> bool:
    """Whether a server with these bounds takes a time to be in a range."""
    if bounds == "seconds":
        lower -= lower % SECOND
        upper = None if upper is None else upper - upper % SECOND
    if bounds == "exclusive":
        return lower < time and (upper is None or time < upper)
    return lower <= time and (upper is None or time <= upper)


@attrs.define
class RowServer:
    """Answers the queries of walks over rows that may leave at any time.

    Attributes:
        rows: last-modified time by id.
        order: what decides the order in place of the column that is asked for.
    """

    rows: dict[int, int | None]
    bounds: Bounds = "inclusive"
    size: int = 2
    order: Callable[[int, int], object] | None = None
    deleted: dict[int, int] = attrs.field(factory=dict[int, int])
    now: int = START
    queries: list[PageRequest] = attrs.field(factory=list[PageRequest])

    def holds(self, query: PageRequest) -> list[int]:
        """Ids of the rows in a query's range, sorted."""
        bounds = "inclusive" if query.ids else self.bounds
        found = {
            number: time
            for number, time in self.rows.items()
            if time is not None and within(time, query.lower, query.upper, bounds)
        }
        if query.ids:
            return [number for number in query.ids if number in found]
        order: Any = self.order
        if order is not None:
            return sorted(found, key=lambda one: order(one, found[one]))
        if query.by_id:
            return sorted(found)
        in_order = sorted(found, key=lambda one: (found[one], one))
        return in_order[::-1] if query.newest_first else in_order

    def answer(self, query: PageRequest) -> PageResult:
        self.queries.append(query)
        size = 1 if query.count else len(query.ids) or self.size
        found = self.holds(query)
        ids = tuple(found[(query.page - 1) * size : query.page * size])
        times = tuple(self.rows[one] for one in ids)
        ordered = sorted((time for time in times if time is not None), reverse=query.newest_first)
        gone = {
            number
            for number, at in self.deleted.items()
            if query.deleted and within(at, query.lower, query.upper, self.bounds)
        }
        return PageResult(
            ids=ids,
            times=times,
            total=len(found),
            size=size,
            pages=-(-len(found) // size),
            now=self.now,
            deleted=tuple(sorted(gone)),
            in_time_order=list(times) == ordered,
            in_id_order=list(ids) == sorted(ids),
        )


@attrs.define
class Tracked:
    """What a walk has noted: how far it is, and whether it can vouch for it."""

    reached: int = -1
    doubtful: bool = False
    unconfirmed: list[tuple[int, int]] = attrs.field(factory=list[tuple[int, int]])

    def advance(self, instant: int) -> None:
        if not self.doubtful:
            self.reached = max(self.reached, instant)

    def mark_unconfirmed(self, low: int, high: int) -> None:
        self.unconfirmed.append((low, high))

    def mark_incomplete(self) -> None:
        self.doubtful = True


def run(
    steps: PlanGenerator[T],
    server: RowServer,
    *,
    before: Callable[[], object] = lambda: None,
    after: Callable[[PageResult], object] = lambda _: None,
    following: Callable[[], object] = lambda: None,
) -> T:
    """Run a walk to its end, and return what it returns.

    Args:
        steps: the walk.
        server: answers it.
        before: called before each query is answered.
        after: called with each answer, before the walk sees it.
        following: called when the walk has taken an answer into account.
    """
    query = next(steps)
    while True:
        before()
        answer = server.answer(query)
        after(answer)
        try:
            query = steps.send(answer)
        except StopIteration as ended:
            result: T = ended.value
            return result
        following()


def spread(times: Iterable[float]) -> dict[int, int | None]:
    """Rows with these seconds, with ids from 1 on."""
    return {number: START + round(at * SECOND) for number, at in enumerate(times, 1)}
