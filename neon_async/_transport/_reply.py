"""The way back: status, headers and bounded bytes of one reply."""

from __future__ import annotations

import email.utils
import functools
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

import attrs

from neon_async._transport._gzip import GzipError, gunzip
from neon_async.errors import (
    HTTPStatusError,
    NeonError,
    ProtocolError,
    ThrottledError,
    TransportError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

_SECONDS = re.compile(r"[0-9]{1,9}")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,253}")
_BUFFERED = 512 * 1024  # more than an engine gives out before it waits for the network again
_OK = 200
_THROTTLED = 429


@attrs.frozen
class Reply:
    """A reply of status 200.

    Attributes:
        status: always 200.
        body: the decoded bytes, at most as many as the transport allows.
        date: the reply's `Date`, aware, or None where it is missing or nonsense.
    """

    status: int
    body: bytes = attrs.field(repr=False)
    date: datetime | None


@attrs.frozen
class Limits:
    """The most bytes of a body, as they come over the wire and decoded."""

    wire: int = 64 * 1024 * 1024
    decoded: int = 256 * 1024 * 1024


@attrs.frozen
class Head:
    """The headers that matter."""

    length: int | None
    encoding: str
    date: datetime | None
    retry_after: str
    location: str = attrs.field(repr=False)

    @classmethod
    def of(cls, response: httpx.Response) -> Head:
        """Read them in one pass; `response.headers` would guess an encoding first."""
        found: dict[bytes, str] = {}
        for raw_name, value in response.headers.raw:
            name = raw_name.lower()
            if name in _WANTED:
                text = value.decode("latin-1").strip()
                found[name] = f"{found[name]}, {text}" if name in found else text
        length = found.get(b"content-length", "")
        return cls(
            int(length) if _LENGTH.fullmatch(length) else None,
            found.get(b"content-encoding", "").lower(),
            _date(found.get(b"date", "")),
            found.get(b"retry-after", ""),
            found.get(b"location", ""),
        )


_WANTED = frozenset({b"content-length", b"content-encoding", b"date", b"retry-after", b"location"})
_LENGTH = re.compile(r"[0-9]{1,19}")


# Replies of the same second share the header, and parsing it costs more than all the others.
@functools.lru_cache(maxsize=16)
def _date(text: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def retry_after(text: str, date: datetime | None) -> float | None:
    """Return the seconds that a `Retry-After` asks for, or None for nonsense.

    A date is measured against the reply's own `Date`, so that the clocks need not agree.
    """
    if _SECONDS.fullmatch(text):
        return float(text)
    until = _date(text)
    if until is None:
        return None
    return max(0.0, (until - (date or datetime.now(UTC))).total_seconds())


def refusal(status: int, head: Head, operation: str) -> HTTPStatusError | None:
    """Return the error for a status other than 200."""
    if status == _OK:
        return None
    kind = ThrottledError if status == _THROTTLED else HTTPStatusError
    target = f", a redirect to {_origin(head.location)}, not followed" if head.location else ""
    return kind(
        f"the server answered with status {status}{target}",
        status=status,
        retry_after=retry_after(head.retry_after, head.date),
        operation=operation,
    )


def _origin(location: str) -> str:
    """Return scheme and host of a redirect's target, which may repeat the query of a GET."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return "somewhere else"
    if not parts.scheme and not parts.netloc:
        return "the same server"
    origin = f"{parts.scheme}://{parts.hostname or ''}"
    return origin if _ORIGIN.fullmatch(origin) else "somewhere else"


async def receive(
    response: httpx.Response, limits: Limits, operation: str, overflow: Callable[[], None]
) -> Reply | NeonError:
    """Return the reply, or the error that it stands for.

    `overflow` cancels the surrounding scope, and is called when the body is too large. Leaving
    the loop instead would leave the engine's nested generators to the garbage collector.
    """
    stream = cast("httpx.AsyncByteStream", response.stream)
    try:
        head = Head.of(response)
        refused = refusal(response.status_code, head, operation)
        if refused is not None:
            return refused
        if head.length is not None and head.length > limits.wire:
            return too_large(operation)
        wire = await _read(stream, limits.wire, overflow)
    finally:
        await stream.aclose()
    # The scope has not noticed yet where the rest of the body was at hand.
    return too_large(operation) if wire is None else _reply(wire, head, limits, operation)


async def _read(
    stream: httpx.AsyncByteStream, limit: int, overflow: Callable[[], None]
) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size <= limit:
            parts.append(chunk)
            continue
        overflow()
        if size > limit + _BUFFERED:  # an engine that never waits, and so is never cancelled
            break
    if size > limit:
        return None
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _reply(wire: bytes, head: Head, limits: Limits, operation: str) -> Reply | NeonError:
    if head.length is not None and head.length != len(wire):
        message = f"the reply broke off after {len(wire)} of {head.length} bytes"
        return TransportError(message, sent=True, operation=operation)
    if head.encoding in {"", "identity"}:
        return Reply(_OK, wire, head.date)
    if head.encoding not in {"gzip", "x-gzip"}:
        message = "the reply has a content encoding that was not asked for"
        return ProtocolError(message, operation=operation)
    try:
        return Reply(_OK, gunzip(wire, limits.decoded), head.date)
    except GzipError as error:
        return ProtocolError(f"the reply is {error}", operation=operation)


def too_large(operation: str) -> ProtocolError:
    """Return the error for a body over the limit."""
    return ProtocolError("the reply is larger than the limit", operation=operation)
