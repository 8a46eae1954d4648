"""Long work in steps, between which other tasks run."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING

import anyio
import pytest
from anyio.lowlevel import checkpoint

from neon_async._aio import steps
from neon_async._aio.steps import run_steps

if TYPE_CHECKING:
    from collections.abc import Generator


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second pass each time that the clock is read."""
    clock = itertools.count()
    monkeypatch.setattr(steps, "time", SimpleNamespace(monotonic=lambda: next(clock)))


def work(log: list[str], length: int) -> Generator[None, None, int]:
    for _ in range(length):
        log.append("step")
        yield
    return length


@pytest.mark.usefixtures("seconds")
async def test_other_tasks_run_in_between() -> None:
    """No more is done at once than fits the time for a step, and the work's result is returned."""
    log: list[str] = []

    async def tick() -> None:
        while True:
            log.append("tick")
            await checkpoint()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tick)
        result = await run_steps(work(log, 100), 4.0)
        tasks.cancel_scope.cancel()

    assert 100 == result == log.count("step")
    runs = [len(list(run)) for kind, run in itertools.groupby(log) if kind == "step"]
    # The clock is read before each step, and once at the beginning. trio may run two in a row.
    assert {3} == {length % 3 or 3 for length in runs[:-1]}
    assert max(runs) <= 6


@pytest.mark.usefixtures("seconds")
async def test_cancelled_work_is_closed() -> None:
    """Work that is cancelled between two steps ends there."""
    log: list[str] = []

    def endless() -> Generator[None]:
        try:
            while True:
                log.append("step")
                yield
        finally:
            log.append("closed")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_steps, endless(), 4.0)
        for _ in range(4):
            await checkpoint()
        tasks.cancel_scope.cancel()

    assert "step" == log[0]
    assert ["closed"] == [entry for entry in log if entry != "step"]
    assert "closed" == log[-1]


async def test_errors_pass() -> None:
    """An error of the work is raised as it is."""

    def broken() -> Generator[None]:
        yield
        raise LookupError("x")

    with pytest.raises(LookupError, match="x"):
        await run_steps(broken(), 1.0)
