"""Transports of httpx2, as ones of httpx.

httpx2 continues httpx under another name, and shares no class with it: requests, replies and
exceptions are translated, so that all else knows httpx alone.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, cast

import httpx
import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_TAKES_MASKED = (httpx2.AsyncHTTPTransport, httpx2.ASGITransport, httpx2.MockTransport)
_MOST_URLS = 256


class _HiddenQueryURL(httpx2.URL):
    """A URL whose query goes out and is shown nowhere (see `request.MaskedURL`)."""

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc.decode('ascii')}{self.path}?hidden"

    def __repr__(self) -> str:
        return f"URL({str(self)!r})"


class _RequestStream(httpx2.AsyncByteStream):
    """The body of a request."""

    def __init__(self, stream: httpx.AsyncByteStream) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)


class _ReplyStream(httpx.AsyncByteStream):
    """The body of a reply.

    Attributes:
        _httpcore_stream: as httpx and httpx2 name it, for `leftovers`; None in other transports.
    """

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream
        self._httpcore_stream: object = getattr(stream, "_httpcore_stream", None)
        self._chunks: AsyncIterator[bytes] = aiter(stream)

    def __aiter__(self) -> _ReplyStream:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await anext(self._chunks)
        except httpx2.TransportError as error:
            raise _translated(error) from error

    async def aclose(self) -> None:
        await self._stream.aclose()


class Httpx2Transport(httpx.AsyncBaseTransport):
    """A transport of httpx2.

    Attributes:
        takes_masked: whether it sends URLs whose text hides the query.
    """

    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        """Use this transport, which is closed with this one."""
        self._transport = transport
        self.takes_masked = isinstance(transport, _TAKES_MASKED)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            response = await self._transport.handle_async_request(self._request(request))
        except httpx2.TransportError as error:
            raise _translated(error) from error
        return httpx.Response(
            response.status_code,
            headers=response.headers.raw,
            stream=_ReplyStream(cast("httpx2.AsyncByteStream", response.stream)),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._transport.aclose()

    def _request(self, request: httpx.Request) -> httpx2.Request:
        theirs = request.url
        url = _url(theirs.scheme, theirs.netloc, theirs.raw_path.partition(b"?")[0])
        if theirs.query:
            url = (_HiddenQueryURL if self.takes_masked else httpx2.URL)(url, query=theirs.query)
        translated = httpx2.Request(
            request.method,
            url,
            headers=request.headers.raw,
            stream=_RequestStream(cast("httpx.AsyncByteStream", request.stream)),
            extensions=request.extensions,
        )
        translated.url = url  # the constructor copies it into a URL that shows its query
        return translated


@functools.lru_cache(maxsize=_MOST_URLS)
def _url(scheme: str, netloc: bytes, path: bytes) -> httpx2.URL:
    """Return a URL without a query, which might hold credentials."""
    return httpx2.URL(f"{scheme}://{netloc.decode('ascii')}").copy_with(raw_path=path)


def _translated(error: httpx2.TransportError) -> httpx.TransportError:
    """Return the error of httpx with the same name. Its text may quote what was sent."""
    kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__, httpx.TransportError)
    return kind("")
