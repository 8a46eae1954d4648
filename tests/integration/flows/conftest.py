"""A small emulated organization at a fixed time, and a client of it that never waits."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from neon_async import AsyncClient, RetryPolicy
from neon_async.emulator import Clock, Emulator

NOW = datetime(2024, 5, 6, 7, 8, 9, 10_000, tzinfo=UTC)
AT_ONCE = RetryPolicy(jitter=lambda: 0.0)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An organization with a hundred accounts and fifty activities."""
    with Emulator(100, 50, clock=Clock(NOW)) as emulator:
        yield emulator


@pytest.fixture
async def neon(emulator: Emulator) -> AsyncIterator[AsyncClient]:
    """A client with small pages."""
    async with emulator.client(page_size=10, retry=AT_ONCE) as neon:
        yield neon
