"""Other engines than the default, and tools that put themselves in between."""

import asyncio
import ssl
from typing import Any

import anyio
import httpx
import pytest
import respx

from neon_async._http import connections
from neon_async._http.connections import connection_builder, default_context
from neon_async._http.transport import HttpTransport
from neon_async.errors import ConnectError, DeadlineExceededError, NeonError, TransportError
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import hang, http
from tests.support.forms import pairs
from tests.support.transport_calls import FORM, failure, send

URL = "https://api.example.org/account/syncAccounts"


@respx.mock
async def test_respx(respx_mock: respx.MockRouter) -> None:
    """Respx sees the request as it would have left."""
    route = respx_mock.post(URL).respond(json={"a": 1})
    transport = HttpTransport("https://api.example.org")

    for _ in range(3):
        assert {"a": 1} == httpx.Response(200, content=(await send(transport)).body).json()
    await transport.aclose()

    assert [FORM.content] * 3 == [call.request.content for call in route.calls]


async def test_respx_get(respx_mock: respx.MockRouter) -> None:
    """The masked query of a GET is whole where it matters."""
    route = respx_mock.get(f"{URL}?{FORM.content.decode()}").respond(json={})
    transport = HttpTransport("https://api.example.org", http_method="GET")

    await send(transport)
    await transport.aclose()

    assert route.called


@pytest.mark.parametrize(
    ("effect", "kind"),
    [(httpx.ConnectError, ConnectError), (httpx.ReadError, TransportError)],
)
async def test_respx_errors(
    effect: type[Exception], kind: type[Exception], respx_mock: respx.MockRouter
) -> None:
    """Errors that respx plays are errors of this package."""
    respx_mock.post(URL).mock(side_effect=effect)
    transport = HttpTransport("https://api.example.org")

    assert kind is type(await failure(transport))
    await transport.aclose()


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_asgi(method: Any) -> None:
    """An application in this process gets the form, in the body or in the query."""
    seen: list[bytes] = []

    async def app(scope: Any, receive: Any, respond: Any) -> None:
        seen.append(scope["query_string"] + (await receive())["body"])
        await respond({"type": "http.response.start", "status": 200, "headers": []})
        await respond({"type": "http.response.body", "body": b"abc"})

    asgi = httpx.ASGITransport(app)
    transport = HttpTransport("http://localhost", http_method=method, transport=asgi)

    assert b"abc" == (await send(transport)).body
    await transport.aclose()
    assert [FORM.content] == seen


class Interrupt(BaseException):
    """Stands for a KeyboardInterrupt, which trio may raise in any task."""


@pytest.mark.parametrize("kind", [ZeroDivisionError, Interrupt])
async def test_bug_in_an_application(kind: type[BaseException]) -> None:
    """An exception of the application comes out as it is, and not in a group."""

    async def app(_scope: Any, _receive: Any, _respond: Any) -> None:
        raise kind

    transport = HttpTransport("http://localhost", transport=httpx.ASGITransport(app))

    with pytest.raises(kind):
        await send(transport)


async def test_engine_that_hangs() -> None:
    """The deadline holds for any engine."""

    async def handler(_: httpx.Request) -> httpx.Response:
        await anyio.sleep_forever()
        raise AssertionError

    transport = HttpTransport("https://api.example.org", transport=httpx.MockTransport(handler))

    error = await failure(transport, timeout=0.02)

    assert isinstance(error, DeadlineExceededError)
    assert error.sent


async def test_engine_of_httpx(server: FaultServer) -> None:
    """Httpx's own pool works, reads `sent` from the trace, and is closed with the transport."""
    engine = httpx.AsyncHTTPTransport(trust_env=False)
    transport = HttpTransport(server.url, transport=engine)

    await send(transport)
    await send(transport)
    assert 1 == server.connections

    server.always(hang())
    error = await failure(transport, timeout=0.05)
    assert isinstance(error, DeadlineExceededError)
    assert error.sent
    await transport.aclose()


class Recording(httpx.AsyncBaseTransport):
    """What users write to look at their requests."""

    def __init__(self, engine: httpx.AsyncBaseTransport) -> None:
        self.engine = engine
        self.urls: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.urls.append(str(request.url))
        return await self.engine.handle_async_request(request)

    async def aclose(self) -> None:
        await self.engine.aclose()


async def test_get_with_an_engine_of_the_user(server: FaultServer) -> None:
    """An engine of the user's own may read the text of the URL, and gets all of it."""
    engine = Recording(httpx.AsyncHTTPTransport(trust_env=False))
    transport = HttpTransport(server.url, transport=engine, http_method="GET")

    await send(transport)
    await transport.aclose()

    query = FORM.content.decode()
    assert [f"{server.url}/account/syncAccounts?{query}"] == engine.urls
    assert [f"/account/syncAccounts?{query}"] == [seen.target for seen in server.seen]


async def test_get_with_an_engine_of_httpx(server: FaultServer) -> None:
    """Httpx's own engine, and what derives from it, does with the masked URL."""
    shown: list[str] = []

    class Derived(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            shown.append(str(request.url))
            return await super().handle_async_request(request)

    transport = HttpTransport(server.url, transport=Derived(trust_env=False), http_method="GET")

    await send(transport)
    await transport.aclose()

    assert [f"{server.url}/account/syncAccounts?hidden"] == shown
    assert [FORM.content.decode()] == [seen.target.partition("?")[2] for seen in server.seen]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_get_with_aiohttp(server: FaultServer) -> None:
    """The engine on aiohttp sends what the text of the URL says."""
    engines = pytest.importorskip("httpx_aiohttp")
    transport = HttpTransport(server.url, transport=engines.AiohttpTransport(), http_method="GET")

    await send(transport)
    await transport.aclose()
    await asyncio.sleep(0)

    assert [pairs(FORM.content)] == [seen.pairs for seen in server.seen]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_proxy_with_aiohttp(server: FaultServer) -> None:
    """A proxy's refusal is known without a trace, too."""
    engines = pytest.importorskip("httpx_aiohttp")
    server.always(http(status=407))
    engine = engines.AiohttpTransport(proxy=httpx.Proxy(server.url))
    transport = HttpTransport("https://api.example.org", transport=engine)

    error = await failure(transport)
    await transport.aclose()
    await asyncio.sleep(0)

    assert isinstance(error, ConnectError)
    assert (407, False) == (error.proxy_status, error.sent)


async def test_full_pool_of_another_engine(server: FaultServer) -> None:
    """Waiting for a connection counts, and nothing was sent meanwhile."""
    server.always(hang())
    errors: list[NeonError] = []
    limits = httpx.Limits(max_connections=1)
    transport = HttpTransport(server.url, transport=httpx.AsyncHTTPTransport(limits=limits))

    async with anyio.create_task_group() as group:
        group.start_soon(failure, transport)
        await server.until(lambda: server.in_flight == 1)
        errors.append(await failure(transport, timeout=0.02))
        await transport.aclose()

    assert [DeadlineExceededError] == [type(error) for error in errors]
    assert 1 == server.requests


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_aiohttp(server: FaultServer) -> None:
    """The engine on aiohttp works; what it says of a broken connection is no proof."""
    engines = pytest.importorskip("httpx_aiohttp")
    transport = HttpTransport(server.url, transport=engines.AiohttpTransport())
    server.nth(2, b"not HTTP\r\n\r\n", hang())
    server.nth(3, hang())
    server.always(http(b"abc"))

    assert b"abc" == (await send(transport)).body
    broken = await failure(transport)
    late = await failure(transport, timeout=0.05)
    assert b"abc" == (await send(transport)).body
    await transport.aclose()
    await asyncio.sleep(0)

    assert type(broken) is TransportError
    assert broken.sent
    assert isinstance(late, DeadlineExceededError)


@pytest.mark.parametrize(
    ("base_url", "proxy", "contexts"),
    [
        ("https://api.example.org", None, 1),
        ("https://api.example.org", "http://user:password@localhost:3128", 1),
        ("https://api.example.org", "https://localhost:3128", 1),
        ("http://localhost", None, 0),
    ],
)
def test_one_context_for_all_lanes(
    base_url: str, proxy: str | None, contexts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making a TLS context takes 20 ms, so it is made once, and not at all for plain http."""
    made: list[ssl.SSLContext] = []

    def make() -> ssl.SSLContext:
        made.append(ssl.create_default_context())
        return made[-1]

    monkeypatch.setattr(connections, "default_context", make)
    via = None if proxy is None else httpx.URL(proxy)
    build = connection_builder(httpx.URL(base_url), via, None)

    assert build() is not build()
    assert contexts == len(made)


def test_default_context_is_that_of_the_library() -> None:
    """It verifies as strictly as the one that httpx makes, with the same certificates."""
    ours, theirs = default_context(), httpx.create_ssl_context(trust_env=False)

    for name in ("verify_mode", "check_hostname", "verify_flags", "options", "minimum_version"):
        assert getattr(theirs, name) == getattr(ours, name), name
    assert theirs.get_ca_certs() == ours.get_ca_certs()


def test_context_of_the_caller_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes to every connection as it is."""
    used: list[object] = []
    context = ssl.create_default_context()

    def start(_: httpx.AsyncHTTPTransport, *, verify: object, **__: object) -> None:
        used.append(verify)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "__init__", start)
    build = connection_builder(httpx.URL("https://api.example.org"), None, context)
    build()
    build()

    assert [context, context] == used


async def test_environment_is_not_asked(
    server: FaultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy of the environment does not get the request."""
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    transport = HttpTransport(server.url)

    await send(transport)
    await transport.aclose()

    assert 1 == server.requests
