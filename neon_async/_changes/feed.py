"""The change feed as its consumers see it."""

from __future__ import annotations

import functools
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Self

from neon_async._aio.background import BackgroundTasks
from neon_async._aio.generators import AbandonableGenerator
from neon_async._changes.checkpoint import Checkpoint, Committer, Mark
from neon_async._changes.events import Batch, Batches, Change
from neon_async._changes.record_type import RecordT
from neon_async._changes.run import Run
from neon_async._pipeline.secrecy import guarded
from neon_async.errors import PaginationError
from neon_async.operations._validation import require_positive

if TYPE_CHECKING:
    from neon_async._changes.certificate import Certificate
    from neon_async._changes.checkpoint import CheckpointStore
    from neon_async._changes.run import ChangePage, Pages, Settings

_logger = logging.getLogger("neon_async")


class ChangeFeed(
    AbstractAsyncContextManager["ChangeFeed[RecordT]"], AsyncIterator[Change[RecordT]]
):
    """A stream of changes: `async with feed as changes: async for change in changes`.

    See `AsyncClient.account_changes`. `batches` is for consumers that store what they receive. The
    feed saves nothing on its own: `commit` does, once the consumer has stored the changes.

    Each `async with` starts at the checkpoint. Leaving it by `break`, an exception or cancellation
    leaves no task behind. A step that failed or was cancelled ends the feed: each further step
    raises `PaginationError`, and a new feed resumes from the checkpoint.
    """

    def __init__(
        self,
        settings: Settings[RecordT],
        organization: str,
        checkpoint: CheckpointStore | str | None,
    ) -> None:
        """Prepare, without reading or sending anything before the context is entered.

        Args:
            settings: what a run works with.
            organization: fingerprint of the organization.
            checkpoint: what keeps the checkpoint, or the JSON of one.
        """
        self._settings = settings
        self._start = Checkpoint(settings.record_type.kind, organization, settings.window.since)
        self._text = checkpoint if isinstance(checkpoint, str) else None
        self._committer = Committer(None if isinstance(checkpoint, str) else checkpoint)
        self._run = Run(settings, self._start)
        self._tasks: BackgroundTasks | None = None
        self._pages: Pages[RecordT] | None = None
        self._ready: deque[Change[RecordT]] = deque()
        # Up to where pages were fetched, whole pages were handed out, and those before the latest.
        self._fetched = self._handed = self._taken = Mark(0, self._start)
        self._ended = False
        self._last_given = False
        self._stepping = False

    @property
    def checkpoint(self) -> str:
        """Where to resume, as JSON to be passed as `checkpoint` to the next feed.

        Within a loop it covers the pages before the one that the latest change, or batch, came
        with: by asking for the next one, the consumer says that it has stored those before. After
        the loop it covers everything that was settled; where records are missing, it is the one
        that the run began with.

        A run whose loop ended early was not counted. So prefer `batches`, whose last checkpoint
        comes after the count.
        """
        if self._fetched.number == 0 and self._text is not None:
            return self._text
        return self._taken.checkpoint.dumps()

    @property
    def certificate(self) -> Certificate:
        """Whether anything was lost, which is unproven before the end of the feed."""
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
            raise RuntimeError(
                "this change feed is open already; leave its `async with` before entering it again"
            )
        self._tasks = tasks = BackgroundTasks("change feed")
        try:
            start = await self._load()
        except BaseException:
            self._tasks = None
            raise
        self._run = Run(self._settings, start)
        self._fetched = self._handed = self._taken = Mark(self._fetched.number, start)
        self._ended = self._last_given = False
        self._ready.clear()
        self._pages = AbandonableGenerator(self._run.pages(tasks))
        return self

    @guarded
    async def __aexit__(self, error_type: object, *_: object) -> None:
        """Cancel what is still being fetched, and wait until it has ended."""
        tasks, self._tasks, self._pages = self._tasks, None, None
        self._ready.clear()
        if tasks is None:
            return
        if error_type is None and self._run.finished and self._committer.idle:
            _logger.warning(
                "%s: the feed has ended and nothing of it was committed: without "
                "`await batch.commit()` or `await feed.commit()` the next run delivers it again",
                self._settings.record_type.kind,
            )
        await tasks.aclose()

    @guarded
    async def __anext__(self) -> Change[RecordT]:
        """Return the next change, which means that all those before it were stored.

        Raises:
            NeonError: as for `AsyncClient.send`; the feed ends with it.
            PaginationError: the replies contradict each other; or the feed was closed, or an
                earlier step failed or was cancelled: resume from its checkpoint.
            CheckpointError: the checkpoint lies in the server's future.
        """
        self._taken = self._handed
        while not self._ready and await self._fetch():
            pass
        if not self._ready:
            self._taken = self._handed = self._fetched
            raise StopAsyncIteration
        change = self._ready.popleft()
        if not self._ready:
            self._handed = self._fetched
        return change

    @guarded
    def batches(self, size: int = 1_000) -> AsyncIterator[Batch[RecordT]]:
        """Iterate over batches of whole pages, each with the checkpoint that covers it.

        ```python
        async with neon.account_changes(last_week) as changes:
            async for batch in changes.batches(size=500):
                ...  # one transaction: store batch.changes and batch.checkpoint
        ```

        The last batch comes when the records have been counted. There is always one, possibly
        without changes, and its checkpoint is the run's final one: where records are missing
        (`incomplete`) the one that the run began with, and what is in doubt stays pending. So
        nothing needs to be done after the loop.

        Args:
            size: changes in a batch, at least; it grows by up to a page, and only the last one is
                smaller. So many are held in memory at once.

        Raises:
            InvalidRequestError: the size is not a positive whole number.
        """
        return Batches(functools.partial(self._next_batch, require_positive(size, "size")))

    @guarded
    async def commit(self) -> None:
        """Save the checkpoint in the store: every change that was handed out is stored.

        A page that was handed out in part counts as not handed out. It may be called at any time,
        also after the loop and after the `async with`. A checkpoint that is older than the last one
        saved changes nothing.

        Raises:
            InvalidRequestError: the feed has no store.
            CheckpointError: another run has saved its checkpoint in the same file.
            OSError: the store can't be written.
        """
        await self._committer.save(self._handed)

    async def _load(self) -> Checkpoint:
        text = self._text
        if text is None:
            text = await self._committer.load(self._fetched.number)
        return self._start if text is None else self._start.loads(text)

    async def _next_batch(self, size: int) -> Batch[RecordT]:
        self._taken = self._handed
        if self._last_given:
            raise StopAsyncIteration
        while len(self._ready) < size and await self._fetch():
            pass
        self._last_given = self._ended
        changes = tuple(self._ready)
        self._ready.clear()
        self._handed = mark = self._fetched
        return Batch(
            changes, mark.checkpoint.dumps(), functools.partial(self._committer.save, mark)
        )

    async def _fetch(self) -> bool:
        """Fetch the next page, and return whether there was one."""
        if self._ended:
            return False
        pages = self._pages
        if pages is None:
            raise PaginationError("iterate a change feed inside its `async with`")
        page = await self._step(pages)
        if self._pages is not pages:
            raise PaginationError("the feed was closed before its end")
        self._ended = page is None
        number = self._fetched.number + 1
        if page is None:
            self._fetched = Mark(number, self._run.checkpoint)
            return False
        self._ready.extend(page.changes)
        self._fetched = Mark(number, page.checkpoint)
        return True

    async def _step(self, pages: Pages[RecordT]) -> ChangePage[RecordT] | None:
        """Return what the run brings next, or None at its end."""
        tasks = self._tasks
        assert tasks is not None  # noqa: S101 - there are tasks where there are pages
        tasks.check_loop()
        if self._stepping:
            raise RuntimeError("another task is waiting for this feed; only one at a time may")
        self._stepping = True
        try:
            return await anext(pages)
        except StopAsyncIteration:
            # An asynchronous generator that was cancelled once looks as if it had ended.
            if self._run.finished:
                return None
            message = "the feed was interrupted before its end; resume from its checkpoint"
            raise PaginationError(message) from None
        except BaseException:
            # The consumer may be gone, so nothing is fetched for it any more. What a batch was to
            # be made of comes again with the next feed.
            tasks.cancel()
            self._ready.clear()
            raise
        finally:
            self._stepping = False
