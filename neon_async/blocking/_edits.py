"""Many edits for synchronous code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from neon_async._pipeline.secrecy import guarded
from neon_async.blocking._iteration import BlockingIterator

if TYPE_CHECKING:
    from collections import Counter

    from neon_async import BulkEdit, EditOutcome, EditStatus
    from neon_async.blocking._loop_thread import LoopThread


class BlockingBulkEdit(BlockingIterator["EditOutcome"]):
    """The outcomes of many edits: `with neon.edit_many(…) as outcomes: for outcome in outcomes`.

    See `BulkEdit`. The changes, and the functions in them, are taken and called in the thread of
    the event loop.
    """

    def __init__(self, thread: LoopThread, edits: BulkEdit) -> None:
        """Wrap many edits.

        Args:
            thread: where the event loop of their client is.
            edits: the edits.
        """
        super().__init__(thread, edits, None)
        self._edits = edits

    @property
    def counts(self) -> Counter[EditStatus]:
        """How many outcomes there were of each status (see `BulkEdit.counts`)."""
        return self._edits.counts

    @property
    def skipped(self) -> int:
        """How many changes were passed over, since the journal says what became of them."""
        return self._edits.skipped

    @property
    def undelivered(self) -> tuple[EditOutcome, ...]:
        """The outcomes that were not taken from the iterator, complete once the block was left."""
        return self._edits.undelivered

    @guarded
    def __enter__(self) -> Self:
        """Open the journal, and begin (see `BulkEdit`).

        Raises:
            InvalidRequestError: the journal can't be used for these changes.
            OSError: the journal can't be written.
        """
        self._thread.run(self._edits.__aenter__)
        return self

    @guarded
    def __exit__(self, *error: object) -> None:
        """Begin no further write, and wait for those that are on their way."""
        self._thread.run(lambda: self._edits.__aexit__(*error))
