"""What a change feed delivers."""

from __future__ import annotations

from typing import Generic, TypeAlias, TypeVar

import attrs

from neon_async.models import Account, Activity

RecordT_co = TypeVar("RecordT_co", bound=Account | Activity, covariant=True)


@attrs.frozen
class Upserted(Generic[RecordT_co]):
    """A record was created or changed; here is what it is now.

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
    """A record was deleted, or merged into another one: v1 does not tell which.

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


Change: TypeAlias = Upserted[RecordT_co] | Deleted | Merged
