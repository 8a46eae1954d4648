"""Options that would leak or fail later are refused at once, without being shown."""

import importlib.metadata
import ssl
from typing import Any

import httpx
import pytest

from neon_async._http.request import RequestTarget, parse_base_url, user_agent
from neon_async._http.trace import Trace
from neon_async._http.transport import HttpTransport
from neon_async.errors import InvalidRequestError
from tests.support.transport_calls import FORM, SECRET

SAFE = "https://api.example.org"


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.example.org/neonws/services/api",
        "HTTPS://API.EXAMPLE.ORG",
        "https://api.example.org:8443/",
        "http://localhost:8000",
        "http://127.0.0.1",
        "http://127.9.9.9:1",
        "http://[::1]:8000/api",
    ],
)
def test_allowed(base_url: str) -> None:
    """Https anywhere, http on this machine."""
    host = httpx.URL(base_url).host
    assert f"<HttpTransport {host}>" == repr(HttpTransport(base_url))


def test_url_that_is_parsed_already() -> None:
    """It is checked like one that is text."""
    parsed: Any = httpx.URL("https://api.example.org/api")

    assert "<HttpTransport api.example.org>" == repr(HttpTransport(parsed))
    with pytest.raises(InvalidRequestError):
        HttpTransport(parsed.copy_with(query=b""))


@pytest.mark.parametrize(
    "base_url",
    [
        f"http://{SECRET}.example.org",
        f"http://localhost.{SECRET}.example.org",
        f"http://127.0.0.1.{SECRET}.example.org",
        "http://0.0.0.0",
        "http://192.168.0.1",
        "http://[::]",
        f"https://{SECRET}@api.example.org",
        f"https://user:{SECRET}@api.example.org",
        f"http://{SECRET}@localhost",
        f"https://api.example.org\\@{SECRET}",
        f"https://api.example.org/?userSessionId={SECRET}",
        f"https://api.example.org/#{SECRET}",
        "https://api.example.org/?",
        f"https:///{SECRET}",
        f"/{SECRET}",
        f"ftp://{SECRET}",
        f"{SECRET}:foo",
        f"https://api.example.org:{SECRET}",
        f"https://api\n{SECRET}",
        f"https://[{SECRET}",
        "",
    ],
)
@pytest.mark.parametrize("engine", [None, httpx.MockTransport(lambda _: httpx.Response(200))])
def test_refused_base_url(base_url: str, engine: httpx.MockTransport | None) -> None:
    """Anything else is refused with any engine, and the error does not repeat it."""
    with pytest.raises(InvalidRequestError) as caught:
        HttpTransport(base_url, transport=engine)

    assert "base_url" == caught.value.parameter
    assert caught.value.__context__ is None
    assert SECRET not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize(
    "proxy", [f"socks5://user:{SECRET}@localhost", f"{SECRET}", f"http://:{SECRET}", ""]
)
def test_refused_proxy(proxy: str) -> None:
    """Http and https proxies only: httpcore would log the password for SOCKS."""
    with pytest.raises(InvalidRequestError) as caught:
        HttpTransport(SAFE, proxy=proxy)

    assert "proxy" == caught.value.parameter
    assert SECRET not in f"{caught.value} {caught.value!r}"


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("timeout", {"timeout": 0}),
    ("timeout", {"timeout": -1}),
    ("timeout", {"timeout": float("nan")}),
    ("timeout", {"timeout": float("inf")}),
    ("timeout", {"timeout": "30"}),
    ("timeout", {"timeout": None}),
    ("timeout", {"timeout": True}),
    ("connections", {"connections": 0}),
    ("http_method", {"http_method": "PUT"}),
    ("http_method", {"http_method": []}),
    ("base_url", {"base_url": None}),
    ("transport", {"transport": httpx.HTTPTransport()}),
    ("transport", {"transport": httpx.AsyncClient}),
    ("ssl_context", {"ssl_context": "ca.pem"}),
    ("proxy", {"http_method": "GET", "proxy": "http://localhost:3128"}),
    ("proxy", {"proxy": "http://localhost", "transport": httpx.AsyncHTTPTransport()}),
    ("proxy", {"proxy": "http://localhost", "base_url": "http://localhost"}),
    (
        "ssl_context",
        {"ssl_context": ssl.create_default_context(), "transport": httpx.AsyncHTTPTransport()},
    ),
]


@pytest.mark.parametrize(("parameter", "options"), REFUSED)
def test_refused_options(parameter: str, options: dict[str, Any]) -> None:
    """Options that contradict each other, or mean nothing."""
    with pytest.raises(InvalidRequestError) as caught:
        HttpTransport(**{"base_url": SAFE, **options})

    assert parameter == caught.value.parameter


@pytest.mark.parametrize(
    "path", ["", "/", "account/", "/account/x", "../x", "a//b", "a/b?c", "a/b#c", "a b", "é", "a\n"]
)
def test_refused_path(path: str) -> None:
    """A path is words between slashes, so that it can't lead elsewhere."""
    with pytest.raises(InvalidRequestError):
        RequestTarget(parse_base_url(SAFE)).request(path, FORM, Trace())


def test_paths_are_not_collected_for_ever() -> None:
    """Any number of paths goes out, and only so many prepared URLs are kept."""
    target = RequestTarget(parse_base_url(SAFE))

    paths = {str(target.request(f"a/m{n}", FORM, Trace()).url) for n in range(1000)}

    assert 1000 == len(paths)
    assert len(target._urls) <= 256


def test_requests_share_no_headers() -> None:
    """Instrumentation adds headers to a request, and they are not for the next one."""
    target = RequestTarget(parse_base_url(SAFE))
    target.request("a/b", FORM, Trace()).headers["traceparent"] = "x"

    assert "traceparent" not in target.request("a/b", FORM, Trace()).headers


def test_a_user_agent_of_the_program() -> None:
    """It comes before this package's own."""
    target = RequestTarget(parse_base_url(SAFE), user_agent="our-crm-sync/1.2")

    request = target.request("account/list", FORM, Trace())

    assert f"our-crm-sync/1.2 {user_agent()}" == request.headers["User-Agent"]


@pytest.mark.parametrize("value", ["a\r\nb", "ü", "\0", 1])
def test_user_agents_that_are_refused(value: Any) -> None:
    """A header is one line of printable ASCII."""
    with pytest.raises(InvalidRequestError, match="user_agent"):
        HttpTransport(SAFE, user_agent=value)


@pytest.mark.parametrize("installed", ["1.2.3", None])
def test_user_agent(installed: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the version, or none where the package runs without being installed."""

    def version(name: str) -> str:
        if installed is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed

    monkeypatch.setattr(importlib.metadata, "version", version)
    user_agent.cache_clear()
    try:
        assert f"neon-async/{installed or 'unknown'}" == user_agent()
    finally:
        user_agent.cache_clear()
