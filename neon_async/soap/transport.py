"""An HTTP transport that sends the client's forms as SOAP, and reads SOAP as the client's JSON.

An exchange over SOAP behaves like one over REST: the request of the engine below
carries the same trace, which proves what has left, and the body of its reply is read where the
client reads it, within the attempt's time, before the connection is given back.
"""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl

import httpx
import orjson

from neon_async._pipeline.secrecy import guarded
from neon_async.errors import (
    APIError,
    ClientClosedError,
    ErrorCode,
    ErrorDetail,
    InvalidRequestError,
    NeonError,
    ProtocolError,
)
from neon_async.soap.compression import gunzip
from neon_async.soap.engines import OwnEngines, PassedEngine, proxy_url
from neon_async.soap.messages import write_message
from neon_async.soap.replies import FaultError, ReplyError, read_reply
from neon_async.soap.types import Method, find_method

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

_PATH = re.compile(rb"(.*)/api/([A-Za-z0-9_]+/[A-Za-z0-9_]+)")
_OK = 200
_THROTTLED = 429
# The client's own bounds. Larger replies are passed on unchanged, for the client to refuse.
_MOST_BYTES = 64 * 1024 * 1024
_MOST_OF_A_REFUSAL = 256 * 1024
_OF_THE_WIRE = frozenset({b"content-encoding", b"content-length", b"content-type"})
# Codes of SOAP 1.1 for a message that was not even looked at: nothing was processed.
_UNREAD = frozenset({"Client", "MustUnderstand", "VersionMismatch"})


class SoapTransport(httpx.AsyncBaseTransport):
    """Speaks SOAP 1.1 underneath an `AsyncClient` (experimental).

    ```python
    from neon_async.soap import SoapTransport

    async with AsyncClient(transport=SoapTransport()) as neon:
        states = await neon.list_states()
    ```

    Methods of the client stay what they are, as do sessions, retries, limits and errors. Refused
    with `InvalidRequestError`, before they are sent, are what v1's SOAP schema lacks (the merge
    history, consents), methods that have no class, `http_method="GET"`, and a base URL that does
    not end in `/api`, from which the addresses of the SOAP services could not be derived.

    A fault is never quoted. `soap:Client` is an `APIError` of code 1: nothing was processed.
    Any other fault is the server's trouble: a read is repeated, and a write ends in
    `OutcomeUnknownError`.
    """

    @guarded
    def __init__(
        self,
        inner: httpx.AsyncBaseTransport | None = None,
        *,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare, without opening anything before the first request.

        Args:
            inner: the HTTP engine to send with, which stays yours to close; None for own
                connections, of which each write gets a new one.
            proxy: URL of an HTTP proxy for the own connections.
            ssl_context: how to verify the server on the own connections; None for the
                certificates that httpx trusts.

        Raises:
            InvalidRequestError: options of own connections beside an `inner`, or an `inner` that is
                no transport.
        """
        _require(inner, httpx.AsyncBaseTransport, "inner")
        _require(proxy, str, "proxy")
        _require(ssl_context, ssl.SSLContext, "ssl_context")
        for name, value in (("proxy", proxy), ("ssl_context", ssl_context)):
            if inner is not None and value is not None:
                raise InvalidRequestError("belongs to the inner transport", parameter=name)
        self._proxy = None if proxy is None else proxy_url(proxy)
        # Now, for own ones read certificates: not on the time of the first request.
        self._engines = (
            OwnEngines(ssl_context, self._proxy) if inner is None else PassedEngine(inner)
        )
        self._closed = False

    def __repr__(self) -> str:
        """Say whether it is closed."""
        return f"<SoapTransport {'closed' if self._closed else 'open'}>"

    @guarded
    def check_form(self, path: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Refuse a form that SOAP can't carry, before the client logs in.

        Args:
            path: section and method.
            pairs: the parameters, without the session's id.

        Raises:
            InvalidRequestError: it can't be said.
        """
        write_message(_method(path), pairs)

    # Without a guard: that of the client is above, and what it says of a failure is read from the
    # engine's chain of errors, which a guard here would cut off.
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a form as SOAP, and return the reply as the JSON that REST would have answered.

        Raises:
            InvalidRequestError: it can't be said over SOAP; nothing was sent.
            ClientClosedError: the transport was closed.
        """
        if self._closed:
            raise ClientClosedError("the transport was closed; make a new one")
        root, method = _addressed(request)
        if self._proxy is not None and request.url.scheme != "https":
            message = "could read every request, since base_url is not https"
            raise InvalidRequestError(message, parameter="proxy")
        form = (await request.aread()).decode("ascii")
        content = write_message(method, parse_qsl(form, keep_blank_values=True, errors="strict"))
        url = request.url.copy_with(raw_path=root + b"/" + method.service.encode())
        headers = httpx.Headers(request.headers)
        # SOAP 1.1 has this type; application/soap+xml is SOAP 1.2.
        headers["Accept"] = "text/xml"
        headers["Content-Type"] = "text/xml; charset=utf-8"
        headers["Content-Length"] = str(len(content))
        # The WSDL declares none, and SOAP 1.1 requires the header.
        headers["SOAPAction"] = '""'
        sent = httpx.Request(
            "POST", url, headers=headers, stream=_Content(content), extensions=request.extensions
        )
        response = await self._engines.engine(method).handle_async_request(sent)
        return _json_response(response, method)

    async def aclose(self) -> None:
        """Close the own connections, but not an `inner`."""
        self._closed = True
        await self._engines.aclose()


def _require(value: object, cls: type[object], parameter: str) -> None:
    if value is not None and not isinstance(value, cls):
        message = f"expected {cls.__name__}, got {type(value).__name__}"
        raise InvalidRequestError(message, parameter=parameter)


def _addressed(request: httpx.Request) -> tuple[bytes, Method]:
    """Return the root of all services and the method that a request is for."""
    if request.method != "POST":
        message = "SOAP has no GET, which would show the credentials in the URL"
        raise InvalidRequestError(message, parameter="http_method")
    match = _PATH.fullmatch(request.url.raw_path)
    if match is None:
        message = "must end in /api, so that the SOAP services can be found beside it"
        raise InvalidRequestError(message, parameter="base_url")
    root, path = match.groups()
    return root, _method(path.decode())


def _method(path: str) -> Method:
    method = find_method(path)
    if method is None:
        message = "can't be called over SOAP: v1's schema, or this package, has no such message"
        raise InvalidRequestError(message, operation=path.rpartition("/")[2])
    return method


class _Content(httpx.AsyncByteStream):
    """The message in one piece, which needs no closing as httpx's own stream does."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._pieces = iter((content,))

    def __aiter__(self) -> _Content:
        return _Content(self._content)

    async def __anext__(self) -> bytes:
        for piece in self._pieces:
            return piece
        raise StopAsyncIteration


def _json_response(response: httpx.Response, method: Method) -> httpx.Response:
    raw = response.headers.raw
    headers = [(name, value) for name, value in raw if name.lower() not in _OF_THE_WIRE]
    return httpx.Response(
        response.status_code,
        headers=[*headers, (b"Content-Type", b"application/json")],
        stream=_Reply(response, method),
        extensions=response.extensions,
    )


class _Reply(httpx.AsyncByteStream):
    """The body of a reply, read to its end and turned into JSON when it is asked for.

    It passes for the stream below it: the client looks there for bytes behind the reply.
    """

    def __init__(self, response: httpx.Response, method: Method) -> None:
        stream = response.stream
        if not isinstance(stream, httpx.AsyncByteStream):
            name = type(stream).__name__
            raise TypeError(f"inner: expected it to return an asynchronous stream, got {name}")
        self._stream = stream
        self._method = method
        self._status = response.status_code
        self._encoding = response.headers.get("content-encoding", "").strip().lower()
        self._length = response.headers.get("content-length", "")
        self._limit = _MOST_BYTES if self._status == _OK else _MOST_OF_A_REFUSAL
        self._chunks: AsyncIterator[bytes] | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the engine's stream has
        return getattr(self._stream, name)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._chunks is None:
            self._chunks = aiter(self._stream)
            return await self._read(self._chunks)
        return await anext(self._chunks)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def _read(self, chunks: AsyncIterator[bytes]) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for chunk in chunks:
            parts.append(chunk)
            size += len(chunk)
            if size > self._limit:
                # Not the end of the loop, at which the engine's nested generators would be left to
                # the garbage collector: the client ends the exchange when it sees so much.
                return b"".join(parts)
        wire = b"".join(parts)
        # Some engines end quietly when a connection breaks off.
        if self._length.isdecimal() and int(self._length) != size:
            raise httpx.RemoteProtocolError("the reply broke off")
        return await self._json(wire)

    async def _json(self, wire: bytes) -> bytes:
        try:
            return orjson.dumps(await read_reply(await self._decoded(wire), self._method))
        except FaultError as fault:
            error = self._fault(fault.code)
        except ReplyError as unreadable:
            error = None
            if self._status == _OK:
                error = ProtocolError(
                    unreadable.reason,
                    out_of_bounds=unreadable.out_of_bounds,
                    operation=self._method.name,
                )
        if error is None:
            return b""  # the status says it all
        raise error

    async def _decoded(self, wire: bytes) -> bytes:
        if self._encoding in {"", "identity"}:
            return wire
        if self._encoding in {"gzip", "x-gzip"}:
            return await gunzip(wire, self._limit)
        message = "the reply has a content encoding that was not requested"
        raise ReplyError(message, out_of_bounds=True)

    def _fault(self, code: str) -> NeonError | None:
        """Return the error for a fault, or None where the status says as much."""
        name = self._method.name
        # A status of 429 is the better news: the call waits and is sent again.
        if code in _UNREAD and self._status != _THROTTLED:
            number = ErrorCode.SYSTEM_ERROR.value
            refusal = APIError(number, errors=[ErrorDetail(number)], operation=name)
            refusal.advice = (
                f"It was a SOAP fault (soap:{code}): the message was not accepted, and nothing "
                "was processed"
            )
            return refusal
        if self._status == _OK:
            return ProtocolError("the reply is a SOAP fault of the server", operation=name)
        return None
