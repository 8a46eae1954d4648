"""Transports of httpx2, which share no class with those of httpx."""

import sys
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from neon_async._http.transport import HttpTransport
from neon_async.errors import (
    ConnectError,
    DeadlineExceededError,
    InvalidRequestError,
    ProtocolError,
    TransportError,
)
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import hang, http, rst
from tests.support.transport_calls import FORM, SECRET, closed_port, failure, send


def engine(**options: Any) -> Any:
    """Return the transport that httpx2 uses itself."""
    return httpx2.AsyncHTTPTransport(trust_env=False, **options)


async def test_exchanges(server: FaultServer) -> None:
    """A form arrives as it was sent, over one connection, which is closed with the transport."""
    server.always(http(b"abc"))
    transport = HttpTransport(server.url, transport=engine())

    assert [b"abc"] * 2 == [(await send(transport)).body for _ in range(2)]
    await transport.aclose()

    assert 1 == server.connections
    assert [FORM.content] * 2 == [seen.body for seen in server.seen]


async def test_late_reply(server: FaultServer) -> None:
    """The deadline holds, and the trace shows that the request may have arrived."""
    server.always(hang())
    transport = HttpTransport(server.url, transport=engine())

    error = await failure(transport, timeout=0.05)
    await transport.aclose()

    assert isinstance(error, DeadlineExceededError)
    assert error.sent


async def test_refused_connection() -> None:
    """Nothing was sent, which the error says in the words that it has for httpx."""
    transport = HttpTransport(f"http://127.0.0.1:{closed_port()}", transport=engine())

    error = await failure(transport)
    await transport.aclose()

    assert isinstance(error, ConnectError)
    assert str(error).startswith("syncAccounts: no connection: ")


@pytest.mark.parametrize(
    "reply",
    [b"not HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ncut off"],
    ids=["no head", "no end"],
)
async def test_broken_reply(reply: bytes, server: FaultServer) -> None:
    """A reply that breaks off, at its head or in its body, is an error of this package."""
    server.always(reply, rst())
    transport = HttpTransport(server.url, transport=engine())

    error = await failure(transport)
    await transport.aclose()

    assert type(error) is TransportError
    assert error.sent


async def test_too_large_reply(server: FaultServer) -> None:
    """The bound on a body holds."""
    server.always(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
    transport = HttpTransport(server.url, transport=engine())

    assert isinstance(await failure(transport), ProtocolError)
    await transport.aclose()


async def test_bytes_behind_a_reply(server: FaultServer) -> None:
    """A reply that nobody asked for answers no later request."""
    server.nth(1, http(b"first") + http(b"unasked"))
    server.always(http(b"abc"))
    transport = HttpTransport(server.url, transport=engine())

    assert b"first" == (await send(transport)).body
    assert b"abc" == (await send(transport)).body
    await transport.aclose()


@pytest.mark.parametrize("masked", [True, False])
async def test_get(masked: bool, server: FaultServer) -> None:  # noqa: FBT001 - a parameter
    """The query goes out whole; the text of the URL hides it from httpx2's own transports."""
    shown: list[str] = []

    class Derived(httpx2.AsyncHTTPTransport):
        async def handle_async_request(self, request: Any) -> Any:
            shown.extend([str(request.url), repr(request.url)])
            return await super().handle_async_request(request)

    class Foreign(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: Any) -> Any:
            shown.append(str(request.url))
            return httpx2.Response(200, content=b"{}")

    own = Derived(trust_env=False) if masked else Foreign()
    transport = HttpTransport(server.url, transport=own, http_method="GET")

    await send(transport)
    await transport.aclose()

    query = FORM.content.decode()
    assert [not masked] * len(shown) == [SECRET in text for text in shown]
    assert [query] * masked == [seen.target.partition("?")[2] for seen in server.seen]


async def test_asgi() -> None:
    """An application in this process gets the form."""
    bodies: list[bytes] = []

    async def app(_scope: Any, receive: Any, respond: Any) -> None:
        bodies.append((await receive())["body"])
        await respond({"type": "http.response.start", "status": 200, "headers": []})
        await respond({"type": "http.response.body", "body": b"abc"})

    transport = HttpTransport("http://localhost", transport=httpx2.ASGITransport(app))

    assert b"abc" == (await send(transport)).body
    await transport.aclose()
    assert [FORM.content] == bodies


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ConnectError", ConnectError),
        ("WriteError", TransportError),
        ("ReadTimeout", TransportError),
        ("TransportError", TransportError),
    ],
)
async def test_errors_of_a_transport(name: str, kind: type[Exception]) -> None:
    """Each error of httpx2 is taken for the one of httpx with its name, without its text."""

    async def handler(request: Any) -> Any:
        raise getattr(httpx2, name)(SECRET, request=request)

    transport = HttpTransport("https://api.example.org", transport=httpx2.MockTransport(handler))

    error = await failure(transport)
    await transport.aclose()

    assert kind is type(error)
    assert SECRET not in str(error)


async def test_cancellation(server: FaultServer) -> None:
    """A cancelled exchange leaves a transport that can be used."""
    server.nth(1, hang())
    server.always(http(b"abc"))
    transport = HttpTransport(server.url, transport=engine(limits=httpx2.Limits(max_connections=1)))

    with anyio.move_on_after(0.02):
        await send(transport)
    assert b"abc" == (await send(transport)).body
    await transport.aclose()


@pytest.mark.parametrize("imported", [True, False])
def test_no_transport(imported: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001 - a parameter
    """Anything else is refused, whether httpx2 is imported or not; so are sync transports."""
    if not imported:
        monkeypatch.delitem(sys.modules, "httpx2")
    wrong: list[Any] = [httpx.HTTPTransport(), object()]
    for transport in wrong:
        with pytest.raises(InvalidRequestError, match="AsyncBaseTransport of httpx or httpx2"):
            HttpTransport("https://api.example.org", transport=transport)
