"""The spans of a range, and which of them have been seen."""

from typing import TYPE_CHECKING

from neon_async._changes.shards import Shard, ShardQueue
from tests.support.row_server import SECOND, START, Server, spread

if TYPE_CHECKING:
    from neon_async._changes.protocol import PageRequest

HIGH = START + 100 * SECOND


def test_spans_together_hold_everything() -> None:
    """Each time divides the range that it lies in, and no part is walked twice."""
    server = Server(spread(range(200)), size=10)
    times = [START + at * SECOND for at in (60, 20, 5, 22, 96, 150, 400)]
    schedule = ShardQueue([(START, HIGH), (HIGH + 20 * SECOND, HIGH + 90 * SECOND)], times)
    parts: list[tuple[float, float]] = []

    while schedule.waiting:
        job, query = schedule.begin()
        following: PageRequest | None = query
        while following is not None:
            following = schedule.go_on(job, server.answer(following))
        low, high = (end - START for end in (job.span.low, job.span.high))
        parts.append((low / SECOND, high / SECOND))

    assert [(0, 20), (20, 60), (60, 100), (120, 150), (150, 190)] == parts
    assert () == schedule.left()


def test_doubtful_span_stays() -> None:
    """What may have been missed stays pending, whatever is reached later."""
    span = Shard(START, HIGH)
    span.advance(START + 10 * SECOND)
    span.mark_incomplete()
    span.advance(HIGH)

    assert (START + 10 * SECOND, False) == (span.reached, span.done)


def test_schedule_keeps_doubtful_spans() -> None:
    """A checkpoint begins with them the next time."""
    schedule = ShardQueue([(START, HIGH)])
    job, query = schedule.begin()
    job.span.mark_incomplete()

    assert schedule.go_on(job, Server({}).answer(query)) is None
    assert ((START, HIGH),) == schedule.left()
    schedule.clear()
    assert () == schedule.left()
