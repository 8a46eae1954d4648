"""Run long work in steps, and give way to the event loop in between."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

from anyio.lowlevel import checkpoint

if TYPE_CHECKING:
    from collections.abc import Generator

T = TypeVar("T")


async def run_steps(steps: Generator[None, None, T], seconds: float) -> T:
    """Run work that may pause where it yields, and return its result.

    Args:
        steps: the work.
        seconds: after so long other tasks run, before the work begins as well.
    """
    with closing(steps):
        while True:
            await checkpoint()
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                try:
                    next(steps)
                except StopIteration as end:
                    result: T = end.value
                    return result
