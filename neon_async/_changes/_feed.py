"""The change feed as its consumers see it."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Self

import anyio
from anyio import to_thread

from neon_async._changes._checkpoint import Checkpoint
from neon_async._changes._events import Change
from neon_async._changes._run import Run
from neon_async._changes._source import RecordT
from neon_async._loop import ungrouped
from neon_async._secrecy import guarded
from neon_async._walk import Walk
from neon_async.errors import PaginationError

if TYPE_CHECKING:
    from types import TracebackType

    from anyio.abc import TaskGroup

    from neon_async._changes._certificate import Certificate
    from neon_async._changes._checkpoint import CheckpointStore
    from neon_async._changes._run import Batches, Settings


class ChangeFeed(
    AbstractAsyncContextManager["ChangeFeed[RecordT]"], AsyncIterator[Change[RecordT]]
):
    """What has changed, as a stream: `async with feed as changes: async for change in changes`.

    See `AsyncClient.account_changes`. Each `async with` starts at the checkpoint. What is left by
    `break`, an exception or cancellation leaves no task behind, and its checkpoint covers what the
    consumer had taken by then, but for the latest page.
    """

    def __init__(
        self,
        settings: Settings[RecordT],
        organization: str,
        checkpoint: CheckpointStore | str | None,
    ) -> None:
        """Prepare; nothing is read or sent before the context is entered.

        Args:
            settings: what a run works with.
            organization: fingerprint of the organization.
            checkpoint: what keeps the checkpoint, or the JSON of one.
        """
        self._settings = settings
        self._start = Checkpoint(settings.source.kind, organization, settings.window.since)
        self._text = checkpoint if isinstance(checkpoint, str) else None
        self._store = None if isinstance(checkpoint, str) else checkpoint
        self._run = Run(settings, self._start)
        self._tasks: TaskGroup | None = None
        self._batches: Batches[RecordT] | None = None
        self._ready: deque[Change[RecordT]] = deque()

    @property
    def checkpoint(self) -> str:
        """Where to go on, as JSON to be given as `checkpoint` to the next feed.

        It covers the changes before the page that the latest change came with: the consumer is
        through with them. At the end of the feed it covers everything that was settled.
        """
        return self._run.checkpoint.dumps()

    @property
    def certificate(self) -> Certificate:
        """Whether anything was lost; unproven before the end of the feed."""
        return self._run.certificate

    @guarded
    async def __aenter__(self) -> Self:
        """Load the checkpoint.

        Raises:
            CheckpointError: the checkpoint can't be used.
            OSError: it can't be read.
            RuntimeError: the feed is being iterated already.
        """
        if self._tasks is not None:
            raise RuntimeError("a change feed is entered again only when it has been left")
        text = self._text
        if self._store is not None:
            text = await to_thread.run_sync(self._store.load)
        start = self._start if text is None else self._start.loads(text)
        self._run = Run(self._settings, start)
        self._text = text
        self._ready.clear()
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._batches = Walk(self._run.batches(self._tasks))
        return self

    @guarded
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Cancel what is still being fetched, and wait until it has ended."""
        tasks, self._tasks, self._batches = self._tasks, None, None
        if tasks is not None:
            tasks.cancel_scope.cancel()
            # As in a look-ahead: errors were handed to the consumer, and the group has none.
            with ungrouped():
                await tasks.__aexit__(None, None, None)

    @guarded
    async def __anext__(self) -> Change[RecordT]:
        """Return the next change; that means that all those before it were taken.

        Raises:
            NeonError: as for `AsyncClient.send`; the feed ends with it.
            PaginationError: the replies contradict each other; or the feed was closed, or was
                interrupted before.
            CheckpointError: the checkpoint lies in the server's future.
            OSError: the checkpoint can't be written.
        """
        while not self._ready:
            await self._advance()
        return self._ready.popleft()

    async def _advance(self) -> None:
        if self._batches is None:
            raise PaginationError("a change feed is iterated inside of its `async with`")
        try:
            self._ready.extend(await anext(self._batches))
        except StopAsyncIteration:
            # An asynchronous generator that was cancelled once looks as if it had ended.
            if not self._run.finished:
                problem = "the feed was interrupted before its end; go on from its checkpoint"
                raise PaginationError(problem) from None
            await self._save()
            raise
        await self._save()

    async def _save(self) -> None:
        text = self.checkpoint
        if self._store is not None and text != self._text:
            await to_thread.run_sync(self._store.save, text)
            self._text = text
