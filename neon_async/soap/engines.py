"""The HTTP engines below a SOAP transport: own connections, or what was passed."""

from __future__ import annotations

import contextlib
import re
import ssl
import sys
from typing import TYPE_CHECKING

import anyio
import httpx

from neon_async.errors import InvalidRequestError

if TYPE_CHECKING:
    from neon_async.soap.types import Method

_HOST = re.compile(rb"[A-Za-z0-9._:-]+")
_CLOSING = 1.0  # seconds for an engine


class PassedEngine:
    """The engine that was passed, which is left open."""

    def __init__(self, engine: httpx.AsyncBaseTransport) -> None:
        """Take the engine."""
        self._engine = engine

    def engine(self, _method: Method) -> httpx.AsyncBaseTransport:
        """Return the engine for a method."""
        return self._engine

    async def aclose(self) -> None:
        """Do nothing."""


class OwnEngines:
    """Connections that are kept for reads, and a new one for each write.

    On a connection that the server has closed nothing proves that a write was not processed.
    """

    def __init__(self, context: ssl.SSLContext | None, proxy: httpx.URL | None) -> None:
        """Prepare the connections.

        Args:
            context: how to verify the server; None for the certificates that httpx trusts.
            proxy: the HTTP proxy, if there is one.
        """
        verify = _default_context() if context is None else context
        to_proxy = verify if proxy is not None and proxy.scheme == "https" else None

        def transport(kept: int) -> httpx.AsyncHTTPTransport:
            return httpx.AsyncHTTPTransport(
                verify=verify,
                trust_env=False,
                proxy=None if proxy is None else httpx.Proxy(proxy, ssl_context=to_proxy),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=kept),
            )

        self.reading: httpx.AsyncBaseTransport = transport(kept=20)
        self.writing: httpx.AsyncBaseTransport = transport(kept=0)

    def engine(self, method: Method) -> httpx.AsyncBaseTransport:
        """Return the engine for a method."""
        return self.writing if method.writes else self.reading

    async def aclose(self) -> None:
        """Close all connections."""
        async with contextlib.AsyncExitStack() as stack:
            for engine in (self.reading, self.writing):
                stack.push_async_callback(_close, engine)


async def _close(engine: httpx.AsyncBaseTransport) -> None:
    with anyio.move_on_after(_CLOSING, shield=True):
        await engine.aclose()


def proxy_url(text: str) -> httpx.URL:
    """Return the URL of a proxy.

    Raises:
        InvalidRequestError: it is none.
    """
    # The error of httpx quotes the text, and is left behind with its except block.
    with contextlib.suppress(httpx.InvalidURL):
        url = httpx.URL(text)
        if url.scheme in {"http", "https"} and _HOST.fullmatch(url.raw_host):
            return url
    raise InvalidRequestError("must be an http or https URL with a host", parameter="proxy")


def _default_context() -> ssl.SSLContext:
    """Return httpx's default without SSLKEYLOGFILE, whose file would reveal all secrets."""
    import certifi  # noqa: PLC0415 - comes with httpx, and is needed for own connections only

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    context.load_verify_locations(certifi.where())
    return context
