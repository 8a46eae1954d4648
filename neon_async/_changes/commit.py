"""Save the checkpoints of a feed, in order."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, cast

import anyio
import attrs
from anyio import to_thread

from neon_async._changes.checkpoint import Checkpoint, FileCheckpoint
from neon_async.errors import CheckpointError, InvalidRequestError

if TYPE_CHECKING:
    from neon_async._changes.checkpoint import CheckpointStore


@attrs.frozen
class Mark:
    """A place in the sequence of changes that a feed hands out.

    Attributes:
        number: how many pages a feed had read up to here; a higher one is later.
        checkpoint: covers everything up to here.
    """

    number: int
    checkpoint: Checkpoint


class Committer:
    """Loads a feed's checkpoint, and saves later ones over earlier ones.

    Attributes:
        idle: whether there is a store, and nothing was committed since it was loaded.
    """

    def __init__(self, store: CheckpointStore | None) -> None:
        """Keep the store; None for a feed that has none."""
        # Two feeds that were given one object have to notice each other.
        self._store = copy.copy(store) if type(store) is FileCheckpoint else store
        self._lock = anyio.Lock()
        self._text: str | None = None
        self._saved = 0
        self.idle = False

    async def load(self, number: int) -> str | None:
        """Return the text in the store; marks up to `number` belong to earlier runs.

        Raises:
            CheckpointError: it is no text.
            OSError: it can't be read.
        """
        if self._store is None:
            return None
        # A store of the user's own may return anything.
        text = cast("object", await to_thread.run_sync(self._store.load))
        if not (text is None or isinstance(text, str)):
            kind = type(text).__name__
            raise CheckpointError(f"the store's load() returned {kind}, expected text or None")
        self._text, self._saved, self.idle = text, number, True
        return text

    async def save(self, mark: Mark) -> None:
        """Save a mark's checkpoint, unless that of a later mark was saved.

        Raises:
            InvalidRequestError: there is no store.
            CheckpointError: another run has saved its checkpoint in the same file.
            OSError: it can't be written.
        """
        if self._store is None:
            problem = "this feed has no store to commit to; store batch.checkpoint with the data"
            raise InvalidRequestError(problem, parameter="checkpoint")
        async with self._lock:
            text = mark.checkpoint.dumps()
            if mark.number > self._saved and text != self._text:
                await to_thread.run_sync(self._store.save, text)
                self._text = text
            self._saved = max(self._saved, mark.number)
            self.idle = False
