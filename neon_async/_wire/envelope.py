"""The envelope of every reply: bytes → payload, or the error that the reply stands for."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qsl, quote_plus

import orjson

from neon_async._wire.shapes import is_array, is_object
from neon_async.errors import (
    APIError,
    ErrorCode,
    ErrorDetail,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    ServiceUnavailableError,
    SessionError,
    ValidationError,
)

_BOM = b"\xef\xbb\xbf"
_EXCERPT = 200
# What is looked at for an excerpt: more, for what is not shown shrinks.
_START = 4096
# Shorter values may be parts of any word, and are hidden only where they are the whole word.
_DISTINCTIVE = 8
# E-mail addresses, and the values of forms and queries that an error page may echo.
_PRIVATE = re.compile(r"""[^\s<>"']+@[^\s<>"']+|(?<==)[^\s<>"'&]+""")
# What may stand before the first character: byte order marks, and the zeros of wider encodings.
_PADDING = b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"
_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)

_BY_CODE: dict[int, type[APIError]] = {
    ErrorCode.SERVICE_UNAVAILABLE: ServiceUnavailableError,
    ErrorCode.SESSION_ID_REQUIRED: SessionError,
    ErrorCode.SESSION_ID_INVALID: SessionError,
    ErrorCode.PERMISSION_DENIED: PermissionDeniedError,
    ErrorCode.INDIVIDUAL_ACCOUNT_ID_INVALID: NotFoundError,
    ErrorCode.ACCOUNT_ID_INVALID: NotFoundError,
}


def open_envelope(body: bytes, operation: str, form: bytes = b"") -> dict[str, Any]:
    """Return the payload of a SUCCESS reply.

    The root key is usually the method's name and `Response`, but not always: the one object that
    has an `operationResult` is taken, whatever its key.

    Args:
        body: the reply.
        operation: the API method, for errors.
        form: what was sent, whose values an error page may quote, and an error must not.

    Raises:
        APIError: the reply says FAIL.
        ProtocolError: it is not an envelope of v1, or says neither SUCCESS nor FAIL.
    """
    payload = _root(_decode(body, operation, form), operation)
    result = payload.get("operationResult")
    if result == "SUCCESS":
        return {key: value for key, value in payload.items() if key != "operationResult"}
    if result == "FAIL":
        raise api_error(operation, _details(payload.get("errors")))
    said = "PENDING" if result == "PENDING" else "neither SUCCESS nor FAIL"
    raise ProtocolError(f"the reply says {said}", path="operationResult", operation=operation)


def api_error(operation: str, details: list[ErrorDetail]) -> APIError:
    """Return the error of the class that the first code stands for."""
    first = details[0] if details else ErrorDetail()
    known = first.documented
    default = (
        APIError if known is None or known < ErrorCode.FIRST_NAME_REQUIRED else ValidationError
    )
    cls = default if first.code is None else _BY_CODE.get(first.code, default)
    return cls(first.code, first.server_message, details, operation)


def _decode(body: bytes, operation: str, form: bytes) -> Any:
    try:
        return orjson.loads(body.removeprefix(_BOM))
    except orjson.JSONDecodeError as error:
        position = error.pos
    raise ProtocolError(_not_json(body, position, form), operation=operation)


def _not_json(body: bytes, position: int, form: bytes) -> str:
    """Describe a body that is not JSON; of one that may hold data nothing is shown."""
    if not body.strip():
        return "the reply is empty"
    said = f"the reply is not JSON ({len(body)} bytes, wrong at character {position})"
    start = body.lstrip(_PADDING)[:_START]
    is_page = b"<html" in start[: 4 * _EXCERPT].lower()
    if start[:1] in {b"{", b"[", b'"'} or (start[:1] == b"<" and not is_page):
        return said
    text = _PRIVATE.sub("…", _without(form, start.decode("utf-8", "backslashreplace")))
    return f"{said}: {ascii(text)[1:-1][:_EXCERPT]}"


def _without(form: bytes, text: str) -> str:
    """Return a text without the values of a form, in the spellings that a page may have."""
    values = {value for _, value in parse_qsl(form.decode("ascii"))}
    spellings = {spell(value) for value in values for spell in (str, html.escape, quote_plus)}
    # No pattern is made of the values: `re` would keep it, and them, for ever.
    for spelling in sorted(spellings, key=len, reverse=True):
        if len(spelling) >= _DISTINCTIVE or not _WORD.fullmatch(spelling):
            text = text.replace(spelling, "…")
    return _WORD.sub(lambda word: "…" if word[0] in spellings else word[0], text)


def _root(document: Any, operation: str) -> dict[str, Any]:
    roots = document.values() if is_object(document) else ()
    found = [root for root in roots if is_object(root) and "operationResult" in root]
    if len(found) != 1:
        problem = "the reply is not an object with one operationResult below its root"
        raise ProtocolError(problem, operation=operation)
    return found[0]


def _details(errors: Any) -> list[ErrorDetail]:
    listed = errors.get("error") if is_object(errors) else errors
    entries = listed if is_array(listed) else [listed]
    return [_detail(entry) for entry in entries if is_object(entry)]


def _detail(entry: dict[str, Any]) -> ErrorDetail:
    code, message = entry.get("errorCode"), entry.get("errorMessage")
    digits = code.strip() if isinstance(code, str) else str(code)
    return ErrorDetail(
        int(digits) if _NUMBER.fullmatch(digits) else None,
        message if isinstance(message, str) else "",
    )
