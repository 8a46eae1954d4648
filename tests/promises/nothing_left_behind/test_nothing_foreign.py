"""The caller's tasks, coroutines and exceptions are as they were, whatever a call ends with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest
import trio

from neon_async import AsyncClient, NeonError
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import fin, hang
from tests.support.secrets_scenario import EVER, Scenario

Wait = Callable[[], Awaitable[None]]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


class MineError(Exception):
    """An error of the caller's program."""


async def _native(neon: AsyncClient, stuck: Wait) -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(neon.list_prefixes)
        await stuck()
        raise MineError("mine")


async def _group(neon: AsyncClient, stuck: Wait) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(neon.list_prefixes)
        await stuck()
        raise MineError("mine")


async def _lookahead(neon: AsyncClient, stuck: Wait) -> None:
    async with neon.sync_accounts(time_from=EVER).lookahead(workers=3) as accounts:
        async for _ in accounts:
            await stuck()
            raise MineError("mine")


async def _feed(neon: AsyncClient, stuck: Wait) -> None:
    async with neon.account_changes(EVER, workers=3) as changes, anyio.create_task_group() as tasks:
        tasks.start_soon(anext, changes)
        await stuck()
        raise MineError("mine")


async def _cancelling(neon: AsyncClient, stuck: Wait) -> None:
    """Cancel a call while an error is being handled, so that the cancellation leads to it."""
    try:
        raise_mine(MineError("mine"))
    except MineError:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(neon.list_prefixes)
            await stuck()
            tasks.cancel_scope.cancel()
        raise


JOBS = [_native, _group, _lookahead, _feed, _cancelling]


def raise_mine(error: MineError) -> None:
    raise error


def inner(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        (error,) = error.exceptions
    return error


@pytest.mark.parametrize("job", JOBS)
async def test_error_beside_calls_under_way(
    job: Callable[[AsyncClient, Wait], Awaitable[None]], server: FaultServer, anyio_backend: Any
) -> None:
    """It comes out with its text, and the coroutine in which it was raised runs to its end."""
    if job is _native and anyio_backend != "trio":
        pytest.skip("a nursery is one of trio's")
    scenario = Scenario.set_up().on_socket(server)
    await scenario.neon.login()
    server.nth(3 if job is _lookahead else 2, hang())
    reached: list[str] = []

    async def stuck() -> None:
        await server.until(lambda: server.in_flight > 0)
        await anyio.wait_all_tasks_blocked()

    async def caller() -> None:
        try:
            await job(scenario.neon, stuck)
        finally:
            await anyio.lowlevel.checkpoint()
            reached.append("the end")

    with pytest.raises((MineError, BaseExceptionGroup)) as caught:
        await caller()
    await scenario.neon.aclose()

    error = inner(caught.value)
    assert (MineError, ("mine",)) == (type(error), error.args)
    assert not hasattr(error, "__notes__")
    assert ["the end"] == reached


@pytest.mark.parametrize("name", ["list_prefixes", "sync_accounts", "edit_individual_account"])
async def test_error_that_the_caller_is_handling(name: str, server: FaultServer) -> None:
    """It keeps its text, its traceback and what led to it, when a call meets a broken server."""
    scenario = Scenario.set_up().on_socket(server)
    await scenario.neon.login()
    server.always(fin())
    cause, mine = KeyError("cause"), LookupError("mine")
    mine.add_note("a note")
    before: list[object] = []

    def about() -> list[object]:
        return [mine.args, mine.__traceback__, mine.__context__, mine.__cause__, mine.__notes__]

    try:
        raise mine from cause
    except LookupError:
        before = about()
        with pytest.raises(NeonError) as caught:
            await scenario.call(name)
    await scenario.neon.aclose()

    assert all(one is other for one, other in zip(before, about(), strict=True))
    assert (("mine",), ["a note"], ("cause",)) == (mine.args, mine.__notes__, cause.args)
    assert mine is caught.value.__context__
    assert caught.value.__cause__ is None


async def test_error_of_a_callback() -> None:
    """An error of the caller's own code comes out with its frames and what led to it."""
    scenario = Scenario.set_up()
    cause = KeyError("cause")

    def change(_: object) -> None:
        raise MineError("mine") from cause

    with pytest.raises(MineError) as caught:
        await scenario.neon.edit_individual_account(scenario.person, change)
    await scenario.neon.aclose()

    names = [entry.name for entry in caught.traceback]
    assert ["test_error_of_a_callback", "change"] == names
    assert cause is caught.value.__cause__
