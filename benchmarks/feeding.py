"""The lossless change feed next to a plain iteration over the same accounts.

An emulator answers, in a process of its own: fixed replies know nothing of ranges of time. Under
churn it changes two accounts before each request; a plain iteration loses some of them then, and is
measured on the quiet server alone.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.rounds import interleaved, least, ratio
from benchmarks.running import RequestCounter, emulator
from benchmarks.table import Row, at_most
from neon_async import AsyncClient
from neon_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_PAGE = 200
_EDITS = 2
_MORE_REQUESTS = 1.3
_AND_SOME = 20
_MORE_CPU = 1.5
_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
_FEED, _ITERATION, _CHURN = "quiet feed", "iteration", "feed under churn"


class _Pull(NamedTuple):
    """How a pull ended, and what it took."""

    end: str
    requests: int
    seconds: float
    cpu: float


async def _iterate(neon: AsyncClient) -> str:
    async with neon.sync_accounts(time_from=_SINCE).lookahead() as accounts:
        return str(len([account.account_id async for account in accounts]))


async def _feed(neon: AsyncClient) -> str:
    async with neon.account_changes(_SINCE) as changes:
        async for change in changes:
            del change
    return changes.certificate.verdict.value


def measure(*, quick: bool) -> list[Row]:
    """Measure requests, CPU time and seconds of the feed, as multiples of an iteration's."""
    accounts, rounds = (4_000, 1) if quick else (50_000, 3)
    pulls: dict[str, list[_Pull]] = {_ITERATION: [], _FEED: [], _CHURN: []}
    with (
        emulator(accounts, latency=50) as quiet,
        emulator(accounts, latency=50, edits=_EDITS) as churning,
    ):
        interleaved(
            {
                _ITERATION: partial(_run, _iterate, quiet, pulls[_ITERATION]),
                _FEED: partial(_run, _feed, quiet, pulls[_FEED]),
                _CHURN: partial(_run, _feed, churning, pulls[_CHURN]),
            },
            rounds,
        )
    return [*_quiet(accounts, pulls), *_under_churn(accounts, pulls)]


def _quiet(accounts: int, pulls: dict[str, list[_Pull]]) -> list[Row]:
    what = f"lossless feed of {accounts:,} accounts ÷ plain iteration, quiet server"
    requests = {name: max(pull.requests for pull in taken) for name, taken in pulls.items()}
    cpu = {name: [pull.cpu for pull in taken] for name, taken in pulls.items()}
    seconds = {name: [pull.seconds for pull in taken] for name, taken in pulls.items()}
    more = requests[_FEED] / requests[_ITERATION]
    others = f"{requests[_FEED]} and {requests[_ITERATION]} requests, 5 at once, 50 ms latency"
    client = f"{statistics.median(seconds[_FEED]):.2f} s, CPU {min(cpu[_FEED]):.2f} s"
    longer = ratio(seconds, _FEED, _ITERATION)
    return [
        at_most(f"{what}: requests", more, 1.10, 1.05, others=others),
        at_most(f"{what}: CPU", least(cpu, _FEED, _ITERATION), 1.10, 1.05, client=client),
        at_most(f"{what}: time", longer, 1.15, client=client),
    ]


def _under_churn(accounts: int, pulls: dict[str, list[_Pull]]) -> list[Row]:
    what, pages = f"the same with {_EDITS} edits before each request", accounts // _PAGE
    cpu = {name: [pull.cpu for pull in taken] for name, taken in pulls.items()}
    most = max(pull.requests for pull in pulls[_CHURN])
    proven = sum(pull.end == "proven" for pull in pulls[_CHURN])
    whole = proven == len(pulls[_CHURN])
    row = at_most(
        f"{what}: requests ÷ pages, all of them proven",
        most / pages,
        _MORE_REQUESTS + _AND_SOME / pages,
        others=f"{most} requests, {proven} of {len(pulls[_CHURN])} proven",
    )
    return [
        row if whole else row._replace(mark="✗"),
        at_most(
            f"{what}: CPU ÷ plain iteration, quiet server",
            least(cpu, _CHURN, _ITERATION),
            _MORE_CPU,
            client=f"CPU {min(cpu[_CHURN]):.2f} s",
        ),
    ]


def _run(kind: Callable[[AsyncClient], Awaitable[str]], url: str, pulls: list[_Pull]) -> float:
    async def run() -> _Pull:
        counter, known = RequestCounter(), Emulator(0)
        async with AsyncClient(known.org_id, known.api_key, base_url=url, hooks=counter) as neon:
            await neon.login()
            before, cpu, start = counter.requests, time.process_time(), time.perf_counter()
            end = await kind(neon)
            seconds = time.perf_counter() - start
            return _Pull(end, counter.requests - before, seconds, time.process_time() - cpu)

    pulls.append(asyncio.run(run()))
    return pulls[-1].cpu
