"""Read XML as the JSON values that it stands for: bounded, and without a document type."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

import attrs

_MOST_BYTES = 1024 * 1024
_MOST_LEVELS = 32
_MOST_ELEMENTS = 20_000
_SEPARATOR = " "  # between namespace and local name; neither has one


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """The document has what no reply has."""


@attrs.define(eq=False)
class _OpenElement:
    name: str
    members: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    text: list[str] = attrs.field(factory=list[str], repr=False)

    def add(self, name: str, value: Any) -> None:
        """Add a child, or make a list of all with the same name."""
        if name not in self.members:
            self.members[name] = value
        elif isinstance(self.members[name], list):
            self.members[name].append(value)
        else:
            self.members[name] = [self.members[name], value]

    def value(self) -> Any:
        """Return the children as an object, or the text where there are none."""
        return self.members or "".join(self.text).strip()


class _ValueBuilder:
    """Handlers of expat that build the value."""

    def __init__(self) -> None:
        self.root = _OpenElement("")
        self._open = [self.root]
        self._elements = 0

    def start(self, name: str, _attributes: object) -> None:
        self._elements += 1
        if self._elements > _MOST_ELEMENTS or len(self._open) > _MOST_LEVELS:
            raise _Refused
        self._open.append(_OpenElement(name.rpartition(_SEPARATOR)[2]))

    def end(self, _name: str) -> None:
        element = self._open.pop()
        self._open[-1].add(element.name, element.value())

    def text(self, text: str) -> None:
        self._open[-1].text.append(text)

    def refuse(self, *_: object) -> None:
        """End at a document type: what it declares could make much of little, or ask elsewhere."""
        raise _Refused


def parse_xml(body: bytes) -> dict[str, Any] | None:
    """Return a document as an object with its root's local name as the only key.

    An element without children is its text. None for anything that is not well-formed, has a
    document type, or is larger or deeper than a reply that says FAIL.
    """
    if len(body) > _MOST_BYTES:
        return None
    builder = _ValueBuilder()
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes it by position only
    except (expat.ExpatError, _Refused, LookupError, ValueError):
        return None
    return builder.root.members
