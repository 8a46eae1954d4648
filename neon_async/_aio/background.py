"""Background tasks that any task of the event loop may start and end."""

from __future__ import annotations

import asyncio
import functools
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import anyio
from anyio import CancelScope, get_cancelled_exc_class
from anyio.lowlevel import current_token

from neon_async.errors import EventLoopError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from contextvars import Context


class BackgroundTasks:
    """Tasks that belong to an object, and not to the task that made it.

    A task group of anyio has to be left in the task that entered it. What fetches pages ahead is
    entered in one task and left in another by fixtures of pytest-asyncio, by loaders such as dlt
    and by dependencies of servers. So these tasks stand beside the caller's: nothing but `aclose`
    ends them early, and the caller's own tasks and cancel scopes are never touched.

    The work of a task keeps its result and its `Exception`s for the tasks that wait for them, and
    wakes those in a `finally`. A task that is woken and finds neither raises `failure`.

    Attributes:
        failure: the first error that the work of a task did not keep, such as an interrupt; or
            None. `aclose` raises it as well.
        closed: whether the tasks were ended, so that no further one is started.
    """

    def __init__(self, owner: str) -> None:
        """Bind to the event loop that is running, and to the current context variables.

        Args:
            owner: what the tasks are for, such as `"look-ahead"`, for messages.
        """
        self.failure: BaseException | None = None
        self._owner = owner
        self._loop = current_token()
        self._context = copy_context()
        self._scopes: set[CancelScope] = set()
        self._handles: set[asyncio.Task[None]] = set()
        self._ended = anyio.Event()
        self.closed = False

    def check_loop(self) -> None:
        """Pass in the event loop in which they were made."""
        if current_token() != self._loop:
            raise EventLoopError(
                f"a {self._owner} belongs to the event loop (and so to the thread) in which it "
                "was opened; use and close it there"
            )

    def start_soon(self, work: Callable[..., Awaitable[object]], *args: object) -> CancelScope:
        """Start a task, and return the scope that ends it alone.

        Args:
            work: called with `args` in the new task.
            args: must not show secrets or records: a task that was cancelled before its first step
                has them in its traceback.
        """
        if self.closed:
            raise RuntimeError(f"the {self._owner} is closed, and starts no further task")
        scope = CancelScope()
        if not self._scopes:
            self._ended = anyio.Event()
        self._scopes.add(scope)
        # Each task has the context of the owner, and not that of the task which starts it.
        context = self._context.copy()
        run = functools.partial(self._run, scope, work, args)
        if isinstance(self._loop.native_token, asyncio.AbstractEventLoop):
            self._start_on_asyncio(context, scope, run)
        else:
            self._start_on_trio(context, scope, run)
        return scope

    def _start_on_asyncio(
        self, context: Context, scope: CancelScope, run: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        handle = context.run(asyncio.create_task, run())
        self._handles.add(handle)  # asyncio itself holds tasks weakly

        def end(handle: asyncio.Task[None]) -> None:
            self._handles.discard(handle)
            self._end(scope)

        # Not at the end of the coroutine: a task that is cancelled at once never runs it.
        handle.add_done_callback(end)

    def _start_on_trio(
        self, context: Context, scope: CancelScope, run: Callable[[], Awaitable[None]]
    ) -> None:
        import trio  # noqa: PLC0415 - it runs, and so it is there

        async def task() -> None:
            try:
                await run()
            finally:
                self._end(scope)

        # A nursery would belong to the current task, as a task group does.
        trio.lowlevel.spawn_system_task(task, context=context)

    async def _run(
        self, scope: CancelScope, work: Callable[..., Awaitable[object]], args: tuple[object, ...]
    ) -> None:
        try:
            with scope:
                await work(*args)
        except get_cancelled_exc_class():
            raise  # the program ends, and all of its tasks with it
        except BaseException as error:  # noqa: BLE001 - trio's system tasks must not raise
            self.failure = self.failure or error

    def _end(self, scope: CancelScope) -> None:
        self._scopes.discard(scope)
        if not self._scopes:
            self._ended.set()

    def cancel(self) -> None:
        self.closed = True
        for scope in self._scopes:
            scope.cancel()

    async def aclose(self) -> None:
        """Cancel the tasks, and wait until they have ended, from any task and repeatedly.

        Raises:
            EventLoopError: it is another event loop than that of the tasks.
            BaseException: the `failure` of a task.
        """
        self.check_loop()
        self.cancel()
        await self._all_ended()
        if self.failure is not None:
            raise self.failure

    async def _all_ended(self) -> None:
        if not self._scopes:
            return
        try:
            with CancelScope(shield=True):
                await self._ended.wait()
        except get_cancelled_exc_class():  # a Task.cancel of asyncio passes through any shield
            await self._all_ended()
            raise
