"""Odd values in real replies: no pull, feed or look-up stops at one, and nothing of it is lost."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from neon_async import (
    Account,
    AsyncClient,
    FileCheckpoint,
    IndividualAccount,
    LossyReadError,
    OrganizationAccount,
    Upserted,
)
from neon_async.emulator import Emulator

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
ODD: list[dict[str, Any]] = [
    {"primaryContact": {"dob": "20014-01-01"}},
    {"primaryContact": {"deceased": "maybe", "phone1": 5551.5, "lastName": True}},
    {"primaryContact": {"contactId": "none", "phone1Type": 1.5, "gender": "F"}},
    {"primaryContact": {"addresses": {"address": [{"city": "Akron"}, "x"]}}},
    {"primaryContact": {"addresses": {"address": [[{"startDate": "soon"}], []]}}},
    {"primaryContact": "Eagan Boyd"},
    {"primaryContact": {"lastName": "M\ud83d"}},
    {"primaryContact": {"lastName": "M\udcfcller"}},
    {"noSolicitation": "perhaps", "source": ["Web"], "customFieldDataList": 5},
    {"lastModifiedDateTime": "yesterday"},
    {"lastModifiedDateTime": None},
    {"lastModifiedDateTime": "2014-01-10T15:50:28.153"},
]


async def ahead(neon: AsyncClient) -> list[Account]:
    async with neon.sync_accounts(time_from=LONG_AGO).lookahead(workers=2) as accounts:
        return [account async for account in accounts]


async def fed(neon: AsyncClient) -> list[Account]:
    async with neon.account_changes(LONG_AGO) as changes:
        found = [one.record async for one in changes if isinstance(one, Upserted)]
    assert changes.certificate.proven
    return found


READS: dict[str, Any] = {
    "plainly": lambda neon: neon.sync_accounts(time_from=LONG_AGO).collect(),
    "ahead": ahead,
    "fed": fed,
}


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("odd", ODD, ids=ascii)
async def test_every_record_comes(
    read: str, odd: dict[str, Any], emulator: Emulator, neon: AsyncClient
) -> None:
    """All accounts arrive, each once, and the odd one holds what is odd about it."""
    ids = emulator.account_ids()
    victim = next(
        one for one in ids[40:] if "organizationName" not in (emulator.account(one) or {})
    )
    emulator.garble_account(victim, **odd)

    found: list[Account] = await READS[read](neon)

    assert ids == sorted(account.id for account in found)
    oddities = {account.id: account.oddities for account in found if account.oddities}
    assert ({victim} if odd != {"lastModifiedDateTime": None} else set()) == set(oddities)


@pytest.mark.parametrize("modified", ["yesterday", "0000-00-00T00:00:00Z", None, {"at": 5}])
async def test_feed_delivers_records_of_odd_times(
    modified: Any, emulator: Emulator, neon: AsyncClient, tmp_path: Path
) -> None:
    """A time that can't be read hides no change: a feed with a checkpoint finds each of them."""
    store = FileCheckpoint(tmp_path / "accounts.json")
    odd = emulator.account_ids()[::7]
    for account_id in odd:
        emulator.garble_account(account_id, lastModifiedDateTime=modified)
    copy: dict[int, str] = {}

    for url in ("https://example.org/1", "https://example.org/2"):
        for account_id in odd[:3]:
            emulator.change_account(account_id, url=url, lastModifiedBy=url)
        async with neon.account_changes(LONG_AGO, checkpoint=store) as changes:
            async for batch in changes.batches(30):
                for change in batch.changes:
                    assert isinstance(change, Upserted)
                    copy[change.record.id] = change.record.last_modified_by or ""
                await batch.commit()
        assert changes.certificate.proven
        emulator.clock.advance(timedelta(days=7).total_seconds())

    assert emulator.account_ids() == sorted(copy)
    assert ["https://example.org/2"] * 3 == [copy[account_id] for account_id in odd[:3]]


async def test_activities_with_odd_values(emulator: Emulator, neon: AsyncClient) -> None:
    """Activities are no different."""
    victim = emulator.activity_ids()[20]
    odd = {"startDateTime": "0000-00-00T00:00:00", "activityStatus": "done", "note": 1.5}
    emulator.garble_activity(victim, lastModifiedDateTime="soon", **odd)

    pulled = await neon.sync_activities(time_from=LONG_AGO).collect()
    async with neon.activity_changes(LONG_AGO) as changes:
        streamed = [one.record async for one in changes if isinstance(one, Upserted)]

    assert changes.certificate.proven
    for found in (pulled, streamed):
        assert emulator.activity_ids() == sorted(activity.id for activity in found)
        (activity,) = (activity for activity in found if activity.oddities)
        assert (victim, odd | {"lastModifiedDateTime": "soon"}) == (activity.id, activity.extra)
        assert set(activity.extra) == set(activity.oddities)


@pytest.mark.parametrize("cls", [IndividualAccount, OrganizationAccount])
async def test_odd_accounts_can_be_looked_up_and_mended(
    cls: Any, emulator: Emulator, neon: AsyncClient
) -> None:
    """A retrieval shows the odd value, no edit loses it, and one that sets it mends it."""
    kind = "individual" if cls is IndividualAccount else "organization"
    number = getattr(emulator, f"create_{kind}")(primaryContact={"dob": "0000-00-00"})
    retrieve = getattr(neon, f"retrieve_{kind}_account")
    edit = getattr(neon, f"edit_{kind}_account")
    lost = ["consentInformation"]

    def relink(account: Any) -> Any:
        return attrs.evolve(account, url="https://example.org/new")

    def mend(account: Any) -> Any:
        contact = attrs.evolve(account.contact, dob=datetime(1988, 10, 16, tzinfo=UTC).date())
        return attrs.evolve(account, primary_contact=contact)

    account = await retrieve(number)
    with pytest.raises(LossyReadError) as caught:
        await edit(number, relink, accept_loss=lost)
    mended = await edit(number, mend, accept_loss=lost)

    assert (None, {"dob": "0000-00-00"}) == (account.contact.dob, account.contact.extra)
    assert ("primaryContact.dob",) == account.oddities == caught.value.paths
    assert () == mended.after.oddities
    stored = (emulator.account(number) or {})["primaryContact"]
    assert ("1988-10-16", None) == (stored["dob"], stored.get("url"))


@pytest.mark.parametrize(
    ("name", "kept"),
    [(b"M\x01ller", "M\x01ller"), (b"M\tl\nler", "M\tl\nler"), (b"M\xfcller", "M\udcfcller")],
)
async def test_raw_bytes_in_a_reply(
    name: bytes, kept: str, emulator: Emulator, neon: AsyncClient
) -> None:
    """A control character or a byte of another encoding costs no record of the page."""
    page = {"currentPage": 1, "pageSize": 10, "totalPage": 1, "totalResults": 2}
    accounts = [{"accountId": 7, "lastModifiedBy": "NAME"}, {"accountId": 8}]
    payload = {"operationResult": "SUCCESS", "page": page}
    payload["individualAccounts"] = {"individualAccount": accounts}
    body = json.dumps({"syncAccountsResponse": payload}).encode().replace(b"NAME", name)
    await neon.login()
    emulator.fail_next(method="syncAccounts", body=body)

    first, second = await neon.sync_accounts(time_from=LONG_AGO).collect()

    assert [7, 8] == [first.id, second.id]
    assert kept == (first.last_modified_by or first.extra["lastModifiedBy"])
    assert bool(first.oddities) == ("\udcfc" in kept)
