"""An emulator with its console in front, and a browser-like client without a browser."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from neon_async.emulator import Clock, Emulator

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
ORIGIN = "http://127.0.0.1:8100"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A small organization at a fixed time."""
    with Emulator(60, 30, clock=Clock(NOW)) as emulator:
        yield emulator


@pytest.fixture
async def console(emulator: Emulator) -> AsyncIterator[httpx.AsyncClient]:
    """What a page of the console would send."""
    transport = httpx.ASGITransport(app=emulator.with_console())
    headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as client:
        yield client
