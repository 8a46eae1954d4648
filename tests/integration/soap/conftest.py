"""A small emulated organization at a fixed time, strict about its SOAP messages."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from neon_async import AsyncClient, RetryPolicy
from neon_async.emulator import Clock, Emulator, Quirks
from neon_async.soap import SoapTransport

NOW = datetime(2024, 5, 6, 7, 8, 9, 10_000, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Forty accounts and twenty activities."""
    with Emulator(40, 20, clock=Clock(NOW), quirks=Quirks(strict_soap=True)) as emulator:
        yield emulator


def client(emulator: Emulator, protocol: str) -> AsyncClient:
    """A client with small pages that never waits."""
    engine = httpx.ASGITransport(app=emulator)
    transport = SoapTransport(engine) if protocol == "SOAP" else engine
    retry = RetryPolicy(jitter=lambda: 0.0)
    return emulator.client(transport=transport, page_size=7, retry=retry)
