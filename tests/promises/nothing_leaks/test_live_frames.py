"""Frames that run or wait: whoever dumps their variables sees neither a secret nor a donor.

No guard can change such frames, so nothing that is in those of the package may show any.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest
import trio

from neon_async import Hooks, NeonError
from tests.support.echoing_replies import FAULTS
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import hang
from tests.support.leak_detector import LeakDetector
from tests.support.secrets_scenario import API_KEY, CALLS, DONOR, LONG, ORG_ID, Scenario
from tests.support.sweeps import share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


IN_A_HOOK = ["none", "SessionError", "TransportError"]


@pytest.fixture(autouse=True)
def _secrets(leak_detector: LeakDetector) -> None:
    """Let the leak detector know them before a client does."""
    leak_detector.protect(ORG_ID, API_KEY, DONOR)


@attrs.frozen
class Shown:
    """A frame of the package, with what reports show of it."""

    function: str
    text: str


def shown(frame: FrameType) -> Iterator[Shown]:
    """Show a frame, unless it belongs to somebody else."""
    module = str(frame.f_globals.get("__name__"))
    if module.startswith("neon_async.") and not module.startswith("neon_async.emulator"):
        variables = frame.f_locals.items()
        values = [f"{name}={value!r}" for name, value in variables]
        name = f"{module}.{frame.f_code.co_name}"
        yield Shown(name, f"{name} {' '.join(values)}")


def running() -> Iterator[Shown]:
    """Show the frames from here outwards."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        yield from shown(frame)
        frame = frame.f_back


def waiting(coroutine: Any) -> Iterator[Shown]:
    """Show the frames of a coroutine that waits, and of those that it waits for."""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "ag_frame", None)
        if frame is not None:
            yield from shown(frame)
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)


@attrs.define(eq=False, repr=False)
class Reporting(Hooks):
    """Reports each event with the frames that led to it."""

    leak_detector: LeakDetector
    functions: set[str] = attrs.field(factory=set)

    def _report(self, event: object) -> None:
        frames = [*running()]
        self.functions |= {frame.function.rpartition(".")[2] for frame in frames}
        self.leak_detector.look("error", f"{event!r} " + "\n".join(frame.text for frame in frames))

    def on_operation(self, event: object) -> None:
        self._report(event)

    def on_result(self, event: object) -> None:
        self._report(event)

    def on_request(self, event: object) -> None:
        self._report(event)

    def on_reply(self, event: object) -> None:
        self._report(event)

    def on_retry(self, event: object) -> None:
        self._report(event)

    def on_page(self, event: object) -> None:
        self._report(event)


@pytest.mark.parametrize("fault", IN_A_HOOK)
async def test_in_a_hook(fault: str, anyio_backend: str, leak_detector: LeakDetector) -> None:
    """A hook may report where it was called, at each event of each method."""
    for name in share(CALLS, IN_A_HOOK.index(fault), anyio_backend == "trio"):
        hook = Reporting(leak_detector)
        scenario = Scenario.set_up(hooks=hook)
        scenario.engine.fault, scenario.engine.good = FAULTS.get(fault), 1
        try:
            await scenario.call(name)
        except NeonError:
            assert fault != "none"
        await scenario.neon.aclose()

        assert "_exchange" in hook.functions, name
        assert [] == leak_detector.search(), name


def coroutines(backend: str) -> list[Any]:
    """Return the coroutines of all tasks."""
    if backend == "asyncio":
        return [task.get_coro() for task in asyncio.all_tasks()]
    tasks = [trio.lowlevel.current_root_task()]
    for task in tasks:
        for nursery in [] if task is None else task.child_nurseries:
            tasks += nursery.child_tasks
    return [task.coro for task in tasks if task is not None]


async def test_of_waiting_tasks(leak_detector: LeakDetector, anyio_backend: str) -> None:
    """What waits for a reply, for its turn or for a page may be dumped."""
    seen: set[str] = set()
    for name in LONG:
        for good in range(4):
            frames = [*await _frames(name, good, anyio_backend)]
            seen |= {frame.function.rpartition(".")[2] for frame in frames}
            leak_detector.look("error", "\n".join(frame.text for frame in frames))
            assert [] == leak_detector.search(), name

    assert seen >= {"guard", "_exchange"}


async def _frames(name: str, good: int, backend: str) -> list[Shown]:
    """Use a method, and return the frames that wait for the reply after so many good ones."""
    found: list[Shown] = []
    with FaultServer() as server:
        scenario = Scenario.set_up().on_socket(server)
        await scenario.neon.login()
        server.nth(2 + good, hang())
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_call, scenario, name, tasks.cancel_scope)
            while server.requests < 2 + good:  # noqa: ASYNC110 - in another thread
                await anyio.sleep(0.001)
            await anyio.wait_all_tasks_blocked()
            found = [frame for waiter in map(waiting, coroutines(backend)) for frame in waiter]
            tasks.cancel_scope.cancel()
        await scenario.neon.aclose()
    return found


async def _call(scenario: Scenario, name: str, scope: anyio.CancelScope) -> None:
    """Call a method; one that is done before it is stuck ends the wait for that."""
    await scenario.call(name)
    scope.cancel()
