"""Three ways to cancel a job after so many steps of the event loop."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
from anyio.lowlevel import checkpoint

from neon_async import NeonError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def _wait(steps: int, done: Callable[[], bool]) -> None:
    for _ in range(steps):
        if done():
            return
        await checkpoint()


async def by_scope(job: Callable[[], Awaitable[object]], steps: int) -> bool:
    """Cancel a scope of anyio; return whether the job was done before."""
    ended: list[object] = []

    async def run() -> None:
        ended.append(await job())

    async with anyio.create_task_group() as group:
        group.start_soon(run)
        await _wait(steps, lambda: bool(ended))
        group.cancel_scope.cancel()
    return bool(ended)


async def by_task(job: Callable[[], Awaitable[object]], steps: int) -> bool:
    """Cancel a task of asyncio, which no shield of anyio stops."""
    task = asyncio.ensure_future(_awaited(job))
    await _wait(steps, task.done)
    done = task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return done


async def by_timeout(job: Callable[[], Awaitable[object]], steps: int) -> bool:
    """Let `asyncio.timeout` run out; what comes out of it must be its own error."""
    timeouts: list[asyncio.Timeout] = []

    async def bounded() -> None:
        async with asyncio.timeout(None) as timeout:
            timeouts.append(timeout)
            await job()

    task = asyncio.ensure_future(bounded())
    await _wait(steps, task.done)
    done = task.done()
    if timeouts and not done:
        timeouts[0].reschedule(0)
    try:
        await task
    except TimeoutError as error:
        assert not isinstance(error, NeonError)  # noqa: PT017 - a subclass of it would pass
    return done


async def _awaited(job: Callable[[], Awaitable[object]]) -> object:
    return await job()
