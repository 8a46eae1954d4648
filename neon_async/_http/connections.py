"""Who carries an exchange: lanes of one connection each, or the engine that the user passed."""

from __future__ import annotations

import functools
import ssl
import sys
from typing import TYPE_CHECKING, Protocol, TypeVar

import anyio
import httpx

from neon_async._aio.lifetime import ungrouped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from neon_async._http.trace import Trace

T = TypeVar("T")
Engine = httpx.AsyncBaseTransport

_CLOSING = 1.0  # seconds; closing a socket takes microseconds unless something is wrong with it


class Carrier(Protocol):
    """Hands out an engine for each exchange."""

    def prepare(self) -> None:
        """Do what takes long the first time, before the clock of the exchange starts."""
        ...

    async def run(self, job: Callable[[], Awaitable[T]]) -> T:
        """Run an exchange where a cancellation does no lasting harm."""
        ...

    async def take(self, *, fresh: bool) -> Engine:
        """Return an engine for one exchange; `fresh` asks for a new connection."""
        ...

    async def release(self, engine: Engine) -> None:
        """Take it back after an exchange that left it in order."""
        ...

    async def discard(self, engine: Engine, trace: Trace) -> None:
        """Take it back after anything else."""
        ...

    async def aclose(self) -> None:
        """Close everything; what is still out is closed when it comes back."""
        ...


class Lanes:
    """Engines of one connection each, the last one used first.

    httpcore's pool looks at every request and connection for every request, and a cancellation
    at the wrong moment can leave a dead entry in it for good (encode/httpcore#1093). A lane has
    one of each, and after any trouble it is thrown away.
    """

    def __init__(self, build: Callable[[], Engine], keep: int) -> None:
        """Keep at most `keep` idle lanes; there is no limit to those in use."""
        self._build = build
        self._keep = keep
        self._idle: list[Engine] = []
        self._taken = 0

    def prepare(self) -> None:
        """Build a lane if there is none: it imports httpcore and reads the certificates."""
        if not self._idle and not self._taken:
            self._idle.append(self._build())

    async def run(self, job: Callable[[], Awaitable[T]]) -> T:
        """Run it as it is: a lane that was harmed is thrown away."""
        return await job()

    async def take(self, *, fresh: bool) -> Engine:
        """Return an idle lane, or a new one."""
        if self._idle and not fresh:
            self._taken += 1
            return self._idle.pop()
        if self._idle and len(self._idle) + self._taken >= self._keep:
            await _close(self._idle.pop(0))
        engine = self._build()
        self._taken += 1
        return engine

    async def release(self, engine: Engine) -> None:
        """Keep the lane for the next exchange, unless there are enough."""
        self._taken -= 1
        self._idle.append(engine)
        if len(self._idle) > self._keep:
            await _close(self._idle.pop(0))

    async def discard(self, engine: Engine, trace: Trace) -> None:
        """Close the lane and the socket that was opened for it."""
        self._taken -= 1
        try:
            await _close(engine)
        finally:
            if trace.stream is not None:
                # A handshake that was cancelled leaves the socket to nobody.
                await _close(trace.stream)

    async def aclose(self) -> None:
        """Close the idle lanes, and keep none from now on."""
        self._keep = 0
        while self._idle:
            await _close(self._idle.pop())


class Shared:
    """One engine for all exchanges: the `transport` that the user passed."""

    def __init__(self, engine: Engine) -> None:
        """Use this engine; it is closed with the client, as httpx does."""
        self._engine = engine

    def prepare(self) -> None:
        """Do nothing: the engine is there."""

    async def run(self, job: Callable[[], Awaitable[T]]) -> T:
        """Run it in a task of its own, which only anyio cancels.

        `asyncio.timeout` and `Task.cancel` pass through anyio's shields, and httpcore's pool
        then loses a connection for good: after some hundred time-outs nothing goes out anymore.
        """
        results: list[T] = []
        bugs: list[Exception] = []

        async def task() -> None:
            try:
                results.append(await job())
            except Exception as bug:  # noqa: BLE001 - raised again below, without a group around it
                bugs.append(bug)

        with ungrouped():
            async with anyio.create_task_group() as group:
                group.start_soon(task)
        for bug in bugs:
            raise bug
        return results[0]

    async def take(self, *, fresh: bool) -> Engine:  # noqa: ARG002 - its pool is its own affair
        """Return the engine."""
        return self._engine

    async def release(self, engine: Engine) -> None:
        """Do nothing: it was never away."""

    async def discard(self, engine: Engine, trace: Trace) -> None:
        """Do nothing: what to do about a broken connection is the engine's affair."""

    async def aclose(self) -> None:
        """Close the engine."""
        await self._engine.aclose()


class _Closable(Protocol):
    async def aclose(self) -> None: ...


async def _close(resource: _Closable) -> None:
    with anyio.move_on_after(_CLOSING, shield=True):
        await resource.aclose()


def lane_builder(
    base_url: httpx.URL, proxy: httpx.URL | None, context: ssl.SSLContext | None
) -> Callable[[], Engine]:
    """Return what builds a lane; the TLS context is made once, on first use, for all of them."""

    @functools.cache
    def tls() -> ssl.SSLContext:
        if context is not None:
            return context
        if base_url.scheme == "http":
            # Never used, but httpx would spend 20 ms on one for each lane.
            return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return default_context()

    def build() -> Engine:
        from neon_async._http.wide import WideLane  # noqa: PLC0415 - httpcore takes 10 ms

        return WideLane(tls(), None if proxy is None else _proxy(proxy, tls()))

    return build


def default_context() -> ssl.SSLContext:
    """Return what the standard library and httpx have by default, without SSLKEYLOGFILE.

    `ssl.create_default_context` opens the file that this variable names, and writes the secrets of
    every connection into it, with which whoever recorded the traffic reads keys and donors' data.
    """
    import certifi  # noqa: PLC0415 - comes with httpx, and is needed for https only

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    context.load_verify_locations(certifi.where())
    return context


def _proxy(url: httpx.URL, context: ssl.SSLContext) -> httpx.Proxy:
    return httpx.Proxy(url, ssl_context=context if url.scheme == "https" else None)
