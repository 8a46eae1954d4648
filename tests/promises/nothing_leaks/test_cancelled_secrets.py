"""A call that is cancelled lets its exception go through all of its frames, which show nothing."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio
import httpx
import pytest
from anyio.lowlevel import checkpoint

from tests.support.fault_server import FaultServer
from tests.support.fault_steps import hang
from tests.support.leak_detector import LeakDetector, shown
from tests.support.secrets_scenario import API_KEY, CALLS, DONOR, LONG, ORG_ID, REQUESTS, Scenario
from tests.support.sweeps import share


@pytest.fixture(autouse=True)
def _secrets(leak_detector: LeakDetector) -> None:
    """Let the leak detector know them before a client does."""
    leak_detector.protect(ORG_ID, API_KEY, DONOR)


async def cancelled(
    call: Callable[[], Awaitable[object]], stuck: Callable[[], Awaitable[None]]
) -> list[BaseException]:
    """Cancel a call as soon as it is stuck; return what went through it."""
    passed: list[BaseException] = []

    async def use() -> None:
        try:
            await call()
        except BaseException as error:
            passed.append(error)
            raise
        finally:
            watch.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(use)
        with anyio.CancelScope() as watch:
            await stuck()
            for _ in range(5):
                await checkpoint()
            group.cancel_scope.cancel()
    return passed


async def test_in_process(leak_detector: LeakDetector) -> None:
    """Each method is cancelled while each of its requests is in flight, over an engine of ours."""
    cancellations = dict.fromkeys(CALLS, 0)
    for name in CALLS:
        for good in range(REQUESTS if name in LONG else 1):
            scenario = Scenario.set_up()
            reached = anyio.Event()

            async def hanging(_: httpx.Request, reached: anyio.Event = reached) -> httpx.Response:
                reached.set()
                await anyio.sleep_forever()
                raise AssertionError

            scenario.engine.fault, scenario.engine.good = hanging, good
            scenario.engine.fails_logins = name == "login"
            passed = await cancelled(partial(scenario.call, name), reached.wait)
            if not passed:
                break
            leak_detector.look("error", "".join(map(shown, passed)))
            assert [] == leak_detector.search(), name
            cancellations[name] += 1
            await scenario.neon.aclose()
    assert [] == [name for name, count in cancellations.items() if count == 0]


@pytest.mark.parametrize("http_method", ["POST", "GET"])
async def test_on_a_socket(
    http_method: Any, anyio_backend: str, leak_detector: LeakDetector
) -> None:
    """So it is with the client's own connections, whose frames hold the request."""
    names = share(LONG, http_method == "GET", anyio_backend == "trio")
    cancellations = dict.fromkeys(names, 0)
    with FaultServer() as server:
        for name in names:
            for good in range(REQUESTS):
                scenario = Scenario.set_up().on_socket(server, http_method=http_method)
                number = server.requests + good + 1
                server.nth(number, hang())
                stuck = partial(arrived, server, number)
                passed = await cancelled(partial(scenario.call, name), stuck)
                await scenario.neon.aclose()
                if not passed:
                    break
                leak_detector.look("error", "".join(map(shown, passed)))
                assert [] == leak_detector.search(), name
                cancellations[name] += 1
    assert 0 not in cancellations.values()


async def arrived(server: FaultServer, number: int) -> None:
    while server.requests < number:  # noqa: ASYNC110 - in another thread
        await anyio.sleep(0.001)
