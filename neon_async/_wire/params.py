"""The form that leaves: ordered pairs, encoded once."""

from __future__ import annotations

from typing import TypeAlias
from urllib.parse import urlencode

import attrs

Pairs: TypeAlias = list[tuple[str, str]]


@attrs.frozen(repr=False)
class Form:
    """An encoded form body; it shows the names of its parameters and never their values."""

    content: bytes
    names: tuple[str, ...]

    @classmethod
    def encode(cls, pairs: Pairs) -> Form:
        """Encode the pairs in order, as `application/x-www-form-urlencoded` in UTF-8."""
        return cls(urlencode(pairs).encode("ascii"), tuple(name for name, _ in pairs))

    def __repr__(self) -> str:
        """Name the parameters."""
        return f"<Form {', '.join(dict.fromkeys(self.names))}>"

    def __rich_repr__(self) -> list[tuple[str, ...]]:
        """Name the parameters where Rich would look into the fields."""
        return [self.names]
