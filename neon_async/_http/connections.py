"""Connections: a pool of single-connection transports, or the transport that was passed."""

from __future__ import annotations

import functools
import ssl
import sys
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import anyio
import httpx

from neon_async._aio.task_groups import for_each
from neon_async.operations._validation import require_type

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from neon_async._http.trace import Trace

T = TypeVar("T")

_TAKES_MASKED = (httpx.AsyncHTTPTransport, httpx.ASGITransport, httpx.MockTransport)
_SINGLE = httpx.Limits(max_connections=1, max_keepalive_connections=1)
_CLOSING = 1.0  # seconds; closing a socket takes microseconds unless something is wrong with it


class AsyncTransport(Protocol):
    """A transport of httpx or httpx2."""

    async def handle_async_request(self, request: Any, /) -> Any:  # noqa: ANN401 - of either
        ...

    async def aclose(self) -> None: ...


class ConnectionProvider(Protocol):
    """Hands out a transport for each exchange."""

    def warm_up(self) -> None:
        """Do what takes long the first time, before the clock of the exchange starts."""
        ...

    async def run(self, job: Callable[[], Awaitable[T]]) -> T:
        """Run an exchange where a cancellation does no lasting harm."""
        ...

    async def acquire(self, *, new_connection: bool) -> httpx.AsyncBaseTransport:
        """Return a transport for one exchange, on a new connection if that is asked for."""
        ...

    async def release(self, transport: httpx.AsyncBaseTransport) -> None:
        """Take the transport back after an exchange that left its connection usable."""
        ...

    async def discard(self, transport: httpx.AsyncBaseTransport, trace: Trace) -> None:
        """Close the connection after a failed exchange."""
        ...

    async def aclose(self) -> None:
        """Close all idle connections, and those in use on their release."""
        ...


class ConnectionPool:
    """Transports of one connection each, the one used last first.

    httpcore's pool looks at every request and connection for every request, and a cancellation
    at the wrong moment can leave a dead entry in it for good (encode/httpcore#1093). A transport of
    one connection has one of each, and is discarded after any failure.
    """

    def __init__(self, build: Callable[[], httpx.AsyncBaseTransport], keep: int) -> None:
        """Keep at most `keep` idle connections, and any number of those in use."""
        self._build = build
        self._keep = keep
        self._idle: list[httpx.AsyncBaseTransport] = []
        self._taken = 0

    def warm_up(self) -> None:
        """Build a connection if there is none: it imports httpcore and reads the certificates."""
        if not self._idle and not self._taken:
            self._idle.append(self._build())

    async def run(self, job: Callable[[], Awaitable[T]]) -> T:
        """Run it as it is: a connection that was harmed is discarded."""
        return await job()

    async def acquire(self, *, new_connection: bool) -> httpx.AsyncBaseTransport:
        if self._idle and not new_connection:
            self._taken += 1
            return self._idle.pop()
        if self._idle and len(self._idle) + self._taken >= self._keep:
            await _close(self._idle.pop(0))
        transport = self._build()
        self._taken += 1
        return transport

    async def release(self, transport: httpx.AsyncBaseTransport) -> None:
        """Keep the connection for the next exchange, unless there are enough."""
        self._taken -= 1
        self._idle.append(transport)
        if len(self._idle) > self._keep:
            await _close(self._idle.pop(0))

    async def discard(self, transport: httpx.AsyncBaseTransport, trace: Trace) -> None:
        """Close the connection and the socket that was opened for it."""
        self._taken -= 1
        try:
            await _close(transport)
        finally:
            if trace.stream is not None:
                # A handshake that was cancelled leaves the socket without an owner.
                await _close(trace.stream)

    async def aclose(self) -> None:
        """Close the idle connections, and keep none from now on."""
        self._keep = 0
        while self._idle:
            await _close(self._idle.pop())


class SharedTransport:
    """One transport for all exchanges: the `transport` that the user passed."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        """Use this transport, which is closed with the client, as httpx does."""
        self._transport = transport

    def warm_up(self) -> None:
        """Do nothing: the transport is there."""

    async def run(self, job: Callable[[], Awaitable[T]]) -> T:
        """Run it in a task of its own, which only anyio cancels.

        `asyncio.timeout` and `Task.cancel` pass through anyio's shields, and httpcore's pool
        then loses a connection for good: after some hundred time-outs nothing goes out anymore.
        """
        results: list[T] = []

        async def task(job: Callable[[], Awaitable[T]]) -> None:
            results.append(await job())

        await for_each([job], task, workers=1)
        return results[0]

    async def acquire(self, *, new_connection: bool) -> httpx.AsyncBaseTransport:  # noqa: ARG002 - it has its own pool
        return self._transport

    async def release(self, transport: httpx.AsyncBaseTransport) -> None:
        """Do nothing: it was never away."""

    async def discard(self, transport: httpx.AsyncBaseTransport, trace: Trace) -> None:
        """Do nothing: the transport itself handles its broken connections."""

    async def aclose(self) -> None:
        await self._transport.aclose()


def adapted(transport: AsyncTransport) -> tuple[httpx.AsyncBaseTransport, bool]:
    """Return a transport as one of httpx, and whether the text of a URL may hide its query from it.

    Raises:
        InvalidRequestError: it is no transport.
    """
    bases: list[type[Any]] = [httpx.AsyncBaseTransport]
    # Whoever passes a transport of httpx2 has imported it.
    if (httpx2 := sys.modules.get("httpx2")) is not None:
        bases.append(httpx2.AsyncBaseTransport)
    require_type(transport, tuple(bases), "an AsyncBaseTransport of httpx or httpx2", "transport")
    if isinstance(transport, httpx.AsyncBaseTransport):
        return transport, isinstance(transport, _TAKES_MASKED)
    from neon_async._http.httpx2_transport import Httpx2Transport  # noqa: PLC0415 - not every client uses it

    engine = Httpx2Transport(cast("Any", transport))
    return engine, engine.takes_masked


class _Closable(Protocol):
    async def aclose(self) -> None: ...


async def _close(resource: _Closable) -> None:
    with anyio.move_on_after(_CLOSING, shield=True):
        await resource.aclose()


def connection_builder(
    base_url: httpx.URL, proxy: httpx.URL | None, context: ssl.SSLContext | None
) -> Callable[[], httpx.AsyncBaseTransport]:
    """Return a builder of transports that share one TLS context, made on first use."""

    @functools.cache
    def tls() -> ssl.SSLContext:
        if context is not None:
            return context
        if base_url.scheme == "http":
            # Never used, but httpx would spend 20 ms on one for each transport.
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return default_context()

    def build() -> httpx.AsyncBaseTransport:
        via = None if proxy is None else _proxy(proxy, tls())
        return httpx.AsyncHTTPTransport(verify=tls(), trust_env=False, limits=_SINGLE, proxy=via)

    return build


def default_context() -> ssl.SSLContext:
    """Return what the standard library and httpx have by default, without SSLKEYLOGFILE.

    `ssl.create_default_context` opens the file that this variable names, and writes the secrets of
    every connection into it. With them, recorded traffic can be decrypted: keys and donors' data.
    """
    import certifi  # noqa: PLC0415 - comes with httpx, and is needed for https only

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    context.load_verify_locations(certifi.where())
    return context


def _proxy(url: httpx.URL, context: ssl.SSLContext) -> httpx.Proxy:
    return httpx.Proxy(url, ssl_context=context if url.scheme == "https" else None)
