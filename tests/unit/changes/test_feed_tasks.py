"""A feed that is opened, read, committed and closed by different tasks."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
import pytest
from anyio.lowlevel import checkpoint

from neon_async import ConnectError, EventLoopError, PaginationError
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer
from tests.support.page_server import nothing_left, settle
from tests.unit.changes.test_feed import Store, spread_out

T = TypeVar("T")


async def apart(work: Callable[[], Awaitable[T]]) -> T:
    """Do something in a task of its own."""
    results: list[T] = []
    errors: list[BaseException] = []

    async def run() -> None:
        try:
            results.append(await work())
        except Exception as error:  # noqa: BLE001 - raised below
            errors.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
    if errors:
        raise errors[0]
    return results[0]


def busy(count: int = 60) -> FakeChangeServer:
    """A fake server whose answers take their time."""
    world = spread_out(count)
    world.patience = [1, 7, 3]
    return world


@pytest.mark.parametrize("workers", [1, 3])
async def test_each_step_in_a_task_of_its_own(workers: int) -> None:
    """All records come, and a commit of yet another task saves them."""
    store = Store()
    client = ChangeClient(busy(), page_size=5)
    feed = client.account_changes(SINCE, checkpoint=store, workers=workers)
    batches = feed.batches(7)
    async with nothing_left():
        changes = await apart(feed.__aenter__)
        ids = [(await apart(lambda: anext(changes))).id for _ in range(12)]
        while (batch := await apart(lambda: anext(batches, None))) is not None:
            ids += [change.id for change in batch.changes]
            await apart(batch.commit)
        await apart(lambda: feed.__aexit__(None, None, None))

    assert [*range(1, 61)] == sorted(ids)
    assert feed.certificate.proven
    assert feed.checkpoint == store.text


@pytest.mark.parametrize("steps", [0, 1, 30])
async def test_left_early_by_another_task(steps: int) -> None:
    """Nothing stays behind, however far the feed had come."""
    world = busy()
    feed = ChangeClient(world, page_size=5).account_changes(SINCE, workers=3)
    async with nothing_left():
        await apart(feed.__aenter__)
        for _ in range(steps):
            await apart(lambda: anext(feed))
        await apart(lambda: feed.__aexit__(None, None, None))
    asked = len(world.requests)
    await settle()

    assert asked == len(world.requests)


async def test_on_uvloop() -> None:
    """There, too."""
    pytest.importorskip("uvloop")  # there is none for Windows

    await anyio.to_thread.run_sync(
        lambda: anyio.run(
            test_each_step_in_a_task_of_its_own, 3, backend_options={"use_uvloop": True}
        )
    )


@pytest.mark.parametrize(("taken", "size"), [(0, 5), (1, 5), (40, 5), (0, 100)])
async def test_closed_while_somebody_waits(taken: int, size: int) -> None:
    """Whoever waits for a change is told that the feed was closed, and does not wait for ever."""
    world = busy()
    feed = ChangeClient(world, page_size=size).account_changes(SINCE, workers=2)
    errors: list[str] = []

    async def wait() -> None:
        try:
            _ = [change async for change in feed]
        except PaginationError as error:
            errors.append(str(error))

    async with nothing_left():
        await feed.__aenter__()
        for _ in range(taken):
            await anext(feed)
        world.patience = [50]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            for _ in range(20):
                await checkpoint()
            await feed.__aexit__(None, None, None)

    assert ["the feed was closed before its end"] == errors
    with pytest.raises(PaginationError, match="inside its `async with`"):
        await anext(feed)


async def test_two_tasks_at_once() -> None:
    """The second one that waits is refused, and the first goes on."""
    world = busy()
    world.patience = [20]
    seen: list[int] = []

    async def consume(feed: Any) -> None:
        seen.extend([change.id async for change in feed])

    feed = ChangeClient(world, page_size=5).account_changes(SINCE)
    async with feed as changes, anyio.create_task_group() as tasks:
        tasks.start_soon(consume, changes)
        for _ in range(5):
            await checkpoint()
        with pytest.raises(RuntimeError, match="one at a time"):
            await anext(changes)

    assert [*range(1, 61)] == sorted(seen)
    assert changes.certificate.proven


async def test_failed_step_ends_the_requests() -> None:
    """What is under way for the next steps is cancelled: there will be none."""
    world = busy()

    def fail() -> None:
        if len(world.requests) == 12:
            world.patience = [1000]
            raise ConnectError("the connection broke")

    world.on_request = fail
    async with ChangeClient(world, page_size=5).account_changes(SINCE, workers=3) as changes:
        with pytest.raises(ConnectError):
            [change async for change in changes]
        async with nothing_left():
            await settle()
        for _ in range(2):
            with pytest.raises(PaginationError, match="resume from its checkpoint"):
                await anext(changes)


def test_another_event_loop() -> None:
    """A feed that was opened in an event loop that has ended says where it belongs."""
    feed = ChangeClient(busy(), page_size=5).account_changes(SINCE)

    async def read() -> None:
        await anext(feed)

    anyio.run(feed.__aenter__)
    for use in (read, lambda: feed.__aexit__(None, None, None)):
        with pytest.raises(EventLoopError, match="a change feed belongs to the event loop"):
            anyio.run(use)


async def test_opened_twice_at_once() -> None:
    """A second task that opens it while the first does is refused."""
    feed = ChangeClient(FakeChangeServer()).account_changes(SINCE, checkpoint=Store())
    refused: list[str] = []

    async def open_it() -> None:
        try:
            await feed.__aenter__()
        except RuntimeError as error:
            refused.append(str(error))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(open_it)
        tasks.start_soon(open_it)
    await feed.__aexit__(None, None, None)

    assert [
        "this change feed is open already; leave its `async with` before entering it again"
    ] == refused


async def test_opening_that_failed_may_be_repeated() -> None:
    """A store that could not be read once is no reason to make another feed."""

    class Sometimes(Store):
        broken = True

        def load(self) -> str | None:
            if self.broken:
                raise OSError("not there yet")
            return None

    store = Sometimes()
    feed = ChangeClient(FakeChangeServer()).account_changes(SINCE, checkpoint=store)
    with pytest.raises(OSError, match="not there"):
        await feed.__aenter__()
    store.broken = False

    async with feed as changes:
        [last] = [batch async for batch in changes.batches()]
        await last.commit()

    assert last.checkpoint == store.text
