"""The lossless change feed while records change without end, and next to it on a quiet server.

An emulator answers, in a process of its own. Under churn it changes two accounts before each
request; so a plain iteration loses some of them, and is measured on the quiet server alone.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.rounds import interleaved, ratio
from benchmarks.running import RequestCounter, free_port, wait_for
from benchmarks.table import Row
from neon_async import AsyncClient
from neon_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

_PAGE = 200
_EDITS = 2
_MORE_REQUESTS = 1.3
_AND_SOME = 20
_MORE_CPU = 1.5
_SINCE = datetime(2000, 1, 1, tzinfo=UTC)
_PROGRAM = """
import itertools
import sys

from benchmarks.pinning import pin
from neon_async.emulator import Emulator, serve

pin("server")
accounts, edits, port = map(int, sys.argv[1:])


class Churning(Emulator):
    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            for _ in range(edits):
                version = next(versions)
                number = ids[version * 7919 % len(ids)]
                self.change_account(number, primaryContact={"middleName": str(version)})
        await super().__call__(scope, receive, send)


emulator, versions = Churning(accounts, latency=0.05, threads=100), itertools.count()
ids = emulator.account_ids()
serve(emulator, port=port, console=False)
"""


class _Pull(NamedTuple):
    """How a pull ended, and what it took."""

    end: str
    requests: int
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
    """Measure requests and CPU time of the feed, next to pages and to a plain iteration."""
    accounts, rounds = (2_000, 1) if quick else (20_000, 3)
    pulls: dict[str, list[_Pull]] = {"iteration": [], "quiet feed": [], "feed under churn": []}
    with _emulator(accounts, 0) as quiet, _emulator(accounts, _EDITS) as churning:
        cpu = interleaved(
            {
                "iteration": partial(_run, _iterate, quiet, pulls["iteration"]),
                "quiet feed": partial(_run, _feed, quiet, pulls["quiet feed"]),
                "feed under churn": partial(_run, _feed, churning, pulls["feed under churn"]),
            },
            rounds,
        )
    return [*_requests(accounts // _PAGE, pulls), _cpu(cpu, "quiet feed"), _cpu(cpu)]


def _requests(pages: int, pulls: dict[str, list[_Pull]]) -> Iterator[Row]:
    for name in ("quiet feed", "feed under churn"):
        most = max(pull.requests for pull in pulls[name])
        proven = sum(pull.end == "proven" for pull in pulls[name])
        limit = _MORE_REQUESTS * pages + _AND_SOME
        yield Row(
            f"{_what(name)} of {pages:,} pages: requests ÷ pages",
            f"{most / pages:.2f} ×",
            f"≤ {_MORE_REQUESTS} × + {_AND_SOME} requests, proven",
            most <= limit and proven == len(pulls[name]),
            f"{most} requests, {proven} of {len(pulls[name])} proven",
        )


def _cpu(found: dict[str, list[float]], name: str = "feed under churn") -> Row:
    more = ratio(found, name, "iteration")
    seconds = statistics.median(found[name])
    return Row(
        f"{_what(name)}: CPU ÷ plain iteration, quiet server",
        f"{more:.2f} ×",
        f"≤ {_MORE_CPU} ×",
        more <= _MORE_CPU,
        f"{seconds:.2f} s of CPU time",
    )


def _what(name: str) -> str:
    return f"lossless {name}" + ("" if name == "quiet feed" else f" ({_EDITS} edits a request)")


def _run(kind: Callable[[AsyncClient], Awaitable[str]], url: str, pulls: list[_Pull]) -> float:
    async def run() -> _Pull:
        counter, known = RequestCounter(), Emulator(0)
        async with AsyncClient(known.org_id, known.api_key, base_url=url, hooks=counter) as neon:
            await neon.login()
            before, start = counter.requests, time.process_time()
            end = await kind(neon)
            return _Pull(end, counter.requests - before, time.process_time() - start)

    pulls.append(asyncio.run(run()))
    return pulls[-1].cpu


@contextmanager
def _emulator(accounts: int, edits: int) -> Iterator[str]:
    port = free_port()
    words = map(str, (accounts, edits, port))
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, *words])
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}/neonws/services/api"
    finally:
        process.terminate()
        process.wait()
