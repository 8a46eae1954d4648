"""Every exchange ends on time, and whose time-out it was is never in doubt."""

import asyncio
import ssl
import time

import anyio
import httpx
import pytest

from neon_async._http.transport import HttpTransport
from neon_async._wire.form import Form
from neon_async.errors import ConnectError, DeadlineExceededError
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Gate, Step, chunked, drip, hang, http
from tests.support.transport_calls import closed_port, failure, send, sent_and_failed

SHORT = 0.05

SLOW: dict[str, tuple[Step, ...]] = {
    "no reply": (hang(),),
    "half a head": (b"HTTP/1.1 200 OK\r\nConte", hang()),
    "dripping head": (drip(http()),),
    "half a body": (http(b"abc", length=100), hang()),
    "dripping body": (http(length=10_000)[:-2], drip(b"x" * 10_000)),
    "chunks without end": (chunked(*[b"x"] * 10, end=False), drip(b"1\r\nx\r\n" * 1000)),
    "interim replies": (drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, every=0.001),),
}


@pytest.mark.parametrize("steps", SLOW.values(), ids=SLOW)
async def test_slow_server(
    steps: tuple[Step, ...], server: FaultServer, transport: HttpTransport
) -> None:
    """However the server dawdles, the exchange ends in time and says that it was sent."""
    server.nth(2, *steps)
    start = time.monotonic()

    error = await sent_and_failed(transport, timeout=SHORT)

    assert isinstance(error, DeadlineExceededError)
    assert error.sent
    assert time.monotonic() - start < 2


async def test_timeout_of_the_transport(server: FaultServer) -> None:
    """The transport's time-out bounds each exchange, and that of a call only shortens it."""
    server.always(hang())
    transport = HttpTransport(server.url, timeout=SHORT)

    error = await failure(transport, timeout=60)

    assert isinstance(error, DeadlineExceededError)
    assert "syncAccounts: no complete reply within 0.05 s" == str(error)
    await transport.aclose()


async def test_handshake_that_hangs(server: FaultServer) -> None:
    """A TLS handshake without an answer sent nothing, and its socket is closed."""
    server.on_connect(hang())
    transport = HttpTransport(server.url.replace("http", "https"))

    error = await failure(transport, timeout=SHORT)

    assert isinstance(error, DeadlineExceededError)
    assert not error.sent
    await server.until(lambda: server.connections == 1 and server.open_connections == 0)
    await transport.aclose()


@pytest.mark.parametrize("timeout", [0.0, -1.0])
async def test_no_time_left(timeout: float, server: FaultServer, transport: HttpTransport) -> None:  # noqa: ASYNC109
    """Without time nothing is sent."""
    error = await failure(transport, timeout=timeout)

    assert isinstance(error, DeadlineExceededError)
    assert not error.sent
    assert 0 == server.connections


async def test_next_exchange_is_not_harmed(server: FaultServer, transport: HttpTransport) -> None:
    """The connection that hung is closed and a new one taken."""
    server.nth(2, hang())
    await sent_and_failed(transport, timeout=SHORT)

    await send(transport)

    assert 2 == server.connections
    await server.until(lambda: server.open_connections == 1)


async def test_scope_of_the_caller_wins(server: FaultServer, transport: HttpTransport) -> None:
    """A scope of the caller's that ends first is the caller's, not an error of ours."""
    server.nth(2, hang())
    await send(transport)

    with anyio.move_on_after(SHORT) as scope:
        await send(transport)

    assert scope.cancelled_caught


async def test_fail_after_of_the_caller_wins(server: FaultServer, transport: HttpTransport) -> None:
    """The caller's `fail_after` raises a bare TimeoutError."""
    server.nth(2, hang())
    await send(transport)

    with pytest.raises(TimeoutError) as caught, anyio.fail_after(SHORT):
        await send(transport)

    assert TimeoutError is type(caught.value)


async def test_caller_wins_a_draw(server: FaultServer, transport: HttpTransport) -> None:
    """When both deadlines have passed, it is the caller's that ended the exchange."""
    server.nth(2, hang())
    await send(transport)
    now = anyio.current_time()

    with anyio.CancelScope(deadline=now + SHORT) as scope:
        await send(transport, timeout=SHORT)

    assert scope.cancelled_caught


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_asyncio_timeout_wins(server: FaultServer, transport: HttpTransport) -> None:
    """`asyncio.timeout` and `wait_for` keep their own TimeoutError."""
    server.nth(2, hang())
    server.nth(3, hang())
    await send(transport)

    with pytest.raises(TimeoutError) as first:
        async with asyncio.timeout(SHORT):
            await send(transport)
    with pytest.raises(TimeoutError) as second:
        await asyncio.wait_for(send(transport), SHORT)

    assert [TimeoutError, TimeoutError] == [type(first.value), type(second.value)]
    await send(transport)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_asyncio_timeout_at_the_same_moment(
    server: FaultServer, transport: HttpTransport
) -> None:
    """Whoever wins, one clear error comes out, and the task can go on."""
    server.nth(2, hang())
    await send(transport)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SHORT):
            await send(transport, timeout=SHORT)

    await asyncio.sleep(0)
    await send(transport)


async def test_request_that_is_not_read(server: FaultServer) -> None:
    """A server that reads nothing can't keep the writing from ending on time."""
    gate = Gate()
    server.on_connect(gate)
    transport = HttpTransport(server.url)
    form = Form.encode([("note", "x" * 20_000_000)])

    with pytest.raises(DeadlineExceededError) as caught:
        await transport.send_form("x", "account/x", form, timeout=0.2)
    gate.open()
    await transport.aclose()

    assert caught.value.sent


async def test_preparations_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the certificates takes long once, and is not the server's fault."""

    def read(**_: object) -> ssl.SSLContext:
        time.sleep(2 * SHORT)
        return ssl.create_default_context()

    monkeypatch.setattr(httpx, "create_ssl_context", read)
    transport = HttpTransport(f"https://127.0.0.1:{closed_port()}")

    error = await failure(transport, timeout=SHORT)
    await transport.aclose()

    assert isinstance(error, ConnectError)
