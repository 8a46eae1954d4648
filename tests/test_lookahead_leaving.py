"""Leaving a look-ahead, by whatever way: nothing stays behind."""

import asyncio
import gc
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from neon_async import PaginationError
from tests.pages import (
    Server,
    account_ids,
    drained,
    hundred,
    nothing_left,
    page,
    serve,
    settle,
    walk,
)


@pytest.mark.parametrize("kind", ["lookahead", "lookahead_pages"])
async def test_leaving_early(kind: str) -> None:
    """After a `break` the fetches that are under way are cancelled, and nothing is left."""
    server = hundred(held={4})
    async with nothing_left(), getattr(walk(server), kind)() as stream:
        async for _ in stream:
            await settle()
            break

    assert 0 == server.in_flight
    assert set(server.numbers) <= {1, 2, 3}


async def test_not_even_beginning() -> None:
    """A look-ahead that is entered and left ends what it has begun."""
    server = hundred(held={1})
    async with nothing_left(), walk(server).lookahead():
        await settle()

    assert ([1], 0) == (server.numbers, server.in_flight)


async def test_leaving_by_an_exception() -> None:
    """The consumer's error comes out as it is, and not in a group."""
    server = hundred(held={3})

    async def consume() -> None:
        async with walk(server).lookahead() as accounts:
            async for _ in accounts:
                await settle()
                raise ZeroDivisionError

    async with nothing_left():
        with pytest.raises(ZeroDivisionError):
            await consume()
    assert 0 == server.in_flight


async def test_an_error_that_is_none_of_ours() -> None:
    """What the sender raises by mistake comes out as it is, too."""
    server = serve(page(1, 2, 1, 2), ZeroDivisionError())

    async def consume() -> None:
        async with server.paginator().lookahead() as accounts:
            _ = [one async for one in accounts]

    async with nothing_left():
        with pytest.raises(ZeroDivisionError):
            await consume()


@pytest.mark.parametrize("held", [1, 2])
async def test_cancellation(held: int) -> None:
    """A cancellation from outside ends the consumer and every fetch, whatever they wait for."""
    server = hundred(held={held})
    found: list[Any] = []

    async def consume() -> None:
        async with walk(server).lookahead_pages() as pages:
            async for one in pages:
                found.extend(one.items)

    async with nothing_left(), anyio.create_task_group() as group:
        group.start_soon(consume)
        await settle()
        group.cancel_scope.cancel()

    assert (10 * (held - 1), 0) == (len(found), server.in_flight)


@pytest.mark.parametrize("kind", ["pages", "lookahead"])
async def test_cancellation_at_every_await(kind: str) -> None:
    """Wherever a cancellation comes, nothing is left, and what came before it is in order."""
    finished = 0
    for steps in range(60):
        server = hundred()
        scope = anyio.CancelScope()
        found: list[Any] = []
        async with nothing_left(collect=False), anyio.create_task_group() as group:
            group.start_soon(consume, server, kind, scope, found)
            for _ in range(steps):
                await checkpoint()
            scope.cancel()
        assert 0 == server.in_flight
        assert list(range(1, len(found) + 1)) == account_ids(found)
        finished += len(found) == 100

    gc.collect()
    assert 0 < finished < 60


async def consume(server: Server, kind: str, scope: anyio.CancelScope, found: list[Any]) -> None:
    with scope:
        if kind == "pages":
            async for one in walk(server).pages():
                found.extend(one.items)
            return
        async with walk(server).lookahead_pages() as pages:
            async for one in pages:
                found.extend(one.items)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_native_cancellation() -> None:
    """`Task.cancel`, as of `asyncio.timeout` and of frameworks, ends a look-ahead just as well."""
    for steps in range(40):
        server = hundred()
        found: list[Any] = []
        async with nothing_left(collect=False):
            task = asyncio.create_task(consume(server, "lookahead", anyio.CancelScope(), found))
            for _ in range(steps):
                await checkpoint()
            task.cancel()
            await asyncio.wait([task])
        assert 0 == server.in_flight
        assert task.cancelled() or 100 == len(found)
    gc.collect()


async def test_cancellation_of_the_body() -> None:
    """A scope inside of the block, as of `move_on_after`, leaves the look-ahead usable."""
    server = hundred(held={2})
    async with nothing_left(), walk(server).lookahead_pages() as pages:
        await anext(pages)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anext(pages)
        assert scope.cancelled_caught
        server.release.set()

    assert 0 == server.in_flight


@pytest.mark.parametrize("workers", [1, 2, 3])
async def test_use_after_the_block(workers: int) -> None:
    """What is left of the stream can't be had without the tasks that fetch it."""
    async with walk(hundred()).lookahead(workers) as accounts:
        first = await anext(accounts)
    found, error = await drained(accounts)

    assert isinstance(error, PaginationError)
    assert "iterate inside of its `async with`" in str(error)
    assert [*range(1, 11)] == account_ids([first, *found])
    assert (2, tuple(range(1, 101))) == (error.resume, error.resume_ids)


async def test_a_consumer_in_another_task_is_woken() -> None:
    """Whoever still waits for a page when the block is left gets an error, and does not hang."""
    server = hundred(held={1})
    outcomes: list[object] = []

    async def consume(accounts: Any) -> None:
        try:
            outcomes.append(await anext(accounts))
        except PaginationError as error:
            outcomes.append(str(error))

    async with nothing_left(), anyio.create_task_group() as group:
        async with walk(server).lookahead() as accounts:
            group.start_soon(consume, accounts)
            await settle()
        with anyio.fail_after(5):
            while not outcomes:
                await checkpoint()

    (outcome,) = outcomes
    assert "the look-ahead was closed before its end" in str(outcome)


async def test_a_look_ahead_is_entered_once() -> None:
    """What its pages have said is of one walk; the paginator makes another one."""
    ahead = walk(hundred()).lookahead()
    async with ahead as accounts:
        await anext(accounts)
    with pytest.raises(RuntimeError, match="entered once"):
        await ahead.__aenter__()


async def test_leaving_without_entering() -> None:
    """An exit stack may leave what was never entered."""
    await walk(hundred()).lookahead().__aexit__(None, None, None)


class Interrupt(BaseException):
    """Stands for a KeyboardInterrupt, which trio may raise in any task."""


async def test_interrupt_in_a_fetch() -> None:
    """What ends the program comes out of the block as it is, in no group of exceptions."""

    def answer(_: Any) -> Any:
        raise Interrupt

    with pytest.raises(Interrupt):
        async with nothing_left(), walk(Server(answer)).lookahead() as accounts:
            await anext(accounts)
