"""Entries of the organization's lists: an id or a code, and its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from neon_async.models._base import Model
from neon_async.models._extra import NOTHING, read_only

__all__ = ["NOTHING", "CodeName", "IdName", "Reference"]


class _RememberedJSON(Model):
    """Has room for JSON that was written before, which is neither compared, copied nor pickled."""

    __slots__ = ("_json",)


@attrs.frozen(eq=False, unsafe_hash=True)
class Reference(_RememberedJSON):
    """An entry of a list, named by its key (an id or a code), by its name, or by both.

    In one that came in a reply, key and name are consistent, and it is sent back by its key. In
    one made by hand, `attrs.evolve` included, they might contradict each other, so the operations
    whose page says "either id or name" refuse it when both are given. A reference with neither is
    false.

    References can't be changed, and one object may stand in several records.
    """

    extra: Mapping[str, Any] = attrs.field(
        default=NOTHING, converter=read_only, kw_only=True, hash=False
    )
    _is_server_value: bool = attrs.field(default=False, init=False, eq=False, repr=False)

    @property
    def is_server_value(self) -> bool:
        """Whether it is just as v1 sent it."""
        return self._is_server_value

    @property
    def key_and_name(self) -> tuple[str | None, str | None]:
        """The id or code, and the name."""
        raise NotImplementedError

    @property
    def from_reply(self) -> bool:
        """The earlier name of `is_server_value`, kept until 1.0."""
        return self.is_server_value

    @property
    def halves(self) -> tuple[str | None, str | None]:
        """The earlier name of `key_and_name`, kept until 1.0."""
        return self.key_and_name

    def __bool__(self) -> bool:
        """Whether it names anything."""
        return self.key_and_name != (None, None)


@attrs.frozen(eq=False, unsafe_hash=True)
class IdName(Reference):
    """An entry that goes by an id: a source, a country, an address type. Both are text."""

    # Text in v1's schema, other than the ids of records.
    id: str | None = None
    name: str | None = None

    @property
    def key_and_name(self) -> tuple[str | None, str | None]:
        """The id and the name."""
        return self.id, self.name


@attrs.frozen(eq=False, unsafe_hash=True)
class CodeName(Reference):
    """An entry that goes by a code: a gender or a state. Both are text."""

    code: str | None = None
    name: str | None = None

    @property
    def key_and_name(self) -> tuple[str | None, str | None]:
        """The code and the name."""
        return self.code, self.name
