"""How v1 spells requests and replies over SOAP, and replies to `responseType=XML`.

Order, unknown elements and the spelling of values are checked by the strict reading alone:
whether v1 minds them is unknown.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING
from xml.parsers import expat

import attrs

from neon_async.emulator._wire.clock import is_timestamp
from neon_async.emulator._wire.messages import is_date, is_list, is_object
from neon_async.emulator._wire.soap_schema import ENUMERATIONS, MESSAGES, inside, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neon_async.emulator._wire.messages import Json, Pairs, Value
    from neon_async.emulator._wire.soap_schema import Parts, SchemaPart

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MOST_LEVELS = 32
_TRIPLE = ("fieldId", "fieldOptionId", "fieldValue")
# What a writer of Java escapes. It passes on control characters, which no reader of XML takes.
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_ZONE = re.compile(r"(Z|[+-]\d\d:\d\d)$", re.ASCII)
_FLAGS = frozenset({"true", "false", "1", "0"})


class UnreadableError(Exception):
    """A message that is answered with a fault `soap:Client` and no values."""


@attrs.define(eq=False)
class Node:
    """An element that was read."""

    name: str
    namespace: str
    nodes: list[Node] = attrs.field(factory=list["Node"], repr=False)
    text: str = attrs.field(default="", repr=False)

    def only(self, name: str) -> Node:
        """Return the only child of a name in the namespace of envelopes."""
        nodes = [node for node in self.nodes if (node.name, node.namespace) == (name, _ENVELOPE)]
        if len(nodes) != 1:
            raise UnreadableError(f"Expected one {name} of SOAP 1.1.")
        return nodes[0]


def read_request(body: bytes, section: str, *, strict: bool) -> tuple[str, Pairs]:
    """Return the path of a message's method, and its parameters by their dotted names.

    Members of a repeated group all get the names that any of them has, as in a form.

    Args:
        body: an envelope.
        section: the section whose service it was sent to.
        strict: whether to refuse what is not valid against the schema.
    """
    children = _parse(body).only("Envelope").only("Body").nodes
    if len(children) != 1 or children[0].namespace != MESSAGES:
        raise UnreadableError("Expected one message in the body.")
    name = children[0].name.removesuffix("Request")
    path = f"{section}/{name}"
    parts = message(path)
    if parts is None or name == children[0].name:
        raise UnreadableError("The service has no such message.")
    if strict:
        _validate(children[0], parts[0])
    return path, [*_pairs(children[0], parts[0], "")]


def _parse(body: bytes) -> Node:
    document = Node("", "")
    opened = [document]

    def start(name: str, _attributes: object) -> None:
        namespace, _, local = name.rpartition(" ")
        node = Node(local, namespace)
        opened[-1].nodes.append(node)
        opened.append(node)
        if len(opened) > _MOST_LEVELS:
            raise UnreadableError("The message is nested too deeply.")

    def end(_name: str) -> None:
        opened.pop()

    def text(data: str) -> None:
        opened[-1].text += data

    def refuse(*_: object) -> None:
        raise UnreadableError("A message must not have a document type.")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes it by position only
    except (expat.ExpatError, LookupError, ValueError):
        raise UnreadableError("The message is not well-formed XML.") from None
    return document


def _pairs(node: Node, parts: Parts, prefix: str) -> Iterator[tuple[str, str]]:
    known = {part.name: part for part in parts}
    for name in dict.fromkeys(child.name for child in node.nodes):
        members = [child for child in node.nodes if child.name == name]
        part = known.get(name)
        children = () if part is None else inside(part.kind)
        inner = [_pairs(member, children, f"{prefix}{name}.") for member in members]
        if not children and not any(member.nodes for member in members):
            yield from ((prefix + name, member.text) for member in members)
        elif part is not None and part.repeated:
            yield from _aligned([dict(pairs) for pairs in inner], f"{prefix}{name}.")
        else:
            yield from itertools.chain.from_iterable(inner)


def _aligned(groups: list[dict[str, str]], prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the parameters of a group's members, each with all names that any of them has."""
    names = dict.fromkeys(name for group in groups for name in group)
    if prefix.endswith(".customFieldData."):
        # A form has all three of each custom field.
        names |= dict.fromkeys(prefix + name for name in _TRIPLE)
    for group in groups:
        yield from ((name, group.get(name, "")) for name in names)


def _validate(node: Node, parts: Parts) -> None:
    rest = list(node.nodes)
    for part in parts:
        count = 0
        # xs:sequence: elements of another order are not valid.
        while rest and rest[0].name == part.name and (part.repeated or not count):
            _validate_value(rest.pop(0), part)
            count += 1
        if not count and not part.optional:
            raise UnreadableError(f"{node.name} lacks {part.name}.")
    if rest:
        raise UnreadableError(f"An element of {node.name} is unknown or out of order.")


def _validate_value(node: Node, part: SchemaPart) -> None:
    children = inside(part.kind)
    # Local elements are unqualified: the samples, and no elementFormDefault in the schema.
    if node.namespace:
        raise UnreadableError(f"{part.name} must have no namespace.")
    if children:
        _validate(node, children)
    elif node.nodes or not _fits(node.text, part.kind):
        raise UnreadableError(f"{part.name} is not of the type {part.kind}.")


def _fits(text: str, kind: str) -> bool:
    if kind in ENUMERATIONS:
        return text in ENUMERATIONS[kind][1]
    return _LEXICAL[kind](text)


_LEXICAL: dict[str, Callable[[str], bool]] = {
    "string": lambda _: True,
    "long": lambda text: _WHOLE.fullmatch(text) is not None,
    "boolean": lambda text: text in _FLAGS,
    "date": lambda text: is_date(_ZONE.sub("", text)),
    "dateTime": is_timestamp,
}


def envelope(reply: Json) -> bytes:
    return _enveloped("".join(_message(reply)))


def document(reply: Json) -> bytes:
    """Return a reply as the XML of REST: the message without an envelope, which is a guess."""
    return _encoded("".join(_message(reply)))


def fault(code: str, text: str) -> bytes:
    escaped = text.translate(_ESCAPES)
    return _enveloped(
        f"<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{escaped}</faultstring>"
        "</soap:Fault>"
    )


def _enveloped(body: str) -> bytes:
    return _encoded(
        f'<soap:Envelope xmlns:soap="{_ENVELOPE}"><soap:Body>{body}</soap:Body></soap:Envelope>'
    )


def _encoded(text: str) -> bytes:
    # As Java does, with a question mark for half of a surrogate pair.
    return (_DECLARATION + text).encode(errors="replace")


def _message(reply: Json) -> Iterator[str]:
    for root, payload in reply.items():
        name = root.removesuffix("Response")  # which some have in JSON, and all in the schema
        yield f'<ns2:{name}Response xmlns:ns2="{MESSAGES}">'
        yield from _inside(payload, _response(name))
        yield f"</ns2:{name}Response>"


def _response(name: str) -> Parts:
    sections = ("account", "common", "donation", "event", "membership")
    candidates = [message(f"{section}/{name}") for section in sections]
    return next((parts[1] for parts in candidates if parts is not None), ())


def _inside(value: Json, parts: Parts) -> Iterator[str]:
    rest = dict(value)
    for part in parts:
        if part.key in rest:
            yield from _element(part.name, rest.pop(part.key), part.kind)
    for name, other in rest.items():  # what a test has planted, and methods without a schema
        if _NAME.fullmatch(name):
            yield from _element(name, other, "")


def _element(name: str, value: Value, kind: str) -> Iterator[str]:
    if is_list(value):
        for item in value:
            yield from _element(name, item, kind)
    elif value is not None:
        yield f"<{name}>"
        if is_object(value):
            yield from _inside(value, inside(kind))
        else:
            yield _spelled(value, kind).translate(_ESCAPES)
        yield f"</{name}>"


def _spelled(value: Value, kind: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if kind in ENUMERATIONS:
        plain = text.replace("_", "").upper()
        return next((name for name in ENUMERATIONS[kind][1] if name.upper() == plain), text)
    # Dates come with an offset: a guess, but a strong one. The JSON of 2013 has it.
    return f"{text}-05:00" if kind == "date" and is_date(text) else text
