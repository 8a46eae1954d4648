"""A transport lives in one event loop, ends cleanly, and leaves nothing behind."""

import asyncio
import threading
import time

import anyio
import httpx
import pytest

from neon_async._http.transport import HttpTransport
from neon_async.errors import ClientClosedError, EventLoopError, NeonError
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Step, hang, http
from tests.support.transport_calls import failure, send


async def test_use_after_close(server: FaultServer, transport: HttpTransport) -> None:
    """A closed transport says so, and opens nothing."""
    await transport.aclose()

    assert isinstance(await failure(transport), ClientClosedError)
    assert 0 == server.connections


async def test_close_is_idempotent(server: FaultServer, transport: HttpTransport) -> None:
    """Twice in a row, twice at once, used or unused: the same."""
    await send(transport)
    async with anyio.create_task_group() as group:
        group.start_soon(transport.aclose)
        group.start_soon(transport.aclose)
    await transport.aclose()

    assert 0 == await open_connections(server)


async def open_connections(server: FaultServer) -> int:
    await server.until(lambda: server.open_connections == 0)
    return server.open_connections


@pytest.mark.parametrize(
    "steps", [(hang(),), (http(b"abc", length=100), hang())], ids=["head", "body"]
)
async def test_close_ends_what_is_in_flight(
    steps: tuple[Step, ...], server: FaultServer, transport: HttpTransport
) -> None:
    """Exchanges under way end at once with an error that says why, and their sockets close."""
    server.always(*steps)
    errors: list[NeonError] = []

    async def exchange() -> None:
        errors.append(await failure(transport))

    start = time.monotonic()
    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(exchange)
        await server.until(lambda: server.in_flight == 10)
        await transport.aclose()
        assert 10 == len(errors)

    assert [ClientClosedError] * 10 == [type(error) for error in errors]
    assert time.monotonic() - start < 2
    assert 0 == await open_connections(server)


async def test_close_while_connecting(server: FaultServer) -> None:
    """A handshake that hangs is ended, too."""
    server.on_connect(hang())
    transport = HttpTransport(server.url.replace("http", "https"))

    async with anyio.create_task_group() as group:
        group.start_soon(failure, transport)
        await server.until(lambda: server.connections == 1)
        await transport.aclose()

    assert 0 == await open_connections(server)


class Stubborn(httpx.AsyncBaseTransport):
    """An engine that does not close."""

    closes = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=b"{}", request=request)

    async def aclose(self) -> None:
        self.closes += 1
        await anyio.sleep_forever()


async def test_close_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that does not close is left after the time that it has."""
    monkeypatch.setattr("neon_async._http.transport._CLOSING", 0.05)
    engine = Stubborn()
    transport = HttpTransport("https://api.example.org", transport=engine)
    await send(transport)

    await transport.aclose()

    assert 1 == engine.closes


async def test_close_under_a_cancelled_scope(server: FaultServer, transport: HttpTransport) -> None:
    """`aclose` in a cleanup that has been cancelled already closes all the same."""
    await send(transport)

    with anyio.CancelScope() as scope:
        scope.cancel()
        await transport.aclose()

    assert 0 == await open_connections(server)


def test_unused_transport_needs_no_event_loop() -> None:
    """It is made outside of one, used in none, and leaves no warning."""
    transport = HttpTransport("https://api.example.org")

    assert "<HttpTransport api.example.org>" == repr(transport)


@pytest.mark.parametrize("first", ["asyncio", "trio"])
@pytest.mark.parametrize("second", ["asyncio", "trio"])
def test_second_event_loop(first: str, second: str, server: FaultServer) -> None:
    """Another event loop is refused with the rule, whatever its kind."""

    async def use() -> None:
        await send(transport)
        await anyio.to_thread.run_sync(in_another_thread)
        await transport.aclose()

    def in_another_thread() -> None:
        anyio.run(misuse, backend=second)

    async def misuse() -> None:
        errors.append(await failure(transport))
        with pytest.raises(EventLoopError):
            await transport.aclose()

    errors: list[NeonError] = []
    transport = HttpTransport(server.url)
    anyio.run(use, backend=first)

    assert [EventLoopError] == [type(error) for error in errors]
    assert "one per event loop" in str(errors[0])
    assert 1 == server.requests


def test_event_loops_one_after_the_other(server: FaultServer) -> None:
    """The second `asyncio.run` is refused, even when the first is over."""

    async def use() -> None:
        await send(transport)
        await transport_to_close.aclose()

    transport = transport_to_close = HttpTransport(server.url)
    asyncio.run(use())

    async def misuse() -> None:
        assert isinstance(await failure(transport), ClientClosedError)

    asyncio.run(misuse())


def test_transport_closed_where_it_was_not_used(server: FaultServer) -> None:
    """One that was never used may be closed anywhere."""
    transport = HttpTransport(server.url)
    thread = threading.Thread(target=anyio.run, args=(transport.aclose,))
    thread.start()
    thread.join()

    with pytest.raises(ClientClosedError):
        asyncio.run(send(transport))
