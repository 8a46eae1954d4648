"""What a client may leave behind, counted."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import attrs

if TYPE_CHECKING:
    from neon_async import AsyncClient
    from tests.support.fault_server import FaultServer

_DESCRIPTORS = Path("/dev/fd")


def descriptors() -> int:
    """How many descriptors this process has open, or 0 where nobody can tell."""
    return len(os.listdir(_DESCRIPTORS)) if _DESCRIPTORS.exists() else 0  # noqa: PTH208 - counting


def running() -> frozenset[int]:
    """Which tasks there are; the event loops list them in any order."""
    return frozenset(task.id for task in anyio.get_running_tasks())


@attrs.frozen
class ResourceLeaks:
    """Tasks and descriptors at one time."""

    tasks: frozenset[int]
    descriptors: int

    @classmethod
    def now(cls) -> ResourceLeaks:
        """Count, after everything that nobody holds any more is gone."""
        gc.collect()
        return cls(running(), descriptors())


async def expect_none(before: ResourceLeaks, neon: AsyncClient, server: FaultServer) -> None:
    """Expect that a closed client left neither tasks, sockets, descriptors nor slots behind."""
    await server.until(lambda: server.open_connections == 0)
    expect_no_slots(neon)
    now = ResourceLeaks.now()
    assert before.tasks >= now.tasks
    assert before.descriptors >= now.descriptors


def expect_no_slots(neon: AsyncClient) -> None:
    """Expect that nothing holds or awaits a slot of the limiter, nor anything else."""
    context = neon._dispatcher._context
    statistics = neon.limiter._limiter.statistics()
    assert (0, 0, ()) == (
        statistics.borrowed_tokens,
        statistics.tasks_waiting,
        statistics.borrowers,
    )
    assert set() == context.lifetime._waits
    assert not context.sessions._lock.locked()
    assert 0 == len(neon._editor.locks)
