"""The end of a client, and the one event loop that it belongs to."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator

import anyio
import pytest
from anyio.lowlevel import checkpoint

from neon_async._pipeline.dispatcher import Dispatcher
from neon_async.errors import (
    ClientClosedError,
    EventLoopError,
    NeonError,
    OutcomeUnknownError,
    ThrottledError,
    TransportError,
)
from tests.support.fake_transport import Create, FakeTransport, Lookup, Reply, dispatcher, fail


async def expect_closed(call: Callable[[], Awaitable[object]], ended: list[str]) -> None:
    with pytest.raises(ClientClosedError):
        await call()
    ended.append("closed")


def wait_for_slot(client: Dispatcher, transport: FakeTransport) -> None:  # noqa: ARG001
    """Take the only slot away."""
    client.limiter.acquire_nowait("other")


def wait_for_login(client: Dispatcher, transport: FakeTransport) -> None:  # noqa: ARG001
    """Let somebody else's login be under way."""
    client._context.sessions._lock.acquire_nowait()


def wait_for_retry(client: Dispatcher, transport: FakeTransport) -> None:  # noqa: ARG001
    """Let the first attempt fail, and the next one be a minute away."""
    transport.script["login"] = [ThrottledError(status=429, retry_after=30.0)]


@pytest.mark.parametrize("reason", [wait_for_slot, wait_for_login, wait_for_retry])
@pytest.mark.parametrize("operation", [Lookup(), Create()], ids=lambda value: value.name)
async def test_closing_ends_every_wait(
    reason: Callable[[Dispatcher, FakeTransport], None], operation: Lookup
) -> None:
    """A call that waits when the client is closed ends, and says why."""
    transport = FakeTransport()
    client = dispatcher(transport, limiter=anyio.CapacityLimiter(1))
    reason(client, transport)
    ended: list[str] = []

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(expect_closed, lambda: client.send(operation), ended)
        for _ in range(10):
            await checkpoint()
        await client.aclose()

    assert ["closed"] * 3 == ended
    assert transport.closed


@pytest.mark.parametrize(
    ("operation", "kind"), [(Lookup(), ClientClosedError), (Create(), OutcomeUnknownError)]
)
@pytest.mark.parametrize("how", [TransportError("broken", sent=True), ClientClosedError("closed")])
async def test_closing_ends_an_exchange(
    operation: Lookup, kind: type[NeonError], how: NeonError
) -> None:
    """A read in flight ends as closed, a write as unknown: it may have been processed."""
    transport = FakeTransport()
    client = dispatcher(transport)

    def cut() -> NeonError:
        client._context.lifetime.close()
        return how

    transport.script[operation.name] = [cut]
    with pytest.raises(kind) as caught:
        await client.send(operation)

    assert kind is type(caught.value)
    assert 1 == transport.count[operation.name]


async def test_no_attempt_after_closing() -> None:
    """A refused session is not renewed in a closed client."""
    transport = FakeTransport()
    client = dispatcher(transport)

    def cut() -> Reply:
        client._context.lifetime.close()
        return fail(4)

    transport.script["lookup"] = [cut]
    with pytest.raises(ClientClosedError):
        await client.send(Lookup())

    assert {"login": 1, "lookup": 1} == transport.count


async def test_closed_client_says_so() -> None:
    """Every use after the close ends alike, and a second close does nothing."""
    transport = FakeTransport()
    client = dispatcher(transport)
    await client.login()

    await client.aclose()
    await client.aclose()

    assert client.closed
    for use in (lambda: client.send(Lookup()), client.login, client.logout):
        with pytest.raises(ClientClosedError):
            await use()
    assert {"login": 1} == transport.count


@pytest.fixture(params=["asyncio", "trio"])
def used(request: pytest.FixtureRequest) -> Iterator[Dispatcher]:
    """A client that was used in an event loop that is gone."""
    client = dispatcher(FakeTransport())
    anyio.run(client.send, Lookup(), backend=request.param)
    assert not client.closed
    yield client
    assert not client.closed


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_second_event_loop_is_refused(used: Dispatcher, backend: str) -> None:
    """Primitives of one event loop would hang in another, so the client names the rule instead."""
    for use in (used.login, used.logout, used.aclose):
        with pytest.raises(EventLoopError, match="make one per event loop"):
            anyio.run(use, backend=backend)
    with pytest.raises(EventLoopError):
        anyio.run(used.send, Lookup(), backend=backend)


async def test_another_thread_is_refused() -> None:
    """Another thread has another event loop, while this one is running too."""
    client = dispatcher(FakeTransport())
    await client.login()
    errors: list[EventLoopError] = []

    def use() -> None:
        with pytest.raises(EventLoopError) as caught:
            asyncio.run(client.send(Lookup()))
        errors.append(caught.value)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()

    assert 1 == len(errors)
    assert "found x" == await client.send(Lookup())


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_unused_client_can_be_closed_anywhere(backend: str) -> None:
    """A client that was never used belongs to no event loop."""
    client = dispatcher(FakeTransport())

    anyio.run(client.aclose, backend=backend)

    assert client.closed
