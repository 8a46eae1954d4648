"""A reply that nobody asked for is nobody's: its connection is closed, and the next is new."""

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import h11
import httpx
import pytest

from neon_async import APIError
from neon_async._http.leftovers import close_if_more_came
from neon_async._http.transport import HttpTransport
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Gate, Step, chunked, gzipped, http
from tests.support.transport_calls import send

trustme = pytest.importorskip("trustme")

FORGED = http(b"forged")
PAGE = b"p" * 600_000


@pytest.fixture(scope="module")
def authority() -> Any:
    return trustme.CA()


@pytest.fixture(params=["http", "https"])
def server(request: pytest.FixtureRequest, authority: Any) -> Iterator[FaultServer]:
    context = None
    if request.param == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
    with FaultServer(ssl_context=context) as running:
        yield running


@pytest.fixture(params=["own connections", "an engine of httpx"])
async def transport(
    request: pytest.FixtureRequest, server: FaultServer, authority: Any
) -> AsyncIterator[HttpTransport]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    if request.param == "own connections":
        opened = HttpTransport(server.url, ssl_context=context)
    else:
        opened = HttpTransport(server.url, transport=httpx.AsyncHTTPTransport(verify=context))
    yield opened
    await opened.aclose()


BEHIND: dict[str, tuple[Step, ...]] = {
    "a reply": (http(b"right") + FORGED,),
    "half a reply": (http(b"right") + FORGED[:9],),
    "a byte": (http(b"right") + b"\n",),
    "many replies": (http(b"right") + FORGED * 10_000,),
    "a reply behind chunks": (chunked(b"ri", b"ght") + FORGED,),
    "a reply behind gzip": (gzipped(b"right") + FORGED,),
    "a reply of its own": (http(b"right"), FORGED),
    "many replies of their own": (http(b"right"), *[FORGED] * 20),
}


@pytest.mark.parametrize("steps", BEHIND.values(), ids=BEHIND)
async def test_reply_behind_a_reply(
    steps: tuple[Step, ...], server: FaultServer, transport: HttpTransport
) -> None:
    """It closes its connection, whoever keeps it, and is never given to the next request."""
    server.always(http(b"next"))
    server.nth(1, *steps)

    bodies: list[bytes] = []
    for _ in range(3):
        bodies.append((await send(transport)).body)
        # What comes behind a reply has arrived before the next request; later it can't be told.
        await server.until(lambda: server.in_flight == 0)

    assert [b"right", b"next", b"next"] == bodies
    assert (3, 2) == (server.requests, server.connections)


@pytest.mark.parametrize("length", [*range(65_000, 66_000, 111), 600_000])
async def test_reply_behind_a_large_one(
    length: int, server: FaultServer, transport: HttpTransport
) -> None:
    """Wherever buffers end, what is behind the reply is found."""
    server.always(http(b"next"))
    server.nth(1, http(PAGE[:length]) + FORGED * 500)

    bodies = [(await send(transport)).body for _ in range(2)]

    assert [PAGE[:length], b"next"] == bodies


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_reply_behind_a_reply_with_aiohttp(server: FaultServer, authority: Any) -> None:
    """The engine on aiohttp closes such a connection itself."""
    engines = pytest.importorskip("httpx_aiohttp")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    transport = HttpTransport(server.url, transport=engines.AiohttpTransport(verify=context))
    server.always(http(b"next"))
    server.nth(1, http(b"right") + FORGED)

    bodies = [(await send(transport)).body for _ in range(2)]
    await transport.aclose()
    await asyncio.sleep(0)

    assert [b"right", b"next"] == bodies


async def test_late_reply(server: FaultServer, transport: HttpTransport) -> None:
    """One that comes while the connection is idle is not taken either."""
    gate = Gate()
    server.always(http(b"next"))
    server.nth(1, http(b"right"), gate, FORGED)

    bodies = [(await send(transport)).body]
    gate.open()
    await server.until(lambda: server.in_flight == 0)
    bodies.append((await send(transport)).body)

    assert [b"right", b"next"] == bodies


async def test_reply_behind_a_refusal(server: FaultServer, transport: HttpTransport) -> None:
    """The same holds behind a FAIL with another status, whose connection would be kept."""
    fail = b'{"r": {"operationResult": "FAIL"}}'
    server.always(http(b"next"))
    server.nth(1, http(fail, status=401) + FORGED)

    with pytest.raises(APIError, match="FAIL"):
        await send(transport)

    assert b"next" == (await send(transport)).body


async def test_connections_in_order_are_kept(server: FaultServer, transport: HttpTransport) -> None:
    """Where nothing is behind a reply, nothing is closed."""
    server.always(http(PAGE))

    for _ in range(5):
        await send(transport)

    assert 1 == server.connections


class Stream:
    """A network stream of httpcore with something in it, or nothing."""

    def __init__(self, tls: object = None, below: object = None) -> None:
        self._tls = tls
        self._stream = below

    def get_extra_info(self, _info: str) -> object:
        return self._tls


class Tls:
    """TLS whose next read does this."""

    def __init__(self, outcome: bytes | ssl.SSLError) -> None:
        self._outcome = outcome

    def read(self, _size: int) -> bytes:
        if isinstance(self._outcome, ssl.SSLError):
            raise self._outcome
        return self._outcome


def answered(network_stream: object) -> tuple[httpx.Response, h11.Connection]:
    """A response that httpcore has read to its end, and the connection's state."""
    state = h11.Connection(h11.CLIENT)
    state.send(h11.Request(method="GET", target="/", headers=[("Host", "localhost")]))
    state.send(h11.EndOfMessage())
    state.receive_data(http(b"right"))
    while not isinstance(state.next_event(), h11.EndOfMessage):
        pass
    pool = SimpleNamespace(_stream=SimpleNamespace(_connection=SimpleNamespace(_h11_state=state)))
    response: Any = SimpleNamespace(
        stream=SimpleNamespace(_httpcore_stream=pool),
        extensions={} if network_stream is None else {"network_stream": network_stream},
    )
    return response, state


@pytest.mark.parametrize(
    ("stream", "kept"),
    [
        (None, True),
        (Stream(), True),
        (Stream(Tls(ssl.SSLWantReadError())), True),
        (Stream(Tls(b"H")), False),
        (Stream(Tls(b"")), False),
        (Stream(Tls(ssl.SSLZeroReturnError())), False),
        (Stream(below=SimpleNamespace(_protocol=SimpleNamespace(read_queue=deque([b"H"])))), False),
        (Stream(below=SimpleNamespace(_protocol=SimpleNamespace(read_queue=deque()))), True),
        (
            Stream(
                Tls(ssl.SSLWantReadError()),
                SimpleNamespace(
                    transport_stream=SimpleNamespace(
                        _protocol=SimpleNamespace(read_queue=deque([b"\x17"]))
                    )
                ),
            ),
            False,
        ),
    ],
    ids=range(9),
)
def test_every_buffer_counts(stream: object, kept: bool) -> None:  # noqa: FBT001 - parametrised
    """Bytes in TLS or in the event loop are behind the reply as well as those in h11."""
    response, state = answered(stream)

    close_if_more_came(response)

    assert kept == (state.our_state is h11.DONE)


def test_other_engines_are_left_alone() -> None:
    """Where there is no h11, nothing is looked at."""
    response = httpx.Response(200, extensions={"network_stream": Stream(Tls(b"x"))})

    close_if_more_came(response)
