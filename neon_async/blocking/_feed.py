"""Change feeds for synchronous code."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, Self, TypeVar

import attrs

from neon_async import Change
from neon_async._pipeline.secrecy import guarded
from neon_async.blocking._iteration import BlockingIterator

if TYPE_CHECKING:
    from neon_async import Account, Activity, Batch, Certificate, ChangeFeed
    from neon_async.blocking._loop_thread import LoopThread

RecordT = TypeVar("RecordT", bound="Account | Activity")


@attrs.frozen(repr=False, eq=False)
class BlockingBatch(Generic[RecordT]):
    """The changes of some whole pages, and where to resume once they are stored (see `Batch`).

    Attributes:
        changes: what to store; the last batch may have none.
        checkpoint: JSON to be passed as `checkpoint` to the next feed.
    """

    changes: Sequence[Change[RecordT]]
    checkpoint: str
    _commit: Callable[[], None]

    def __repr__(self) -> str:
        """Show how many changes there are, and none of them."""
        return f"BlockingBatch(<{len(self.changes)} changes>)"

    @guarded
    def commit(self) -> None:
        """Save the checkpoint in the feed's store: this batch and all before it are stored.

        Raises:
            NeonError, OSError: as for `Batch.commit`.
        """
        self._commit()


class BlockingChangeFeed(BlockingIterator["Change[RecordT]"]):
    """A stream of changes: `with feed as changes: for batch in changes.batches()`.

    See `ChangeFeed`: by asking for the next change, the consumer says that those before are stored.
    Each step of plain iteration goes to the thread of the event loop and back; `batches` takes that
    way once for many changes.
    """

    def __init__(self, thread: LoopThread, feed: ChangeFeed[RecordT]) -> None:
        """Wrap a feed.

        Args:
            thread: where the event loop of its client is.
            feed: the feed.
        """
        super().__init__(thread, feed, None)
        self._feed = feed

    @property
    def checkpoint(self) -> str:
        """Where to resume, as JSON (see `ChangeFeed.checkpoint`)."""
        return self._feed.checkpoint

    @property
    def certificate(self) -> Certificate:
        """Whether anything was lost, which is unproven before the end of the feed."""
        return self._feed.certificate

    @guarded
    def __enter__(self) -> Self:
        """Load the checkpoint.

        Raises:
            CheckpointError: the checkpoint can't be used.
            OSError: it can't be read.
        """
        self._thread.run(self._feed.__aenter__)
        return self

    @guarded
    def __exit__(self, *error: object) -> None:
        """Cancel what is still being fetched, and wait until it has ended."""
        self._thread.run(lambda: self._feed.__aexit__(*error))

    @guarded
    def batches(self, size: int = 1_000) -> Iterator[BlockingBatch[RecordT]]:
        """Iterate over batches of whole pages, each with the checkpoint that covers it.

        See `ChangeFeed.batches`.
        """
        return BlockingIterator(self._thread, self._feed.batches(size), self._batch)

    @guarded
    def commit(self) -> None:
        """Save the checkpoint in the store: every change that was handed out is stored.

        See `ChangeFeed.commit`.
        """
        self._thread.run(self._feed.commit)

    def _batch(self, batch: Batch[RecordT]) -> list[BlockingBatch[RecordT]]:
        # A store may be asynchronous, so that its code has to run in the thread of the event loop.
        commit = functools.partial(self._thread.run, batch.commit)
        return [BlockingBatch(batch.changes, batch.checkpoint, commit)]
