"""A server that misbehaves on demand, and a transport to it."""

import gc
from collections.abc import AsyncIterator, Iterator

import pytest

from neon_async._http.transport import HttpTransport
from tests.support.fault_server import FaultServer


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running
        # Whatever the test did, nothing is left behind.
        gc.collect()
        running.wait_until(lambda: running.open_connections == 0)


@pytest.fixture
async def transport(server: FaultServer) -> AsyncIterator[HttpTransport]:
    opened = HttpTransport(server.url)
    yield opened
    await opened.aclose()
