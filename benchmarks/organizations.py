"""Many organizations in one process: a client each, next to one client that pulls as much."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from functools import partial

from benchmarks.pinning import pin
from benchmarks.rounds import interleaved, least
from benchmarks.table import Row, at_most

_ORGANIZATIONS = 50
_IN_FLIGHT = 5


def measure(*, quick: bool) -> list[Row]:
    """Measure the CPU time of an account with 50 clients, and with one."""
    # Not in the measured process, whose objects the garbage collector looks through.
    from benchmarks.running import server

    pages, rounds = (2, 1) if quick else (16, 3)
    with server() as root:
        measures = {
            f"{count}": partial(
                _process, f"{root}/20/{pages * _ORGANIZATIONS // count}/plain", count
            )
            for count in (1, _ORGANIZATIONS)
        }
        figures = interleaved(measures, rounds)
    one, many = (min(figures[f"{count}"]) * 1e6 for count in (1, _ORGANIZATIONS))
    return [
        at_most(
            f"{_ORGANIZATIONS} organizations × {_IN_FLIGHT} in flight in one process: "
            "CPU an account ÷ one organization",
            least(figures, f"{_ORGANIZATIONS}", "1"),
            1.1,
            1.03,
            others=f"{many:.1f} µs and {one:.1f} µs; {pages * _ORGANIZATIONS} pages each",
        )
    ]


def _process(url: str, count: int) -> float:
    command = [sys.executable, "-m", "benchmarks.organizations", url, str(count)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    seconds: float = json.loads(done.stdout)
    return seconds


async def _pulls(url: str, count: int) -> float:
    """Return the CPU seconds of an account, of pulls over connections that are open."""
    from contextlib import AsyncExitStack
    from datetime import UTC, datetime

    from neon_async import AsyncClient

    since = datetime(2014, 1, 1, tzinfo=UTC)

    async def pull(neon: AsyncClient) -> int:
        records = 0
        async with neon.sync_accounts(time_from=since).lookahead() as accounts:
            async for _ in accounts:
                records += 1
        return records

    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                AsyncClient(
                    f"example-{number}",
                    "not-a-real-key",
                    base_url=url,
                    max_concurrency=_IN_FLIGHT,
                )
            )
            for number in range(count)
        ]
        await asyncio.gather(
            *(neon.sync_accounts(time_from=since).first_page() for neon in clients)
        )
        start = time.process_time()
        records = sum(await asyncio.gather(*map(pull, clients)))
        return (time.process_time() - start) / records


def main() -> None:
    """Print the CPU seconds of an account."""
    pin("client")
    url, count = sys.argv[1:]
    print(json.dumps(asyncio.run(_pulls(url, int(count)))))


if __name__ == "__main__":
    main()
