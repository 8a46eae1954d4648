"""An event loop in a thread of its own."""

from __future__ import annotations

import inspect
import os
import threading
import warnings
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio
from anyio import CancelScope
from anyio.from_thread import BlockingPortal
from anyio.lowlevel import current_token

from neon_async import ClientClosedError, EventLoopError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")

# Frames between the caller's `with` and the warning; those of ExitStack count as inside.
_INSIDE = ("neon_async.", "contextlib")


class LoopThread:
    """A thread that runs coroutines for others, until it is stopped."""

    def __init__(self) -> None:
        """Start the thread, and wait for its event loop."""
        self._process = os.getpid()
        self._closed = False
        ready: Future[BlockingPortal] = Future()
        # Not anyio's start_blocking_portal: its generator, when collected in a forked child, waits
        # for a thread that is not there.
        # A daemon: an interpreter exits when only daemon threads are left (Python documentation,
        # module threading), so that a client that is never closed does not keep it from ending.
        self._thread = threading.Thread(
            target=_serve, args=(ready,), name="neon_async", daemon=True
        )
        self._thread.start()
        self._portal = ready.result()

    def run(self, step: Callable[[], Awaitable[T]]) -> T:
        """Await what a function returns, and return its result.

        An interrupt of the calling thread cancels it, and is raised when it has ended.

        Args:
            step: called in the thread of the event loop.

        Raises:
            EventLoopError: this is another process than the one that started the thread.
            ClientClosedError: the thread was stopped.
        """
        self._check()
        call = _BlockingCall(step)
        try:
            return self._portal.start_task_soon(call.run).result()
        # Python raises KeyboardInterrupt in the main thread only (documentation, module signal): it
        # arrives here and not in the loop, where the call would continue.
        except BaseException:
            if not call.ended.is_set():
                # The loop takes what it is handed in order: `run` comes first, or never.
                self._portal.start_task_soon(call.cancel)
                # Not left behind: it still holds its slot of the limiter and its connection until
                # then.
                call.ended.wait()
            raise

    def _check(self) -> None:
        # A fork copies the object and not its thread, so that each call would wait without end.
        if os.getpid() != self._process:
            raise EventLoopError(
                "a blocking client can't be used in another process than the one that opened it: "
                "its thread does not survive a fork; open one in each process, such as in the task"
            )
        if self._closed:
            raise ClientClosedError("the blocking client is closed; open another with `with`")

    def stop(self, last: Callable[[], Awaitable[None]] | None = None) -> None:
        """End the thread, except in a forked child, which has none.

        Args:
            last: what to await before.
        """
        if os.getpid() != self._process:
            return
        try:
            if last is not None:
                self.run(last)
        # Also where the last call failed: a thread that stays keeps the interpreter from ending.
        finally:
            self._closed = True
            self._portal.call(self._portal.stop)
            self._thread.join()


class _BlockingCall(Generic[T]):
    """A coroutine that is run in one thread and can be cancelled from another."""

    def __init__(self, step: Callable[[], Awaitable[T]]) -> None:
        self.ended = threading.Event()
        self._step = step
        self._scope: CancelScope | None = None

    async def run(self) -> T:
        try:
            with CancelScope() as self._scope:
                return await self._step()
        finally:
            self.ended.set()
        raise ClientClosedError("the call was interrupted")  # never read

    async def cancel(self) -> None:
        if self._scope is None:
            self.ended.set()
        else:
            self._scope.cancel()


def _serve(ready: Future[BlockingPortal]) -> None:
    async def serve() -> None:
        # On asyncio: its one thread serves callers that have no event loop of their own.
        async with BlockingPortal() as portal:
            ready.set_result(portal)
            await portal.sleep_until_stopped()

    anyio.run(serve)


def warn_inside_event_loop() -> None:
    """Warn when an event loop is running in this thread, which every call would block."""
    try:
        current_token()
    except RuntimeError:
        return
    warnings.warn(
        "neon_async.blocking is used where an event loop is running, which stands still during "
        "each call; use `async with AsyncClient()` there",
        RuntimeWarning,
        stacklevel=_callers_level(),
    )


def _callers_level() -> int:
    """Return the level, for `warnings.warn`, of the first frame that is not this package's."""
    frame = inspect.currentframe()
    level = 0
    # currentframe returns None where an interpreter has no frames (documentation, module inspect).
    while frame is not None and frame.f_globals["__name__"].startswith(_INSIDE):
        frame = frame.f_back
        level += 1
    return level
