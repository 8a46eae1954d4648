"""A small emulated organization, and a client of it."""

from collections.abc import AsyncIterator, Iterator

import pytest

from neon_async import AsyncClient
from neon_async.emulator import Emulator
from tests.support.full_records import create


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Sixteen accounts, of which 10008 and 10016 are organizations."""
    with Emulator(16, 0) as emulator:
        yield emulator


@pytest.fixture
async def neon(emulator: Emulator) -> AsyncIterator[AsyncClient]:
    """A client that is logged in, so that the log shows what an edit asks for."""
    async with emulator.client() as neon:
        await neon.login()
        emulator.requests.clear()
        yield neon


@pytest.fixture
def person(emulator: Emulator) -> int:
    """The id of an account with a value in every field."""
    return create(emulator, "individual")
