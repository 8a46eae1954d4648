"""What a change feed delivers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Generic, Self, TypeAlias, TypeVar

import attrs

from neon_async._pipeline.secrecy import guarded
from neon_async.errors import InvalidRequestError
from neon_async.models import Account, Activity

RecordT_co = TypeVar("RecordT_co", bound=Account | Activity, covariant=True)


@attrs.frozen
class Upserted(Generic[RecordT_co]):
    """A record was created or changed, with its state now.

    Attributes:
        record: the record.
        provisional: whether it changed so recently that the checkpoint does not cover it, so
            that it will be delivered again.
    """

    record: RecordT_co
    provisional: bool = False

    @property
    def id(self) -> int:
        """The record's id."""
        return self.record.id


@attrs.frozen
class Deleted:
    """A record was deleted, or merged into another one: v1 does not say which.

    Attributes:
        id: the record's id.
        provisional: as in `Upserted`.
    """

    id: int
    provisional: bool = False


@attrs.frozen
class Merged:
    """An account was merged into another one, as the merge history says.

    Attributes:
        old: the id that is gone.
        new: the id under which the account lives now.
        provisional: as in `Upserted`.
    """

    old: int
    new: int
    provisional: bool = False

    @property
    def id(self) -> int:
        """The id that is gone."""
        return self.old

    @property
    def old_id(self) -> int:
        """The id that is gone: `old`."""
        return self.old

    @property
    def new_id(self) -> int:
        """The id under which the account lives now: `new`."""
        return self.new


Change: TypeAlias = Upserted[RecordT_co] | Deleted | Merged


@attrs.frozen(repr=False)
class Batch(Generic[RecordT_co]):
    """The changes of some whole pages, and where to resume once they are stored.

    Store both in one transaction, or store the changes first and `commit` then. A checkpoint covers
    its batch and every one before it, so store batches in order.

    Attributes:
        changes: what to store; the last batch may have none.
        checkpoint: JSON to be passed as `checkpoint` to the next feed.
    """

    changes: Sequence[Change[RecordT_co]]
    checkpoint: str
    _commit: Callable[[], Awaitable[None]] = attrs.field(eq=False)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle without what commits: the feed stays in its process."""
        return _detached, (self.changes, self.checkpoint)

    def __repr__(self) -> str:
        """Show how many changes there are, and none of them."""
        return f"Batch(<{len(self.changes)} changes>)"

    @guarded
    async def commit(self) -> None:
        """Save the checkpoint in the feed's store: this batch and all before it are stored.

        It may be called at any time, also after the feed was left. A checkpoint that is older than
        the last one saved changes nothing.

        Raises:
            InvalidRequestError: the feed has no store.
            CheckpointError: another run has saved its checkpoint in the same file.
            OSError: the store can't be written.
        """
        await self._commit()


async def _refuse() -> None:
    message = "this batch was pickled; commit it in the process of its feed"
    raise InvalidRequestError(message, parameter="checkpoint")


def _detached(changes: Sequence[Change[RecordT_co]], checkpoint: str) -> Batch[RecordT_co]:
    return Batch(changes, checkpoint, _refuse)


class Batches(AsyncIterator[Batch[RecordT_co]]):
    """The batches of a feed (see `ChangeFeed.batches`)."""

    def __init__(self, step: Callable[[], Awaitable[Batch[RecordT_co]]]) -> None:
        self._step = step

    def __aiter__(self) -> Self:
        return self

    @guarded
    async def __anext__(self) -> Batch[RecordT_co]:
        """Return the next batch.

        Raises:
            NeonError: as for the feed's own steps.
        """
        return await self._step()
