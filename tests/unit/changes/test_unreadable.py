"""Records without a usable id, and with an unusable time: the feed goes on, and says so."""

import json
from typing import Any

import attrs
import httpx
import pytest

from neon_async import (
    AccountsPage,
    InvalidRequestError,
    ProtocolError,
    Unreadable,
    Upserted,
    Verdict,
)
from neon_async._changes.protocol import SECOND, from_micros, to_micros
from neon_async._changes.record_type import stand_ins
from neon_async.emulator import Emulator
from neon_async.operations import SyncAccounts
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer


@attrs.define
class Nameless(FakeChangeServer):
    """Shows some records without an id, and does not show others.

    Attributes:
        nameless: ids of the records that have none in replies.
        hidden: ids of those that are counted only.
        bare: whether nothing else than null comes of a record without an id.
        deletions: what the list of deleted ids has beside ids.
    """

    nameless: set[int] = attrs.field(factory=set[int])
    hidden: set[int] = attrs.field(factory=set[int])
    bare: bool = False
    deletions: list[Any] = attrs.field(factory=list[Any])

    def _accounts(self, asked: SyncAccounts) -> AccountsPage:
        page = super()._accounts(asked)
        shown = [one for one in page.individual_accounts if one.account_id not in self.hidden]
        unreadable = [
            Unreadable(
                position,
                self._value(one.account_id or 0),
                path=f"individualAccounts.individualAccount[{position}]",
            )
            for position, one in enumerate(shown)
            if one.account_id in self.nameless
        ]
        if not (asked.ignore_deleted or asked.ids):
            unreadable += [
                Unreadable(position, value, path=f"deletedAccountList.accountId[{position}]")
                for position, value in enumerate(self.deletions)
            ]
        return attrs.evolve(
            page,
            individual_accounts=[one for one in shown if one.account_id not in self.nameless],
            unreadable=tuple(unreadable),
        )

    def _value(self, number: int) -> Any:
        if self.bare:
            return None
        time = self.rows[number].time
        assert time is not None
        return {"accountId": "", "lastModifiedDateTime": from_micros(time).isoformat(), "n": number}


def world(count: int = 40, **properties: Any) -> Nameless:
    made = Nameless(**properties)
    for number in range(count):
        made.create(at=to_micros(SINCE) + 10 * number * SECOND)
    return made


async def pulled(
    organization: FakeChangeServer, **options: Any
) -> tuple[list[int | None], list[Any], Any, list[Any]]:
    """What a feed delivers, what it could not read, its certificate and what it left pending."""
    seen: list[Unreadable] = []
    client = ChangeClient(organization, page_size=5)
    async with client.account_changes(SINCE, on_unreadable=seen.append, **options) as changes:
        ids = [change.record.account_id async for change in changes if isinstance(change, Upserted)]
    pending = json.loads(changes.checkpoint)["pending"]
    return ids, [one.value for one in seen], changes.certificate, pending


async def test_record_without_an_id_ends_the_feed() -> None:
    """Without a callback it is an error that says where it is, and nothing is skipped."""
    async with ChangeClient(world(nameless={7}), page_size=5).account_changes(SINCE) as changes:
        with pytest.raises(ProtocolError, match="without a usable id is at position") as caught:
            [change async for change in changes]

    assert "syncAccounts" == caught.value.operation
    assert "proven" != changes.certificate.verdict


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("nameless", [{1}, {7}, {40}, {2, 3, 4}, {*range(1, 41, 2)}])
async def test_feed_goes_on(nameless: set[int], workers: int) -> None:
    """With one, all others are delivered, such a record is shown once, and nothing is pending."""
    organization = world(nameless=nameless)

    ids, unreadable, certificate, pending = await pulled(organization, workers=workers)

    assert {*range(1, 41)} - nameless == {*ids}
    assert nameless == {value["n"] for value in unreadable}
    assert len(nameless) == len(unreadable)
    assert Verdict.UNPROVEN is certificate.verdict
    assert certificate.reason.startswith(f"{len(nameless)} record")
    assert certificate.reason.endswith("without a usable id left out")
    assert [] == pending


async def test_checkpoint_moves_on() -> None:
    """The next run does not meet the record again, and is proven."""
    organization = world(nameless={7})
    client = ChangeClient(organization, page_size=5)
    async with client.account_changes(SINCE, on_unreadable=lambda _: None) as changes:
        [change async for change in changes]
    organization.tick(3600)
    organization.create()
    organization.tick(100)

    ids, unreadable, certificate, _ = await pulled(organization, checkpoint=changes.checkpoint)

    assert ([41], []) == (ids, unreadable)
    assert certificate.proven


async def test_all_in_one_page() -> None:
    """A run of one reply leaves it out as well, and is not proven."""
    organization = world(3, nameless={2})

    ids, unreadable, certificate, pending = await pulled(organization)

    assert ([1, 3], 1, []) == (ids, len(unreadable), pending)
    assert (Verdict.UNPROVEN, 3) == (certificate.verdict, certificate.received)
    assert "1 record without a usable id left out" == certificate.reason


async def test_what_is_missing_besides() -> None:
    """A record that is counted and not shown makes the run incomplete all the same."""
    ids, _, certificate, pending = await pulled(world(nameless={7, 8}, hidden={20}))

    assert 37 == len(ids)
    assert Verdict.INCOMPLETE is certificate.verdict
    assert certificate.reason.startswith("2 records without a usable id left out; the server")
    assert [] == pending  # the checkpoint is the one that the run began with


async def test_what_can_not_be_told_apart() -> None:
    """Where nothing but null comes, several may count as one, which settles nothing."""
    organization = world(nameless={7, 8, 30}, bare=True)

    ids, unreadable, certificate, _ = await pulled(organization)

    assert {*range(1, 41)} - {7, 8, 30} == {*ids}
    assert {None} == {*unreadable}
    assert Verdict.UNPROVEN is certificate.verdict
    assert certificate.reason.endswith("left out")


async def test_deleted_id_that_is_none() -> None:
    """What is no id among the deleted ones is shown once, and the run is not proven."""
    organization = world(deletions=["", "x"])
    organization.delete(3)

    ids, unreadable, certificate, pending = await pulled(organization)

    assert {*range(1, 41)} - {3} == {*ids}
    assert ["", "x"] == sorted(unreadable)
    assert (Verdict.UNPROVEN, []) == (certificate.verdict, pending)


async def test_callback_that_raises() -> None:
    """Its error comes out of the step, and the feed has not passed the record."""

    def refuse(_: Unreadable) -> None:
        raise KeyError("no")

    client = ChangeClient(world(nameless={7}), page_size=5)
    async with client.account_changes(SINCE, on_unreadable=refuse, workers=1) as changes:
        with pytest.raises(KeyError, match="no"):
            [change async for change in changes]

    [[low, _]] = json.loads(changes.checkpoint)["pending"]
    assert low < from_micros(to_micros(SINCE) + 60 * SECOND).isoformat()


def test_callback_is_a_function() -> None:
    """What can't be called is refused, by both kinds of feed."""
    client = ChangeClient(FakeChangeServer())
    feeds: list[Any] = [client.account_changes, client.activity_changes]
    for feed in feeds:
        with pytest.raises(InvalidRequestError) as caught:
            feed(SINCE, on_unreadable="skip")
        assert "on_unreadable" == caught.value.parameter


@pytest.mark.parametrize("time", ["20014-01-01", "2024-01-01T00:00:00", 7, None])
def test_stand_in_without_a_time(time: Any) -> None:
    """A record whose time can't be read either might be any other one."""
    path = "individualAccounts.individualAccount[0]"
    values = [{"lastModifiedDateTime": time}, {"lastModifiedDateTime": time}, {}, None]

    found = stand_ins(Unreadable(0, value, path=path) for value in values)

    assert 4 == len({one.number for one in found})
    assert [] == [one.number for one in found if one.number >= 0]
    assert {(None, True, False)} == {(one.time, one.anonymous, one.deleted) for one in found}
    again = stand_ins(Unreadable(5, value, path=path) for value in values)
    assert [one.number for one in found] == [one.number for one in again]


class Edited(httpx.AsyncBaseTransport):
    """Changes the records of replies on their way from an emulator."""

    def __init__(self, emulator: Emulator, wrapper: str, number: int, **fields: Any) -> None:
        self._inner = httpx.ASGITransport(app=emulator)
        self._wrapper = wrapper
        self._number = number
        self._fields = fields

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = await self._inner.handle_async_request(request)
        document = json.loads(await reply.aread())
        [payload] = document.values()
        for records in payload.get(self._wrapper, {}).values():
            for record in records:
                if self._number in (record.get("accountId"), record.get("activityId")):
                    record.update(self._fields)
        return httpx.Response(200, json=document)


@pytest.mark.parametrize(
    ("kind", "wrapper", "number"),
    [
        ("account", "individualAccounts", 10_012),
        ("activity", "activities", 512),
    ],
)
async def test_over_http(kind: str, wrapper: str, number: int) -> None:
    """Accounts and activities without an id are left out alike, whatever the page."""
    emulator = Emulator(accounts=60, activities=60, seed=1)
    edited = Edited(emulator, wrapper, number, **{f"{kind}Id": None})
    seen: list[Unreadable] = []
    async with emulator.client(transport=edited, page_size=10) as neon:
        feed: Any = neon.account_changes if kind == "account" else neon.activity_changes
        async with feed(SINCE.replace(year=2010), on_unreadable=seen.append) as changes:
            ids = [change.id async for change in changes]

    everybody = emulator.account_ids() if kind == "account" else emulator.activity_ids()
    assert {*everybody} - {number} == {*ids}
    assert 1 == len(seen)
    assert Verdict.UNPROVEN is changes.certificate.verdict
    assert "1 record without a usable id left out" == changes.certificate.reason


@pytest.mark.parametrize("time", ["20014-01-10T15:50:28.153+08:00", "soon", "", None, 7, []])
@pytest.mark.parametrize(
    ("kind", "wrapper", "number"),
    [
        ("account", "individualAccounts", 10_012),
        ("activity", "activities", 512),
    ],
)
async def test_odd_times_over_http(kind: str, wrapper: str, number: int, time: Any) -> None:
    """A record whose last-modified time can't be read is delivered, and the run is proven."""
    emulator = Emulator(accounts=60, activities=60, seed=1)
    edited = Edited(emulator, wrapper, number, lastModifiedDateTime=time)
    async with emulator.client(transport=edited, page_size=10) as neon:
        feed: Any = neon.account_changes if kind == "account" else neon.activity_changes
        async with feed(SINCE.replace(year=2010)) as changes:
            batches = [batch async for batch in changes.batches(10)]

    everybody = emulator.account_ids() if kind == "account" else emulator.activity_ids()
    ids = [change.id for batch in batches for change in batch.changes]
    assert everybody == sorted(ids)
    assert changes.certificate.proven
    assert [] == json.loads(batches[-1].checkpoint)["pending"]


async def test_odd_values_over_http() -> None:
    """Odd values of other kinds are delivered with their record, week after week."""
    emulator = Emulator(accounts=60, activities=0, seed=1)
    edited = Edited(emulator, "individualAccounts", 10_012, primaryContact={"dob": "20014-01-01"})
    checkpoint = None
    async with emulator.client(transport=edited, page_size=10) as neon:
        for _ in range(2):
            async with neon.account_changes(
                SINCE.replace(year=2010), checkpoint=checkpoint
            ) as changes:
                seen = {change.id: change async for change in changes}
            assert changes.certificate.proven
            odd = seen[10_012]
            assert isinstance(odd, Upserted)
            assert ("primaryContact.dob",) == tuple(odd.record.oddities)
            checkpoint = changes.checkpoint
            emulator.clock.advance(3600)
            emulator.change_account(10_012, url="https://example.org/again")
            emulator.clock.advance(3600)
