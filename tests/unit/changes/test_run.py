"""How many requests a run may take, and how it begins."""

from datetime import timedelta

import pytest

from neon_async._changes.dedupe import Dedupe
from neon_async._changes.plan import Plan
from neon_async._changes.protocol import SECOND, PageResult
from neon_async._changes.run import _Agenda
from neon_async._changes.shards import ShardQueue
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer

HOUR = 3600 * SECOND


@pytest.mark.parametrize(
    ("total", "shards", "most"),
    [(0, 1, 108), (1, 1, 111), (200, 1, 111), (201, 1, 114), (2_000, 4, 162)],
)
def test_most_requests(total: int, shards: int, most: int) -> None:
    """Three for each page, eight for each shard, and a hundred."""
    plan = Plan(ranges=((0, HOUR),), to=HOUR, settled=HOUR)
    queue = ShardQueue(plan.ranges, [HOUR // shards * part for part in range(1, shards)])
    assert shards == len(queue.waiting)

    first = PageResult((), (), total=total, size=200, pages=1, now=HOUR)

    assert most == _Agenda(plan, Dedupe(plan), queue, first).most_requests


async def test_nothing_to_read_takes_one_request() -> None:
    """A run that is to end before its checkpoint begins asks once, and reads no range."""
    world = FakeChangeServer()
    world.create()
    client = ChangeClient(world)
    async with client.account_changes(SINCE) as feed:
        assert 1 == len([change async for change in feed])
    requests = len(world.requests)

    feed = client.account_changes(
        SINCE, until=SINCE + timedelta(seconds=1), checkpoint=feed.checkpoint
    )
    async with feed as changes:
        delivered = [change async for change in changes]

    assert len(delivered) <= 1
    assert requests + 1 == len(world.requests)
