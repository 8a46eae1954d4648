"""The envelope of every reply: bytes → payload, or the error that the reply stands for."""

from __future__ import annotations

import re
from typing import Any

import orjson

from neon_async._wire.diagnosis import describe
from neon_async._wire.lenient import LenientPayload, parse_lenient
from neon_async._wire.type_guards import is_array, is_object
from neon_async._wire.xml import parse_xml
from neon_async.errors import (
    APIError,
    ErrorCode,
    ErrorDetail,
    NeonError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    ServiceUnavailableError,
    SessionError,
    ValidationError,
)

_BOM = b"\xef\xbb\xbf"
_RESULT = "operationResult"
# orjson's words: "recursion depth exceeded" in 3.10, "Recursion limit reached" to 3.11,
# "depth limit exceeded" since.
_TOO_DEEP = re.compile(r"\b(?:recursion|depth) (?:limit|depth)\b", re.IGNORECASE)
# A million values are about 10,000 accounts, and take half a second during which nothing else
# runs: orjson gives way to no task and no thread. A page of 200 accounts has less than this.
_UNCOUNTED = 2 * 1024 * 1024
_MOST_VALUES = 1_000_000
_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)

_BY_CODE: dict[int, type[APIError]] = {
    ErrorCode.SERVICE_UNAVAILABLE: ServiceUnavailableError,
    ErrorCode.SESSION_ID_REQUIRED: SessionError,
    ErrorCode.SESSION_ID_INVALID: SessionError,
    ErrorCode.PERMISSION_DENIED: PermissionDeniedError,
    ErrorCode.INDIVIDUAL_ACCOUNT_ID_INVALID: NotFoundError,
    ErrorCode.ACCOUNT_ID_INVALID: NotFoundError,
    ErrorCode.ACTIVITY_ID_INVALID: NotFoundError,
}


def open_envelope(body: bytes, operation: str) -> dict[str, Any]:
    """Return the payload of a SUCCESS reply.

    The root key is usually the method's name and `Response`, but not always: the one object that
    has an `operationResult` is taken, whatever its key. Name and value of that are read in any
    case. Of XML, which was not requested, only a FAIL is read.

    Raises:
        APIError: the reply says FAIL.
        ProtocolError: it is not an envelope of v1, or says neither SUCCESS nor FAIL.
    """
    if len(body) > _UNCOUNTED and _values(body) > _MOST_VALUES:
        message = f"the reply has more than {_MOST_VALUES} values; ask for less at once (page_size)"
        raise ProtocolError(message, out_of_bounds=True, operation=operation)
    try:
        document = _decode(body)
    except orjson.JSONDecodeError as error:
        position, reason = error.pos, error.msg
    else:
        return _payload(document, operation)
    # Out of the except block, so that nothing leads to orjson's error, which has the reply.
    if _TOO_DEEP.search(reason):
        message = "the reply is nested more deeply than any of v1"
        raise ProtocolError(message, out_of_bounds=True, operation=operation)
    try:
        document = parse_lenient(body)
    except ValueError:
        pass
    else:
        return LenientPayload(_payload(document, operation))
    raise _undecodable(body, position, operation)


def fail_in(body: bytes, operation: str) -> APIError | None:
    """Return the error of a FAIL envelope, or None for any other bytes.

    For replies of another HTTP status than 200, which mean what their status says otherwise.
    """
    try:
        open_envelope(body, operation)
    except APIError as error:
        return error
    except ProtocolError:
        pass
    return None


def api_error(operation: str, details: list[ErrorDetail]) -> APIError:
    """Return the error of the class that the first code stands for."""
    first = details[0] if details else ErrorDetail()
    known = first.documented
    default = (
        APIError if known is None or known < ErrorCode.FIRST_NAME_REQUIRED else ValidationError
    )
    cls = default if first.code is None else _BY_CODE.get(first.code, default)
    return cls(first.code, first.server_message, details, operation)


def _decode(body: bytes) -> Any:
    return orjson.loads(body.removeprefix(_BOM))


def _values(body: bytes) -> int:
    """Return how many values there are at most: each but the first has one of these before it."""
    return len(body) - len(body.translate(None, b"[{,"))


def _undecodable(body: bytes, position: int, operation: str) -> NeonError:
    """Return the error that a reply stands for which is not JSON."""
    document = parse_xml(body)
    if document is not None:
        try:
            _payload(document, operation)
        except APIError as failure:
            return failure
        except ProtocolError:
            pass
    return ProtocolError(describe(body, position), operation=operation)


def _payload(document: Any, operation: str) -> dict[str, Any]:
    root = _root(document, operation)
    results = {_result_text(value) for name, value in root.items() if _is_result(name)}
    if results == {"SUCCESS"}:
        return {name: value for name, value in root.items() if not _is_result(name)}
    if results == {"FAIL"}:
        raise api_error(operation, _details(_member(root, "errors")))
    outcome = "PENDING" if results == {"PENDING"} else "neither SUCCESS nor FAIL"
    raise ProtocolError(f"the reply says {outcome}", path=_RESULT, operation=operation)


def _is_result(name: str) -> bool:
    # `operationresult` in the XML of the reference pages of updateIndividualAccount and
    # createOrganizationAccount; public clients met `OperationResult`.
    return name == _RESULT or name.lower() == _RESULT.lower()


def _result_text(value: Any) -> str | None:
    return value.strip().upper() if isinstance(value, str) else None


def _root(document: Any, operation: str) -> dict[str, Any]:
    roots = document.values() if is_object(document) else ()
    envelopes = [root for root in roots if is_object(root) and any(map(_is_result, root))]
    if len(envelopes) != 1:
        message = "the reply is not an object with one operationResult below its root"
        raise ProtocolError(message, operation=operation)
    return envelopes[0]


def _member(value: dict[str, Any], name: str) -> Any:
    """Return a member by its name, spelled in any case where it is not spelled as documented."""
    if name in value:
        return value[name]
    return next((value[other] for other in value if other.lower() == name.lower()), None)


def _details(errors: Any) -> list[ErrorDetail]:
    listed = _member(errors, "error") if is_object(errors) else errors
    entries = listed if is_array(listed) else [listed]
    return [_detail(entry) for entry in entries if is_object(entry)]


def _detail(entry: dict[str, Any]) -> ErrorDetail:
    code, message = _member(entry, "errorCode"), _member(entry, "errorMessage")
    # Numbers, or numbers as text.
    digits = code.strip() if isinstance(code, str) else str(code)
    return ErrorDetail(
        int(digits) if _NUMBER.fullmatch(digits) else None,
        message if isinstance(message, str) else "",
    )
