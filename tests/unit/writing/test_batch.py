"""Many edits at once: which are made, in what order, and what is left of them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import trio.testing

from neon_async import (
    AccountChange,
    AccountEdit,
    APIError,
    AsyncClient,
    AuthenticationError,
    BulkEdit,
    ClientClosedError,
    ConflictError,
    ConsentInformation,
    EditStatus,
    HTTPStatusError,
    InvalidRequestError,
    LossyReadError,
    NeonError,
    NotFoundError,
    OutcomeUnknownError,
    PaginationError,
    ProtocolError,
    ServiceUnavailableError,
    SessionError,
    ThrottledError,
    TransportError,
    VerificationError,
)
from tests.support.edits import RESET, put, to
from tests.support.full_records import create
from tests.support.many_accounts import ManyAccounts, change, changes
from tests.support.resource_leaks import ResourceLeaks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from neon_async.emulator import Emulator


async def test_people_and_organizations(neon: AsyncClient, emulator: Emulator) -> None:
    """Each account is edited as its kind is, and says what became of it."""
    person, company = create(emulator, "individual"), create(emulator, "organization")
    consent = ConsentInformation(email_consent_status="GIVEN")
    wanted = [
        AccountChange(person, to("new"), consent=consent, accept_loss=RESET),
        AccountChange(
            company,
            put("primary_contact.fax", None),
            kind="organization",
            allow_clear=["primaryContact.fax"],
            accept_loss=RESET,
        ),
        AccountChange(10_001, lambda account: account),
        AccountChange(10_002, to("new")),
    ]

    async with neon.edit_many(wanted) as outcomes:
        found = {outcome.account_id: outcome async for outcome in outcomes}

    assert {person: "written", company: "written", 10_001: "unchanged", 10_002: "refused"} == {
        number: outcome.status for number, outcome in found.items()
    }
    edit = found[person].edit
    assert edit is not None
    assert (True, "new") == (edit.verified, edit.after.url)
    assert "GIVEN" == (emulator.consent(person) or {})["emailConsentStatus"]
    assert isinstance(found[10_002].error, LossyReadError)
    assert {"written": 2, "unchanged": 1, "refused": 1} == outcomes.counts
    assert "new" not in repr(found[person])


async def test_asynchronous_changes() -> None:
    """The changes may come from an asynchronous iterable."""
    server = ManyAccounts.of(3)

    async def stream() -> AsyncIterator[AccountChange]:
        for number in server.accounts:
            yield change(number)

    async with server.edit(stream()) as outcomes:
        assert {1, 2, 3} == {outcome.account_id async for outcome in outcomes}


async def test_an_account_that_comes_twice() -> None:
    """It is edited in the given order, one edit after the other, while others are edited."""
    server = ManyAccounts.of(3)
    given = [change(1, "a"), change(1, "b"), change(2), change(1, "c"), change(3)]

    async with server.edit(given, workers=4) as outcomes:
        async for _ in outcomes:
            pass

    assert {1: ["a", "b", "c"], 2: ["new"], 3: ["new"]} == server.written
    assert 1 < server.in_flight[1] <= 3


@pytest.mark.parametrize("workers", [1, 4])
async def test_workers(workers: int) -> None:
    """So many accounts are edited at once."""
    server, gate = ManyAccounts.of(20), anyio.Event()

    async def wait(_effect: str, _number: int) -> None:
        await gate.wait()

    server.wait = wait
    async with server.edit(changes(server.accounts), workers=workers) as outcomes:
        await anyio.wait_all_tasks_blocked()
        at_once = server.in_flight[0]
        gate.set()
        assert 20 == len([outcome async for outcome in outcomes])

    assert (workers, workers) == (at_once, server.in_flight[1])


async def test_changes_are_taken_a_few_ahead() -> None:
    """However many there are, a bounded number is in memory."""
    server = ManyAccounts.of(100)
    taken: list[int] = []

    def lazily() -> Iterator[AccountChange]:
        for number in server.accounts:
            taken.append(number)
            yield change(number)

    async with server.edit(lazily(), workers=2) as outcomes:
        await anyio.wait_all_tasks_blocked()
        before_any = len(taken)
        await anext(outcomes)
        await anyio.wait_all_tasks_blocked()

    assert (6, 7) == (before_any, len(taken))


class MineError(Exception):
    """An error of the caller's own."""


@pytest.mark.parametrize("way", ["break", "error", "cancelled"])
async def test_leaving(way: str) -> None:
    """Writes that were sent are waited for, the rest is not begun, and nothing is left behind."""
    server, gate = ManyAccounts.of(50), anyio.Event()
    writing: list[int] = []

    async def wait(effect: str, number: int) -> None:
        if effect == "WRITE" and number > 1:
            writing.append(number)
            await gate.wait()

    server.wait = wait
    before = ResourceLeaks.now()
    scope = anyio.CancelScope()
    with contextlib.suppress(MineError), scope:
        async with server.edit(changes(server.accounts), workers=3) as outcomes:
            async for _ in outcomes:
                await anyio.wait_all_tasks_blocked()
                gate.set()
                if way == "error":
                    raise MineError
                if way == "cancelled":
                    scope.cancel()
                    await anyio.lowlevel.checkpoint()
                break

    assert [[1], writing] == [[1], sorted(server.written.keys() - {1})]
    assert 3 == len(writing)
    assert set(writing) == {outcome.account_id for outcome in outcomes.undelivered}
    assert {EditStatus.WRITTEN: 4} == outcomes.counts
    assert all(len(urls) == 1 for urls in server.written.values())
    assert before.tasks >= ResourceLeaks.now().tasks
    with pytest.raises(PaginationError, match="ended early"):
        [outcome async for outcome in outcomes]


API = [
    (APIError(7), "refused"),
    (NotFoundError(10_132), "refused"),
    (ProtocolError("other"), "refused"),
    (HTTPStatusError("500", status=500), "refused"),
    (ConflictError("changed"), "conflict"),
    (OutcomeUnknownError("update"), "unknown"),
    (VerificationError("differs"), "written"),
    (InvalidRequestError("no"), "refused"),
]


@pytest.mark.parametrize(("error", "status"), API, ids=[type(error).__name__ for error, _ in API])
async def test_errors_of_one_account(error: NeonError, status: str) -> None:
    """They are its outcome, and the others are edited."""
    server = ManyAccounts.of(3)
    server.script[2] = [error]

    async with server.edit(changes([1, 2, 3])) as outcomes:
        found = {outcome.account_id: outcome async for outcome in outcomes}

    assert {1: "written", 2: status, 3: "written"} == {n: one.status for n, one in found.items()}
    assert found[2].error is error


OUTAGES = [
    AuthenticationError(1),
    SessionError(3),
    ServiceUnavailableError(2),
    ThrottledError("429", status=429),
    TransportError("down"),
    ClientClosedError("closed"),
    MineError(),
]


async def collect(outcomes: BulkEdit, found: list[int]) -> None:
    async for outcome in outcomes:
        found += [outcome.account_id]


@pytest.mark.parametrize("error", OUTAGES, ids=lambda error: type(error).__name__)
async def test_errors_that_would_befall_all(error: Exception) -> None:
    """They end the run, after the outcomes that are known, and nothing more is begun."""
    server = ManyAccounts.of(30)
    server.script[9] = [error]
    found: list[int] = []

    async with server.edit(changes(server.accounts), workers=2) as outcomes:
        with pytest.raises(type(error)) as caught:
            await collect(outcomes, found)
        with pytest.raises(PaginationError, match="run it again"):
            await anext(outcomes)

    assert caught.value is error
    assert 9 not in server.written
    assert {*server.written} == {*found, *(one.account_id for one in outcomes.undelivered)}
    assert len(server.written) < 12


class StopError(BaseException):
    """An interrupt of the program."""


async def test_an_interrupt() -> None:
    """It comes out of the loop and of the block."""

    def interrupting(_: Any) -> None:
        raise StopError

    outcomes = ManyAccounts.of(1).edit([AccountChange(1, interrupting)])
    await outcomes.__aenter__()
    with pytest.raises(StopError):
        await anext(outcomes)
    with pytest.raises(StopError):
        await outcomes.__aexit__(None, None, None)


async def test_an_error_of_the_changes() -> None:
    """What the caller's iterable raises ends the run."""

    def broken() -> Iterator[AccountChange]:
        yield change(1)
        raise MineError

    async with ManyAccounts.of(1).edit(broken()) as outcomes:
        with pytest.raises(MineError):
            [outcome async for outcome in outcomes]


@pytest.mark.parametrize("given", [[1], 1, None], ids=repr)
async def test_what_are_no_changes(given: Any) -> None:
    """It is refused, with the argument's name."""
    with pytest.raises(InvalidRequestError, match="AccountChange") as caught:
        async with ManyAccounts.of(1).edit(given) as outcomes:
            await anext(outcomes)

    assert "changes" == caught.value.parameter


async def test_what_is_no_change() -> None:
    """A change is a function, of one of two kinds of account, and workers are counted."""
    with pytest.raises(InvalidRequestError, match="change"):
        AccountChange(1, "no function")  # type: ignore[arg-type]
    with pytest.raises(InvalidRequestError, match="kind"):
        AccountChange(1, to("x"), kind="person")  # type: ignore[arg-type]
    async with AsyncClient("fake-org", "fake-key") as neon:
        with pytest.raises(InvalidRequestError, match="workers"):
            neon.edit_many([], workers=0)


async def test_it_is_entered_once_and_iterated_inside() -> None:
    """Anything else says what to do."""
    server = ManyAccounts.of(1)
    outcomes = server.edit(changes([1]))
    with pytest.raises(PaginationError, match="inside"):
        await anext(outcomes)
    assert 0 == outcomes.skipped

    async with outcomes:
        with pytest.raises(RuntimeError, match="once"):
            await outcomes.__aenter__()
        assert ["written"] == [outcome.status async for outcome in outcomes]
        with pytest.raises(StopAsyncIteration):
            await anext(outcomes)


async def test_a_cancelled_step_may_be_repeated() -> None:
    """It loses no outcome."""
    server, gate = ManyAccounts.of(2), anyio.Event()

    async def wait(_effect: str, _number: int) -> None:
        await gate.wait()

    server.wait = wait
    async with server.edit(changes([1, 2])) as outcomes:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anext, outcomes)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        gate.set()

        assert {1, 2} == {outcome.account_id async for outcome in outcomes}


async def test_a_closed_client(neon: AsyncClient, emulator: Emulator) -> None:
    """Closing the client ends the run."""
    async with neon.edit_many(changes([10_001])) as outcomes:
        await neon.aclose()
        with pytest.raises(ClientClosedError):
            await anext(outcomes)

    assert [] == [request for request in emulator.requests if "update" in request.method]


async def test_undoing_many(neon: AsyncClient, emulator: Emulator) -> None:
    """Edits are undone like others: each says what became of it."""
    numbers = [create(emulator, "individual"), create(emulator, "individual")]
    edits: list[AccountEdit[Any]] = []
    async with neon.edit_many(changes(numbers)) as outcomes:
        async for outcome in outcomes:
            assert outcome.edit is not None
            edits.append(outcome.edit)
    emulator.change_account(numbers[1], url="other")

    async with neon.edit_many([AccountChange.to_undo(edit) for edit in edits]) as outcomes:
        found = {outcome.account_id: outcome.status async for outcome in outcomes}

    assert {numbers[0]: "written", numbers[1]: "conflict"} == found
    assert ["https://example.org/?a=1&b=2", "other"] == [
        (emulator.account(number) or {})["url"] for number in numbers
    ]


def test_as_many_requests_as_needed_and_all_at_once() -> None:
    """At 5 in flight, edits take at most 1.15 times what their 4 requests each must take."""
    server = ManyAccounts.of(200)

    async def wait(_effect: str, _number: int) -> None:
        await anyio.sleep(1)

    async def main() -> float:
        begun = anyio.current_time()
        async with server.edit(changes(server.accounts), workers=5) as outcomes:
            assert 200 == len([outcome async for outcome in outcomes])
        return anyio.current_time() - begun

    server.wait = wait
    clock = trio.testing.MockClock(autojump_threshold=0)
    seconds = anyio.run(main, backend="trio", backend_options={"clock": clock})

    assert 4 * 200 == len(server.requests)
    assert seconds <= 1.15 * 4 * 200 / 5
