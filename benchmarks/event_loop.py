"""The longest step of the event loop while a pull is decoded: what other tasks wait for."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.pinning import pin
from benchmarks.table import Row, at_most

if TYPE_CHECKING:
    from collections.abc import Callable

_FULL = 2  # the generation of a collection that looks through everything
_MILLISECONDS = 1000


def measure(*, quick: bool) -> list[Row]:
    """Measure the longest step of pulls over usual and over large pages, the least of several."""
    # Not in the measured process, whose objects the garbage collector looks through.
    from benchmarks.running import server

    pages, rounds = (5, 1) if quick else (20, 3)
    with server() as root:
        usual = [_process(f"{root}/0/{4 * pages}/plain") for _ in range(rounds)]
        large = [_process(f"{root}/0/{pages}/large") for _ in range(rounds)]
    return [
        _row("page of 200 full accounts", usual, 10, 5),
        _row("page of 2 MB", large, 50, 20),
    ]


def _row(what: str, steps: list[dict[str, float]], goal: float, stretch: float) -> Row:
    best = min(steps, key=lambda step: step["longest"])
    return at_most(
        f"longest step of the event loop, {what}",
        best["longest"],
        goal,
        stretch,
        unit="ms",
        others=f"CPU time of the step, 5 at once; {best['steps']:.0f} steps in all, "
        f"the median run {sorted(step['longest'] for step in steps)[len(steps) // 2]:.1f} ms · "
        f"without full garbage collections {best['own']:.1f} ms; {best['full']:.0f} of them, "
        f"over {best['objects']:.0f} objects, {best['collection']:.1f} ms at most",
    )


def _process(url: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.event_loop", url]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


async def _pull(url: str) -> None:
    from datetime import UTC, datetime

    from neon_async import AsyncClient

    since = datetime(2014, 1, 1, tzinfo=UTC)
    async with (
        AsyncClient("example", "not-a-real-key", base_url=url) as neon,
        neon.sync_accounts(time_from=since).lookahead() as accounts,
    ):
        async for _ in accounts:
            pass


class _Steps:
    """The times of the steps of an event loop.

    Attributes:
        whole: seconds of each step.
        own: the same without full garbage collections.
        collections: seconds of each full collection.
        objects: the most objects that one of them looked through.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.whole: list[float] = []
        self.own: list[float] = []
        self.collections: list[float] = []
        self.objects = 0
        self._start = 0.0

    def collected(self, phase: str, info: dict[str, int]) -> None:
        """Note a garbage collection (see `gc.callbacks`)."""
        if info["generation"] == _FULL and phase == "start":
            self._start = time.thread_time()
        elif info["generation"] == _FULL:
            self.collections.append(time.thread_time() - self._start)
            self.objects = max(self.objects, len(gc.get_objects()))

    def timed(self, run: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return a function that runs a callback of the event loop, and notes its time."""

        def timed(handle: Any) -> None:
            before, start = len(self.collections), time.thread_time()
            run(handle)
            seconds = time.thread_time() - start
            self.whole.append(seconds)
            self.own.append(seconds - sum(self.collections[before:]))

        return timed


def main() -> None:
    """Pull once for what is imported, and then measure each callback of the loop."""
    pin("client")
    (url,) = sys.argv[1:]
    steps = _Steps()

    async def run() -> None:
        await _pull(url)
        # asyncio has no hook for this but its debug mode, which slows everything down.
        loop_handle: Any = asyncio.Handle
        usual = loop_handle._run  # noqa: SLF001
        loop_handle._run = steps.timed(usual)  # noqa: SLF001
        gc.callbacks.append(steps.collected)
        await _pull(url)
        loop_handle._run = usual  # noqa: SLF001

    asyncio.run(run())
    times = {
        "longest": max(steps.whole),
        "own": max(steps.own),
        "collection": max(steps.collections, default=0.0),
    }
    figures = {name: seconds * _MILLISECONDS for name, seconds in times.items()}
    counts = {
        "steps": len(steps.whole),
        "full": len(steps.collections),
        "objects": steps.objects,
    }
    print(json.dumps(figures | counts))


if __name__ == "__main__":
    main()
