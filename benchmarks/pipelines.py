"""Pipelines: Arrow tables next to the command for Parquet, Dask workers, and what many cost.

`python -m benchmarks.pipelines` measures and prints; the figures are in the README by hand, since
they take the packages of the extras `arrow`, `dask` and `dlt`. A Dask worker reads fixed bodies in
its own process (`benchmarks/ranges.py`), so that no server takes a core.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

from benchmarks.ranges import FixedOrganization
from benchmarks.table import Row, at_least, at_most, table
from neon_async import AsyncClient, blocking

if TYPE_CHECKING:
    from collections.abc import Sequence

_SINCE: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NIGHTLY_ORGANIZATIONS, _NIGHTLY_ACCOUNTS = 1_000, 200_000
_PROGRAMS: Final = {
    "command": "`neon-async pull accounts --format parquet`",
    "arrow": "pages → Arrow → Parquet",
    "feed": "feed → Arrow → Parquet, as a Dask worker would",
    "extract": "dlt extracts",
}


@attrs.frozen
class ConnectFixed:
    """Makes the client of an organization with so many accounts."""

    accounts: int

    def __call__(self, org_id: str) -> AsyncClient:
        """Make it."""
        return AsyncClient(
            org_id,
            "not-a-real-key",
            base_url="http://localhost",
            transport=FixedOrganization(self.accounts),
        )


def write(_org_id: str, changes: Sequence[Any]) -> None:
    """Do with changes what a warehouse's writer begins with: columns."""
    from neon_async.warehouse import arrow, tables

    arrow.record_batch(tables.ACCOUNTS, tables.net(changes).upserted, "snake")


def measure(*, quick: bool) -> list[Row]:
    """Measure everything."""
    return [*_arrow(quick=quick), *_workers(quick=quick), *_memory(quick=quick)]


def _arrow(*, quick: bool) -> list[Row]:
    """Compare the CPU time of whole processes, their start-up taken off."""
    accounts, rounds = (2_000, 1) if quick else (20_000, 3)
    used: dict[str, list[float]] = {name: [] for name in _PROGRAMS}
    for _ in range(rounds):
        for name, figures in used.items():
            figures.append(_program_cpu(name, accounts) - _program_cpu(name, 200))
    least = {name: min(figures) for name, figures in used.items()}
    return [
        at_most(
            f"CPU of {accounts:,} accounts: {what} ÷ {_PROGRAMS['command']}",
            least[name] / least["command"],
            1.3,
            client=f"CPU {least[name]:.2f} s",
        )
        for name, what in _PROGRAMS.items()
        if name != "command"
    ]


def _program_cpu(name: str, accounts: int) -> float:
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "benchmarks.pipelines", "--program", name]
        done = subprocess.run(
            [*command, "--accounts", str(accounts)],
            check=True,
            stdout=subprocess.PIPE,
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        )
        cpu: float = json.loads(done.stdout.splitlines()[-1])
        return cpu


def _run_program(name: str, accounts: int) -> None:
    """Do what one of the programs does, and print the CPU time of the process."""
    {"command": _command, "arrow": _pages, "feed": _feed, "extract": _extract}[name](accounts)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps(usage.ru_utime + usage.ru_stime))


def _expect(expected: object, actual: object) -> None:
    """Stop where a program has not done what is measured."""
    if expected != actual:
        raise RuntimeError(f"expected {expected}, got {actual}")


def _command(accounts: int) -> None:
    from neon_async.cli import main

    original = AsyncClient.__init__

    def patched(self: AsyncClient, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **{**options, "transport": FixedOrganization(accounts)})

    AsyncClient.__init__ = patched  # type: ignore[method-assign]
    settings = {"NEON_ORG_ID": "example", "NEON_API_KEY": "not-a-real-key"}
    os.environ |= {**settings, "NEON_BASE_URL": "http://localhost"}
    words = ["pull", "accounts", "--from", "2000-01-01Z", "--format", "parquet"]
    sys.argv = ["neon-async", *words, "--output", "accounts.parquet"]
    with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(SystemExit):
        main()
    import pyarrow.parquet as pq

    _expect(accounts, pq.read_metadata("accounts.parquet").num_rows)


class _Files:
    """Parquet files of all tables of accounts."""

    def __init__(self) -> None:
        import pyarrow.parquet as pq

        from neon_async.warehouse import arrow, tables

        family = tables.ACCOUNT_TABLES
        self._arrow = arrow
        self._writers = {
            kind: pq.ParquetWriter(f"{kind.name}.parquet", arrow.schema(kind), compression="zstd")
            for kind in (family.records, *family.children)
        }

    def add(self, accounts: Any) -> None:
        for kind, writer in self._writers.items():
            writer.write_batch(self._arrow.record_batch(kind, accounts))

    def close(self) -> None:
        for writer in self._writers.values():
            writer.close()


def _pages(accounts: int) -> None:
    waiting: list[Any] = []
    with contextlib.closing(_Files()) as files, blocking.client(_client(accounts)) as neon:
        for account in neon.sync_accounts(time_from=_SINCE):
            waiting.append(account)
            if len(waiting) == 10_000:
                files.add(waiting)
                waiting = []
        files.add(waiting)


def _feed(accounts: int) -> None:
    from neon_async.warehouse import tables

    with (
        contextlib.closing(_Files()) as files,
        blocking.account_changes(_client(accounts), _SINCE) as feed,
    ):
        for batch in feed.batches(10_000):
            files.add(tables.net(batch.changes).upserted)
        _expect("proven", feed.certificate.verdict)


def _extract(accounts: int) -> None:
    import dlt

    from neon_async.warehouse.dlt import source

    os.environ |= {"DLT_DATA_DIR": "data", "RUNTIME__DLTHUB_TELEMETRY": "false"}
    pipeline = dlt.pipeline("donors", destination="duckdb", pipelines_dir="pipelines")
    data = source(_client(accounts), _SINCE, batch_size=10_000).with_resources("accounts")
    pipeline.extract(data)


def _client(accounts: int) -> Any:
    return partial(ConnectFixed(accounts), "example")


def _workers(*, quick: bool) -> list[Row]:
    """Compare two workers with one process that reads one organization after the other."""
    import distributed

    from neon_async.warehouse.dask import sync_all

    accounts, rounds = (400, 1) if quick else (10_000, 3)
    orgs = [f"example-{number}" for number in range(8)]
    connect = ConnectFixed(accounts)
    engine: Any = distributed
    options: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with engine.LocalCluster(**options) as cluster, engine.Client(cluster) as client:
        # The first organization of each worker imports and compiles.
        sync_all(orgs, ConnectFixed(200), write, {}, client=client)
        _one_process(orgs, ConnectFixed(200))
        figures = [_round(orgs, connect, client) for _ in range(rounds)]
    one, alone, two, busiest = (min(values) for values in zip(*figures, strict=True))
    times = statistics.median(figure[0] / figure[2] for figure in figures)
    each = alone / len(orgs) / accounts * 1e6
    what = f"two Dask workers, {len(orgs)} organizations × {accounts:,} accounts, as fast as one"
    return [
        at_least(
            f"{what}: CPU of one process ÷ CPU of the busier worker",
            alone / busiest,
            1.7,
            others=f"{alone:.2f} s and {busiest:.2f} s: {each:.1f} µs an account",
        ),
        at_least(
            f"{what}: time",
            times,
            1.7,
            others=f"{one:.2f} s and {two:.2f} s; load {os.getloadavg()[0]:.1f}",
            judged=os.getloadavg()[0] < 3,
        ),
    ]


def _round(orgs: Sequence[str], connect: ConnectFixed, client: Any) -> tuple[float, ...]:
    """Return seconds and CPU time of one process, and seconds and most CPU time of a worker."""
    from neon_async.warehouse.dask import sync_all

    start, cpu = time.perf_counter(), time.process_time()
    _one_process(orgs, connect)
    one, alone = time.perf_counter() - start, time.process_time() - cpu
    before = client.run(time.process_time)
    start = time.perf_counter()
    sync_all(orgs, connect, write, {}, client=client)
    two = time.perf_counter() - start
    after = client.run(time.process_time)
    return one, alone, two, max(after[worker] - before[worker] for worker in after)


def _one_process(orgs: Sequence[str], connect: ConnectFixed) -> None:
    for org_id in orgs:
        with blocking.account_changes(partial(connect, org_id), _SINCE) as feed:
            for batch in feed.batches(1_000):
                write(org_id, batch.changes)
            _expect("proven", feed.certificate.verdict)


def _memory(*, quick: bool) -> list[Row]:
    """Compare the peak memory of a worker after organizations of different size."""
    sizes = (2_000, 8_000) if quick else (20_000, 400_000)
    peaks = [_peak(size) for size in sizes]
    row = at_most(
        f"peak memory of a Dask worker: {sizes[1]:,} ÷ {sizes[0]:,} accounts",
        peaks[1] / peaks[0],
        1.1,
        others=" and ".join(f"{peak / 1e6:.0f} MB" for peak in peaks),
    )
    return [row]


def _peak(accounts: int) -> int:
    import distributed

    from neon_async.warehouse.dask import sync_all

    engine: Any = distributed
    options: dict[str, Any] = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with engine.LocalCluster(**options) as cluster, engine.Client(cluster) as client:
        (certificate,) = sync_all(
            ["example"], ConnectFixed(accounts), write, {}, client=client
        ).values()
        _expect((True, accounts), (certificate.proven, certificate.received))
        (peak,) = client.run(_max_rss).values()
    return int(peak)


def _max_rss() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Measure and print, or be one of the programs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=["arrow", "workers", "memory"])
    parser.add_argument("--program", choices=_PROGRAMS)
    parser.add_argument("--accounts", type=int)
    options = parser.parse_args()
    if options.program:
        _run_program(options.program, options.accounts)
        return
    sections = {"arrow": _arrow, "workers": _workers, "memory": _memory}
    chosen = [sections[options.only]] if options.only else list(sections.values())
    print(table([row for section in chosen for row in section(quick=options.quick)]))


if __name__ == "__main__":
    main()
