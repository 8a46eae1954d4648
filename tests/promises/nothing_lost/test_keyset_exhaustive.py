"""Six records, pages of two, and every order in which the records may leave: none is missed."""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator

import pytest

from neon_async._changes.backwards import read_backwards_by_id
from neon_async._changes.keyset import bisect_range, keyset
from neon_async._changes.protocol import SLACK, PlanGenerator, Watermark
from tests.support.row_server import SECOND, START, Bounds, RowServer, Tracked, run, spread

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"

Walk = Callable[[int, int, Watermark], PlanGenerator[object]]
# Which records leave, and before which of the walk's queries.
Departures = tuple[tuple[int, int], ...]

LOW, HIGH = START, START + 100 * SECOND
WALKS: dict[str, Walk] = {"keyset": keyset, "slices": bisect_range, "crowd": read_backwards_by_id}
LAYOUTS = {
    "spread": [10.0, 20, 30, 40, 50, 60],
    "at one instant": [30.0] * 6,
    "in a crowd": [10, 10, 10, 40, 40.5, 41],
    "against the ids": [60.0, 50, 40, 30, 20, 10],
    "mixed": [30.0, 10, 30, 60, 10, 30],
    "at the ends": [0.0, 0, 1, 99, 100, 100],
    # Just where a walk cuts the range, or between the whole second before and the cut.
    "behind a crowd": [10.0, 10, 10, 14, 14.5, 40],
    "in the cut": [10.0, 20, 18.999, 40, 50, 60],
    "in four seconds": [0.0, 0, 1, 3, 4, 4],
    "beside a half": [25.5, 37.6, 38.2, 38.4, 60, 63],
}
ORDERS: dict[str, Callable[[int, int], object] | None] = {
    "as asked": None,
    "by id": lambda number, _: number,
    "by id, backwards": lambda number, _: -number,
    "oddly": lambda number, _: number * 5 % 7,
}


def walk_through(walk: Walk, server: RowServer, departures: Departures, high: int = HIGH) -> int:
    """Run a walk up to `high` while records leave; return how many queries it took.

    All that has been noted as seen is checked at each step, and everything at the end.
    """
    track, seen = Tracked(), set[int]()
    leaving = list(departures)

    def leave() -> None:
        while leaving and leaving[0][0] == len(server.queries):
            del server.rows[leaving.pop(0)[1]]

    def missing(before: int, unconfirmed: Iterable[tuple[int, int]] = ()) -> list[int]:
        return [
            number
            for number, time in server.rows.items()
            if time is not None and time < before and number not in seen
            if not any(low <= time <= end for low, end in unconfirmed)
        ]

    run(
        walk(LOW - SLACK, high + SLACK, track),
        server,
        before=leave,
        after=lambda answer: seen.update(answer.ids),
        following=lambda: check(missing(track.reached, track.unconfirmed), departures),
    )
    # What no total confirms is read again where the certificate finds that something is missing.
    for low, end in track.unconfirmed:
        run(
            bisect_range(low - SLACK, end + SLACK, Tracked()),
            server,
            before=leave,
            after=lambda answer: seen.update(answer.ids),
        )
    check(missing(high + 1), departures)
    assert not track.doubtful
    assert track.reached >= high
    return len(server.queries)


def check(missing: list[int], departures: Departures) -> None:
    assert [] == missing, departures


def every_departure(
    start: Callable[[], RowServer], walk: Walk, most: int, high: int = HIGH
) -> Iterator[Departures]:
    """Walk with every way in which up to `most` records may leave, one or several at a time."""
    waiting: list[Departures] = [()]
    while waiting:
        departures = waiting.pop()
        queries = walk_through(walk, start(), departures, high)
        yield departures
        if len(departures) == most:
            continue
        since, after = departures[-1] if departures else (0, 0)
        left = start().rows.keys() - {number for _, number in departures}
        # Those that leave between the same two queries leave in one order, as any other.
        waiting += [
            (*departures, (query, number))
            for query in range(since, queries)
            for number in left
            if query > since or number > after
        ]


def combinations() -> list[tuple[str, str, str, Bounds]]:
    """All of them in the thorough profile, else those that hold each pair of two with the order."""
    every: list[tuple[str, str, str, Bounds]] = []
    bounds: list[Bounds] = ["inclusive", "exclusive", "seconds"]
    numbered = itertools.product(enumerate(WALKS), enumerate(LAYOUTS), enumerate(bounds))
    for (first, walk), (second, layout), (third, bound) in numbered:
        orders = [*ORDERS] if THOROUGH else [[*ORDERS][(first + second + third) % len(ORDERS)]]
        every.extend((walk, layout, order, bound) for order in orders)
    return every


@pytest.mark.parametrize(("walk", "layout", "order", "bounds"), combinations())
def test_one_departure(walk: str, layout: str, order: str, bounds: Bounds) -> None:
    """Whichever record leaves before whichever query, the others are seen."""

    def start() -> RowServer:
        return RowServer(spread(LAYOUTS[layout]), bounds, order=ORDERS[order])

    for _ in every_departure(start, WALKS[walk], 2 if THOROUGH else 1):
        pass


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("walk", "layout", "most"),
    [
        ("keyset", "spread", 6 if THOROUGH else 3),
        ("keyset", "at one instant", 6 if THOROUGH else 3),
        ("slices", "spread", 4 if THOROUGH else 2),
        ("slices", "in four seconds", 6 if THOROUGH else 3),
        ("crowd", "at one instant", 6),
    ],
)
def test_every_departure(walk: str, layout: str, most: int) -> None:
    """In whatever order they leave, one by one or together, those that stay are seen."""
    # A short range takes few slices, so that there are not too many ways to leave.
    high = LOW + 4 * SECOND if layout == "in four seconds" else HIGH
    ways = every_departure(lambda: RowServer(spread(LAYOUTS[layout])), WALKS[walk], most, high)

    assert len(list(ways)) > 500
