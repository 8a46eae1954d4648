"""A cancellation at any moment leaves the transport as it was."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from neon_async._http.transport import HttpTransport
from neon_async.errors import NeonError
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Gate, drip, http
from tests.support.resource_leaks import running
from tests.support.sweeps import share
from tests.support.transport_calls import send

DESCRIPTORS = Path("/proc/self/fd")


def descriptors() -> int:
    return len(list(DESCRIPTORS.iterdir()))


def engine() -> httpx.AsyncHTTPTransport:
    return httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=5), trust_env=False)


@pytest.fixture(params=["own pool", "pool of httpx"])
async def either(
    request: pytest.FixtureRequest, server: FaultServer
) -> AsyncIterator[HttpTransport]:
    """The default transport, and one over httpx's pool of five connections."""
    transport = HttpTransport(
        server.url, transport=engine() if request.param == "pool of httpx" else None
    )
    yield transport
    await transport.aclose()


async def use_a_hundred_times(transport: HttpTransport) -> None:
    async def twenty() -> None:
        for _ in range(20):
            await send(transport, timeout=5)

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(twenty)


async def cancel_after(steps: int, job: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Cancel the job after so many rounds of the event loop."""
    async with anyio.create_task_group() as group:
        group.start_soon(job)
        for _ in range(steps):
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()


async def test_cancel_at_every_await(
    server: FaultServer, either: HttpTransport, anyio_backend: str
) -> None:
    """Scopes of anyio: wherever the exchange is, the next hundred succeed."""
    server.always(drip(http(b"abc")[:3], every=0), http(b"abc")[3:])
    for new_connection in (False, True):
        for steps in share(range(40), new_connection, anyio_backend == "trio"):
            await cancel_after(steps, partial(send, either, new_connection=new_connection))

    await use_a_hundred_times(either)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_cancel_tasks_at_every_await(server: FaultServer, either: HttpTransport) -> None:
    """`Task.cancel`, which knows no shields."""
    server.always(drip(http(b"abc")[:3], every=0), http(b"abc")[3:])
    for steps in range(60):
        tasks = [asyncio.create_task(send(either, new_connection=bool(n % 2))) for n in range(5)]
        for _ in range(steps):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    await use_a_hundred_times(either)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_cancel_twice(either: HttpTransport) -> None:
    """A second `Task.cancel` while the first is being cleaned up after."""
    for steps in range(20):
        task = asyncio.create_task(send(either))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    await use_a_hundred_times(either)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_asyncio_timeouts(server: FaultServer, either: HttpTransport) -> None:
    """`asyncio.timeout` at a hundred moments between connect and reply."""
    gate = Gate()
    gate.open()
    server.always(gate, http())

    async def hasty(number: int) -> None:
        try:
            async with asyncio.timeout(number * 0.000_05):
                await send(either, new_connection=bool(number % 2))
        except TimeoutError as error:
            ours.extend([error] * isinstance(error, NeonError))

    ours: list[BaseException] = []
    for start in range(0, 100, 5):
        await asyncio.gather(*(hasty(number) for number in range(start, start + 5)))

    assert [] == ours
    await use_a_hundred_times(either)


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="descriptors are counted on Linux only")
async def test_descriptors_and_tasks(server: FaultServer, transport: HttpTransport) -> None:
    """After cancellations there are as many sockets as connections to keep, and no tasks."""
    await use_a_hundred_times(transport)
    await server.until(lambda: server.open_connections == 5)
    before = descriptors()
    tasks = running()

    for steps in range(30):
        await cancel_after(steps, partial(send, transport, new_connection=True))
    await use_a_hundred_times(transport)

    await server.until(lambda: server.open_connections <= 5 and descriptors() <= before)
    assert tasks == running()
