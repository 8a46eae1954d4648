"""How a range is divided between workers."""

from neon_async._changes._query import Answer, Query
from neon_async._changes._schedule import Schedule, most_in_a_span
from neon_async._changes._spans import Span
from tests.changes.model import SECOND, START, Server, run, spread

HIGH = START + 100 * SECOND


def answer(total: int, size: int = 10) -> Answer:
    return Answer((), (), total, size, 1, START)


def test_one_worker_divides_nothing() -> None:
    """A division would only cost requests, and so it does where there is little to read."""
    assert most_in_a_span(answer(1_000_000), 1) is None
    assert most_in_a_span(answer(40), 5) is None
    assert 40 == most_in_a_span(answer(41), 5)
    assert 50_000 == most_in_a_span(answer(1_000_000), 5)


def test_spans_are_divided_until_they_are_small() -> None:
    """Each part holds little, together they hold everything, and no part is walked twice."""
    server = Server(spread(range(40)), size=50)
    schedule = Schedule([(START, HIGH)], 10)
    parts: list[tuple[int, int]] = []

    while schedule.waiting:
        job, query = schedule.begin()
        following: Query | None = query
        while following is not None:
            following = schedule.go_on(job, server.answer(following))
        parts.append((job.span.low, job.span.high))

    assert [START, *(high for _, high in parts)] == [*(low for low, _ in parts), HIGH]
    assert all(len(server.holds(Query(low, high))) <= 11 for low, high in parts)
    assert len(parts) > 4
    assert () == schedule.left()


def test_empty_beginning_is_skipped() -> None:
    """Where the first half holds nothing, it has been seen by counting it."""
    span, spawned = Span(START, HIGH), list[Span]()
    server = Server(spread([90, 95, 99]), size=10)

    run(span.walk(3, lambda _: None), server)
    assert START == span.low

    run(span.walk(2, spawned.append), server)
    assert START + 87.5 * SECOND == span.low
    assert [(START + 93.75 * SECOND, HIGH, 2)] == [
        (part.low, part.high, part.total) for part in spawned
    ]
    assert span.done


def test_narrow_span_is_not_divided() -> None:
    """An instant can't be shared, however much there is in it."""
    span = Span(START, START + SECOND)
    server = Server(spread([0.5] * 9), size=10)

    run(span.walk(2, lambda _: None), server)

    assert span.done
    assert 1 == sum(query.count for query in server.queries)


def test_doubtful_span_stays() -> None:
    """What may have been missed stays pending, whatever is reached later."""
    span = Span(START, HIGH)
    span.reach(START + 10 * SECOND)
    span.doubt()
    span.reach(HIGH)

    assert (START + 10 * SECOND, False) == (span.reached, span.done)


def test_schedule_keeps_doubtful_spans() -> None:
    """A checkpoint begins with them the next time."""
    schedule = Schedule([(START, HIGH)], None)
    job, query = schedule.begin()
    job.span.doubt()

    assert schedule.go_on(job, Server({}).answer(query)) is None
    assert ((START, HIGH),) == schedule.left()
    schedule.clear()
    assert () == schedule.left()
