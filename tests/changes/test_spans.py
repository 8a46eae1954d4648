"""How a range is divided between workers."""

import pytest

from neon_async._changes._query import Answer, Query
from neon_async._changes._schedule import Schedule, probes
from neon_async._changes._spans import Span
from tests.changes.model import SECOND, START, Server, spread

HIGH = START + 100 * SECOND


@pytest.mark.parametrize(
    ("pages", "workers", "asked"),
    [
        (10_000, 1, []),
        (7, 5, []),
        (8, 5, [5]),
        (100, 5, [21, 41, 61, 81]),
        (500, 5, [51, 101, 151, 201, 251, 301, 351, 401, 451]),
        (10_000, 2, [1251, 2501, 3751, 5001, 6251, 7501, 8751]),
    ],
)
def test_probes_stand_at_even_distances(pages: int, workers: int, asked: list[int]) -> None:
    """One worker needs none, and a division would only cost requests where there is little."""
    first = Answer((), (), 10 * pages, 10, pages, START)

    found = probes(Query(START), first, workers)

    assert [Query(START, page=number) for number in asked] == found


def test_spans_together_hold_everything() -> None:
    """Each time divides the range that it lies in, and no part is walked twice."""
    server = Server(spread(range(200)), size=10)
    times = [START + at * SECOND for at in (60, 20, 5, 22, 96, 150, 400)]
    schedule = Schedule([(START, HIGH), (HIGH + 20 * SECOND, HIGH + 90 * SECOND)], times)
    parts: list[tuple[float, float]] = []

    while schedule.waiting:
        job, query = schedule.begin()
        following: Query | None = query
        while following is not None:
            following = schedule.go_on(job, server.answer(following))
        low, high = (end - START for end in (job.span.low, job.span.high))
        parts.append((low / SECOND, high / SECOND))

    assert [(0, 20), (20, 60), (60, 100), (120, 150), (150, 190)] == parts
    assert () == schedule.left()


def test_doubtful_span_stays() -> None:
    """What may have been missed stays pending, whatever is reached later."""
    span = Span(START, HIGH)
    span.reach(START + 10 * SECOND)
    span.doubt()
    span.reach(HIGH)

    assert (START + 10 * SECOND, False) == (span.reached, span.done)


def test_schedule_keeps_doubtful_spans() -> None:
    """A checkpoint begins with them the next time."""
    schedule = Schedule([(START, HIGH)])
    job, query = schedule.begin()
    job.span.doubt()

    assert schedule.go_on(job, Server({}).answer(query)) is None
    assert ((START, HIGH),) == schedule.left()
    schedule.clear()
    assert () == schedule.left()
