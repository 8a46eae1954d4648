"""Records without a usable id: no pull and no feed passes them by in silence."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from neon_async import AsyncClient, ProtocolError
from neon_async.emulator import Emulator
from neon_async.models import Unreadable
from neon_async.operations import SyncAccounts

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NAMELESS = {"accountId": None, "url": "https://example.org/nameless"}
PATH = "individualAccounts.individualAccount[1]"


@pytest.fixture
def emulator(emulator: Emulator) -> Emulator:
    """An organization that answers every sync with two accounts, of which one has no id."""
    page = {"currentPage": 1, "pageSize": 10, "totalPage": 1, "totalResults": 2}
    accounts = [{"accountId": 7, "lastModifiedDateTime": "2014-05-07T00:00:00.000Z"}, NAMELESS]
    payload = {"page": page, "individualAccounts": {"individualAccount": accounts}}
    emulator.add_method("account/syncAccounts", payload)
    return emulator


async def iterated(neon: AsyncClient) -> None:
    async for _ in neon.sync_accounts(time_from=LONG_AGO):
        pass


async def paged(neon: AsyncClient) -> None:
    async for _ in neon.sync_accounts(time_from=LONG_AGO).pages():
        pass


async def ahead(neon: AsyncClient) -> None:
    async with neon.sync_accounts(time_from=LONG_AGO).lookahead() as accounts:
        async for _ in accounts:
            pass


async def fed(neon: AsyncClient) -> None:
    async with neon.account_changes(LONG_AGO) as changes:
        async for _ in changes:
            pass


READS: list[Callable[[AsyncClient], Awaitable[Any]]] = [
    iterated,
    paged,
    ahead,
    fed,
    lambda neon: neon.sync_accounts(time_from=LONG_AGO).collect(),
    lambda neon: neon.sync_accounts(account_ids=[7, 8]).collect(),
    lambda neon: neon.reconcile([7]),
]


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize("read", READS)
async def test_unreadable_record_is_an_error(
    read: Callable[[AsyncClient], Awaitable[Any]], neon: AsyncClient
) -> None:
    """Whatever goes through records says page, position and place, and nothing of the record."""
    with pytest.raises(ProtocolError, match="without a usable id is at position 1 of page 1") as it:
        await read(neon)

    assert (PATH, "syncAccounts") == (it.value.path, it.value.operation)
    assert "nameless" not in str(it.value)


@pytest.mark.usefixtures("emulator")
async def test_iteration_can_be_resumed_at_the_page(neon: AsyncClient) -> None:
    """The error of an iteration says at which page it stopped."""
    with pytest.raises(ProtocolError) as caught:
        await neon.sync_accounts(time_from=LONG_AGO).collect()

    assert 1 == caught.value.resume


@pytest.mark.usefixtures("emulator")
async def test_single_request_returns_it_with_the_page(neon: AsyncClient) -> None:
    """Who asks for one page finds the record beside the others."""
    page = await neon.send(SyncAccounts(time_from=LONG_AGO))

    assert [7] == page.keys
    assert (Unreadable(1, NAMELESS),) == page.unreadable
