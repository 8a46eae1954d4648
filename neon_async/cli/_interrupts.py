"""Signals that end a command, as an exception that lets it finish what it has begun."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Awaitable, Callable, Generator
from types import FrameType
from typing import Any, TypeAlias, TypeVar, TypeVarTuple, cast

import anyio

T = TypeVar("T")
ArgsT = TypeVarTuple("ArgsT")
Handler: TypeAlias = Callable[[int, FrameType | None], None]

# SIGHUP comes when a terminal is closed; Windows has none.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_ENDING = [signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__]


class Interrupted(KeyboardInterrupt):
    """A signal has asked the command to end.

    Attributes:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        """Keep the signal."""
        super().__init__(number)
        self.number: signal.Signals = signal.Signals(number)


@contextlib.contextmanager
def interruptible() -> Generator[None]:
    """Raise `Interrupted` on each signal that would end the process.

    The first process of a container needs this, too: the kernel ignores there what has no handler.
    """
    with _replaced(signal.SIG_DFL, signal.default_int_handler, by=_interrupt):
        yield


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
            if len(received) > 1:
                _interrupt(number, frame)
            task.cancel()
            # Wakes up the loop, which may be waiting for the network.
            loop.call_soon_threadsafe(lambda: None)

        with _replaced(_interrupt, by=cancel):
            return await function(*args)

    try:
        result = anyio.run(main)
    except asyncio.CancelledError:
        if not received:
            raise
    else:
        if not received:
            return result
    raise Interrupted(received[0])


def _interrupt(number: int, _: FrameType | None) -> None:
    raise Interrupted(number)


@contextlib.contextmanager
def _replaced(*handlers: object, by: Handler) -> Generator[None]:
    """Replace handlers of signals, except those that are switched off, as with nohup."""
    changed: dict[signal.Signals, Handler | int | None] = {}
    if threading.current_thread() is threading.main_thread():
        changed = {number: signal.getsignal(number) for number in _ENDING}
        changed = {number: was for number, was in changed.items() if was in handlers}
    try:
        for number in changed:
            signal.signal(number, by)
        yield
    finally:
        for number, was in changed.items():
            signal.signal(number, was)
