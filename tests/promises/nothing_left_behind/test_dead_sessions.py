"""A session that dies costs each call at most one request, and most calls none."""

import anyio
import pytest

from tests.support.secrets_scenario import Scenario


@pytest.mark.parametrize("slots", [1, 3])
async def test_calls_that_wait_for_a_slot(slots: int) -> None:
    """Who waits for a slot while the session is renewed goes out with the new one."""
    scenario = Scenario.set_up(max_concurrency=slots)
    await scenario.neon.login()
    scenario.emulator.expire_sessions()
    answers: list[object] = []

    async def ask() -> None:
        answers.append(await scenario.neon.list_prefixes())

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(ask)
    await scenario.neon.aclose()

    assert 20 == len(answers)
    assert 2 == scenario.engine.seen.count("login")
    assert 20 + slots == scenario.engine.seen.count("listPrefixes")
