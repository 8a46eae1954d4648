"""Pulls from a server with a state: every record, however it is asked for."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from neon_async import AsyncClient
from neon_async.emulator import Emulator, Quirks, running
from neon_async.models import OrganizationAccount

from .conftest import AT_ONCE, NOW

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def account_ids(accounts: list[Any]) -> list[int]:
    return [account.account_id for account in accounts]


async def collected(stream: AsyncIterator[Any]) -> list[Any]:
    return [thing async for thing in stream]


async def test_all_accounts(emulator: Emulator, neon: AsyncClient) -> None:
    """Plainly, with look-ahead and as a list: each account once, of both kinds."""
    pull = neon.sync_accounts(time_from=LONG_AGO)
    plain = await collected(aiter(pull))
    async with pull.lookahead(workers=4) as stream:
        ahead = await collected(stream)

    assert emulator.account_ids() == sorted(account_ids(plain))
    assert plain == ahead == await pull.collect()
    assert {True, False} == {isinstance(account, OrganizationAccount) for account in plain}


async def test_all_activities(emulator: Emulator, neon: AsyncClient) -> None:
    """Activities come in the same way."""
    pull = neon.sync_activities(time_from=LONG_AGO)
    async with pull.lookahead() as stream:
        found = await collected(stream)

    assert emulator.activity_ids() == sorted(activity.activity_id for activity in found)
    assert found == await pull.collect()


async def test_both_at_once(emulator: Emulator, neon: AsyncClient) -> None:
    """Two bulk pulls share one client."""
    counts: dict[str, int] = {}

    async def pull(name: str, paginator: Any) -> None:
        async with paginator.lookahead() as stream:
            counts[name] = len(await collected(stream))

    async with anyio.create_task_group() as group:
        group.start_soon(pull, "accounts", neon.sync_accounts(time_from=LONG_AGO))
        group.start_soon(pull, "activities", neon.sync_activities(time_from=LONG_AGO))

    assert {"accounts": 100, "activities": 50} == counts
    assert 1 == [request.method for request in emulator.requests].count("login")


@pytest.mark.parametrize("limit", [7, 1000])
async def test_the_server_decides_about_the_page_size(emulator: Emulator, limit: int) -> None:
    """However small its pages are, all records come."""
    emulator.quirks = Quirks(page_size_limit=limit)
    async with emulator.client() as neon:
        pull = neon.sync_accounts(time_from=LONG_AGO)
        async with pull.lookahead() as stream:
            assert emulator.account_ids() == sorted(account_ids(await collected(stream)))
        assert 100 == len(await pull.collect())


async def test_some_accounts(emulator: Emulator, neon: AsyncClient) -> None:
    """By ids, more than fit one request, twice named and unknown ones among them."""
    for _ in range(200):
        emulator.create_individual()
    ids = emulator.account_ids()
    pull = neon.sync_accounts(account_ids=[*ids, *ids[:5]], page_size=200)

    assert ids == sorted(account_ids(await pull.collect()))
    assert 2 == [request.method for request in emulator.requests].count("syncAccounts")
    assert [] == await neon.sync_accounts(account_ids=[999_999]).collect()


async def test_a_range_of_time(emulator: Emulator, neon: AsyncClient) -> None:
    """Only what changed within the range comes, by the millisecond."""
    chosen = emulator.account_ids()[:3]
    for place, account_id in enumerate(chosen):
        moment = NOW + timedelta(milliseconds=place)
        emulator.change_account(account_id, lastModifiedDateTime=moment, url="x")
    pull = neon.sync_accounts(
        time_from=NOW, time_to=NOW + timedelta(milliseconds=1), sort_column="lastModifiedDateTime"
    )

    assert chosen[:2] == account_ids(await pull.collect())
    assert (
        [] == await neon.sync_accounts(account_ids=chosen[2:], time_from=NOW, time_to=NOW).collect()
    )


async def test_deleted_accounts(emulator: Emulator, neon: AsyncClient) -> None:
    """Deleted and merged ids stand on the pages, unless they are not wanted."""
    deleted, merged, into = emulator.account_ids()[:3]
    emulator.delete_account(deleted)
    emulator.merge_accounts(merged, into)

    told = await collected(neon.sync_accounts(time_from=NOW - timedelta(hours=1)).pages())
    untold = await collected(
        neon.sync_accounts(time_from=NOW - timedelta(hours=1), ignore_deleted=True).pages()
    )
    assert {deleted, merged} == {one for page in told for one in page.deleted_account_ids}
    assert set() == {one for page in untold for one in page.deleted_account_ids}
    assert [into] == account_ids([account for page in told for account in page.accounts])


async def test_an_empty_organization() -> None:
    """Nothing to pull is no error."""
    async with Emulator(0, 0) as emulator, emulator.client() as neon:
        assert [] == await neon.sync_accounts(time_from=LONG_AGO).collect()
        async with neon.sync_activities(time_from=LONG_AGO).lookahead() as stream:
            assert [] == await collected(stream)


async def test_replies_of_the_older_generation(emulator: Emulator, neon: AsyncClient) -> None:
    """As in 2012 or as today, the accounts are the same but for lost zeros and blanks."""
    newer = await neon.sync_accounts(time_from=LONG_AGO).collect()
    emulator.quirks = Quirks(legacy_json=True)
    older = await neon.sync_accounts(time_from=LONG_AGO).collect()

    def essence(account: Any) -> tuple[Any, ...]:
        contact = account.primary_contact
        addresses = contact.addresses or []
        return (
            account.account_id,
            account.last_modified_date_time,
            contact.first_name,
            contact.dob,
            contact.phone1_type,
            [address.is_primary_address for address in addresses],
            [address.country for address in addresses],
        )

    assert list(map(essence, newer)) == list(map(essence, older))


async def test_progress(emulator: Emulator, neon: AsyncClient) -> None:
    """At the end of a pull the callback has been told of every page and record."""
    seen: list[Any] = []
    await neon.sync_accounts(time_from=LONG_AGO, on_progress=seen.append).collect()

    assert [(number, 10, 10 * number, 100) for number in range(1, 11)] == [
        (one.pages_done, one.pages_total, one.items_done, one.items_total) for one in seen
    ]
    assert 100 == len(emulator.account_ids())


async def test_a_pull_over_a_socket() -> None:
    """Through a real HTTP server nothing is different, with either HTTP method."""
    with Emulator(300, 0) as emulator, running(emulator) as url:
        for method in ("POST", "GET"):
            client: Any = emulator.client(
                base_url=url, transport=None, page_size=20, http_method=method, retry=AT_ONCE
            )
            async with client as neon, neon.sync_accounts(time_from=LONG_AGO).lookahead() as stream:
                assert emulator.account_ids() == sorted(account_ids(await collected(stream)))
