"""Reception of one reply: status, headers and a bounded body."""

from __future__ import annotations

import email.utils
import functools
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol, cast
from urllib.parse import urlsplit

import anyio
import attrs
from anyio.lowlevel import checkpoint

from neon_async._http.errors import PROXY_REFUSED, is_transport_error, proxy_refusal
from neon_async._http.gzip import GzipError, GzipLimitError, gunzip
from neon_async._http.leftovers import close_if_more_came
from neon_async._wire.envelope import fail_in
from neon_async.errors import (
    APIError,
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
# Whether v1 sends a FAIL with another status than 200 is not documented: its body is read anyway.
_MOST_OF_A_REFUSAL = 256 * 1024
_PATIENCE = 1.0  # seconds for the body of a refusal, whose status says enough
# Chunks of a body may be of one byte each, and a read from the network brings many of them.
_CHUNKS_A_TURN = 64


@attrs.frozen
class HttpReply:
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
    decoded: int = 64 * 1024 * 1024


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
        """Read them in one pass, without guessing an encoding as `response.headers` does."""
        values: dict[bytes, str] = {}
        for raw_name, value in response.headers.raw:
            name = raw_name.lower()
            if name in _WANTED:
                text = value.decode("latin-1").strip()
                values[name] = f"{values[name]}, {text}" if name in values else text
        length = values.get(b"content-length", "")
        return cls(
            int(length) if _LENGTH.fullmatch(length) else None,
            values.get(b"content-encoding", "").lower(),
            _date(values.get(b"date", "")),
            values.get(b"retry-after", ""),
            values.get(b"location", ""),
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
    if status == _OK:
        return None
    kind = ThrottledError if status == _THROTTLED else HTTPStatusError
    return kind(
        _refusal_text(status, head),
        status=status,
        retry_after=retry_after(head.retry_after, head.date),
        operation=operation,
    )


def _refusal_text(status: int, head: Head) -> str:
    if status == PROXY_REFUSED:
        return proxy_refusal(status)
    target = f", a redirect to {_origin(head.location)}, not followed" if head.location else ""
    return f"the server answered with status {status}{target}"


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


class Pending(Protocol):
    """An exchange whose reply is on its way."""

    @property
    def operation(self) -> str:
        """The name for errors."""
        ...

    def set_outcome(self, error: NeonError) -> None:
        """Set the error it ends with if it is cut short from now on."""
        ...

    def cut(self, error: NeonError) -> None:
        """End it with an error, by cancelling the scope around it."""
        ...


async def receive(
    response: httpx.Response, limits: Limits, pending: Pending
) -> HttpReply | NeonError:
    """Return the reply, or the error that it stands for.

    A body that is too large cancels the surrounding scope. Leaving the loop instead would leave
    the engine's nested generators to the garbage collector.
    """
    operation = pending.operation
    stream = cast("httpx.AsyncByteStream", response.stream)
    try:
        head = Head.of(response)
        refused = refusal(response.status_code, head, operation)
        if refused is not None:
            pending.set_outcome(refused)
            return await _fail_below(stream, head, refused, operation) or refused
        if head.length is not None and head.length > limits.wire:
            return too_large(limits.wire, operation)
        wire = await _read(
            stream, limits.wire, lambda: pending.cut(too_large(limits.wire, operation))
        )
    finally:
        close_if_more_came(response)
        await stream.aclose()
    if wire is None:  # the scope has not noticed yet where the rest of the body was at hand
        return too_large(limits.wire, operation)
    body = await _decoded(wire, head, limits.decoded, operation)
    return HttpReply(_OK, body, head.date) if isinstance(body, bytes) else body


async def _fail_below(
    stream: httpx.AsyncByteStream, head: Head, refused: HTTPStatusError, operation: str
) -> APIError | None:
    """Return the FAIL envelope that came with another status than 200, if there is one.

    The status says enough where the body is missing, broken, large, late, or a proxy's.
    """
    if refused.status == PROXY_REFUSED or (head.length or 0) > _MOST_OF_A_REFUSAL:
        return None
    wire = None
    try:
        with anyio.move_on_after(_PATIENCE) as scope:
            wire = await _read(stream, _MOST_OF_A_REFUSAL, scope.cancel)
    except Exception as error:
        if not is_transport_error(error):
            raise
    if not wire:
        return None
    body = await _decoded(wire, head, _MOST_OF_A_REFUSAL, operation)
    failure = fail_in(body, operation) if isinstance(body, bytes) else None
    if failure is not None:
        failure.status, failure.retry_after = refused.status, refused.retry_after
    return failure


async def _read(
    stream: httpx.AsyncByteStream, limit: int, overflow: Callable[[], None]
) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > limit:
            overflow()
            if size > limit + _BUFFERED:  # an engine that never waits, and so is never cancelled
                break
            continue
        parts.append(chunk)
        if len(parts) % _CHUNKS_A_TURN == 0:
            await checkpoint()
    if size > limit:
        return None
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _decoded(wire: bytes, head: Head, limit: int, operation: str) -> bytes | NeonError:
    if head.length is not None and head.length != len(wire):
        message = f"the reply broke off after {len(wire)} of {head.length} bytes"
        return TransportError(message, sent=True, operation=operation)
    if head.encoding in {"", "identity"}:
        return wire
    if head.encoding not in {"gzip", "x-gzip"}:
        message = "the reply has a content encoding that was not requested"
        return ProtocolError(message, out_of_bounds=True, operation=operation)
    try:
        return await gunzip(wire, limit)
    except GzipError as error:
        over = isinstance(error, GzipLimitError)
        return ProtocolError(f"the reply is {error}", out_of_bounds=over, operation=operation)


def too_large(limit: int, operation: str) -> ProtocolError:
    message = f"the reply is larger than {limit} bytes; ask for less at once (page_size)"
    return ProtocolError(message, out_of_bounds=True, operation=operation)
