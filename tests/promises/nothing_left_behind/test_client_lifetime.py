"""A client lives in one event loop until it is closed, and leaves nothing behind."""

import asyncio
import gc
import pickle
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from neon_async import (
    AsyncClient,
    ClientClosedError,
    Contact,
    EventLoopError,
    IndividualAccount,
    NeonError,
    OutcomeUnknownError,
    RetryPolicy,
    VerificationError,
)
from neon_async._pipeline.session import Credentials
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Gate, Seen, Step, answers, hang
from tests.support.resource_leaks import ResourceLeaks, descriptors, expect_no_slots, expect_none
from tests.support.secrets_scenario import API_KEY, CALLS, EVER, LONG, ORG_ID, REQUESTS, Scenario
from tests.support.sweeps import share

BACKENDS = ["asyncio", "trio"]
# What a call may end with when its client closes under it.
CLOSED = {ClientClosedError, OutcomeUnknownError, VerificationError}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running
        gc.collect()
        running.wait_until(lambda: running.open_connections == 0)


async def ended(scenario: Scenario, name: str, outcomes: list[object]) -> None:
    """Use a method, and note what it ends with."""
    try:
        outcomes.append(await scenario.call(name))
    except NeonError as error:
        outcomes.append(type(error))


async def arrived(server: FaultServer, requests: int, outcomes: list[object]) -> bool:
    """Wait until so many requests have arrived, or the call has ended without."""
    while server.requests < requests and not outcomes:  # noqa: ASYNC110 - in another thread
        await anyio.sleep(0.001)
    return not outcomes


async def test_every_method_after_the_close() -> None:
    """A closed client says so, whatever it is asked for, and sends nothing."""
    for name in CALLS:
        scenario = Scenario.set_up()
        await scenario.neon.aclose()
        outcomes: list[object] = []
        await ended(scenario, name, outcomes)
        assert [ClientClosedError] == outcomes, name
        assert [] == scenario.engine.seen


@pytest.mark.parametrize("second", BACKENDS)
@pytest.mark.parametrize("first", BACKENDS)
def test_every_method_in_a_second_event_loop(first: str, second: str) -> None:
    """Another event loop is told the rule, and nothing is sent from there."""
    for name in share(CALLS, BACKENDS.index(first), BACKENDS.index(second)):
        scenario = Scenario.set_up()
        anyio.run(scenario.neon.login, backend=first)
        outcomes: list[object] = []
        anyio.run(ended, scenario, name, outcomes, backend=second)
        assert [EventLoopError] == outcomes, name
        assert ["login"] == scenario.engine.seen
        with pytest.raises(EventLoopError):
            anyio.run(scenario.neon.aclose, backend=second)


def held_up(
    gate: Gate, number: int, server: FaultServer, answer: Callable[[Seen], list[Step]], seen: Seen
) -> list[Step]:
    """Answer, but let the request of this number wait."""
    return [gate, *answer(seen)] if server.seen[number - 1] is seen else answer(seen)


async def test_another_thread(server: FaultServer) -> None:
    """A thread that uses the client while a call is in flight is refused, and disturbs nothing."""
    gate = Gate()
    for name in LONG:
        scenario = Scenario.set_up().on_socket(server)
        await scenario.neon.login()
        number = server.requests + 1
        server.answer(partial(held_up, gate, number, server, answers(scenario.emulator)))
        here: list[object] = []
        there: list[object] = []
        async with anyio.create_task_group() as group:
            group.start_soon(ended, scenario, name, here)
            await arrived(server, number, here)
            elsewhere = partial(_in_a_loop_of_its_own, scenario, name, there)
            with anyio.fail_after(5):
                await anyio.to_thread.run_sync(elsewhere, abandon_on_cancel=True)
            gate.open()
        await scenario.neon.aclose()
        assert [EventLoopError] == there
        assert not isinstance(here[0], type), name


def _in_a_loop_of_its_own(scenario: Scenario, name: str, outcomes: list[object]) -> None:
    anyio.run(ended, scenario, name, outcomes)


@pytest.mark.parametrize("name", LONG)
async def test_closing_at_every_request(name: str, server: FaultServer) -> None:
    """Whatever is in flight ends at once and says why, and nothing remains."""
    before = ResourceLeaks.now()
    closed = 0
    for good in range(REQUESTS):
        scenario = Scenario.set_up().on_socket(server)
        outcomes: list[object] = []
        server.nth(server.requests + good + 1, hang())
        async with anyio.create_task_group() as group:
            group.start_soon(ended, scenario, name, outcomes)
            stuck = await arrived(server, server.requests + good + 1, outcomes)
            began = time.monotonic()
            await scenario.neon.aclose()
            assert time.monotonic() - began < 2.0
        assert not stuck or outcomes[0] in CLOSED
        expect_no_slots(scenario.neon)
        if not stuck:
            break
        closed += 1

    assert closed > 0
    await expect_none(before, scenario.neon, server)


async def test_closing_at_every_step(anyio_backend: str) -> None:
    """Wherever the event loop is, closing ends all calls as closed, or lets them be done."""
    for steps in share(range(60), BACKENDS.index(anyio_backend)):
        scenario = Scenario.set_up(max_concurrency=2)
        outcomes: list[object] = []
        async with anyio.create_task_group() as group:
            for name in LONG:
                group.start_soon(ended, scenario, name, outcomes)
            for _ in range(steps):
                await checkpoint()
            await scenario.neon.aclose()
        assert {*CLOSED} >= {one for one in outcomes if isinstance(one, type)}
        expect_no_slots(scenario.neon)


async def test_closing_ends_waits() -> None:
    """Who waits for a slot, for another call's login or for the next attempt ends as closed."""
    throttled: dict[str, Any] = {"status": 429, "headers": {"Retry-After": "60"}}
    held: dict[str, Any] = {"delay": 60.0}
    for fault in (throttled, held):
        scenario = Scenario.set_up(
            max_concurrency=1, retry=RetryPolicy(base=60.0, jitter=lambda: 1.0)
        )
        scenario.emulator.fail_next(1, **fault)
        outcomes: list[object] = []
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(ended, scenario, "list_prefixes", outcomes)
            for _ in range(20):
                await checkpoint()
            await scenario.neon.aclose()
        assert [ClientClosedError] * 4 == outcomes
        expect_no_slots(scenario.neon)


async def test_closing_ends_the_search_for_what_a_lost_reply_created() -> None:
    """Looking for a record takes seconds, which a client that closes does not have."""
    scenario = Scenario.set_up()
    scenario.emulator.fail_next(method="createIndividualAccount", drop=True)
    person = IndividualAccount(primary_contact=Contact(first_name="Nobody", last_name="Else"))
    failed: list[NeonError] = []

    async def create() -> None:
        with pytest.raises(OutcomeUnknownError) as caught:
            await scenario.neon.create_individual_account(person, on_unknown="find")
        failed.append(caught.value)

    async with anyio.create_task_group() as group:
        group.start_soon(create)
        while scenario.engine.seen.count("syncAccounts") < 2:
            await checkpoint()
        for _ in range(20):
            await checkpoint()
        began = time.monotonic()
        await scenario.neon.aclose()

    assert 1 == len(failed)
    assert time.monotonic() - began < 0.5


async def test_closing_many_times(server: FaultServer) -> None:
    """Twice in a row or at once, from a walk or from a call: it is done once, and never fails."""
    before = ResourceLeaks.now()
    scenario = Scenario.set_up().on_socket(server)
    neon = scenario.neon
    async for _ in scenario.neon.sync_accounts(account_ids=[scenario.person]):
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(neon.aclose)
    await neon.aclose()
    async with neon:
        pass

    await expect_none(before, neon, server)


@pytest.mark.parametrize("kind", ["lookahead", "feed"])
async def test_closing_inside(kind: str, server: FaultServer) -> None:
    """A stream whose client is closed under it ends as closed, and leaves no task."""
    before = ResourceLeaks.now()
    scenario = Scenario.set_up().on_socket(server)
    walk = scenario.neon.sync_accounts(time_from=EVER, page_size=1).lookahead(2)
    feed = scenario.neon.account_changes(EVER, page_size=1)
    stream: AbstractAsyncContextManager[AsyncIterator[object]] = (
        walk if kind == "lookahead" else feed
    )

    async def consume() -> None:
        async with stream as items:
            async for _ in items:
                await scenario.neon.aclose()

    with pytest.raises(ClientClosedError):
        await consume()

    await expect_none(before, scenario.neon, server)


@pytest.mark.parametrize("kind", ["lookahead", "feed", "walk", "pages"])
async def test_leaving_a_stream(kind: str, server: FaultServer) -> None:
    """A stream that is left by `break` leaves nothing, and the client can still be used."""
    before = ResourceLeaks.now()
    scenario = Scenario.set_up().on_socket(server)
    neon = scenario.neon
    paginator = neon.sync_accounts(time_from=EVER, page_size=1)
    contexts: dict[str, AbstractAsyncContextManager[AsyncIterator[object]]] = {
        "lookahead": paginator.lookahead(3),
        "feed": neon.account_changes(EVER, page_size=1),
        "walk": nullcontext(aiter(paginator)),
        "pages": nullcontext(paginator.pages()),
    }
    async with contexts[kind] as items:
        async for _ in items:
            break
    expect_no_slots(neon)
    assert await neon.list_prefixes()
    await neon.aclose()

    await expect_none(before, neon, server)


async def test_clients_that_share_a_limiter(server: FaultServer) -> None:
    """Together they use no more than it allows; closing one disturbs no other."""
    limiter = anyio.CapacityLimiter(3)
    scenario = Scenario.set_up()
    clients = [scenario.on_socket(server, limiter=limiter).neon for _ in range(3)]
    answered: list[object] = []

    async def ask(neon: AsyncClient) -> None:
        answered.extend([await neon.list_prefixes() for _ in range(5)])

    async with anyio.create_task_group() as group:
        for neon in clients[:2] * 3:
            group.start_soon(ask, neon)
        await arrived(server, 6, [])
        await clients[2].aclose()
    await clients[0].aclose()
    await ask(clients[1])
    await clients[1].aclose()

    assert 35 == len(answered)
    assert server.most_in_flight <= 3
    assert 0 == limiter.borrowed_tokens


def test_clients_in_two_event_loops_share_no_limiter() -> None:
    """A limiter works in one event loop; a client of another one says so."""
    limiter = anyio.CapacityLimiter(3)
    first, second = Scenario.set_up(limiter=limiter), Scenario.set_up(limiter=limiter)
    asyncio.run(first.neon.login())

    with pytest.raises(EventLoopError):
        asyncio.run(second.neon.login())
    assert [] == second.engine.seen


def test_client_that_was_never_closed(server: FaultServer) -> None:
    """A forgotten client is the garbage collector's, and its sockets warn as Python's do."""
    before = descriptors()

    def forget() -> None:
        asyncio.run(Scenario.set_up().on_socket(server).neon.login())
        gc.collect()

    with pytest.warns(ResourceWarning):
        forget()
    server.wait_until(lambda: server.open_connections == 0)

    assert before >= descriptors()


async def test_clients_are_not_pickled() -> None:
    """Not even within something else, nor after they were used; the error says what to do."""
    scenario = Scenario.set_up()
    await scenario.neon.login()
    for thing in (scenario.neon, {"neon": scenario.neon}, scenario.neon.list_prefixes):
        with pytest.raises(TypeError, match="can't be pickled"):
            pickle.dumps(thing)
    await scenario.neon.aclose()


def test_options_are_pickled() -> None:
    """What a client is made of reaches another process, and shows nothing on the way."""
    credentials = Credentials(ORG_ID, API_KEY)
    retry = RetryPolicy(attempts=2, base=0.1, cap=1.0)
    failed = OutcomeUnknownError("createAnything", None, "test")

    assert credentials == pickle.loads(pickle.dumps(credentials))  # noqa: S301 - made here
    again = pickle.loads(pickle.dumps(retry))  # noqa: S301 - made here
    assert (2, 0.1, 1.0) == (again.attempts, again.base, again.cap)
    assert 0.0 <= again.jitter() <= 1.0
    assert str(failed) == str(pickle.loads(pickle.dumps(failed)))  # noqa: S301 - made here
    assert ORG_ID not in repr(credentials)
