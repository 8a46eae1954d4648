"""The spans of a range, and which of them have been seen."""

from neon_async._changes.shards import Shard, ShardQueue
from tests.support.row_server import SECOND, START, RowServer, spread

HIGH = START + 100 * SECOND


def test_shards_together_hold_everything() -> None:
    """Each time divides the range that it lies in, and no part is read twice."""
    server = RowServer(spread(range(0, 200, 4)), size=10)
    times = [START + at * SECOND for at in (60, 20, 5, 22, 96, 150, 400)]
    queue = ShardQueue([(START, HIGH), (HIGH + 20 * SECOND, HIGH + 90 * SECOND)], times)
    parts: list[tuple[float, float]] = []

    while queue.waiting:
        shard = queue.waiting[0]
        reading = queue.begin()
        while not reading.ended:
            reading.accept(server.answer(reading.request))
        low, high = (end - START for end in (shard.low, shard.high))
        parts.append((low / SECOND, high / SECOND))

    assert [(0, 20), (20, 60), (60, 100), (120, 150), (150, 190)] == parts
    assert () == queue.left()


def test_doubtful_shard_stays() -> None:
    """What may have been missed stays pending, whatever is reached later."""
    shard = Shard(START, HIGH)
    shard.advance(START + 10 * SECOND)
    shard.mark_incomplete()
    shard.advance(HIGH)

    assert (START + 10 * SECOND, False) == (shard.reached, shard.done)


def test_queue_keeps_doubtful_shards() -> None:
    """A checkpoint begins with them the next time."""
    queue = ShardQueue([(START, HIGH)])
    queue.waiting[0].mark_incomplete()
    reading = queue.begin()
    reading.accept(RowServer({}).answer(reading.request))

    assert reading.ended
    assert ((START, HIGH),) == queue.left()
    assert queue.doubtful
    assert not queue.requeue_unconfirmed()
    queue.clear()
    assert () == queue.left()
    assert not queue.doubtful


def test_unconfirmed_ranges_stay_and_are_read_by_halves() -> None:
    """What no total has confirmed is pending until it was read again."""
    queue = ShardQueue([(START, HIGH)])
    queue.waiting[0].mark_unconfirmed(START - SECOND, START + 20 * SECOND)
    queue.waiting[0].mark_unconfirmed(START + 60 * SECOND, START + 80 * SECOND)
    reading = queue.begin()
    reading.accept(RowServer({}).answer(reading.request))

    assert reading.ended
    assert ((START, START + 80 * SECOND),) == queue.left()
    assert queue.is_unconfirmed(START + 70 * SECOND)
    assert not queue.is_unconfirmed(START + 30 * SECOND)
    assert not queue.doubtful

    assert queue.requeue_unconfirmed()
    assert [(0, 20), (60, 80)] == [
        ((shard.low - START) / SECOND, (shard.high - START) / SECOND) for shard in queue.waiting
    ]
    assert 2 == len(queue.left())
    server = RowServer(spread([-2, 5, 10, 15, 20, 70, 90]))
    seen: set[int] = set()
    while queue.waiting:
        reading = queue.begin()
        while not reading.ended:
            result = server.answer(reading.request)
            seen.update(result.ids)
            reading.accept(result)
    assert {2, 3, 4, 5, 6} == seen
    assert () == queue.left()
    assert not queue.requeue_unconfirmed()
