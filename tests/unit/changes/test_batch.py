"""Batches of changes, each with the checkpoint that covers it."""

import json
import logging
import pickle
from typing import Any

import attrs
import pytest

from neon_async import (
    Account,
    AccountsPage,
    Batch,
    ConnectError,
    InvalidRequestError,
    PaginationError,
    Upserted,
    Verdict,
)
from neon_async._changes.protocol import SECOND, to_micros
from neon_async.operations import SyncAccounts
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer
from tests.support.replica import Replica, check_checkpoint
from tests.unit.changes.test_feed import Store, spread_out
from tests.unit.changes.test_verdicts import Overcounting


async def taken(world: FakeChangeServer, size: int, **options: Any) -> list[Batch[Account]]:
    """All batches of a feed."""
    feed = ChangeClient(world, page_size=10).account_changes(SINCE, **options)
    async with feed as changes:
        return [batch async for batch in changes.batches(size)]


def account_ids(batch: Batch[Account]) -> list[int]:
    """The ids of a batch that has records only."""
    changes = [change for change in batch.changes if isinstance(change, Upserted)]
    assert len(batch.changes) == len(changes)
    return [change.record.account_id or 0 for change in changes]


def pending(batch: Batch[Account]) -> list[Any]:
    found: list[Any] = json.loads(batch.checkpoint)["pending"]
    return found


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("size", [1, 10, 25, 1_000])
async def test_whole_pages(size: int, workers: int) -> None:
    """Each batch but the last has at least so many changes, and at most a page more."""
    world = spread_out(95)

    batches = await taken(world, size, workers=workers)

    lengths = [len(batch.changes) for batch in batches]
    assert [] == [length for length in lengths[:-1] if not size <= length < size + 10]
    assert lengths[-1] < size
    assert [*range(1, 96)] == sorted(one for batch in batches for one in account_ids(batch))


@pytest.mark.parametrize("workers", [1, 3])
async def test_checkpoint_covers_its_batch(workers: int) -> None:
    """What a batch's checkpoint says to be through with is in this batch or in one before."""
    world = spread_out(60)
    world.patience = [1, 7, 3]
    replica = Replica()
    covered: list[int] = []

    for batch in await taken(world, 1, workers=workers):
        for change in batch.changes:
            replica.take(change)
        check_checkpoint(batch.checkpoint, replica, world.rows, world.deleted)
        covered.append(sum(int(high > low) for low, high in pending(batch)))

    assert covered[0] >= 1
    assert 0 == covered[-1]


async def test_there_is_always_a_last_batch() -> None:
    """A feed without changes has one batch, whose checkpoint is the run's."""
    [batch] = await taken(FakeChangeServer(), 5)

    assert () == batch.changes
    assert [] == pending(batch)
    assert json.loads(batch.checkpoint)["to"] > SINCE.isoformat()


async def test_last_batch_waits_for_the_count() -> None:
    """It comes when nothing is to be asked anymore, and the certificate is there."""
    world = spread_out(10)
    client = ChangeClient(world, page_size=20)
    async with client.account_changes(SINCE) as changes:
        batches = changes.batches(size=10)
        first = await anext(batches)
        verdict = changes.certificate.verdict
        last = await anext(batches)
        asked = len(world.requests)
        assert changes.certificate.proven
        with pytest.raises(StopAsyncIteration):
            await anext(batches)

    assert Verdict.UNPROVEN is verdict
    assert (10, 0) == (len(first.changes), len(last.changes))
    assert asked == len(world.requests)
    assert changes.checkpoint == last.checkpoint


@attrs.define
class Hiding(FakeChangeServer):
    """Counts records that it does not show yet."""

    hidden: set[int] = attrs.field(factory=set[int])

    def _accounts(self, asked: SyncAccounts) -> AccountsPage:
        page = super()._accounts(asked)
        shown = [one for one in page.individual_accounts if one.account_id not in self.hidden]
        return attrs.evolve(page, individual_accounts=shown)


@pytest.mark.parametrize("size", [1, 7, 1_000])
async def test_record_hidden_for_a_week(size: int) -> None:
    """A consumer that stores batches, and nothing after the loop, has it when it is shown."""
    world = Hiding()
    for number in range(40):
        world.create(at=to_micros(SINCE) + 10 * number * SECOND)
    world.hidden.add(17)
    client = ChangeClient(world, page_size=5)
    stored: set[int] = set()
    checkpoint, verdicts = None, []
    for _ in range(2):
        async with client.account_changes(SINCE, checkpoint=checkpoint) as changes:
            async for batch in changes.batches(size):
                stored |= {*account_ids(batch)}
                checkpoint = batch.checkpoint
        verdicts.append(changes.certificate.verdict)
        world.hidden.clear()
        world.tick(7 * 24 * 3600)

    assert [Verdict.INCOMPLETE, Verdict.PROVEN] == verdicts
    assert {*range(1, 41)} == stored


async def test_doubts_stay_pending() -> None:
    """The last checkpoint has what may have been missed, so that it is read again."""
    world = Overcounting()
    for _ in range(6):
        world.create(at=to_micros(SINCE))
    async with ChangeClient(world).account_changes(SINCE, workers=1) as changes:
        *_, last = [batch async for batch in changes.batches(3)]

    assert Verdict.UNPROVEN is changes.certificate.verdict
    assert pending(last)


async def test_batches_and_changes_share_a_feed() -> None:
    """Batches begin behind what was taken one by one; each change comes once."""
    world = spread_out(50)
    store = Store()
    feed = ChangeClient(world, page_size=10).account_changes(SINCE, checkpoint=store, workers=1)
    async with feed as changes:
        ids = [(await anext(changes)).record.account_id for _ in range(13)]  # type: ignore[union-attr]
        await changes.commit()
        assert store.text is not None
        first = json.loads(store.text)["pending"]
        async for batch in changes.batches(20):
            ids += account_ids(batch)
            assert first != pending(batch)
            break
        ids += [change.record.account_id async for change in changes]  # type: ignore[union-attr]
        [last] = [batch async for batch in changes.batches(20)]
        assert [] == [batch async for batch in changes.batches(20)]

    assert [*range(1, 51)] == ids
    assert () == last.changes
    assert changes.checkpoint == last.checkpoint


async def test_checkpoint_of_the_feed_waits_for_the_next_batch() -> None:
    """Within the loop it covers the batches before: nobody knows whether the latest was stored."""
    world = spread_out(50)
    before: list[str] = []
    async with ChangeClient(world, page_size=10).account_changes(SINCE, workers=1) as changes:
        before.append(changes.checkpoint)
        async for batch in changes.batches(10):
            assert before[-1] == changes.checkpoint
            before.append(batch.checkpoint)
    assert before[-1] == changes.checkpoint
    assert len(before) > 4


async def test_error_in_a_batch() -> None:
    """A step that fails is no end: the next ones say so, and the checkpoint is that of before."""
    world = spread_out(50)
    feed = ChangeClient(world, page_size=10).account_changes(SINCE, workers=1)
    async with feed as changes:
        batches = changes.batches(20)
        first = await anext(batches)

        def fail() -> None:
            raise ConnectError("the connection broke")

        world.on_request = fail
        with pytest.raises(ConnectError):
            await anext(batches)
        for _ in range(2):
            with pytest.raises(PaginationError, match="resume from its checkpoint"):
                await anext(batches)
            with pytest.raises(PaginationError, match="resume from its checkpoint"):
                await anext(changes)

    assert first.checkpoint == changes.checkpoint


async def test_error_in_the_middle_of_a_batch() -> None:
    """The pages that it was to be made of are not handed out in another way: they come again."""
    world = spread_out(50)

    def fail() -> None:
        if len(world.requests) == 5:
            raise ConnectError("the connection broke")

    world.on_request = fail
    client = ChangeClient(world, page_size=10)
    async with client.account_changes(SINCE, workers=1) as changes:
        start = changes.checkpoint
        with pytest.raises(ConnectError):
            await anext(changes.batches(1_000))
        for step in (changes.batches(1).__anext__, changes.__anext__):
            with pytest.raises(PaginationError, match="resume from its checkpoint"):
                await step()
        assert start == changes.checkpoint
    world.on_request = lambda: None

    async with client.account_changes(SINCE, checkpoint=changes.checkpoint) as changes:
        [batch] = [batch async for batch in changes.batches()]
    assert [*range(1, 51)] == sorted(account_ids(batch))


@pytest.mark.parametrize("size", [0, -1, 1.5, True, "10", None])
def test_size(size: Any) -> None:
    """A size that is no positive whole number is refused at once."""
    feed = ChangeClient(FakeChangeServer()).account_changes(SINCE)

    with pytest.raises(InvalidRequestError) as caught:
        feed.batches(size)

    assert "size" == caught.value.parameter


async def test_representation() -> None:
    """A batch shows how much is in it, and no record."""
    [batch] = await taken(spread_out(3), 5)

    assert "Batch(<3 changes>)" == repr(batch)
    assert attrs.evolve(batch, commit=batch.commit) == batch


async def test_pickling() -> None:
    """A batch that comes from another process has all but its feed."""
    [batch] = await taken(spread_out(3), 5)

    copy: Batch[Account] = pickle.loads(pickle.dumps(batch))  # noqa: S301 - the test's own

    assert copy == batch
    with pytest.raises(InvalidRequestError, match="in the process of its feed"):
        await copy.commit()


async def test_outside_of_the_context() -> None:
    """Batches are iterated in the feed's `async with`."""
    batches = ChangeClient(spread_out(1)).account_changes(SINCE).batches()

    with pytest.raises(PaginationError, match="inside its `async with`"):
        await anext(batches)
    assert batches is aiter(batches)


async def test_killed_run_is_not_counted(caplog: pytest.LogCaptureFixture) -> None:
    """The run after a killed one speaks of its own range only."""
    world = spread_out(50)
    client = ChangeClient(world, page_size=10)
    with caplog.at_level(logging.WARNING, "neon_async"):
        async with client.account_changes(SINCE, workers=1) as changes:
            async for batch in changes.batches(20):
                checkpoint = batch.checkpoint
                break
        rest = client.account_changes(SINCE, checkpoint=checkpoint, workers=1)
        async with rest as changes:
            more = [len(batch.changes) async for batch in changes.batches(20)]

    assert rest.certificate.proven
    assert sum(more) < 50
    assert rest.certificate.received < 50
    assert "" == caplog.text
