"""Leaving a look-ahead, by whatever way: nothing stays behind, and nothing looks like its end."""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from neon_async import APIError, EventLoopError, PaginationError
from tests.support.page_server import (
    PageServer,
    account_ids,
    drained,
    hundred,
    nothing_left,
    page,
    records,
    serve,
    settle,
    walk,
)

KINDS = ["lookahead", "lookahead_pages"]
ENDED = "syncAccounts: the look-ahead ended because a page failed; resume with another one"


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


async def consume(
    server: PageServer, kind: str, scope: anyio.CancelScope, found: list[Any]
) -> None:
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


@pytest.mark.parametrize("kind", KINDS)
async def test_steps_after_a_cancelled_one(kind: str) -> None:
    """What `move_on_after` cancels is no end: each further step says where to resume."""
    server = hundred(held={2})
    async with nothing_left(), getattr(walk(server), kind)() as stream:
        for _ in range(10 if kind == "lookahead" else 1):
            await anext(stream)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anext(stream)
        assert scope.cancelled_caught
        await settle()
        assert 0 == server.in_flight
        for _ in range(2):
            found, error = await drained(stream)
            assert isinstance(error, PaginationError)
            assert (0, ENDED) == (len(found), str(error))
            assert (2, tuple(range(1, 101))) == (error.resume, error.resume_ids)


@pytest.mark.parametrize("kind", KINDS)
async def test_steps_after_an_error(kind: str) -> None:
    """An error is no end either, and nothing is fetched beyond it."""
    answer = records(100)
    server = PageServer(lambda asked: APIError(1) if asked.page == 3 else answer(asked))
    async with nothing_left(), getattr(walk(server), kind)() as stream:
        _, first = await drained(stream)
        assert isinstance(first, APIError)
        for _ in range(2):
            found, error = await drained(stream)
            assert isinstance(error, PaginationError)
            assert (0, ENDED, 3) == (len(found), str(error), error.resume)

    assert 3 == first.resume
    assert max(server.numbers) <= 5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_heartbeat(kind: str) -> None:
    """After a time-out of `asyncio.wait_for`, the page to resume from completes the pull."""
    server = hundred(held={3})
    found: list[Any] = []
    async with nothing_left(), getattr(walk(server), kind)() as stream:
        with pytest.raises(TimeoutError):
            await take_all(stream, found)
        with pytest.raises(PaginationError) as caught:
            await anext(stream)
    server.release.set()
    rest = walk(server, ids=caught.value.resume_ids, page=caught.value.resume)

    taken = found if kind == "lookahead" else [one for pages in found for one in pages.items]
    assert list(range(1, 101)) == account_ids(taken + await rest.collect())


async def take_all(stream: AsyncIterator[Any], found: list[Any]) -> None:
    while True:
        found.append(await asyncio.wait_for(anext(stream), 0.05))


async def test_the_end_stays_the_end() -> None:
    """Steps after the last one end again, also after the block."""
    async with walk(hundred()).lookahead() as accounts:
        assert 100 == len([one async for one in accounts])
        assert ([], None) == await drained(accounts)
    assert ([], None) == await drained(accounts)


@pytest.mark.parametrize(("kind", "resume"), [("lookahead", 1), ("lookahead_pages", 2)])
async def test_closing_the_stream(kind: str, resume: int) -> None:
    """Closing the stream itself ends the fetching, and says where to resume."""
    server = hundred(held={3})
    async with nothing_left(), getattr(walk(server), kind)() as stream:
        await anext(stream)
        await stream.aclose()
        await settle()
        assert 0 == server.in_flight
        _, error = await drained(stream)

    assert error is not None
    assert resume == error.resume


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("take", [0, 15, 100])
async def test_a_task_for_each_step(workers: int, take: int) -> None:
    """A fixture enters in one task, reads in others and leaves in yet another one."""
    server = hundred()
    opened: list[Any] = []
    found: list[Any] = []
    ahead = walk(server).lookahead(workers)

    async def enter() -> None:
        opened.append(await ahead.__aenter__())

    async def read() -> None:
        found.append(await anext(opened[0]))

    async def leave() -> None:
        await ahead.__aexit__(None, None, None)

    async with nothing_left():
        with anyio.CancelScope() as scope:
            for step in (enter, *take * [read], leave):
                async with anyio.create_task_group() as group:
                    group.start_soon(step)
            await checkpoint()

    assert (list(range(1, take + 1)), False) == (account_ids(found), scope.cancelled_caught)


async def test_a_generator_around_it_may_be_stepped_by_changing_tasks() -> None:
    """A resource of a loader holds the block open between its steps."""

    async def resource() -> AsyncGenerator[Any, None]:
        async with walk(hundred()).lookahead() as accounts:
            async for account in accounts:
                yield account  # noqa: ASYNC119 - users write it

    source = resource()
    found: list[Any] = []

    async def step() -> None:
        found.append(await anext(source))

    async with nothing_left():
        for method in (*15 * [step], source.aclose):
            async with anyio.create_task_group() as group:
                group.start_soon(method)

    assert list(range(1, 16)) == account_ids(found)


def test_another_event_loop() -> None:
    """The pages of one event loop can't be had, nor be closed, in another one."""
    ahead = walk(hundred()).lookahead()
    accounts = anyio.run(ahead.__aenter__)

    with pytest.raises(EventLoopError, match="a look-ahead belongs to the event loop") as caught:
        anyio.run(accounts.__anext__)
    assert 1 == caught.value.resume
    with pytest.raises(EventLoopError):
        anyio.run(ahead.__aexit__, None, None, None)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_requests_that_somebody_else_cancels() -> None:
    """A framework that cancels every task does not leave the consumer waiting."""
    server = hundred(held={2})
    before = asyncio.all_tasks()
    async with nothing_left(), walk(server).lookahead_pages() as pages:
        await anext(pages)
        await settle()
        step = asyncio.create_task(pages.__anext__())
        await settle()
        for task in asyncio.all_tasks() - before - {step}:
            task.cancel()
        with pytest.raises(PaginationError, match="the request for the page was cancelled"):
            await step


@pytest.mark.parametrize("workers", [1, 2, 3])
async def test_use_after_the_block(workers: int) -> None:
    """What is left of the stream can't be had without the tasks that fetch it."""
    async with walk(hundred()).lookahead(workers) as accounts:
        first = await anext(accounts)
    found, error = await drained(accounts)

    assert isinstance(error, PaginationError)
    assert "iterate inside its `async with`" in str(error)
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
    with pytest.raises(RuntimeError, match="entered only once"):
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

    async def consume(*, waits: bool) -> None:
        async with nothing_left(), walk(PageServer(answer)).lookahead() as accounts:
            await settle()
            if waits:
                await anext(accounts)

    for waits in (True, False):
        with pytest.raises(Interrupt):
            await consume(waits=waits)


@pytest.mark.parametrize("kind", KINDS)
def test_uvloop(kind: str) -> None:
    """On uvloop a look-ahead ends and is left as on asyncio."""
    pytest.importorskip("uvloop")  # there is none for Windows
    for test in (test_heartbeat, test_steps_after_a_cancelled_one, test_leaving_early):
        anyio.run(test, kind, backend_options={"use_uvloop": True})
    anyio.run(test_a_task_for_each_step, 3, 15, backend_options={"use_uvloop": True})
