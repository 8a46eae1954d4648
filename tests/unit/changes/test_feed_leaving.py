"""How a feed is left: by break, by exceptions, by cancellation, and what is there afterwards."""

import asyncio
import json

import anyio
import pytest

from neon_async import ConnectError, PaginationError
from tests.support.change_server import SINCE, ChangeClient
from tests.unit.changes.test_feed import Store, ids, spread_out


async def test_break_ends_the_requests() -> None:
    """No request is under way after the context was left."""
    world = spread_out(100)
    world.patience = [3, 50]
    async with ChangeClient(world).account_changes(SINCE, workers=4) as changes:
        async for _ in changes:
            break
    asked = len(world.requests)

    for _ in range(100):
        await anyio.lowlevel.checkpoint()

    assert asked == len(world.requests)


async def test_exception_of_the_consumer_comes_out_bare() -> None:
    """No exception group is wrapped around what the consumer raises."""

    async def consume() -> None:
        async with ChangeClient(spread_out(100)).account_changes(SINCE, workers=4) as changes:
            async for _ in changes:
                raise KeyError("the consumer's")

    with pytest.raises(KeyError, match="the consumer's"):
        await consume()


async def test_error_of_a_request_comes_out_bare() -> None:
    """The error of a request ends the feed, which is not taken for complete then."""
    world = spread_out(100)

    def fail() -> None:
        if len(world.requests) == 9:
            raise ConnectError("the connection broke")

    world.on_request = fail
    async with ChangeClient(world).account_changes(SINCE, workers=2) as changes:
        with pytest.raises(ConnectError, match="the connection broke"):
            [change async for change in changes]
        with pytest.raises(PaginationError, match="interrupted before its end"):
            await anext(changes)
    assert json.loads(changes.checkpoint)["pending"]


async def test_cancelled_wait_is_no_end() -> None:
    """A feed whose consumer gave up waiting does not look as if it were through."""
    world = spread_out(100)
    async with ChangeClient(world).account_changes(SINCE) as changes:
        await anext(changes)
        world.patience = [1_000_000]
        with anyio.CancelScope() as scope:
            scope.cancel()
            while True:
                await anext(changes)
        with pytest.raises(PaginationError, match="interrupted before its end"):
            await anext(changes)


async def test_cancellation_from_outside() -> None:
    """A cancelled task leaves the feed, and the cancellation is not swallowed."""
    world = spread_out(100)
    world.patience = [10]
    reached = anyio.Event()

    async def consume() -> None:
        async with ChangeClient(world).account_changes(SINCE, workers=3) as changes:
            async for _ in changes:
                reached.set()
                await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(consume)
        await reached.wait()
        tasks.cancel_scope.cancel()
    assert tasks.cancel_scope.cancelled_caught


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_time_out_of_asyncio() -> None:
    """A consumer's own time-out stays its own, and no task is left."""
    world = spread_out(100)
    world.patience = [10]

    async def consume() -> None:
        async with asyncio.timeout(0.02):
            async with ChangeClient(world).account_changes(SINCE, workers=3) as changes:
                async for _ in changes:
                    world.patience = [1_000_000]

    tasks = asyncio.all_tasks()
    with pytest.raises(TimeoutError):
        await consume()

    assert tasks == asyncio.all_tasks()


class Interrupt(BaseException):
    """Stands for a KeyboardInterrupt, which trio may raise in any task."""


@pytest.mark.parametrize("request_number", [1, 2, 6])
async def test_interrupt_in_a_fetch(request_number: int) -> None:
    """What ends the program comes out of a feed as it is, in no group of exceptions."""
    world = spread_out(100)

    def interrupt() -> None:
        if len(world.requests) == request_number:
            raise Interrupt

    world.on_request = interrupt

    with pytest.raises(Interrupt):
        await ids(ChangeClient(world, page_size=5).account_changes(SINCE, workers=3))


async def test_interrupt_in_a_lookup() -> None:
    """It comes out of work on many things as it is, too."""
    world = spread_out(3)

    def interrupt() -> None:
        raise Interrupt

    world.on_request = interrupt

    with pytest.raises(Interrupt):
        await ChangeClient(world).resolve_account_ids([1, 2, 3])


async def test_feed_is_iterated_in_its_context() -> None:
    """Outside of its `async with` nothing is fetched."""
    feed = ChangeClient(spread_out(1)).account_changes(SINCE)
    with pytest.raises(PaginationError, match="inside its `async with`"):
        await anext(feed)
    async with feed:
        pass
    with pytest.raises(PaginationError, match="inside its `async with`"):
        await anext(feed)
    await feed.__aexit__(None, None, None)


async def test_page_in_hand_when_it_is_left() -> None:
    """What was not taken of a page is not handed out after the `async with`."""
    world = spread_out(20)
    async with ChangeClient(world, page_size=5).account_changes(SINCE) as changes:
        await anext(changes)

    with pytest.raises(PaginationError, match="inside its `async with`"):
        await anext(changes)


async def test_feed_can_be_entered_again() -> None:
    """A second `async with` resumes from the store, once something was committed."""
    world = spread_out(6)
    feed = ChangeClient(world).account_changes(SINCE, checkpoint=Store(), lookback=0)

    assert [1, 2, 3, 4, 5, 6] == await ids(feed)
    assert [1, 2, 3, 4, 5, 6] == await ids(feed)
    await feed.commit()
    assert [] == await ids(feed)


async def test_feed_is_entered_once_at_a_time() -> None:
    """A second `async with` inside the first is refused, and the first goes on."""
    feed = ChangeClient(spread_out(6)).account_changes(SINCE)
    async with feed as changes:
        await anext(changes)
        with pytest.raises(RuntimeError, match="open already"):
            await feed.__aenter__()

        assert 5 == len([change async for change in changes])
