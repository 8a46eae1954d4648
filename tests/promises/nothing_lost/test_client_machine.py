"""Any faults in any order: what a client says is what has happened to the records."""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import httpx
from anyio.from_thread import start_blocking_portal
from anyio.lowlevel import checkpoint
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from neon_async import (
    IndividualAccount,
    NeonError,
    OrganizationAccount,
    OutcomeUnknownError,
    RetryPolicy,
    VerificationError,
)
from neon_async.emulator import Emulator
from tests.support.edits import RESET
from tests.support.resource_leaks import expect_no_slots
from tests.support.secrets_scenario import EVER, Engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

CANCELLED = "cancelled"
# What happens to a request, by whether it is processed all the same.
NOT_PROCESSED = ["refused", "429", "expired", "code 2", "503", "cut before", "garbage before"]
PROCESSED = ["cut after", "503 after", "garbage after", "pending after", "short after"]

faults = st.lists(
    st.none() | st.sampled_from(NOT_PROCESSED) | st.sampled_from(PROCESSED), max_size=6
)
steps = st.none() | st.integers(0, 40)


class Faulty(Engine):
    """Has a fault for each of the next requests; None lets one through."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(emulator)
        self.emulator = emulator
        self.script: deque[str | None] = deque()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Meet a fault before the emulator, or after it."""
        fault = self.script.popleft() if self.script else None
        if fault == "expired":
            self.emulator.expire_sessions()
        elif fault in NOT_PROCESSED:
            return _failed(fault, request)
        response = await super().handle_async_request(request)
        if fault in PROCESSED:
            await response.aread()
            return _failed(fault, request)
        return response


def _failed(fault: str | None, request: httpx.Request) -> httpx.Response:
    match (fault or "").split():
        case ["refused"]:
            raise httpx.ConnectError("refused")
        case ["cut", _]:
            raise httpx.ReadError("cut")
        case ["429" | "503" as status, *_]:
            return httpx.Response(int(status), request=request)
        case ["garbage", _]:
            return httpx.Response(200, html="<html>gateway</html>", request=request)
        case ["short", _]:
            return httpx.Response(200, headers={"Content-Length": "99"}, stream=_Short())
        case ["code", code]:
            return _envelope("FAIL", errors={"error": [{"errorCode": int(code)}]})
        case _:
            return _envelope("PENDING")


class _Short(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"


def _envelope(result: str, **payload: object) -> httpx.Response:
    return httpx.Response(200, json={"anyResponse": {"operationResult": result, **payload}})


class Machine(RuleBasedStateMachine):
    """One client in one event loop, and an emulator that is looked at from outside."""

    backend = "asyncio"

    def __init__(self) -> None:
        super().__init__()
        self.emulator = Emulator(accounts=7, activities=3)
        self.engine = Faulty(self.emulator)
        retry = RetryPolicy(base=0.0)
        self.neon = self.emulator.client(
            transport=self.engine, retry=retry, page_size=2, max_concurrency=2
        )
        self.cleanup = ExitStack()
        self.portal = self.cleanup.enter_context(start_blocking_portal(self.backend))
        self.number = 0

    def teardown(self) -> None:
        """Close the client where it was used."""
        self.portal.call(self.neon.aclose)
        self.cleanup.close()
        self.emulator.close()

    def ended(
        self, call: Callable[[], Awaitable[object]], script: list[Any], cancel: int | None
    ) -> object:
        """Return what a call ends with, while these faults happen to its requests."""
        self.engine.script = deque(script)
        outcome = self.portal.call(_ended, call, cancel)
        self.engine.script.clear()
        return outcome

    @rule(script=faults, cancel=steps)
    def read(self, script: list[Any], cancel: int | None) -> None:
        """A read is answered or fails; that it may have happened is never said of it."""
        outcome = self.ended(self.neon.list_prefixes, script, cancel)
        assert not isinstance(outcome, OutcomeUnknownError)
        if outcome != CANCELLED and not isinstance(outcome, NeonError):
            assert outcome == ("Mr.", "Mrs.", "Ms.", "Mx.", "Dr.", "Prof.")

    @rule(script=faults, cancel=steps)
    def create(self, script: list[Any], cancel: int | None) -> None:
        """What was created is there once, what was refused is not, and nothing is there twice."""
        self.number += 1
        name = f"Example {self.number}"
        company = OrganizationAccount(organization_name=name)
        call = partial(self.neon.create_organization_account, company)
        outcome = self.ended(call, script, cancel)
        there = [one for one in self.emulator.account_ids() if self.called(one) == name]
        if isinstance(outcome, int):
            assert [outcome] == there
        elif isinstance(outcome, NeonError) and not isinstance(outcome, OutcomeUnknownError):
            assert [] == there
        else:
            assert len(there) <= 1

    def called(self, account_id: int) -> str | None:
        account = self.emulator.account(account_id)
        return None if account is None else account.get("organizationName")

    @rule(script=faults, cancel=steps, verify=st.booleans())
    def edit(self, script: list[Any], cancel: int | None, verify: bool) -> None:  # noqa: FBT001
        """An edit is there, or not, as is said; and nothing else has changed."""
        person = next(one for one in self.emulator.account_ids() if self.called(one) is None)
        before = self.fields(person)
        self.number += 1
        wanted = f"https://example.org/{self.number}"

        def change(account: IndividualAccount) -> None:
            account.url = wanted

        edit = self.neon.edit_individual_account
        call = partial(edit, person, change, verify=verify, accept_loss=RESET)
        outcome = self.ended(call, script, cancel)
        after = self.fields(person)
        urls = before.pop("url", None), after.pop("url", None)
        assert before == after
        if isinstance(outcome, (OutcomeUnknownError, str)):
            assert urls[1] in {urls[0], wanted}
        elif isinstance(outcome, NeonError) and not isinstance(outcome, VerificationError):
            assert urls[0] == urls[1]
        else:
            assert wanted == urls[1]

    def fields(self, account_id: int) -> dict[str, Any]:
        account = self.emulator.account(account_id) or {}
        moving = {"lastModifiedDateTime", "lastModifiedBy"}
        return {name: value for name, value in account.items() if name not in moving}

    @rule(script=faults, cancel=steps, ahead=st.booleans())
    def walk(self, script: list[Any], cancel: int | None, ahead: bool) -> None:  # noqa: FBT001
        """A pull that goes on where it failed has each record once."""
        found: list[int] = []
        outcome = self.ended(partial(self.pull, found, 1, ahead=ahead), script, cancel)
        while isinstance(outcome, NeonError) and outcome.resume is not None:
            # Pages come as a whole, so what is there of the page to resume from is dropped.
            del found[2 * (outcome.resume - 1) :]
            outcome = self.ended(partial(self.pull, found, outcome.resume, ahead=ahead), [], None)
        assert len(found) == len(set(found))
        if outcome is None:
            assert sorted(found) == self.emulator.account_ids()

    async def pull(self, found: list[int], start: int, *, ahead: bool) -> None:
        walk = self.neon.sync_accounts(
            time_from=EVER, start_page=start, sort_column="accountId", sort_direction="ASC"
        )
        if ahead:
            async with walk.lookahead(3) as accounts:
                async for account in accounts:
                    found.append(account.account_id or 0)  # noqa: PERF401 - errors keep it
            return
        async for account in walk:
            found.append(account.account_id or 0)  # noqa: PERF401 - errors keep it

    @rule(script=faults)
    def log_out(self, script: list[Any]) -> None:
        """A logout may fail like anything else, and the next call logs in."""
        outcome = self.ended(self.neon.logout, script, None)
        assert outcome is None or isinstance(outcome, NeonError)

    @rule()
    def expire(self) -> None:
        """The server forgets the session."""
        self.emulator.expire_sessions()

    @rule()
    def recover(self) -> None:
        """The quota of repetitions fills up, as good times would fill it."""
        self.neon._dispatcher._context.quota.tokens = 500

    @invariant()
    def nothing_is_left(self) -> None:
        """Between calls no slot, lock or wait remains."""
        expect_no_slots(self.neon)


async def _ended(call: Callable[[], Awaitable[object]], cancel: int | None) -> object:
    outcome: list[object] = []
    async with anyio.create_task_group() as group:
        group.start_soon(_note, call, outcome)
        for _ in range(10_000 if cancel is None else cancel):
            if outcome:
                break
            await checkpoint()
        if cancel is not None:
            group.cancel_scope.cancel()
    return outcome[0] if outcome else CANCELLED


async def _note(call: Callable[[], Awaitable[object]], outcome: list[object]) -> None:
    try:
        outcome.append(await call())
    except NeonError as error:
        outcome.append(error)


class TrioMachine(Machine):
    """The same on trio."""

    backend = "trio"


TestOnAsyncio = Machine.TestCase
TestOnTrio = TrioMachine.TestCase
TestOnAsyncio.settings = TestOnTrio.settings = settings(stateful_step_count=12)
