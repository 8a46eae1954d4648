"""Form bodies: ordered pairs, encoded once."""

from __future__ import annotations

import string
from typing import TypeAlias
from urllib.parse import urlencode

import attrs

Pairs: TypeAlias = list[tuple[str, str]]


@attrs.frozen(repr=False)
class Form:
    """An encoded form body that shows the names of its parameters and never their values."""

    content: bytes
    names: tuple[str, ...]

    @classmethod
    def encode(cls, pairs: Pairs) -> Form:
        """Encode the pairs in order, as `application/x-www-form-urlencoded` in UTF-8."""
        return cls(_encoded(pairs), tuple([name for name, _ in pairs]))

    def __repr__(self) -> str:
        return f"<Form {', '.join(dict.fromkeys(self.names))}>"

    def __rich_repr__(self) -> list[tuple[str, ...]]:
        return [self.names]


_SAFE = f"{string.ascii_letters}{string.digits}_.-~".encode()
_MOST_KINDS = 32


def _encoded(pairs: Pairs) -> bytes:
    """Encode all pairs at once: one pass for each kind of character that needs it.

    `urlencode` looks at each character of each name and value instead.
    """
    # Control characters mark where `=` and `&` will stand: texts have no use for them.
    raw = "\0".join(map("\1".join, pairs)).encode()
    unsafe = raw.translate(None, _SAFE)
    kinds = set(unsafe)
    ambiguous = unsafe.count(b"\0") >= max(len(pairs), 1) or unsafe.count(b"\1") > len(pairs)
    if ambiguous or len(kinds) > _MOST_KINDS:
        return urlencode(pairs).encode("ascii")
    if b"%" in unsafe:
        raw = raw.replace(b"%", b"%25")
    for kind in kinds.difference(b"%\0\1 "):
        raw = raw.replace(b"%c" % kind, b"%%%02X" % kind)
    return raw.replace(b" ", b"+").replace(b"\1", b"=").replace(b"\0", b"&")
