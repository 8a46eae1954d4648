"""The longest step of the event loop while a pull is decoded: what other tasks wait for."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from benchmarks.pinning import pin
from benchmarks.running import server
from benchmarks.table import Row, at_most

if TYPE_CHECKING:
    from collections.abc import Callable

_MILLISECONDS = 1000


def measure(*, quick: bool) -> list[Row]:
    """Measure the longest step of pulls over usual and over large pages, the least of several."""
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
        f"the median run {sorted(step['longest'] for step in steps)[len(steps) // 2]:.1f} ms",
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


def _timed(run: Callable[[Any], None], times: list[float]) -> Callable[[Any], None]:
    def timed(handle: Any) -> None:
        start = time.thread_time()
        run(handle)
        times.append(time.thread_time() - start)

    return timed


def main() -> None:
    """Pull once for what is imported, and then measure each callback of the loop."""
    pin("client")
    (url,) = sys.argv[1:]
    times: list[float] = []

    async def run() -> None:
        await _pull(url)
        # asyncio has no hook for this but its debug mode, which slows everything down.
        loop_handle: Any = asyncio.Handle
        usual = loop_handle._run  # noqa: SLF001
        loop_handle._run = _timed(usual, times)  # noqa: SLF001
        await _pull(url)
        loop_handle._run = usual  # noqa: SLF001

    asyncio.run(run())
    print(json.dumps({"longest": max(times) * _MILLISECONDS, "steps": len(times)}))


if __name__ == "__main__":
    main()
