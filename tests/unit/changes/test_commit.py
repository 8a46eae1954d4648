"""What commits save, when, and what they refuse."""

import logging
from pathlib import Path
from typing import Any

import anyio
import pytest

from neon_async import Batch, CheckpointError, FileCheckpoint, InvalidRequestError
from neon_async._changes.checkpoint import Committer
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer
from tests.unit.changes.test_feed import Store, ids, spread_out

NEVER_COMMITTED = "nothing of it was committed"


async def read_all(feed: Any) -> list[Batch[Any]]:
    """All batches of a feed, each of one page, and the feed is left."""
    async with feed as changes:
        return [batch async for batch in changes.batches(1)]


async def test_nothing_moves_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    """A feed that was read to its end has saved nothing, and one warning says so."""
    world = spread_out(20)
    store = Store()
    feed = ChangeClient(world).account_changes(SINCE, checkpoint=store)

    with caplog.at_level(logging.WARNING, "neon_async"):
        assert 20 == len(await ids(feed))

    assert [] == store.saved
    [record] = caplog.records
    assert NEVER_COMMITTED in record.getMessage()
    assert record.getMessage().startswith("accounts: ")
    assert 20 == len(await ids(feed))


@pytest.mark.parametrize("way", ["no store", "text", "left early", "error", "committed"])
async def test_no_warning(way: str, caplog: pytest.LogCaptureFixture) -> None:
    """Where nothing was to be committed, or the consumer knows better, none is logged."""
    world = spread_out(20)
    store = Store()
    given: dict[str, Any] = {
        "no store": None,
        "text": ChangeClient(world).account_changes(SINCE).checkpoint,
    }
    feed = ChangeClient(world).account_changes(SINCE, checkpoint=given.get(way, store))

    async def consume() -> None:
        async with feed as changes:
            async for batch in changes.batches(1):
                if way == "left early":
                    break
                if way == "committed":
                    await batch.commit()
            if way == "error":
                raise KeyError

    with caplog.at_level(logging.WARNING, "neon_async"):
        if way == "error":
            with pytest.raises(KeyError):
                await consume()
        else:
            await consume()

    assert "" == caplog.text


async def test_commits_of_batches() -> None:
    """Each saves its own checkpoint; one that is older than the last saved changes nothing."""
    store = Store()
    batches = await read_all(ChangeClient(spread_out(20)).account_changes(SINCE, checkpoint=store))

    assert len(batches) > 5
    for index in (2, 0, 2, 4, 3, 1):
        await batches[index].commit()

    saved = [text for _, text in store.saved]
    assert [batches[2].checkpoint, batches[4].checkpoint] == saved
    await batches[-1].commit()
    assert batches[-1].checkpoint == store.text


async def test_commits_at_once() -> None:
    """Those of several tasks end with the latest checkpoint, in whatever order they come."""
    store = Store()
    batches = await read_all(ChangeClient(spread_out(20)).account_changes(SINCE, checkpoint=store))

    async with anyio.create_task_group() as tasks:
        for batch in batches[::-1]:
            tasks.start_soon(batch.commit)

    assert batches[-1].checkpoint == store.text


async def test_page_handed_out_in_part() -> None:
    """A commit covers a page when its last change was handed out, and not before."""
    store = Store()
    client = ChangeClient(spread_out(9), page_size=4)
    async with client.account_changes(SINCE, checkpoint=store, workers=1) as changes:
        await changes.commit()
        assert [] == store.saved
        for number in range(1, 5):
            await anext(changes)
            before = changes.checkpoint
            await changes.commit()
            assert (number == 4) == bool(store.saved)
        assert before != store.text
        await anext(changes)
        assert changes.checkpoint == store.text


async def test_after_the_loop_and_after_the_context() -> None:
    """A commit may come when the feed was left, for what was handed out until then."""
    world = spread_out(20)
    store = Store()
    feed = ChangeClient(world).account_changes(SINCE, checkpoint=store, lookback=0)
    async with feed as changes:
        async for _ in changes:
            pass
        await changes.commit()
        assert changes.checkpoint == store.text
    world.tick(100)
    world.create()
    world.tick(100)
    assert [21] == await ids(feed)

    await feed.commit()

    assert feed.checkpoint == store.text
    assert [] == await ids(feed)


async def test_commit_of_an_earlier_run() -> None:
    """A batch of a run before the one that was begun since changes nothing."""
    store = Store()
    feed = ChangeClient(spread_out(20)).account_changes(SINCE, checkpoint=store)
    batches = await read_all(feed)
    async with feed:
        await batches[-1].commit()

    assert [] == store.saved


@pytest.mark.parametrize("checkpoint", [None, "text"])
async def test_no_store(checkpoint: str | None) -> None:
    """Where there is no store, a commit says what to do instead."""
    client = ChangeClient(spread_out(3))
    if checkpoint is not None:
        checkpoint = client.account_changes(SINCE).checkpoint
    feed = client.account_changes(SINCE, checkpoint=checkpoint)
    [batch, *_] = await read_all(feed)

    for commit in (batch.commit, feed.commit):
        with pytest.raises(InvalidRequestError, match=r"store batch\.checkpoint") as caught:
            await commit()
        assert "checkpoint" == caught.value.parameter


async def test_failed_commit_may_be_repeated() -> None:
    """What could not be saved is not taken for saved."""

    class Broken(Store):
        broken = True

        def save(self, checkpoint: str) -> None:
            if self.broken:
                raise OSError("the disk is full")
            super().save(checkpoint)

    store = Broken()
    [*_, last] = await read_all(
        ChangeClient(spread_out(5)).account_changes(SINCE, checkpoint=store)
    )
    with pytest.raises(OSError, match="full"):
        await last.commit()
    store.broken = False

    await last.commit()

    assert last.checkpoint == store.text


@pytest.mark.parametrize("found", [b"{}", {}, 7])
async def test_store_that_loads_no_text(found: Any) -> None:
    """What a store returns has to be text or None."""
    store = Store(found)

    with pytest.raises(CheckpointError, match=f"returned {type(found).__name__}, expected text"):
        async with ChangeClient(FakeChangeServer()).account_changes(SINCE, checkpoint=store):
            pass


async def test_checkpoint_before_the_context() -> None:
    """A feed that was not entered has the checkpoint that it was given."""
    client = ChangeClient(spread_out(3))
    text = client.account_changes(SINCE).checkpoint + " "

    assert text == client.account_changes(SINCE, checkpoint=text).checkpoint


@pytest.mark.parametrize("shared", [True, False])
async def test_two_runs_on_one_file(tmp_path: Path, *, shared: bool) -> None:
    """The second to commit is refused, whether or not both were given the same object."""
    client = ChangeClient(spread_out(20))
    file = FileCheckpoint(tmp_path / "file")
    other = file if shared else FileCheckpoint(tmp_path / "file")
    first = client.account_changes(SINCE, checkpoint=file)
    second = client.account_changes(SINCE, checkpoint=other)
    async with first, second:
        [one, two, *_] = [batch async for batch in first.batches(1)]
        [*_, last] = [batch async for batch in second.batches(1)]
        await one.commit()
        with pytest.raises(CheckpointError, match="another run has saved its checkpoint in"):
            await last.commit()
        await two.commit()
        with pytest.raises(CheckpointError, match="start this run again"):
            await second.commit()

    assert two.checkpoint == (file.load() or "").strip()


async def test_store_of_a_class_derived_from_the_file(tmp_path: Path) -> None:
    """It is used as it is, with all that it adds."""

    class Counting(FileCheckpoint):
        saves = 0

        def save(self, checkpoint: str, /) -> None:
            self.saves += 1
            super().save(checkpoint)

    store = Counting(tmp_path / "file")
    async with ChangeClient(spread_out(3)).account_changes(SINCE, checkpoint=store) as changes:
        async for batch in changes.batches():
            await batch.commit()

    assert 1 == store.saves


async def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    """It is missed before anything is asked, and not when the first batch is to be saved."""
    world = spread_out(3)
    file = FileCheckpoint(tmp_path / "folder" / "file")

    with pytest.raises(FileNotFoundError):
        async with ChangeClient(world).account_changes(SINCE, checkpoint=file):
            pass

    assert [] == world.requests


async def test_cancelled_commit_is_whole(tmp_path: Path) -> None:
    """A commit that is cancelled meanwhile has saved all or nothing, and may be repeated."""
    file = FileCheckpoint(tmp_path / "file")
    [*_, last] = await read_all(ChangeClient(spread_out(3)).account_changes(SINCE, checkpoint=file))
    with anyio.CancelScope() as scope:
        scope.cancel()
        await last.commit()
    assert file.load() is None

    await last.commit()

    assert last.checkpoint == (file.load() or "").strip()


async def test_committer_without_a_store() -> None:
    """It loads nothing, and is not idle."""
    committer = Committer(None)

    assert await committer.load(0) is None
    assert not committer.idle
