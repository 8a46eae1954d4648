"""Large replies are parsed in steps, so that other tasks run in between."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import orjson
import pytest
from anyio.lowlevel import checkpoint

from neon_async._aio import steps
from neon_async._wire.steps import finish
from neon_async.errors import ProtocolError
from neon_async.operations import (
    ListAccounts,
    Operation,
    RetrieveEventAttendees,
    SyncAccounts,
    SyncActivities,
)
from tests.support.fake_transport import FakeTransport, Lookup, Reply, dispatcher, success
from tests.support.page_server import NOW

if TYPE_CHECKING:
    from neon_async.models import AccountsPage

TEXT = "x" * 4_000  # of so many characters is each record
# Three or four groups of four records are read in a step of four milliseconds, as each is a look at
# the clock, and trio may run two steps in a row.
LEAST_TURNS = 200 // 4 // 8


def records(count: int, key: str) -> list[dict[str, Any]]:
    return [{key: number, "text": TEXT} for number in range(1, count + 1)]


def rows(count: int) -> list[Any]:
    return [
        {"nameValuePair": [{"name": "Account ID", "value": number}, {"name": "x", "value": TEXT}]}
        for number in range(1, count + 1)
    ]


def accounts(count: int) -> dict[str, Any]:
    half = count // 2
    both = records(count, "accountId")
    return {
        "individualAccounts": {"individualAccount": both[:half]},
        "organizationAccounts": {"organizationAccount": both[half:]},
    }


# Each operation with pages, and the payload of its reply with so many records.
OPERATIONS: list[Any] = [
    (SyncAccounts(time_from=NOW), accounts),
    (
        SyncActivities(time_from=NOW),
        lambda count: {"activities": {"activity": records(count, "activityId")}},
    ),
    (
        ListAccounts(criteria=[("Account ID", "NOT_BLANK")]),
        lambda count: {"searchResults": {"nameValuePairs": rows(count)}},
    ),
    (
        RetrieveEventAttendees(event_id=1),
        lambda count: {
            "eventAttendeesResults": {"eventAttendeesResult": records(count, "attendeeId")}
        },
    ),
]
with_pages = pytest.mark.parametrize(
    ("operation", "payload"), OPERATIONS, ids=[operation.name for operation, _ in OPERATIONS]
)


@pytest.fixture(autouse=True)
def milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a millisecond pass each time that the clock of the steps is read."""
    clock = itertools.count()
    monkeypatch.setattr(steps, "time", SimpleNamespace(monotonic=lambda: next(clock) / 1000))


async def send(operation: Operation[Any], reply: Reply) -> tuple[Any, int]:
    """Send an operation; return its result, and how often another task ran meanwhile."""
    sender = dispatcher(FakeTransport(script={operation.name: [reply]}))
    await sender.login()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await checkpoint()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(count)
        try:
            result = await sender.send(operation)
        except ProtocolError as error:  # which would leave the group within a group
            result = error
        tasks.cancel_scope.cancel()
    return result, turns


@with_pages
async def test_others_run_between_the_records_of_a_large_page(operation: Any, payload: Any) -> None:
    """A large page is the same as if it were parsed at once, and blocks nobody."""
    page, turns = await send(operation, success(**payload(200)))

    assert operation.parse(payload(200)) == page
    assert 200 == len(page.items) + len(page.unreadable)
    assert turns >= LEAST_TURNS


@with_pages
async def test_a_usual_page_is_parsed_at_once(operation: Any, payload: Any) -> None:
    """A page of usual size gives way to nobody."""
    page, turns = await send(operation, success(**payload(100)))

    assert operation.parse(payload(100)) == page
    assert turns < LEAST_TURNS


@with_pages
async def test_unreadable_records_of_a_large_page(operation: Any, payload: Any) -> None:
    """What has no usable id is set apart, without a longer step."""
    half = success(**payload(200))
    reply = Reply(half.body.replace(b":7,", b":null,").replace(b":7}", b":null}"))

    page, turns = await send(operation, reply)

    assert 199 == len(page.items)
    assert [6] == [record.position for record in page.unreadable]
    assert turns >= LEAST_TURNS


@with_pages
def test_parse_leaves_its_payload_alone(operation: Any, payload: Any) -> None:
    """What a caller parses is as before; what the client parses is released record by record."""
    document = payload(10)
    page = operation.parse(document)

    assert payload(10) == document
    assert page == finish(operation.parse_in_steps(document))


def test_the_json_of_a_record_is_released() -> None:
    """Of an account there is either the JSON or the record, but for the few of one step."""
    document = accounts(20)
    individuals = document["individualAccounts"]["individualAccount"]
    left = [
        sum(element is not None for element in individuals)
        for _ in SyncAccounts(time_from=NOW).parse_in_steps(document)
    ]

    assert [6, 2, 0, 0, 0, 0] == left


@attrs.frozen(kw_only=True)
class OnlyFirst(SyncAccounts):
    """A class of the caller's own, which changes what it parses."""

    def parse(self, payload: dict[str, Any]) -> AccountsPage:
        page = super().parse(payload)
        page.individual_accounts = page.individual_accounts[:1]
        return page


@attrs.frozen(kw_only=True)
class OnlyFirstToo(OnlyFirst):
    """One that inherits it."""


@pytest.mark.parametrize("cls", [OnlyFirst, OnlyFirstToo])
async def test_a_parser_of_ones_own(cls: type[SyncAccounts]) -> None:
    """A method that a caller has overridden parses large pages, too."""
    page, _ = await send(cls(time_from=NOW), success(**accounts(200)))

    assert [1] == [account.id for account in page.individual_accounts]


async def test_an_operation_without_pages() -> None:
    """Any other large reply is parsed as a small one is."""
    text, _ = await send(Lookup(), success(found="x" * 600_000))

    assert 600_000 == len(text)


@with_pages
async def test_a_page_that_can_not_be_read(operation: Any, payload: Any) -> None:
    """An error in a large page is the same as in a small one."""
    reply = success(**payload(200), page={"currentPage": {}})
    document = orjson.loads(reply.body)["anyResponse"]
    del document["operationResult"]

    with pytest.raises(ProtocolError) as small:
        operation.parse(document)
    large, _ = await send(operation, reply)

    assert (str(small.value), small.value.path) == (str(large), large.path)


async def test_cancelled_between_two_records() -> None:
    """A call that is cancelled while it parses leaves nothing behind, and may be repeated."""
    transport = FakeTransport(script={"syncAccounts": [success(**accounts(200))] * 2})
    sender = dispatcher(transport)
    await sender.login()
    operation = SyncAccounts(time_from=NOW)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sender.send, operation)
        while not transport.count["syncAccounts"]:
            await checkpoint()
        for _ in range(20):
            await checkpoint()
        tasks.cancel_scope.cancel()

    assert 0 == sender.limiter.borrowed_tokens
    assert 200 == len((await sender.send(operation)).items)
