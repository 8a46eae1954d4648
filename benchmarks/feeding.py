"""The lossless change feed next to a plain iteration over the same accounts, on a quiet server.

The emulator answers here, in a process of its own: fixed bodies know nothing of ranges of time.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.rounds import interleaved, ratio
from benchmarks.running import RequestCounter, free_port, wait_for
from benchmarks.table import Row
from neon_async import AsyncClient
from neon_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

_GOAL = 1.15
_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
# The command, on a core of its own: started as it is, it would share the client's.
_PROGRAM = """
from benchmarks.pinning import pin
from neon_async.cli import main

pin("server")
main()
"""


async def _iterate(neon: AsyncClient) -> int:
    async with neon.sync_accounts(time_from=_SINCE).lookahead() as accounts:
        return len([account.account_id async for account in accounts])


async def _feed(neon: AsyncClient) -> int:
    async with neon.account_changes(_SINCE) as changes:
        return len([type(change) async for change in changes])


def measure(*, quick: bool) -> list[Row]:
    """Measure requests and seconds of the feed, as multiples of an iteration with look-ahead."""
    accounts, rounds = (4_000, 1) if quick else (50_000, 3)
    requests: dict[str, int] = {}
    with _emulator(accounts) as url:
        kinds = {"iteration": _iterate, "feed": _feed}
        found = interleaved(
            {name: partial(_run, name, kind, url, requests) for name, kind in kinds.items()}, rounds
        )
    more = requests["feed"] / requests["iteration"]
    longer = ratio(found, "feed", "iteration")
    what = f"lossless feed of {accounts:,} accounts ÷ plain iteration, quiet server"
    others = f"{requests['feed']} and {requests['iteration']} requests, 5 at once, 50 ms latency"
    return [
        Row(f"{what}: requests", f"{more:.2f} ×", f"≤ {_GOAL} ×", more <= _GOAL, others),
        Row(f"{what}: time", f"{longer:.2f} ×", f"≤ {_GOAL} ×", longer <= _GOAL),
    ]


def _run(
    name: str,
    kind: Callable[[AsyncClient], Awaitable[int]],
    url: str,
    requests: dict[str, int],
) -> float:
    async def run() -> float:
        counter, known = RequestCounter(), Emulator(0)
        async with AsyncClient(known.org_id, known.api_key, base_url=url, hooks=counter) as neon:
            await neon.login()
            start = time.perf_counter()
            await kind(neon)
            seconds = time.perf_counter() - start
        requests[name] = counter.requests
        return seconds

    return asyncio.run(run())


@contextmanager
def _emulator(accounts: int) -> Iterator[str]:
    port = free_port()
    options = {"--accounts": accounts, "--port": port, "--latency": 0.05, "--threads": 100}
    words = [str(word) for option in options.items() for word in option]
    command = [sys.executable, "-c", _PROGRAM, "emulator", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}/neonws/services/api"
    finally:
        process.terminate()
        process.wait()
