"""Connections come and go, and none is forgotten."""

import anyio
import httpx

from neon_async import AsyncClient
from neon_async._http.connections import ConnectionPool
from neon_async._http.trace import Trace
from neon_async._http.transport import HttpTransport
from neon_async.errors import TransportError
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Gate, fin, http
from tests.support.transport_calls import failure, send


class Engine(httpx.AsyncBaseTransport):
    """An engine that needs a moment to close."""

    closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"{}", request=request)

    async def aclose(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.closed = True


async def test_last_one_is_used_first() -> None:
    """So the others grow old, and none is kept alive just by taking turns."""
    pool = ConnectionPool(Engine, keep=5)
    first, second = (
        await pool.acquire(new_connection=False),
        await pool.acquire(new_connection=False),
    )
    await pool.release(first)
    await pool.release(second)

    assert await pool.acquire(new_connection=False) is second
    assert await pool.acquire(new_connection=False) is first


async def test_lane_that_comes_back_after_the_close() -> None:
    """It is closed and not kept."""
    pool = ConnectionPool(Engine, keep=5)
    engine = await pool.acquire(new_connection=False)
    await pool.aclose()

    await pool.release(engine)

    assert isinstance(engine, Engine)
    assert engine.closed


async def test_discard_in_a_cancelled_scope() -> None:
    """A cancellation does not keep a connection from being closed to the end."""
    pool = ConnectionPool(Engine, keep=5)
    engine = await pool.acquire(new_connection=False)

    with anyio.CancelScope() as scope:
        scope.cancel()
        await pool.discard(engine, Trace())

    assert isinstance(engine, Engine)
    assert engine.closed


async def test_close_of_an_engine_in_a_cancelled_scope() -> None:
    """Nor does it keep the engine that was passed from being closed."""
    engine = Engine()
    transport = HttpTransport("https://api.example.org", transport=engine)

    with anyio.CancelScope() as scope:
        scope.cancel()
        await transport.aclose()

    assert engine.closed


async def test_new_connection_replaces_an_idle_one(
    server: FaultServer, transport: HttpTransport
) -> None:
    """A write on a new connection is not one more than `connections`."""
    first, second = Gate(), Gate()
    server.always(first, http())
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(send, transport)
        await server.until(lambda: server.in_flight == 5)
        first.open()
    server.always(second, http())

    async with anyio.create_task_group() as group:
        group.start_soon(lambda: send(transport, new_connection=True))
        await server.until(lambda: server.in_flight == 1)
        await server.until(lambda: server.open_connections == 5)
        second.open()

    assert 6 == server.connections


async def test_client_keeps_a_connection_for_each_request_at_once(server: FaultServer) -> None:
    """As many as it may use at once stay open between its requests."""
    opened = Gate()
    server.always(opened, http(b'{"r": {"operationResult": "SUCCESS"}}'))
    server.route("login", http(b'{"r": {"operationResult": "SUCCESS", "userSessionId": "fake"}}'))

    async with AsyncClient("o", "k", base_url=server.url, max_concurrency=7) as client:
        async with anyio.create_task_group() as group:
            for _ in range(7):
                group.start_soon(client.call, "account/listAnything")
            await server.until(lambda: server.in_flight == 7)
            opened.open()
        async with anyio.create_task_group() as group:
            for _ in range(7):
                group.start_soon(client.call, "account/listAnything")

    assert (15, 7) == (server.requests, server.connections)


async def test_write_is_not_repeated_on_an_engine_that_keeps_connections(
    server: FaultServer,
) -> None:
    """The pool of an engine that was passed may be stale, and then the outcome is unknown."""
    transport = HttpTransport(server.url, transport=httpx.AsyncHTTPTransport(trust_env=False))
    server.nth(2, fin())
    await send(transport)

    error = await failure(transport, new_connection=True)
    await transport.aclose()

    assert type(error) is TransportError
    assert error.sent
    assert 2 == server.requests
