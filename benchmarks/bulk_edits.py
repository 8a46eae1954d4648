"""Many safe edits with a journal next to as many requests alone: `python -m benchmarks.bulk_edits`.

An edit reads, reads again, writes and reads back: 4 requests are the least. The emulator answers
after 50 ms, in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from benchmarks import report
from benchmarks.pinning import pin
from benchmarks.rounds import interleaved, ratio
from benchmarks.running import RequestCounter, emulator
from benchmarks.table import at_most, table
from neon_async import AccountChange, AsyncClient, EditStatus, IndividualAccount
from neon_async.emulator import Emulator

if TYPE_CHECKING:
    from benchmarks.table import Row

_GOAL = 1.15
_REQUESTS = 4
_AT_ONCE = 5
# What some of the emulator's people have, and an edit can't send back.
_SHIPPING = ("isShippingAddress", "shippingCompanyName", "shippingDeliverTo")
_LOSSES = (
    "consentInformation",
    "login.username",
    *(f"primaryContact.addresses.address.{name}" for name in _SHIPPING),
)


@attrs.define
class _Measured:
    """What one round took.

    Attributes:
        requests: how many were sent.
        cpu: seconds of the client's process.
    """

    requests: int
    cpu: float


Job = Callable[[AsyncClient, list[int], int], Awaitable[None]]


async def _read(neon: AsyncClient, numbers: list[int], _: int) -> None:
    """Send as many requests as the edits need, and nothing else."""
    rest = iter(numbers * _REQUESTS)

    async def worker() -> None:
        for number in rest:
            await neon.retrieve_individual_account(number)

    async with asyncio.TaskGroup() as tasks:
        for _worker in range(_AT_ONCE):
            tasks.create_task(worker())


async def _edit(neon: AsyncClient, numbers: list[int], number: int) -> None:
    """Edit each account once."""
    url = f"https://example.org/{number}"

    def rename(account: IndividualAccount) -> IndividualAccount:
        return attrs.evolve(account, url=url)

    changes = [AccountChange(number, rename, accept_loss=_LOSSES) for number in numbers]
    with tempfile.TemporaryDirectory() as place:
        async with neon.edit_many(changes, journal=Path(place) / "run.ndjson") as outcomes:
            async for _ in outcomes:
                pass
    if outcomes.counts[EditStatus.WRITTEN] < len(numbers):
        raise RuntimeError(f"not every account was written: {dict(outcomes.counts)}")


def measure(*, quick: bool) -> list[Row]:
    """Measure requests, seconds and CPU time of edits."""
    edits, rounds = (40, 1) if quick else (500, 3)
    # Every eighth account is an organization's.
    numbers = [10_001 + index for index in range(edits * 8 // 7) if index % 8 != 7][:edits]
    last: dict[str, _Measured] = {}
    round_number = iter(range(1_000))
    with emulator(edits * 2, latency=50) as url:
        jobs: dict[str, Job] = {"requests": _read, "edits": _edit}

        def run(name: str) -> float:
            seconds, last[name] = asyncio.run(_run(jobs[name], url, numbers, next(round_number)))
            return seconds

        times = interleaved({name: partial(run, name) for name in jobs}, rounds)
    each = last["edits"].requests / len(numbers)
    cpu = {name: measured.cpu / len(numbers) * 1000 for name, measured in last.items()}
    what = f"{len(numbers):,} edits with a journal, {_AT_ONCE} at once, 50 ms latency"
    seconds = f"{min(times['edits']):.1f} s and {min(times['requests']):.1f} s"
    used = f"{cpu['edits']:.1f} ms CPU time an edit, {cpu['requests']:.1f} ms for its requests"
    return [
        at_most(f"{what}: requests an edit", each, _REQUESTS, unit=""),
        at_most(
            f"{what} ÷ {_REQUESTS} requests an edit alone: time",
            ratio(times, "edits", "requests"),
            _GOAL,
            client=used,
            others=seconds,
        ),
    ]


async def _run(job: Job, url: str, numbers: list[int], number: int) -> tuple[float, _Measured]:
    counter, known = RequestCounter(), Emulator(0)
    client = AsyncClient(
        known.org_id,
        known.api_key,
        base_url=url,
        hooks=counter,
        max_concurrency=_AT_ONCE,
    )
    async with client as neon:
        await neon.login()
        logins = counter.requests
        start, cpu = time.perf_counter(), time.process_time()
        await job(neon, numbers, number)
        seconds = time.perf_counter() - start
        return seconds, _Measured(counter.requests - logins, time.process_time() - cpu)


def main() -> None:
    """Measure this alone, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run of a few seconds")
    quick = parser.parse_args().quick
    pin("client")
    print(report.machine(), table(measure(quick=quick)), sep="\n\n")


if __name__ == "__main__":
    main()
