"""Describe a reply that can't be read, without quoting any of it.

The text of a broken reply may be a session id or a donor's name: text that a
proxy puts before the JSON of a login (`)]}',`, `while(1);`, `Warning: …`) makes the login one.
"""

from __future__ import annotations

import codecs

# Byte order marks, the zeros of wider encodings, and white space.
_PADDING = b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"
_HEAD = 1024  # bytes in which an HTML page shows itself
# The longer mark first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_CONTROLS = frozenset(range(32)) - frozenset(b"\0\t\n\r\f\x1b")
_OPENING, _CLOSING = (b"{", b"[", b'"'), (b"}", b"]")


def describe(body: bytes, position: int) -> str:
    """Return kind, length and charset of a body that is not JSON, and where it went wrong.

    Args:
        body: the reply.
        position: the first character that fits no JSON.
    """
    if not body.strip(_PADDING):
        return "the reply is empty" if not body else f"the reply is blank ({len(body)} bytes)"
    about = f"{len(body)} bytes, {_charset(body)}, wrong at character {position}"
    return f"the reply is {_kind(body)} ({about})"


def _kind(body: bytes) -> str:
    start = body[:_HEAD].lstrip(_PADDING)
    if start.startswith(_OPENING):
        whole = body.rstrip(_PADDING).endswith(_CLOSING)
        return "damaged JSON" if whole else "JSON that is cut off"
    if start.startswith(b"<"):
        page = start.replace(b"\0", b"").lower()
        is_html = b"<html" in page or b"<!doctype html" in page
        return "HTML, not JSON" if is_html else "XML, not JSON"
    if not _CONTROLS.isdisjoint(start):
        return "binary data, not JSON"
    if b"{" in body and body.rstrip(_PADDING).endswith(b"}"):
        return "text in front of JSON, or JSON without its beginning"
    return "plain text, not JSON"


def _charset(body: bytes) -> str:
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name
    if b"\0" in body[:_HEAD]:
        return "UTF-16, UTF-32 or binary"
    if body.isascii():
        return "ASCII"
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8 at byte {error.start}"
    return "UTF-8"
