"""Cancelled at any await, a client is as it was before: the next hundred calls succeed."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from typing import Any

import anyio
import pytest
from anyio.lowlevel import checkpoint

from neon_async import NeonError, RetryPolicy
from tests.support.cancellation import by_scope, by_task, by_timeout
from tests.support.fault_server import FaultServer
from tests.support.resource_leaks import Leftovers, expect_no_slots, expect_none, running
from tests.support.secrets_scenario import CALLS, EVER, Scene

Way = Callable[[Callable[[], Awaitable[object]], int], Coroutine[Any, Any, bool]]

# Asyncio has two ways of its own.
WAYS = [
    pytest.param("asyncio", by_scope, id="asyncio-scope"),
    pytest.param("trio", by_scope, id="trio-scope"),
    pytest.param("asyncio", by_task, id="task.cancel"),
    pytest.param("asyncio", by_timeout, id="asyncio.timeout"),
]
MOST = 100  # steps; what takes longer repeats itself


async def first_login(scene: Scene) -> None:
    await scene.neon.logout()
    await scene.neon.login()


async def renewal(scene: Scene) -> object:
    scene.emulator.expire_sessions()
    return await scene.neon.list_prefixes()


async def repetition(scene: Scene) -> object:
    scene.emulator.fail_next(2, status=503)
    try:
        return await scene.neon.list_prefixes()
    finally:
        scene.emulator.clear_faults()


async def contention(scene: Scene) -> object:
    """Six calls for two slots."""
    async with anyio.create_task_group() as group:
        for _ in range(6):
            group.start_soon(scene.neon.list_prefixes)
    return None


JOBS: dict[str, Callable[[Scene], Awaitable[object]]] = {
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


async def hundred(scene: Scene) -> None:
    """Expect that a hundred calls are answered, with no more than one login."""
    logins = scene.engine.seen.count("login")
    answers: list[object] = []

    async def ask() -> None:
        answers.extend([await scene.neon.list_prefixes() for _ in range(20)])

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(ask)
    assert 100 == len(answers)
    assert scene.engine.seen.count("login") - logins <= 1


@pytest.mark.parametrize("name", JOBS)
@pytest.mark.parametrize(("anyio_backend", "way"), WAYS)
async def test_at_every_step(name: str, way: Way) -> None:
    """Login, call, retry, renewal, slot, walk, look-ahead, edit, feed: cancelled at each step."""
    scene = Scene.set_up(max_concurrency=2, retry=RetryPolicy(base=0.0))
    await scene.neon.login()
    tasks = running()

    for steps in range(MOST):
        done = await way(partial(JOBS[name], scene), steps)
        expect_no_slots(scene.neon)
        assert tasks == running()
        if done:
            break

    assert steps > 1
    scene.emulator.clear_faults()
    await hundred(scene)
    await scene.neon.aclose()


@pytest.mark.parametrize(("anyio_backend", "way"), WAYS)
async def test_while_waiting(way: Way) -> None:
    """A call that waits a minute for its next attempt, and one that waits for its slot."""
    scene = Scene.set_up(max_concurrency=1, retry=RetryPolicy(base=60.0, jitter=lambda: 1.0))
    await scene.neon.login()
    scene.emulator.fail_next(status=503)
    assert not await way(scene.neon.list_prefixes, 50)

    scene.emulator.fail_next(delay=60.0)
    async with anyio.create_task_group() as group:
        group.start_soon(scene.neon.list_genders)
        for _ in range(10):
            await checkpoint()
        assert not await way(scene.neon.list_prefixes, 50)
        group.cancel_scope.cancel()

    expect_no_slots(scene.neon)
    await hundred(scene)
    await scene.neon.aclose()


@pytest.mark.parametrize(("anyio_backend", "way"), WAYS)
async def test_leader_of_a_login(way: Way) -> None:
    """Whoever waits for the login of a call that is cancelled logs in instead."""
    for steps in range(40):
        scene = Scene.set_up(max_concurrency=2)
        answers: list[object] = []

        async def ask(scene: Scene = scene, answers: list[object] = answers) -> None:
            answers.append(await scene.neon.list_prefixes())

        async with anyio.create_task_group() as group:
            lead = partial(way, scene.neon.list_genders, steps)
            group.start_soon(lead)
            for _ in range(3):
                group.start_soon(ask)
        assert 3 == len(answers)
        assert scene.engine.seen.count("login") <= 2
        expect_no_slots(scene.neon)
        await scene.neon.aclose()


@pytest.mark.parametrize(("anyio_backend", "way"), WAYS)
async def test_closing(way: Way) -> None:
    """A close that is cancelled can be done again, and ends everything that is in flight."""
    for steps in range(20):
        scene = Scene.set_up()
        outcomes: list[object] = []

        async def use(scene: Scene = scene, outcomes: list[object] = outcomes) -> None:
            try:
                outcomes.append(await scene.neon.sync_accounts(time_from=EVER).collect())
            except NeonError as error:
                outcomes.append(error)

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(use)
            for _ in range(10):
                await checkpoint()
            await way(scene.neon.aclose, steps)
            await scene.neon.aclose()
        assert 3 == len(outcomes)
        expect_no_slots(scene.neon)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.mark.parametrize("name", ["login", "renewal", "sync_accounts lookahead", "write"])
@pytest.mark.parametrize(("anyio_backend", "way"), WAYS)
async def test_on_a_socket(name: str, way: Way, server: FaultServer) -> None:
    """With connections of its own: no task, socket or descriptor is left, either."""
    before = Leftovers.now()
    scene = Scene.set_up().on_socket(server, max_concurrency=2)
    for steps in range(0, 200, 3):
        await way(partial(JOBS[name], scene), steps)
        expect_no_slots(scene.neon)

    for _ in range(100):
        assert await scene.neon.list_prefixes()

    await server.until(lambda: server.open_connections <= 2)
    await scene.neon.aclose()
    await expect_none(before, scene.neon, server)
