"""From the exceptions of an HTTP engine to errors of this package."""

from __future__ import annotations

import socket
import ssl
import traceback
from typing import TYPE_CHECKING

import anyio
import httpx

from neon_async.errors import ConnectError, TransportError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async._transport._trace import Trace

_FAULTS = (
    httpx.HTTPError,
    httpx.StreamError,
    httpx.InvalidURL,
    OSError,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
)
# httpx-aiohttp lets some of them through as they are.
_ENGINES = frozenset({"aiohttp", "h11", "h2", "httpcore"})

_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "the server's TLS certificate was not accepted"),
    (ssl.SSLError, "TLS failed"),
    (socket.gaierror, "the host name was not resolved"),
    (ConnectionRefusedError, "the connection was refused"),
    (httpx.ProxyError, "the proxy did not let the connection through"),
    (httpx.WriteError, "the connection broke while the request was written"),
    (httpx.LocalProtocolError, "the request is not valid HTTP"),
    (httpx.TimeoutException, "a time-out of the HTTP engine"),
)


def is_fault(error: BaseException) -> bool:
    """Whether the exchange failed, as opposed to a bug or a cancellation."""
    return isinstance(error, _FAULTS) or type(error).__module__.partition(".")[0] in _ENGINES


def transport_error(error: BaseException, trace: Trace, operation: str) -> TransportError:
    """Say in our own words what happened; nothing of the engine's exception is kept."""
    reason = _reason(error, trace)
    if trace.may_have_sent(error):
        return TransportError(reason, sent=True, operation=operation)
    return ConnectError(f"no connection: {reason}", sent=False, operation=operation)


def _reason(error: BaseException, trace: Trace) -> str:
    causes = list(_chain(error))
    for kind, reason in _REASONS:
        if any(isinstance(cause, kind) for cause in causes):
            return reason
    if trace.answered:
        return "the reply broke off or is not valid HTTP"
    if trace.may_have_sent(error):
        return "the connection ended without a valid reply"
    return "the server can't be reached"


def forget_message(error: BaseException) -> None:
    """Clear the text of an error: h11 quotes the bytes of the reply that it can't read."""
    for link in _chain(error):
        if isinstance(link, Exception):  # anyio knows its cancellations by their text
            link.args = ()


def forget_locals(error: BaseException) -> None:
    """Clear the engine's frames, whose local variables hold the request.

    Cancellations pass through as they are, and a traceback that shows locals (Rich, Sentry)
    would print them.
    """
    for link in _chain(error):
        traceback.clear_frames(link.__traceback__)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        link = pending.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            yield link
            pending += [link.__cause__, link.__context__]
