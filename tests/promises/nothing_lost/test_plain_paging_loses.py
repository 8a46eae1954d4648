"""Why there is a feed: while records change, a walk by page numbers loses some of them."""

import os
import random
from typing import Any

import pytest

from neon_async import Account, Upserted
from neon_async._changes.protocol import SECOND, from_micros, to_micros
from neon_async._paging.paginator import Paginator
from neon_async.operations import SyncAccounts
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
ROWS, PAGE, EDITS = 1000, 50, 2
BEGAN = FakeChangeServer().now


def organization(seed: int) -> FakeChangeServer:
    """1,000 records on 20 pages, of which two change with every request."""
    world, dice = FakeChangeServer(), random.Random(seed)  # noqa: S311 - only has to differ
    for number in range(ROWS):
        world.create(at=to_micros(SINCE) + number * 3 * SECOND)

    def edit() -> None:
        world.tick(0.05)
        for number in dice.sample(world.alive(), EDITS):
            world.edit(number)

    world.on_request = edit
    return world


@pytest.mark.parametrize("seed", range(200 if THOROUGH else 3))
async def test_plain_paging_loses_where_the_feed_does_not(seed: int) -> None:
    """Both read the same range: the records that had changed before the walk began."""
    world = organization(seed)
    asked = SyncAccounts(time_from=SINCE, time_to=from_micros(world.now), page_size=PAGE)
    plain: Paginator[Any, Account] = Paginator(ChangeClient(world), asked, workers=1)
    received = {account.account_id async for account in plain}
    untouched = {number for number, row in world.rows.items() if (row.time or 0) < BEGAN}
    assert untouched - received

    world = organization(seed)
    async with ChangeClient(world, page_size=PAGE).account_changes(SINCE, lag=0) as changes:
        received = {
            change.record.account_id async for change in changes if isinstance(change, Upserted)
        }
    assert set() == world.rows.keys() - received
