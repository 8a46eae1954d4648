"""A minute of calls, faults and cancellations over real sockets, and whether anything grows.

`python -m tests.support.soak --seconds 60 --backend asyncio` prints its figures. It fails when
memory or descriptors are not flat, something was created twice, or anything is left in the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import attrs

from neon_async import AsyncClient, IndividualAccount, NeonError, OrganizationAccount, RetryPolicy
from tests.support.edits import RESET
from tests.support.resource_leaks import ResourceLeaks, descriptors, expect_no_slots
from tests.support.secrets_scenario import API_KEY, EVER, ORG_ID
from tests.support.soak_server import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

    Call = Callable[[], Awaitable[object]]
    Way = Callable[[Call, float], Awaitable[None]]

CANCELLED = 0.2  # of all calls, most of them in time
PATIENCE = 0.004  # seconds, on average, until a call is cancelled
CALLERS = 16
SLOTS = 8
SAMPLES = 24
GROWTH = 3.0  # MB of memory between the second and the last quarter: the allocator's unrest
_PAGE = resource.getpagesize()
_STATM = Path("/proc/self/statm")


def memory() -> float:
    """Resident memory in MB; the most that it ever was, where nobody can tell."""
    if _STATM.exists():
        return int(_STATM.read_text(encoding="ascii").split()[1]) * _PAGE / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


@attrs.define
class Latencies:
    """How long calls took, in steps of 5 %, so that the record itself does not grow."""

    counts: Counter[int] = attrs.field(factory=Counter[int])

    def add(self, seconds: float) -> None:
        """Count a call."""
        self.counts[math.floor(math.log(max(seconds, 1e-6), 1.05))] += 1

    def at(self, share: float) -> float:
        """Return the milliseconds that this share of the calls did not exceed."""
        left = share * self.counts.total()
        for step in sorted(self.counts):
            left -= self.counts[step]
            if left <= 0:
                return 1000 * float(1.05 ** (step + 1))
        return math.nan


@attrs.frozen
class Sample:
    """Memory and descriptors at one time."""

    seconds: float
    megabytes: float
    descriptors: int


async def by_scope(call: Call, seconds: float) -> None:
    """Cancel a call by a scope of anyio."""
    with anyio.fail_after(seconds):
        await call()


async def by_timeout(call: Call, seconds: float) -> None:
    """Cancel a call by `asyncio.timeout`."""
    async with asyncio.timeout(seconds):
        await call()


async def by_task(call: Call, seconds: float) -> None:
    """Cancel a call by `Task.cancel`."""
    task = asyncio.ensure_future(call())
    await asyncio.wait([task], timeout=seconds)
    if not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        raise TimeoutError
    task.result()


@attrs.define(eq=False)
class Soak:
    """Calls of one client, and what became of them."""

    neon: AsyncClient
    seconds: float
    ways: list[Way]
    dice: random.Random = attrs.field(factory=lambda: random.Random(42))  # noqa: S311 - no secret
    started: float = attrs.field(factory=time.monotonic)
    outcomes: Counter[str] = attrs.field(factory=Counter[str])
    latencies: Latencies = attrs.field(factory=Latencies)
    samples: list[Sample] = attrs.field(factory=list[Sample])
    created: int = 0

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started

    async def run(self) -> None:
        """Call until the time is up."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._watch)
            for _ in range(CALLERS):
                group.start_soon(self._call_on)

    async def _watch(self) -> None:
        for number in range(SAMPLES + 1):
            await anyio.sleep(max(0.0, number * self.seconds / SAMPLES - self.elapsed))
            self.samples.append(Sample(self.elapsed, memory(), descriptors()))

    async def _call_on(self) -> None:
        while self.elapsed < self.seconds:
            call, way = self._some_call(), self.dice.choice(self.ways)
            hasty = self.dice.random() < CANCELLED
            self.outcomes[await self._outcome(call, way if hasty else None)] += 1

    async def _outcome(self, call: Call, way: Way | None) -> str:
        started = time.monotonic()
        try:
            if way is None:
                await call()
            else:
                await way(call, self.dice.expovariate(1 / PATIENCE))
        except NeonError as error:
            return type(error).__name__
        except TimeoutError:
            return "cancelled"
        self.latencies.add(time.monotonic() - started)
        return "answered"

    def _some_call(self) -> Call:
        kinds: list[tuple[int, Call]] = [
            (50, self.neon.list_prefixes),
            (20, self._page),
            (10, self._look_ahead),
            (10, self._create),
            (10, self._edit),
        ]
        weights, calls = zip(*kinds, strict=True)
        chosen: Call = self.dice.choices(calls, weights)[0]
        return chosen

    def _person(self) -> int:
        return self.dice.choice(PEOPLE)

    async def _page(self) -> None:
        await self.neon.sync_accounts(account_ids=[self._person()]).first_page()

    async def _look_ahead(self) -> None:
        left = 30
        walk = self.neon.sync_activities(time_from=EVER, page_size=10)
        async with walk.lookahead(3) as activities:
            async for _ in activities:
                left -= 1
                if not left:
                    break

    async def _create(self) -> None:
        self.created += 1
        company = OrganizationAccount(organization_name=f"Example {self.created}")
        await self.neon.create_organization_account(company)

    async def _edit(self) -> None:
        await self.neon.edit_individual_account(self._person(), self._change, accept_loss=RESET)

    def _change(self, account: IndividualAccount) -> None:
        account.url = f"https://example.org/{self.dice.random()}"


@contextmanager
def served() -> Generator[tuple[str, dict[str, Any]]]:
    """Run the server; yield its URL, and a dict that has its figures after the block."""
    figures: dict[str, Any] = {}
    command = [sys.executable, "-m", "tests.support.soak_server"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), figures
        told, _ = process.communicate()
        figures.update(json.loads(told))


async def soak(url: str, seconds: float, ways: list[Way]) -> Soak:
    """Use a client until the time is up, close it, and expect that nothing is left."""
    before = ResourceLeaks.now()
    neon = AsyncClient(
        ORG_ID,
        API_KEY,
        base_url=url,
        timeout=0.25,
        deadline=2.0,
        max_concurrency=SLOTS,
        retry=RetryPolicy(base=0.01, cap=0.1),
    )
    soak = Soak(neon, seconds, ways)
    await soak.run()
    expect_no_slots(neon)
    await neon.aclose()
    after = ResourceLeaks.now()
    assert before.tasks == after.tasks
    assert before.descriptors == after.descriptors
    return soak


def problems(soak: Soak, figures: dict[str, Any]) -> list[str]:
    """Say what is not as it should be."""
    quarter = SAMPLES // 4
    early, late = soak.samples[quarter : 2 * quarter], soak.samples[-quarter:]
    growth = _median(late) - _median(early)
    most = max(one.descriptors for one in early)
    found = [f"created twice: {name}" for name in figures["created_twice"]]
    if growth > GROWTH:
        found.append(f"memory grew by {growth:.1f} MB")
    if max(one.descriptors for one in late) > most + SLOTS:
        found.append(f"there were {most} descriptors early on, and more at the end")
    if figures["most_in_flight"] > SLOTS + CALLERS:
        found.append("more requests were in flight than there are slots")
    return found


def _median(samples: list[Sample]) -> float:
    return statistics.median(one.megabytes for one in samples)


def report(soak: Soak, figures: dict[str, Any]) -> str:
    """Return the figures as text."""
    outcomes, latency = soak.outcomes, soak.latencies
    errors = {name: count for name, count in outcomes.most_common() if name[0].isupper()}
    lines = [
        f"calls: {outcomes.total()}",
        f"answered: {outcomes['answered']}",
        f"latency: p50 {latency.at(0.5):.1f} ms, p99 {latency.at(0.99):.1f} ms",
        f"cancelled: {outcomes['cancelled']}",
        f"failed: {sum(errors.values())} {errors}",
        f"requests: {figures['requests']}, {figures['most_in_flight']} in flight at most",
        f"connections: {figures['connections']}",
        f"faults: {sum(figures['faults'].values())} {figures['faults']}",
        "  seconds  memory (MB)  descriptors",
    ]
    lines += [
        f"{one.seconds:9.1f}{one.megabytes:13.1f}{one.descriptors:13}" for one in soak.samples[::2]
    ]
    return "\n".join(lines)


def main() -> None:
    """Soak, print the figures, and fail when something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--backend", choices=["asyncio", "trio"], default="asyncio")
    given = parser.parse_args()
    ways: list[Way] = [by_scope]
    if given.backend == "asyncio":
        ways += [by_timeout, by_task]
    with served() as (url, figures):
        soaked = anyio.run(soak, url, given.seconds, ways, backend=given.backend)
    found = problems(soaked, figures)
    verdict = "; ".join(found) or "flat memory and descriptors, nothing left, nothing twice"
    print(f"{given.backend}, {given.seconds:g} s: {verdict}")  # noqa: T201 - what it is for
    print(report(soaked, figures))  # noqa: T201 - what it is for
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
