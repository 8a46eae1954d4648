"""A transport that can send a form in other encodings, and remembers how the reply looked."""

import contextlib
import enum
import re
from collections.abc import Generator
from urllib.parse import parse_qsl

import httpx

from neon_async.cli._common import CommonOptions
from neon_async.cli._connection import client_options, usual_context
from neon_async.errors import InvalidRequestError
from neon_async.soap import SoapTransport

_SESSION_FIRST = re.compile(rb"(<userSessionId>[^<]*</userSessionId>)(.*)(</neon:)", re.DOTALL)
_MESSAGE = re.compile(rb"(?<=neon:)\w+(?=Request>)")
_UNKNOWN = b"probe"  # a message that no service has
_KINDS = {
    "application/json": "JSON",
    "application/xml": "XML",
    "text/xml": "XML",
    "text/html": "HTML",
}


class Encoding(enum.Enum):
    """How a request is written."""

    FORM = "form"
    MULTIPART = "multipart"
    SOAP = "soap"
    SOAP_DISORDERED = "soap, elements out of order"
    SOAP_UNKNOWN = "soap, a message of no schema"


class ProbeTransport(httpx.AsyncBaseTransport):
    """The transport of the probes' client. One request at a time.

    Attributes:
        encoding: how the next requests are written.
        status: the HTTP status of the last reply; 0 before the first.
        kind: what its Content-Type announces: JSON, XML, HTML or another type.
        logins: how many logins were sent.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        """Send by another transport, which is closed with this one."""
        self._inner = inner
        self.encoding: Encoding = Encoding.FORM
        self.status: int = 0
        self.kind: str = ""
        self.logins: int = 0

    @contextlib.contextmanager
    def encoded(self, encoding: Encoding) -> Generator[None]:
        """Write requests in another way for a while."""
        self.encoding = encoding
        try:
            yield
        finally:
            self.encoding = Encoding.FORM

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of the client in the encoding that was chosen."""
        self.logins += request.url.path.endswith("/common/login")
        match self.encoding:
            case Encoding.FORM:
                return await self._send(request)
            case Encoding.MULTIPART:
                return await self._send(await _multipart(request))
            case _:
                return await SoapTransport(inner=_Rewriter(self)).handle_async_request(request)

    async def send_soap(self, request: httpx.Request) -> httpx.Response:
        """Send a message, spoiled as the encoding says."""
        content = await request.aread()
        if self.encoding is Encoding.SOAP_DISORDERED:
            content = _SESSION_FIRST.sub(rb"\2\1\3", content, count=1)
        elif self.encoding is Encoding.SOAP_UNKNOWN:
            content = _MESSAGE.sub(_UNKNOWN, content)
        headers = {**request.headers, "content-length": str(len(content))}
        return await self._send(
            httpx.Request(
                "POST",
                request.url,
                headers=headers,
                content=content,
                extensions=request.extensions,
            )
        )

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _send(self, request: httpx.Request) -> httpx.Response:
        self.status, self.kind = 0, ""
        response = await self._inner.handle_async_request(request)
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        self.status, self.kind = response.status_code, _KINDS.get(media_type, "another type")
        return response


class _Rewriter(httpx.AsyncBaseTransport):
    """What SoapTransport sends its messages by."""

    def __init__(self, transport: ProbeTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transport.send_soap(request)


async def _multipart(request: httpx.Request) -> httpx.Request:
    form = (await request.aread()).decode("ascii")
    parts = [(name, (None, text)) for name, text in parse_qsl(form, keep_blank_values=True)]
    headers = {
        name: text
        for name, text in request.headers.items()
        if name not in {"content-type", "content-length"}
    }
    return httpx.Request(
        "POST", request.url, headers=headers, files=parts, extensions=request.extensions
    )


def open_transport(common: CommonOptions) -> httpx.AsyncBaseTransport:
    """Return httpx's own transport, without the environment's settings, as the client has it.

    Raises:
        InvalidRequestError: an option is not usable.
        OSError: the file of certificates can't be read.
    """
    options = client_options(common)
    context = options.get("ssl_context") or usual_context()
    proxy = None
    if "proxy" in options:
        try:
            proxy = httpx.Proxy(options["proxy"])
        # Its text has the URL, and that may have a password.
        except (ValueError, httpx.InvalidURL):
            raise InvalidRequestError("expected an http or https URL", parameter="proxy") from None
    return httpx.AsyncHTTPTransport(verify=context, trust_env=False, proxy=proxy)
