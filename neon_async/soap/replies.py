"""The XML of a reply → the JSON of the same reply over REST.

Elements go by their local names, so that a reply is read with and without an envelope around it.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any, cast
from xml.parsers import expat

import attrs
from anyio.lowlevel import checkpoint

from neon_async.soap.types import Element, Method

if TYPE_CHECKING:
    from collections.abc import Callable

_SLICE = 256 * 1024  # bytes that are parsed before other tasks have a turn
_MOST_LEVELS = 32
_MOST_ELEMENTS = 1_000_000
_SEPARATOR = " "  # between namespace and local name; neither has one
_NIL = "http://www.w3.org/2001/XMLSchema-instance nil"
# 18 digits fit xs:long for certain; more stay text, as an oddity.
_LONG = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DOUBLE = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?(E-?[0-9]{1,2})?", re.ASCII)
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


class ReplyError(Exception):
    """The reply is not a message of v1.

    Attributes:
        reason: what is wrong with it; nothing of it is quoted.
        out_of_bounds: whether it is deeper or has more elements than any reply of v1.
    """

    def __init__(self, reason: str, *, out_of_bounds: bool = False) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason
        self.out_of_bounds = out_of_bounds


class FaultError(Exception):
    """The reply is a SOAP fault. Its text may quote what was sent, and is not kept.

    Attributes:
        code: the first part of its code, such as `"Client"` or `"Server"`; `"Server"` where it
            has none.
    """

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


@attrs.define(eq=False)
class _Open:
    """An element of a reply that has not ended yet."""

    name: str
    element: Element | None
    nil: bool = False
    members: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    text: list[str] = attrs.field(factory=list[str], repr=False)

    def add(self, child: _Open) -> None:
        """Add a child, or a list of two with the same unknown name."""
        # xsi:nil says absent, as a missing key does in JSON.
        if child.nil:
            return
        element, value = child.element, child.value()
        key = child.name if element is None else element.key
        if element is not None and element.repeated:
            self.members.setdefault(key, []).append(value)
        elif key not in self.members:
            self.members[key] = value
        elif isinstance(self.members[key], list):
            self.members[key].append(value)
        else:
            self.members[key] = [self.members[key], value]

    def value(self) -> Any:  # noqa: ANN401 - any JSON value
        """Return the JSON value of the content."""
        children = () if self.element is None else self.element.children.values()
        text = "" if self.members else "".join(self.text)
        # An empty wrapper, `<addresses/>`, is an object with an empty list in JSON of 2014.
        if self.members or (children and not text.strip()):
            lists: dict[str, Any] = {child.key: [] for child in children if child.repeated}
            return lists | self.members
        if self.element is None:
            return text
        return _VALUES.get(self.element.kind, str)(text)


def _long(text: str) -> int | str:
    digits = text.strip()
    return int(digits) if _LONG.fullmatch(digits) else digits


def _double(text: str) -> float | str:
    digits = text.strip()
    return float(digits) if _DOUBLE.fullmatch(digits) else digits


def _boolean(text: str) -> bool | str:
    return _TRUTH.get(text.strip(), text)


# A value that does not fit its type stays text, and is odd to the reader of the JSON.
_VALUES: dict[str, Callable[[str], Any]] = {
    "long": _long,
    "double": _double,
    "boolean": _boolean,
    "date": str.strip,
    "dateTime": str.strip,
    "enumeration": str.strip,
}


class _Builder:
    """Handlers of expat that build the value."""

    def __init__(self, root: Element) -> None:
        self.document = _Open("", root)
        self._open = [self.document]
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > _MOST_ELEMENTS or len(self._open) > _MOST_LEVELS:
            reason = "the reply is deeper, or has more elements, than any of v1"
            raise ReplyError(reason, out_of_bounds=True)
        local = name.rpartition(_SEPARATOR)[2]
        parent = self._open[-1].element
        element = None if parent is None else parent.children.get(local.lower())
        nil = attributes.get(_NIL, "") in {"true", "1"}
        self._open.append(_Open(local, element, nil))

    def end(self, _name: str) -> None:
        element = self._open.pop()
        self._open[-1].add(element)

    def text(self, text: str) -> None:
        self._open[-1].text.append(text)

    def refuse(self, *_: object) -> None:
        """End at a document type: what it declares could make much of little, or ask elsewhere."""
        raise ReplyError("the reply has a document type, as none of v1 has")


async def read_reply(body: bytes, method: Method) -> dict[str, Any]:
    """Return a reply as the JSON that answers the same request over REST.

    Raises:
        FaultError: it is a fault.
        ReplyError: it is not a message, or the answer to another method.
    """
    document = await _parse(body, _root(method.response))
    envelope = document.get("envelope")
    inside = document if envelope is None else _member(envelope, "body")
    message = _member(inside, method.response.key)
    # The root key of REST's JSON is this element's local name.
    if isinstance(message, dict):
        return {method.response.key: message}
    fault = _member(inside, "fault")
    # Neither faultstring nor detail: a fault of CXF may quote the message, API key included.
    if fault is not None:
        raise FaultError(_code(_member(fault, "faultcode")))
    raise ReplyError(f"the reply has no {method.response.name}")


def _member(value: object, key: str) -> Any:  # noqa: ANN401 - any JSON value
    return cast("dict[str, Any]", value).get(key) if isinstance(value, dict) else None


def _code(text: object) -> str:
    """Return `Client` for `soap:Client.Authentication`."""
    qualified = text.strip() if isinstance(text, str) else ""
    return qualified.rpartition(":")[2].partition(".")[0] or "Server"


@functools.cache
def _root(response: Element) -> Element:
    """Return the document that may hold a message: in an envelope, or as its root."""
    bare = response.name.removesuffix("Response")
    # The JSON of some methods has no ending at its root, which is this element's name.
    messages = {name.lower(): response for name in (response.name, bare)}
    body = Element("Body", "body", children={**messages, "fault": Element("Fault", "fault")})
    envelope = Element("Envelope", "envelope", children={"body": body})
    return Element("", "document", children={**messages, "envelope": envelope})


async def _parse(body: bytes, root: Element) -> dict[str, Any]:
    builder = _Builder(root)
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.refuse
    try:
        for begin in range(0, len(body), _SLICE):
            parser.Parse(body[begin : begin + _SLICE], False)  # noqa: FBT003 - by position only
            await checkpoint()
        parser.Parse(b"", True)  # noqa: FBT003 - by position only
    except (expat.ExpatError, LookupError, ValueError):
        where = parser.ErrorByteIndex
    else:
        return builder.document.members
    raise ReplyError(f"the reply is {_kind(body)} ({len(body)} bytes, wrong at byte {where})")


def _kind(body: bytes) -> str:
    start = body[:1024].lstrip(b"\xef\xbb\xbf\xfe\xff\0 \t\r\n")
    page = start.replace(b"\0", b"").lower()
    if not start:
        return "blank"
    if b"<html" in page or b"<!doctype html" in page:
        return "HTML, not XML"
    return "XML that is not well-formed" if start.startswith(b"<") else "not XML"
