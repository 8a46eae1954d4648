"""Cancelled at any await, a client is as it was before: the next hundred calls succeed."""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from neon_async import NeonError, RetryPolicy
from tests.support.cancellation import by_scope, by_task, by_timeout
from tests.support.fault_server import FaultServer
from tests.support.resource_leaks import ResourceLeaks, expect_no_slots, expect_none, running
from tests.support.secrets_scenario import CALLS, EVER, Scenario
from tests.support.sweeps import THOROUGH, share

Way = Callable[[Callable[[], Awaitable[object]], int], Coroutine[Any, Any, bool]]

# Asyncio has two ways of its own.
WAYS: list[tuple[str, Way]] = [
    ("trio", by_scope),
    ("asyncio", by_scope),
    ("asyncio", by_task),
    ("asyncio", by_timeout),
]
MOST = 100  # steps; what takes longer repeats itself


async def first_login(scenario: Scenario) -> None:
    await scenario.neon.logout()
    await scenario.neon.login()


async def renewal(scenario: Scenario) -> object:
    scenario.emulator.expire_sessions()
    return await scenario.neon.list_prefixes()


async def repetition(scenario: Scenario) -> object:
    scenario.emulator.fail_next(2, status=503)
    try:
        return await scenario.neon.list_prefixes()
    finally:
        scenario.emulator.clear_faults()


async def contention(scenario: Scenario) -> object:
    """Six calls for two slots."""
    async with anyio.create_task_group() as group:
        for _ in range(6):
            group.start_soon(scenario.neon.list_prefixes)
    return None


JOBS: dict[str, Callable[[Scenario], Awaitable[object]]] = {
    "login": first_login,
    "renewal": renewal,
    "repetition": repetition,
    "contention": contention,
    "write": CALLS["create_individual_account"],
    **{
        name: CALLS[name]
        for name in (
            "call",
            "sync_accounts",
            "sync_accounts lookahead",
            "edit_individual_account",
            "create_individual_account find",
            "account_changes merges",
            "resolve_account_ids",
            "reconcile",
        )
    },
}


def combinations(names: Iterable[str]) -> list[tuple[str, Way, str]]:
    """Return each job with one way on either event loop, and in the thorough profile with all."""
    return [
        (*way, name)
        for number, name in enumerate(names)
        for way in [WAYS[0], *share(WAYS[1:], number, of=3)]
    ]


async def hundred(scenario: Scenario) -> None:
    """Expect that a hundred calls are answered, with no more than one login."""
    logins = scenario.engine.seen.count("login")
    answers: list[object] = []

    async def ask() -> None:
        answers.extend([await scenario.neon.list_prefixes() for _ in range(20)])

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(ask)
    assert 100 == len(answers)
    assert scenario.engine.seen.count("login") - logins <= 1


@pytest.mark.parametrize(("anyio_backend", "way", "name"), combinations(JOBS))
async def test_at_every_step(name: str, way: Way) -> None:
    """Login, call, retry, renewal, slot, walk, look-ahead, edit, feed: cancelled at each step."""
    scenario = Scenario.set_up(max_concurrency=2, retry=RetryPolicy(base=0.0))
    await scenario.neon.login()
    tasks = running()

    for steps in range(MOST):
        done = await way(partial(JOBS[name], scenario), steps)
        expect_no_slots(scenario.neon)
        assert tasks == running()
        if done:
            break

    assert steps > 1
    scenario.emulator.clear_faults()
    await hundred(scenario)
    await scenario.neon.aclose()


@pytest.mark.parametrize(("anyio_backend", "way"), WAYS)
async def test_while_waiting(way: Way) -> None:
    """A call that waits a minute for its next attempt, and one that waits for its slot."""
    scenario = Scenario.set_up(max_concurrency=1, retry=RetryPolicy(base=60.0, jitter=lambda: 1.0))
    await scenario.neon.login()
    scenario.emulator.fail_next(status=503)
    assert not await way(scenario.neon.list_prefixes, 50)

    scenario.emulator.fail_next(delay=60.0)
    async with anyio.create_task_group() as group:
        group.start_soon(scenario.neon.list_genders)
        for _ in range(10):
            await checkpoint()
        assert not await way(scenario.neon.list_prefixes, 50)
        group.cancel_scope.cancel()

    expect_no_slots(scenario.neon)
    await hundred(scenario)
    await scenario.neon.aclose()


@pytest.mark.parametrize(("anyio_backend", "way"), WAYS)
async def test_leader_of_a_login(way: Way) -> None:
    """Whoever waits for the login of a call that is cancelled logs in instead."""
    organization = Scenario.set_up()
    for steps in range(40):
        scenario = organization.again(max_concurrency=2)
        answers: list[object] = []

        async def ask(scenario: Scenario = scenario, answers: list[object] = answers) -> None:
            answers.append(await scenario.neon.list_prefixes())

        async with anyio.create_task_group() as group:
            lead = partial(way, scenario.neon.list_genders, steps)
            group.start_soon(lead)
            for _ in range(3):
                group.start_soon(ask)
        assert 3 == len(answers)
        assert scenario.engine.seen.count("login") <= 2
        expect_no_slots(scenario.neon)
        await scenario.neon.aclose()


@pytest.mark.parametrize(("anyio_backend", "way"), WAYS)
async def test_closing(way: Way) -> None:
    """A close that is cancelled can be done again, and ends everything that is in flight."""
    organization = Scenario.set_up()
    for steps in range(20):
        scenario = organization.again()
        outcomes: list[object] = []

        async def use(scenario: Scenario = scenario, outcomes: list[object] = outcomes) -> None:
            try:
                outcomes.append(await scenario.neon.sync_accounts(time_from=EVER).collect())
            except NeonError as error:
                outcomes.append(error)

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(use)
            for _ in range(10):
                await checkpoint()
            await way(scenario.neon.aclose, steps)
            await scenario.neon.aclose()
        assert 3 == len(outcomes)
        expect_no_slots(scenario.neon)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.mark.parametrize(
    ("anyio_backend", "way", "name"),
    combinations(["login", "renewal", "sync_accounts lookahead", "write"]),
)
async def test_on_a_socket(name: str, way: Way, server: FaultServer) -> None:
    """With connections of its own: no task, socket or descriptor is left, either."""
    before = ResourceLeaks.now()
    scenario = Scenario.set_up().on_socket(server, max_concurrency=2)
    for steps in range(0, 200, 1 if THOROUGH else 7):
        await way(partial(JOBS[name], scenario), steps)
        expect_no_slots(scenario.neon)

    for _ in range(100):
        assert await scenario.neon.list_prefixes()

    await server.until(lambda: server.open_connections <= 2)
    await scenario.neon.aclose()
    await expect_none(before, scenario.neon, server)
