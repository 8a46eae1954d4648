"""Entries of the organization's lists: an id or a code, and its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from neon_async.models._base import Model
from neon_async.models._extra import NOTHING, read_only

__all__ = ["NOTHING", "CodeName", "IdName", "Pair"]


@attrs.frozen(eq=False, unsafe_hash=True)
class Pair(Model):
    """Two halves that name the same thing.

    A pair that came in a reply knows that its halves belong together, and is sent back by the
    first. In one made by hand, `attrs.evolve` included, the halves might contradict each other,
    so the operations whose page says "either id or name" refuse it when both are given. A pair
    with neither half is false.

    Pairs can't be changed, and one object may stand in several records.
    """

    extra: Mapping[str, Any] = attrs.field(
        default=NOTHING, converter=read_only, kw_only=True, hash=False
    )
    _from_reply: bool = attrs.field(default=False, init=False, eq=False, repr=False)

    @property
    def from_reply(self) -> bool:
        """Whether the pair is just as v1 sent it."""
        return self._from_reply

    @property
    def halves(self) -> tuple[str | None, str | None]:
        """Both halves."""
        raise NotImplementedError

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return self.halves != (None, None)


@attrs.frozen(eq=False, unsafe_hash=True)
class IdName(Pair):
    """An entry that goes by an id: a source, a country, an address type. Both halves are text."""

    id: str | None = None
    name: str | None = None

    @property
    def halves(self) -> tuple[str | None, str | None]:
        """The id and the name."""
        return self.id, self.name


@attrs.frozen(eq=False, unsafe_hash=True)
class CodeName(Pair):
    """An entry that goes by a code: a gender or a state. Both halves are text."""

    code: str | None = None
    name: str | None = None

    @property
    def halves(self) -> tuple[str | None, str | None]:
        """The code and the name."""
        return self.code, self.name
