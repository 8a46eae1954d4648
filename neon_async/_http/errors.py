"""Mapping from the exceptions of HTTP libraries to errors of this package."""

from __future__ import annotations

import socket
import ssl
from itertools import takewhile
from typing import TYPE_CHECKING

import anyio
import httpx

from neon_async.errors import ConnectError, TransportError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async._http.trace import Trace

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
_ENGINES = frozenset({"aiohttp", "h11", "h2", "httpcore", "httpcore2", "httpx2"})
_LOOPS = frozenset({"anyio", "asyncio", "contextlib", "trio"})
_CATCHING = _ENGINES | _LOOPS | {"httpx", "httpx_aiohttp", "neon_async"}
PROXY_REFUSED = 407

_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "the server's TLS certificate was not accepted"),
    (ssl.SSLError, "TLS failed"),
    (socket.gaierror, "the host name was not resolved"),
    (ConnectionRefusedError, "the connection was refused"),
    (httpx.ProxyError, "the proxy did not let the connection through"),
    (httpx.WriteError, "the connection broke while the request was written"),
    (httpx.LocalProtocolError, "the request is not valid HTTP"),
    (httpx.TimeoutException, "the HTTP engine timed out"),
)


def is_transport_error(error: BaseException) -> bool:
    """Whether the exchange failed, as opposed to a bug or a cancellation."""
    return isinstance(error, _FAULTS) or _is_of_engine(error)


def _is_of_engine(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in _ENGINES


def transport_error(error: BaseException, trace: Trace, operation: str) -> TransportError:
    """Return the error in our own words, with nothing of the library's exception."""
    status = _proxy_status(error, trace)
    if status is not None:  # the answer to a CONNECT, which carries nothing of the request
        reason = proxy_refusal(status)
        return ConnectError(reason, sent=False, proxy_status=status, operation=operation)
    reason = _reason(error, trace)
    if trace.may_have_sent(error):
        return TransportError(reason, sent=True, operation=operation)
    return ConnectError(f"no connection: {reason}", sent=False, operation=operation)


def proxy_refusal(status: int) -> str:
    """Return the message for a proxy that answered instead of the server."""
    why = ": its user name or password is missing or wrong" if status == PROXY_REFUSED else ""
    return f"the proxy refused to connect, with status {status}{why}"


def _proxy_status(error: BaseException, trace: Trace) -> int | None:
    """Return the status with which a proxy refused a CONNECT."""
    if trace.proxy_status is not None:
        return trace.proxy_status
    # Without a trace: httpx-aiohttp chains the error of aiohttp, which has the number.
    refusals = [link for link in _chain(error) if type(link).__name__ == "ClientHttpProxyError"]
    return getattr(refusals[0], "status", None) if refusals else None


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


def empty_text(error: BaseException) -> None:
    """Empty the text of an engine's error: h11 quotes the bytes of the reply that it can't read."""
    for link in takewhile(_is_of_engine, _chain(error)):
        link.args = ()


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Go through an error and what led to it in the engine.

    Further links are what the caller was handling when it called, and none of our business.
    """
    seen: set[int] = set()
    pending: list[BaseException | None] = [error]
    while pending:
        link = pending.pop()
        if link is not None and id(link) not in seen and (link is error or _was_caught(link)):
            seen.add(id(link))
            yield link
            pending += [link.__cause__, link.__context__]


def _was_caught(link: BaseException) -> bool:
    """Tell whether the engine has caught an error: the outermost frame that it ran through."""
    trace = link.__traceback__
    name = "neon_async" if trace is None else trace.tb_frame.f_globals.get("__name__")
    return str(name).partition(".")[0] in _CATCHING
