"""Coroutines of a command, which a signal cancels."""

import asyncio
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any, TypeVar, TypeVarTuple, cast

import anyio

from neon_async.cli._interrupts import Interrupted, interrupt, replaced_handlers

T = TypeVar("T")
ArgsT = TypeVarTuple("ArgsT")


def run_async(function: Callable[[*ArgsT], Awaitable[T]], *args: *ArgsT) -> T:
    """Run a coroutine function, and cancel it on the first signal that asks the command to end.

    Raises:
        Interrupted: such a signal came, even when it came too late to cancel anything: the next
            step of the command must not begin.
    """
    received: list[int] = []

    async def main() -> T:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        loop = asyncio.get_running_loop()

        def cancel(number: int, frame: FrameType | None) -> None:
            received.append(number)
            # The first is polite, and lets the command save what it has. Who sends a second is in a
            # hurry.
            if len(received) > 1:
                interrupt(number, frame)
            task.cancel()
            # Wakes up the loop, which may be waiting for the network.
            loop.call_soon_threadsafe(lambda: None)

        with replaced_handlers(interrupt, by=cancel):
            return await function(*args)

    try:
        result = anyio.run(main)
    # anyio.run lets it out as it is; without a signal it is somebody else's.
    except asyncio.CancelledError:
        if not received:
            raise
    else:
        if not received:
            return result
    raise Interrupted(received[0])
