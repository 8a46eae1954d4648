"""Iterations that end only when all was delivered, whatever happens to single steps."""

import asyncio
import gc
import warnings
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given
from hypothesis import strategies as st

from neon_async import APIError, PaginationError, Progress
from tests.support.page_server import (
    PageServer,
    drained,
    hundred,
    nothing_left,
    page,
    records,
    serve,
    settle,
    walk,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ["items", "pages"]
ALL = list(range(1, 101))


def begin(server: PageServer, kind: str, **given: Any) -> AsyncGenerator[Any, None]:
    """An iteration over records or pages, as an iterator."""
    paginator = walk(server, **given)
    iteration: AsyncGenerator[Any, None] = (
        aiter(paginator) if kind == "items" else paginator.pages()
    )
    return iteration


def ids_of(things: list[Any]) -> list[int]:
    """The ids of records, or of the records on pages."""
    pages = [thing.accounts if hasattr(thing, "accounts") else [thing] for thing in things]
    return [account.account_id for accounts in pages for account in accounts]


async def persist(
    step: Callable[[], Any], *, ignoring: type[BaseException] | tuple[type[BaseException], ...]
) -> list[Any]:
    """What comes of an iteration when steps that fail are repeated."""
    found: list[Any] = []
    while True:
        try:
            found.append(await step())
        except StopAsyncIteration:
            return found
        except ignoring:
            continue


@pytest.mark.parametrize("kind", KINDS)
async def test_failed_steps_may_be_repeated(kind: str) -> None:
    """After an error the next step asks for the same page again, and nothing is missing."""
    answer = records(100)
    calls = iter(range(1000))
    server = PageServer(lambda asked: APIError(1) if next(calls) % 3 else answer(asked))
    iteration = begin(server, kind)

    assert ALL == ids_of(await persist(lambda: anext(iteration), ignoring=APIError))
    assert [number for number in range(1, 11) for _ in range(3)] == [1, 1, *server.numbers][:30]


@pytest.mark.parametrize("kind", KINDS)
async def test_contradictions_may_be_repeated(kind: str) -> None:
    """A page that did not fit is asked for again, and delivered when it fits."""
    pages = [page(1, 2, 1, 2), page(1, 2, 1, 2), page(2, 2, 3, 4)]
    answers = iter(pages)
    iteration = begin(PageServer(lambda _: next(answers)), kind)

    assert [1, 2, 3, 4] == ids_of(await persist(lambda: anext(iteration), ignoring=PaginationError))


@pytest.mark.parametrize("kind", KINDS)
async def test_the_end_stays_the_end(kind: str) -> None:
    """Steps after the last one end again, and ask for nothing."""
    server = hundred()
    iteration = begin(server, kind)
    _ = [thing async for thing in iteration]
    for _ in range(2):
        with pytest.raises(StopAsyncIteration):
            await anext(iteration)
    await iteration.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(iteration)

    assert 10 == len(server.asked)


@pytest.mark.parametrize("kind", KINDS)
async def test_errors_of_the_callback_may_be_repeated(kind: str) -> None:
    """What `on_progress` raises loses and doubles nothing, neither records nor progress."""
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) % 2:
            raise ZeroDivisionError

    server = hundred()
    iteration = begin(server, kind, on_progress=report)

    assert ALL == ids_of(await persist(lambda: anext(iteration), ignoring=ZeroDivisionError))
    assert [Progress(number, 10, 10 * number, 100) for number in range(1, 11)] == seen[1::2]
    assert seen[::2] == seen[1::2]


@pytest.mark.parametrize("kind", KINDS)
@given(steps=st.lists(st.integers(0, 6), max_size=20))
async def test_cancelled_steps_may_be_repeated(kind: str, steps: list[int]) -> None:
    """Wherever steps are cancelled, all records come, each once and in order."""
    iteration = begin(hundred(), kind)
    patience = iter(steps)

    async def step() -> Any:
        things: list[Any] = []
        async with anyio.create_task_group() as group:
            scope = anyio.CancelScope()
            left = next(patience, None)
            if left is not None:
                group.start_soon(cancel_after, left, scope)
            with scope:
                things.append(await anext(iteration, None))
            group.cancel_scope.cancel()
        if not things:
            raise TimeoutError
        if things == [None]:
            raise StopAsyncIteration
        return things[0]

    assert ALL == ids_of(await persist(step, ignoring=TimeoutError))


async def cancel_after(turns: int, scope: anyio.CancelScope) -> None:
    for _ in range(turns):
        await checkpoint()
    scope.cancel()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_heartbeat(kind: str) -> None:
    """`asyncio.wait_for` around each step, and on with it after a time-out, loses nothing."""
    server = hundred(held={1, 5})
    iteration = begin(server, kind)

    async def step() -> Any:
        try:
            return await asyncio.wait_for(anext(iteration), 0.001 if server.held else None)
        except TimeoutError:
            server.held.clear()
            raise

    assert ALL == ids_of(await persist(step, ignoring=TimeoutError))
    assert [1, 1] == server.numbers[:2]


@pytest.mark.parametrize("kind", KINDS)
async def test_tasks_may_share_an_iteration(kind: str) -> None:
    """Each record comes once, whichever of several tasks gets it."""
    server = hundred()
    iteration = begin(server, kind)
    found: list[Any] = []

    async def consume() -> None:
        async for thing in iteration:
            found.append(thing)
            await checkpoint()

    async with nothing_left(), anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(consume)

    assert ALL == sorted(ids_of(found))
    assert list(range(1, 11)) == server.numbers


@pytest.mark.parametrize("kind", KINDS)
async def test_each_step_in_a_task_of_its_own(kind: str) -> None:
    """Loaders that take turns between resources step each from changing tasks."""
    iteration = begin(hundred(), kind)
    found: list[Any] = []

    async def step() -> None:
        found.extend([await anext(iteration, None)])

    async with nothing_left():
        while None not in found:
            async with anyio.create_task_group() as group:
                group.start_soon(step)

    assert ALL == ids_of(found[:-1])


@pytest.mark.parametrize(("kind", "resume"), [("items", 1), ("pages", 2)])
async def test_closed_iterations_say_where_to_resume(kind: str, resume: int) -> None:
    """A step after a close is no end: what was not taken is missing, and resuming gets it."""
    server = hundred()
    async with aclosing(begin(server, kind)) as iteration:
        await anext(iteration)
    _, error = await drained(iteration)

    assert isinstance(error, PaginationError)
    assert "syncAccounts: the iteration was closed before its end" == str(error)
    assert (resume, tuple(ALL)) == (error.resume, error.resume_ids)
    assert [1] == server.numbers


async def test_a_page_that_was_taken_is_not_read_again() -> None:
    """After the last record of a page, resuming begins with the next page."""
    iteration = begin(hundred(), "items")
    for _ in range(10):
        await anext(iteration)
    await iteration.aclose()
    _, error = await drained(iteration)

    assert error is not None
    assert 2 == error.resume


async def test_closing_before_the_first_step() -> None:
    """Nothing is asked for when an iteration is closed before it has begun."""
    server = hundred()
    iteration = begin(server, "items")
    await iteration.aclose()
    _, error = await drained(iteration)

    assert error is not None
    assert (1, []) == (error.resume, server.numbers)


@pytest.mark.parametrize("kind", KINDS)
async def test_sending(kind: str) -> None:
    """`asend`, of the protocol of generators, is the next step."""
    iteration = begin(hundred(), kind)
    first = await iteration.asend(None)

    assert 1 == ids_of([first])[0]
    assert iteration is aiter(iteration)


@pytest.mark.parametrize(
    ("thrown", "text"),
    [
        ((KeyError("a"),), "KeyError('a')"),
        ((KeyError,), "KeyError()"),
        ((KeyError, "b"), "KeyError('b')"),
        ((KeyError, KeyError("c")), "KeyError('c')"),
    ],
)
async def test_throwing(thrown: tuple[Any, ...], text: str) -> None:
    """What is thrown into an iteration comes out of it, in each form, and it is closed."""
    iteration = begin(hundred(), "items")
    await anext(iteration)
    with pytest.raises(KeyError) as caught:
        await iteration.athrow(*thrown)

    assert text == repr(caught.value)
    with pytest.raises(PaginationError, match="closed before its end"):
        await anext(iteration)


async def test_throwing_with_a_traceback() -> None:
    """The traceback that is given is shown."""
    with pytest.raises(KeyError) as caught:
        await begin(hundred(), "items").athrow(KeyError, None, traceback())
    assert "traceback" in [entry.name for entry in caught.traceback]


def traceback() -> TracebackType | None:
    """Where another error was raised."""
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int("traceback")
    return caught.value.__traceback__


@pytest.mark.parametrize("kind", KINDS)
async def test_abandoned_iterations_are_just_collected(kind: str) -> None:
    """What is left by `break` is gone with its last reference, and no event loop minds."""
    iteration = begin(hundred(), kind)
    async for _ in iteration:
        break
    gone = weakref.ref(iteration)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        del iteration
        gc.collect()
        await settle()

    assert (None, []) == (gone(), caught)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_abandoned_step(kind: str) -> None:
    """An iteration that nobody refers to while its step is cancelled leaves nothing either."""
    server = hundred(held={1})
    async with nothing_left(), anyio.create_task_group() as group:
        group.start_soon(anext, begin(server, kind))
        await settle()
        group.cancel_scope.cancel()

    assert 0 == server.in_flight


async def test_iterations_are_made_outside_of_event_loops() -> None:
    """A paginator may be taken apart before there is an event loop."""

    def make() -> AsyncIterator[Any]:
        return begin(hundred(), "items")

    iteration = await anyio.to_thread.run_sync(make)

    assert ALL == ids_of([thing async for thing in iteration])


async def test_a_paginator_is_not_awaited() -> None:
    """A first page that is taken for the whole would be a silent loss, so the error says more."""
    paginator: Any = serve(page(1, 1, 1, 2)).paginator()
    with pytest.raises(TypeError) as caught:
        await paginator

    assert (
        "a paginator can't be awaited: iterate with `async for`, or await its `collect()` for a "
        "list of all records, or its `first_page()` for one page"
    ) == str(caught.value)


async def test_first_pages_that_fail() -> None:
    """An error of the first page alone says where to resume, too."""
    with pytest.raises(APIError) as caught:
        await serve(APIError(1)).paginator(time_from=NOW, ids=()).first_page()
    assert (1, None) == (caught.value.resume, caught.value.resume_ids)


@pytest.mark.parametrize("kind", KINDS)
def test_uvloop(kind: str) -> None:
    """On uvloop steps are repeated and shared as on asyncio."""
    pytest.importorskip("uvloop")  # there is none for Windows
    for test in (test_heartbeat, test_tasks_may_share_an_iteration, test_an_abandoned_step):
        anyio.run(test, kind, backend_options={"use_uvloop": True})
