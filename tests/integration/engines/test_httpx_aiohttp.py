"""Whole pulls with another HTTP engine as `transport=`: httpx-aiohttp, the fastest there is."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from neon_async import AsyncClient, ClientClosedError, RetryPolicy
from neon_async.emulator import Emulator
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import answers, hang, rst

engines = pytest.importorskip("httpx_aiohttp")

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

# The engine is for asyncio alone.
pytestmark = pytest.mark.parametrize("anyio_backend", ["asyncio"])


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A small organization."""
    with Emulator(60) as emulator:
        yield emulator


@pytest.fixture
def server(emulator: Emulator) -> Iterator[FaultServer]:
    """The organization on a socket."""
    with FaultServer() as running:
        running.answer(answers(emulator))
        yield running


@pytest.fixture
async def neon(server: FaultServer, emulator: Emulator) -> AsyncIterator[AsyncClient]:
    """A client of it on aiohttp."""
    async with AsyncClient(
        emulator.org_id,
        emulator.api_key,
        base_url=server.url,
        page_size=10,
        max_concurrency=3,
        retry=RetryPolicy(jitter=lambda: 0.0),
        transport=engines.AiohttpTransport(),
    ) as client:
        yield client
    await asyncio.sleep(0)  # aiohttp closes its sockets in the next turn of the loop


async def test_pull(neon: AsyncClient, server: FaultServer) -> None:
    """Every account comes, in order, page after page and with look-ahead, at most 3 at once."""
    plainly = [one.account_id async for one in neon.sync_accounts(time_from=LONG_AGO)]
    async with neon.sync_accounts(time_from=LONG_AGO).lookahead() as accounts:
        ahead = [one.account_id async for one in accounts]

    assert 60 == len(set(plainly))
    assert plainly == ahead
    assert server.most_in_flight <= 3


async def test_broken_connections(neon: AsyncClient, server: FaultServer) -> None:
    """Pages whose connections break are asked for again."""
    for number in (3, 5):
        server.nth(number, rst())

    async with neon.sync_accounts(time_from=LONG_AGO).lookahead() as accounts:
        ids = [one.account_id async for one in accounts]

    assert 60 == len(set(ids)) == len(ids)


async def test_close_in_the_middle(neon: AsyncClient, server: FaultServer) -> None:
    """Closing the client ends the pull with its own error."""
    await neon.login()
    server.always(hang())

    waiting = asyncio.create_task(neon.sync_accounts(time_from=LONG_AGO).first_page())
    await server.until(lambda: server.in_flight == 1)
    await neon.aclose()

    with pytest.raises(ClientClosedError):
        await waiting
