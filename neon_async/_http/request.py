"""The target of requests, and requests that do not show what they carry."""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import TYPE_CHECKING, Literal

import attrs
import httpx

from neon_async.errors import InvalidRequestError

if TYPE_CHECKING:
    from neon_async._http.trace import Trace
    from neon_async._wire.form import Form

Method = Literal["POST", "GET"]

_MOST_URLS = 256  # `call` takes any path
_HOST = re.compile(rb"[A-Za-z0-9._:-]+")
_PATH = re.compile(r"[A-Za-z0-9_]+(?:/[A-Za-z0-9_]+)*")


class MaskedURL(httpx.URL):
    """A URL whose query goes out and is shown nowhere, not even to tracing that reads `str`."""

    def __str__(self) -> str:
        """Return the URL with a placeholder for its query."""
        return f"{self.scheme}://{self.netloc.decode('ascii')}{self.path}?hidden"

    def __repr__(self) -> str:
        return f"URL({str(self)!r})"


class Body(httpx.AsyncByteStream):
    """The form, in one piece.

    httpx's own stream is an async generator, and one that is cancelled between its piece and its
    end is left to the garbage collector, about which trio warns.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._exhausted = False

    def __aiter__(self) -> Body:
        """Start at the beginning, each time."""
        return Body(self._content)

    async def __anext__(self) -> bytes:
        """Return the piece, then stop."""
        if self._exhausted:
            raise StopAsyncIteration
        self._exhausted = True
        return self._content


def _headers(target: RequestTarget) -> httpx.Headers:
    headers = httpx.Headers(
        [
            ("Host", target.base_url.netloc.decode("ascii")),
            ("Accept", "application/json"),
            ("Accept-Encoding", "gzip"),
            ("User-Agent", f"{target.user_agent} {user_agent()}".lstrip()),
        ]
    )
    if target.method == "POST":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    return headers


def parse_user_agent(value: object) -> str:
    """Return what a program calls itself, or nothing."""
    # RFC 9110, 5.5: other characters would end the header, or be refused by the server.
    text = "" if value is None else value
    if not (isinstance(text, str) and text.isascii() and (not text or text.isprintable())):
        message = "expected printable ASCII text, such as 'our-crm-sync/1.2'"
        raise InvalidRequestError(message, parameter="user_agent")
    return text


@attrs.frozen
class RequestTarget:
    """The server, as requests are addressed to it."""

    base_url: httpx.URL
    method: Method = "POST"
    masked: bool = True
    user_agent: str = ""
    _headers: httpx.Headers = attrs.field(
        default=attrs.Factory(_headers, takes_self=True), init=False, repr=False
    )
    _urls: dict[str, httpx.URL] = attrs.field(factory=dict[str, httpx.URL], init=False, repr=False)

    def request(self, path: str, form: Form, trace: Trace) -> httpx.Request:
        """Build the request for one exchange.

        Raises:
            InvalidRequestError: the path is not made of plain words.
        """
        url = self._urls.get(path) or self._url(path)
        if self.method == "GET":  # as the reference pages show requests; POST works as well
            url = (MaskedURL if self.masked else httpx.URL)(url, query=form.content)
        content = form.content if self.method == "POST" else b""
        extensions = {"trace": trace}
        request = httpx.Request(
            self.method, url, headers=self._headers, content=content, extensions=extensions
        )
        request.url = url  # the constructor copies it into a URL that shows its query
        request.stream = Body(content)
        return request

    def _url(self, path: str) -> httpx.URL:
        if not _PATH.fullmatch(path):
            message = "the path must be section/method, letters and digits only"
            raise InvalidRequestError(message, parameter="path")
        root = self.base_url.raw_path.rstrip(b"/")
        url = self.base_url.copy_with(raw_path=root + b"/" + path.encode("ascii"))
        if len(self._urls) >= _MOST_URLS:
            self._urls.clear()
        self._urls[path] = url
        return url


@functools.cache
def user_agent() -> str:
    """Name this package and its version."""
    # Imported when needed: it costs a tenth of what the package itself costs.
    import importlib.metadata  # noqa: PLC0415

    try:
        version = importlib.metadata.version("neon-async")
    except importlib.metadata.PackageNotFoundError:
        version = "unknown"
    return f"neon-async/{version}"


def parse_base_url(text: str) -> httpx.URL:
    """Check the base URL against the rules and return it."""
    url = _parse(text, "base_url")
    if url.scheme not in {"https", "http"} or not _HOST.fullmatch(url.raw_host):
        message = "must be an https URL with a host"
    elif url.scheme == "http" and not is_loopback(url.host):
        message = "must be https (http only for localhost)"
    elif url.userinfo:
        message = "must not hold a user name or password"
    elif "?" in str(url) or "#" in str(url):
        message = "must not have a query or a fragment"
    else:
        return url
    raise InvalidRequestError(message, parameter="base_url")


def parse_proxy(text: str, base_url: httpx.URL) -> httpx.URL:
    """Check a proxy's URL, which may have a user name and password, and return it."""
    url = _parse(text, "proxy")
    if url.scheme not in {"https", "http"} or not _HOST.fullmatch(url.raw_host):
        message = "must be an http or https URL with a host"
    elif base_url.scheme != "https":
        message = "could read every request, since base_url is not https"
    else:
        return url
    raise InvalidRequestError(message, parameter="proxy")


def _parse(text: str, parameter: str) -> httpx.URL:
    # The error of httpx quotes the text, and is left behind with its except block.
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, TypeError, ValueError):
        message = "is not a URL"
    raise InvalidRequestError(message, parameter=parameter)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: localhost, 127.0.0.0/8 or ::1."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
