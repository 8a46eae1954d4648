"""The change feed as its consumers see it."""

import json
from datetime import UTC, datetime, timedelta

import anyio
import pytest

from neon_async import (
    Account,
    ChangeFeed,
    CheckpointError,
    Deleted,
    Merged,
    Upserted,
    Verdict,
)
from neon_async._changes.protocol import SECOND, to_micros
from neon_async.emulator import Emulator
from neon_async.operations import SyncAccounts
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer


def spread_out(count: int, step: float = 10.0) -> FakeChangeServer:
    """Accounts that have last changed every so many seconds."""
    world = FakeChangeServer()
    for number in range(count):
        world.create(at=to_micros(SINCE) + round(number * step * SECOND))
    return world


async def ids(feed: ChangeFeed[Account]) -> list[int | None]:
    """Take all changes of a feed, which are accounts."""
    found = []
    async with feed as changes:
        async for change in changes:
            assert isinstance(change, Upserted)
            found.append(change.record.account_id)
    return found


def pages_asked_for(world: FakeChangeServer) -> list[int]:
    """The number of the page, for each request."""
    return [request.page for request in world.requests if isinstance(request, SyncAccounts)]


def sizes_asked_for(world: FakeChangeServer) -> list[int | None]:
    """The records a page, for each request."""
    return [request.page_size for request in world.requests if isinstance(request, SyncAccounts)]


class Store:
    """Keeps checkpoints in memory, with what had been taken when each was saved."""

    def __init__(self, text: str | None = None) -> None:
        self.text = text
        self.taken = 0
        self.saved: list[tuple[int, str]] = []

    def load(self) -> str | None:
        return self.text

    def save(self, checkpoint: str) -> None:
        self.text = checkpoint
        self.saved.append((self.taken, checkpoint))


async def test_every_kind_of_change() -> None:
    """What was changed is upserted, what was deleted is deleted, and merges are told apart."""
    world = spread_out(4)
    world.delete(1)
    world.merge(2, 3)
    client = ChangeClient(world, page_size=10)

    async with client.account_changes(SINCE, merges=True) as changes:
        seen = [change async for change in changes]

    assert [Deleted(1), Merged(2, 3)] == seen[:2]
    upserted = {
        change.record.account_id: change.provisional
        for change in seen[2:]
        if isinstance(change, Upserted)
    }
    assert {3: True, 4: False} == upserted


async def test_little_is_read_at_once() -> None:
    """What fits a page takes one request, and that one reply is the proof."""
    world = spread_out(3)

    feed = ChangeClient(world, page_size=10).account_changes(SINCE)

    assert [1, 2, 3] == await ids(feed)
    assert 1 == len(world.requests)
    assert feed.certificate.proven
    assert 3 == feed.certificate.received


@pytest.mark.parametrize(("workers", "begin"), [(1, [10, 10, 10, 10]), (4, [10, 1, 1, 1])])
async def test_much_is_read_from_first_pages(workers: int, begin: list[int]) -> None:
    """Page numbers are never counted on: several workers count first, to share the range."""
    world = spread_out(200)

    feed = ChangeClient(world, page_size=10).account_changes(SINCE, workers=workers)

    assert set(range(1, 201)) == set(await ids(feed))
    assert {1} == set(pages_asked_for(world))
    assert begin == sizes_asked_for(world)[:4]
    assert feed.certificate.proven


async def test_range_is_divided_up_to_its_end() -> None:
    """What comes after `until` has no part in dividing what comes before."""
    world = spread_out(200)
    until = SINCE + timedelta(seconds=995)

    feed = ChangeClient(world, page_size=10).account_changes(SINCE, until=until, workers=2)

    assert set(range(1, 101)) == set(await ids(feed))
    counted = [request for request in world.requests[1:3] if isinstance(request, SyncAccounts)]
    second = timedelta(seconds=1)
    assert [until + second, SINCE + (until - SINCE) / 2 + second] == [
        request.time_to for request in counted
    ]
    assert feed.certificate.proven


async def test_unsorted_pages_divide_as_well() -> None:
    """Where the server sorts as it likes, spans are uneven, and nothing is lost."""
    world = spread_out(200)
    world.unsorted = True

    feed = ChangeClient(world, page_size=10).account_changes(SINCE, workers=4)

    assert set(range(1, 201)) == set(await ids(feed))
    assert feed.certificate.proven


async def test_quiet_server_takes_few_more_requests_than_pages() -> None:
    """One to learn the time, two to count, one to look for what has changed meanwhile."""
    world = spread_out(400, step=8.0)

    assert 400 == len(
        await ids(ChangeClient(world, page_size=20).account_changes(SINCE, workers=1))
    )

    # One record of each page is asked for again, to see that the next page follows on it.
    pages = -(-400 // 19)
    assert pages + 4 == len(world.requests)


async def test_activities() -> None:
    """Activities have the same feed, and ids and a checkpoint of their own."""
    with Emulator(accounts=0, activities=30) as emulator:
        emulator.change_activity(505, subject="Call")
        emulator.delete_activity(506)
        async with emulator.client(page_size=7) as neon:
            async with neon.activity_changes(datetime(2014, 1, 1, tzinfo=UTC)) as changes:
                seen = [change async for change in changes]

            with pytest.raises(
                CheckpointError, match="belongs to an activities feed, not accounts"
            ):
                await neon.account_changes(SINCE, checkpoint=changes.checkpoint).__aenter__()

    assert Deleted(506) == seen[0]
    upserted = {change.record.activity_id for change in seen if isinstance(change, Upserted)}
    assert set(range(501, 531)) - {506} == upserted
    assert changes.certificate.proven


async def test_records_that_move_past_the_end_are_provisional() -> None:
    """What changes during the walk comes at its end, and again with the next run."""
    world = spread_out(8)
    world.on_request = lambda: world.edit(8) if len(world.requests) == 1 else None
    client = ChangeClient(world)

    async with client.account_changes(SINCE, workers=1) as changes:
        last = [change async for change in changes][-1]
    assert isinstance(last, Upserted)
    assert (8, True) == (last.record.account_id, last.provisional)

    world.on_request = lambda: None
    world.tick(100)
    assert [8] == await ids(client.account_changes(SINCE, checkpoint=changes.checkpoint))


async def test_until_ends_the_range_and_not_the_sweep() -> None:
    """What has last changed after `until` is left to the next run, unless it just has."""
    world = spread_out(6)
    until = SINCE + timedelta(seconds=25)
    client = ChangeClient(world)
    world.on_request = lambda: world.edit(1) if len(world.requests) == 1 else None

    first = client.account_changes(SINCE, until=until, workers=1)
    assert {1, 2, 3} == set(await ids(first))
    world.on_request = lambda: None
    assert until.isoformat() == json.loads(first.checkpoint)["to"]

    rest = client.account_changes(SINCE, checkpoint=first.checkpoint, lookback=0)
    assert {1, 4, 5, 6} == set(await ids(rest))


async def test_late_commits_are_looked_back_for() -> None:
    """A change that took longer than the lag to become visible comes with the next run."""
    world = spread_out(1)
    client = ChangeClient(world)
    world.edit(1, delay=200)
    world.tick(100)
    first = client.account_changes(SINCE)
    await ids(first)
    world.tick(100)

    assert [1] == await ids(client.account_changes(SINCE, checkpoint=first.checkpoint))


async def test_checkpoint_covers_what_was_taken() -> None:
    """A commit saves the whole pages that were handed out, and at the end everything."""
    world = spread_out(10)
    store = Store()

    async with ChangeClient(world).account_changes(SINCE, checkpoint=store, workers=1) as changes:
        async for _ in changes:
            store.taken += 1
            await changes.commit()
        await changes.commit()

    for taken, text in store.saved:
        for low, _ in json.loads(text)["pending"]:
            older = to_micros(datetime.fromisoformat(low)) - to_micros(SINCE)
            assert taken >= older / (10 * SECOND)
    assert 10 == store.taken
    assert [] == json.loads(store.saved[-1][1])["pending"]
    assert changes.checkpoint == store.text
    assert len(store.saved) > 5


async def test_break_and_resume() -> None:
    """What was left off by `break` comes with the next run, and what was taken need not."""
    world = spread_out(20)
    client = ChangeClient(world)
    seen: list[int | None] = []
    async with client.account_changes(SINCE, workers=1, lookback=0) as changes:
        async for change in changes:
            assert isinstance(change, Upserted)
            if len(seen) == 10:
                break
            seen.append(change.record.account_id)

    rest = await ids(client.account_changes(SINCE, checkpoint=changes.checkpoint, lookback=0))

    assert set(range(1, 21)) == {*seen, *rest}
    assert len(rest) < 15
    assert Verdict.UNPROVEN is changes.certificate.verdict


async def test_pages_held_are_bounded() -> None:
    """No more pages are held or under way than there are workers."""
    world = spread_out(300)
    world.patience = [1, 7, 3]
    client = ChangeClient(world, page_size=10)
    held = []
    async with client.account_changes(SINCE, workers=3) as changes:
        async for _ in changes:
            for _ in range(10):
                await anyio.lowlevel.checkpoint()
            held.append(sum(record() is not None for record in client.records))
    assert 300 == len(held)
    assert 20 < max(held) <= 30


async def test_records_without_a_time_are_not_shown() -> None:
    """Imports without a last-modified time are in no range of time."""
    world = spread_out(2)
    world.create(timeless=True)

    assert [1, 2] == await ids(
        ChangeClient(world).account_changes(datetime(2000, 1, 1, tzinfo=UTC))
    )
