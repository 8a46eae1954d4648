"""Whether anything was sent is known from the trace, and writes are never sent twice."""

import anyio
import httpx
import pytest

from neon_async._http.trace import Trace
from neon_async._http.transport import HttpTransport
from neon_async.errors import ConnectError, DeadlineExceededError, TransportError
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Gate, Step, fin, hang, http, rst
from tests.support.transport_calls import SECRET, closed_port, failure, send

SHORT = 0.2


async def test_refused_connection() -> None:
    """Nobody listens: nothing was sent."""
    transport = HttpTransport(f"http://127.0.0.1:{closed_port()}")

    error = await failure(transport)

    assert isinstance(error, ConnectError)
    assert not error.sent
    await transport.aclose()


async def test_unknown_host() -> None:
    """A name that does not resolve: nothing was sent, and the error says why."""
    transport = HttpTransport("https://neon.invalid")

    error = await failure(transport)

    assert isinstance(error, ConnectError)
    assert "syncAccounts: no connection: the host name was not resolved" == str(error)
    await transport.aclose()


async def test_handshake_that_fails(server: FaultServer) -> None:
    """A server that does not speak TLS got nothing of the request."""
    server.on_connect(b"SSH-2.0-OpenSSH\r\n", hang())
    transport = HttpTransport(server.url.replace("http", "https"))

    error = await failure(transport)

    assert isinstance(error, ConnectError)
    assert "TLS failed" in str(error)
    await transport.aclose()


@pytest.mark.parametrize("last", [fin(), rst()])
async def test_connection_ends_without_a_reply(
    last: Step, server: FaultServer, transport: HttpTransport
) -> None:
    """A new connection that closes or breaks after the request: it was sent, and only once."""
    server.always(last)

    error = await failure(transport)

    assert type(error) is TransportError
    assert error.sent
    assert 1 == server.requests


@pytest.mark.parametrize("last", [fin(), rst()])
async def test_stale_connection_is_replaced_for_reads(
    last: Step, server: FaultServer, transport: HttpTransport
) -> None:
    """A kept connection that the server gave up is replaced at once, without an error."""
    server.nth(2, last)
    server.always(http(b"abc"))
    await send(transport)

    assert b"abc" == (await send(transport)).body
    assert (3, 2) == (server.requests, server.connections)


async def test_stale_connection_is_replaced_once(
    server: FaultServer, transport: HttpTransport
) -> None:
    """The second connection is new, so its end is an error."""
    await send(transport)
    server.always(fin())

    error = await failure(transport)

    assert type(error) is TransportError
    assert 3 == server.requests


async def test_all_connections_are_stale(server: FaultServer, transport: HttpTransport) -> None:
    """The second time goes out on a new connection, and not on the next that may be stale."""
    gate = Gate()
    server.always(gate, http())
    async with anyio.create_task_group() as group:
        for _ in range(2):
            group.start_soon(send, transport)
        await server.until(lambda: server.in_flight == 2)
        gate.open()
    server.answer(lambda seen: (fin(),) if seen.connection <= 2 else (http(b"abc"),))

    assert b"abc" == (await send(transport)).body
    assert (4, 3) == (server.requests, server.seen[-1].connection)


async def test_stale_connection_is_an_error_without_replay(
    server: FaultServer, transport: HttpTransport
) -> None:
    """Who asks for one request gets one, and its connection is kept like any other."""
    server.nth(3, fin())
    await send(transport, retry_stale=False)
    await send(transport, retry_stale=False)
    assert 1 == server.connections

    error = await failure(transport, retry_stale=False)

    assert type(error) is TransportError
    assert error.sent
    assert 3 == server.requests


async def test_broken_reply_is_no_stale_connection(
    server: FaultServer, transport: HttpTransport
) -> None:
    """Once a reply has begun, the request was processed and is not sent again here."""
    await send(transport)
    server.always(http(b"abc", length=100), fin())

    error = await failure(transport)

    assert type(error) is TransportError
    assert 2 == server.requests


async def test_idle_connection_that_was_closed(
    server: FaultServer, transport: HttpTransport
) -> None:
    """A connection known to be closed is not used."""
    server.nth(1, http(), fin())
    await send(transport)
    await server.until(lambda: server.open_connections == 0)

    await send(transport)

    assert (2, 2) == (server.requests, server.connections)


async def test_write_never_uses_a_kept_connection(
    server: FaultServer, transport: HttpTransport
) -> None:
    """A stale connection can't make the outcome of a write unknown."""
    server.nth(2, fin())
    await send(transport)

    error = await failure(transport, new_connection=True)

    assert isinstance(error, TransportError)
    assert error.sent
    assert (2, 2) == (server.requests, server.connections)


PROXY_FAULTS: dict[str, tuple[Step, ...]] = {
    "refused": (http(status=407),),
    "busy": (http(status=503),),
    "ended": (fin(),),
    "no TLS behind it": (b"HTTP/1.1 200 OK\r\n\r\n", fin()),
}


@pytest.mark.parametrize("steps", PROXY_FAULTS.values(), ids=PROXY_FAULTS)
async def test_connect_to_a_proxy_is_not_sent(steps: tuple[Step, ...], server: FaultServer) -> None:
    """A CONNECT carries nothing of the request."""
    server.always(*steps)
    transport = HttpTransport("https://api.example.org", proxy=server.url)

    error = await failure(transport)

    assert isinstance(error, ConnectError)
    assert not error.sent
    assert ["CONNECT"] == [seen.method for seen in server.seen]
    assert SECRET not in str(server.seen)
    await transport.aclose()


@pytest.mark.parametrize(
    ("status", "why"),
    [(407, ": its user name or password is missing or wrong"), (403, ""), (503, "")],
)
async def test_proxy_says_what_it_is(status: int, why: str, server: FaultServer) -> None:
    """The refusal of a proxy is not taken for the server's, and nothing of it is quoted."""
    realm = {"Proxy-Authenticate": f'Basic realm="{SECRET}"'}
    server.always(http(SECRET.encode(), status=status, headers=realm))
    transport = HttpTransport("https://api.example.org", proxy=server.url)

    error = await failure(transport)

    assert isinstance(error, ConnectError)
    assert (status, False) == (error.proxy_status, error.sent)
    expected = f"syncAccounts: the proxy refused to connect, with status {status}{why}"
    assert expected == str(error)
    assert 1 == server.requests
    await transport.aclose()


async def test_proxy_of_a_passed_engine(server: FaultServer) -> None:
    """The proxy of httpx's own engine is told from the server, too."""
    server.always(http(status=407))
    engine = httpx.AsyncHTTPTransport(proxy=server.url)
    transport = HttpTransport("https://api.example.org", transport=engine)

    error = await failure(transport)

    assert isinstance(error, ConnectError)
    assert (407, False) == (error.proxy_status, error.sent)
    await transport.aclose()


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n\r\n"])
async def test_proxy_that_hangs(head: bytes, server: FaultServer) -> None:
    """Neither is one that gets no answer, or a handshake through it."""
    server.always(head, hang())
    transport = HttpTransport("https://api.example.org", proxy=server.url)

    error = await failure(transport, timeout=SHORT)

    assert isinstance(error, DeadlineExceededError)
    assert not error.sent
    # On a machine with much else to do, the time may be up before the connection.
    await server.until(lambda: server.open_connections == 0)
    assert server.connections <= 1
    await transport.aclose()


def engine_raising(error: Exception) -> httpx.MockTransport:
    async def handler(_: httpx.Request) -> httpx.Response:
        raise error

    return httpx.MockTransport(handler)


@pytest.mark.parametrize(
    ("raised", "sent"),
    [
        (httpx.ConnectError("x"), False),
        (httpx.ConnectTimeout("x"), True),
        (httpx.ReadError("x"), True),
        (httpx.PoolTimeout("x"), True),
        (OSError("x"), True),
    ],
)
async def test_engine_without_a_trace(raised: Exception, sent: bool) -> None:  # noqa: FBT001 - parametrised
    """Without a trace only a refused connection proves that nothing left."""
    transport = HttpTransport("https://api.example.org", transport=engine_raising(raised))

    error = await failure(transport)

    assert isinstance(error, TransportError)
    assert (sent, not sent) == (error.sent, isinstance(error, ConnectError))


def test_trace_that_saw_nothing() -> None:
    """What is not known to be unsent may have been sent."""
    assert Trace().may_have_sent()
    assert not Trace().stale
