"""Pairs → the XML of a request."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import attrs

from neon_async.errors import InvalidRequestError
from neon_async.soap.types import Element, Method

Pairs: TypeAlias = Iterable[tuple[str, str]]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:neon="http://www.z2systems.com/schemas/neonws/"><soapenv:Header/><soapenv:Body>'
)
_TAIL = "</soapenv:Body></soapenv:Envelope>"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A carriage return as such is read as the end of a line.
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}


@attrs.define(eq=False)
class _Part:
    """An element of a request, which is sent only with text or children."""

    element: Element
    text: str | None = attrs.field(default=None, repr=False)
    inside: dict[str, list[_Part]] = attrs.field(factory=dict[str, "list[_Part]"], repr=False)

    def member(self, element: Element, position: int) -> _Part:
        """Return the child at a position, of which there is only one unless it is repeated."""
        parts = self.inside.setdefault(element.name, [])
        index = position if element.repeated else 0
        while len(parts) <= index:
            parts.append(_Part(element))
        return parts[index]

    def leaves(self, path: str = "") -> Iterator[tuple[str, _Part]]:
        """Yield the texts inside, with where they are."""
        for name, parts in self.inside.items():
            for part in parts:
                if part.text is not None:
                    yield f"{path}.{name}", part
                yield from part.leaves(f"{path}.{name}")

    def write(self, out: list[str], prefix: str = "") -> None:
        """Append the element in the schema's order, unless it is empty."""
        before = len(out)
        name = prefix + self.element.name
        out.append(f"<{name}>")
        if self.text is not None:
            out.append(self.text.translate(_ESCAPES))
        for child in self.element.children.values():
            for part in self.inside.get(child.name, ()):
                part.write(out)
        # The schema takes an empty element for text only; the message itself stays.
        if len(out) == before + 1 and not prefix:
            del out[before:]
        else:
            out.append(f"</{name}>")


def write_message(method: Method, pairs: Pairs) -> bytes:
    """Return the envelope that says the same as a form.

    Elements stand in the schema's order. An empty one is sent for text only. Left out are blanks
    of other types, which the schema forbids, and those that only keep the members of a repeated
    group apart in a form.

    Raises:
        InvalidRequestError: the schema has no place for a parameter, or XML can't hold its text.
    """
    message = _Part(method.request)
    counts: dict[str, int] = {}
    for name, text in pairs:
        # REST's pages mix cases (addressType.Name); the schema has one spelling for each.
        lowered = name.lower()
        position = counts[lowered] = counts.get(lowered, -1) + 1
        _place(message, method, name, position, text)
    for group in _groups(message):
        _drop_placeholders(group)
    out = [_HEAD]
    message.write(out, "neon:")
    out.append(_TAIL)
    return "".join(out).encode()


def _place(message: _Part, method: Method, name: str, position: int, text: str) -> None:
    path = _path(method, name.lower())
    reason = None
    if not path or (path[-1].children and text):
        reason = "SOAP's schema has no such element"
    elif position and not any(element.repeated for element in path):
        reason = "was given more than once"
    elif _NOT_IN_XML.search(text):
        reason = "has a character that XML can't hold, so that it can't be sent over SOAP"
    if reason is not None:
        raise InvalidRequestError(reason, parameter=name, operation=method.name)
    part = message
    for element in path:
        part = part.member(element, position)
    if text or path[-1].children or path[-1].kind == "text":
        part.text = text


@functools.lru_cache(maxsize=1024)
def _path(method: Method, name: str) -> tuple[Element, ...]:
    """Return the elements that lead to a parameter's, or nothing."""
    element, path = method.request, list[Element]()
    for part in name.split("."):
        child = element.children.get(part)
        if child is None:
            return ()
        path.append(child)
        element = child
    return tuple(path)


def _groups(part: _Part) -> Iterator[list[_Part]]:
    for parts in part.inside.values():
        if parts[0].element.repeated and parts[0].element.children:
            yield parts
        for inner in parts:
            yield from _groups(inner)


def _drop_placeholders(group: list[_Part]) -> None:
    """Drop blanks that a form has only because another member of the group has a value there."""
    # The pages want both halves of a custom field in a form; their SOAP sample has one.
    if group[0].element.kind == "CustomFieldData":
        for member in group:
            _drop_unused_half(dict(member.leaves()))
        return
    leaves = [leaf for member in group for leaf in member.leaves()]
    filled = {path for path, leaf in leaves if leaf.text}
    for path, leaf in leaves:
        if not leaf.text and path in filled:
            leaf.text = None


def _drop_unused_half(leaves: dict[str, _Part]) -> None:
    """Keep of a custom field's value and option the one that says something, or a blank value."""
    value, option = leaves.get(".fieldValue"), leaves.get(".fieldOptionId")
    # A text field keeps a blank value, which deletes it (update page).
    if option is not None and not option.text:
        option.text = None
    elif option is not None and value is not None and not value.text:
        value.text = None
