"""A lane that reads as much at once as has arrived.

httpcore asks for 64 KB at a time. A page of accounts is several times that, and each piece costs a
turn of the event loop: together a quarter of the instructions of a page's HTTP part, and each turn
may have to wait for the decoding of another page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpcore
import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

# What asyncio reads from a socket at once.
_WIDE = 256 * 1024


class WideStream(httpcore.AsyncNetworkStream):
    """A network stream whose reads are wide."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        """Wrap a stream."""
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Read what there is, and no less than was asked for."""
        return await self._stream.read(max(max_bytes, _WIDE), timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Write it all."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Go on encrypted; TLS comes in records of 16 KB, whatever is asked for."""
        return await self._stream.start_tls(ssl_context, server_hostname, timeout)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - whatever the engine knows
        """Return what the engine knows about the stream."""
        return self._stream.get_extra_info(info)


class WideBackend(httpcore.AsyncNetworkBackend):
    """A network backend whose streams are wide."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        """Wrap a backend."""
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect."""
        connect = self._backend.connect_tcp
        return WideStream(await connect(host, port, timeout, local_address, socket_options))


class WideConnection(httpx.AsyncHTTPTransport):
    """httpx's own engine for one connection, whose streams are wide.

    It has no option for that. Where a later version keeps its parts under other names, nothing
    but the width is lost.
    """

    def __init__(self, context: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        """Prepare; nothing is opened before the first request."""
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        super().__init__(verify=context, trust_env=False, limits=limits, proxy=proxy)
        pool: Any = getattr(self, "_pool", None)
        backend = getattr(pool, "_network_backend", None)
        if isinstance(backend, httpcore.AsyncNetworkBackend):
            pool._network_backend = WideBackend(backend)  # noqa: SLF001 - see above
