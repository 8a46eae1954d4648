"""An emulator whose clock stands still, and a caller that shares no code with the SDK."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest

from neon_async.emulator import Clock, Emulator
from tests.support.emulator_caller import Caller

NOW = datetime(2024, 5, 6, 7, 8, 9, 10_000, tzinfo=UTC)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A small organization at a fixed time."""
    with Emulator(40, 20, clock=Clock(NOW)) as emulator:
        yield emulator


@pytest.fixture
async def api(emulator: Emulator) -> AsyncIterator[Caller]:
    """A caller with an open session."""
    async with Caller(emulator) as caller:
        await caller.login()
        yield caller
