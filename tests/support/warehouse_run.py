"""Load organizations into DuckDB by dlt, on two Dask workers of which one is killed on the way."""

import functools
import json
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import attrs
import distributed
import dlt
from rich.console import Console
from rich.table import Table

from neon_async.emulator import Organizations, running
from neon_async.warehouse.dlt import source
from tests.support.replicas import ConnectTo

ORGANIZATIONS, ACCOUNTS, ACTIVITIES = 8, 200, 50


@attrs.frozen
class OrganizationLoad:
    """A database for each organization in a folder."""

    connect: ConnectTo
    folder: Path

    def run(self, org_id: str) -> dict[str, Any]:
        """Load an organization, and return what has arrived, and whether it is proven."""
        os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
        pipeline = dlt.pipeline(
            org_id,
            destination=dlt.destinations.duckdb(str(self.folder / f"{org_id}.duckdb")),
            dataset_name="neon",
            pipelines_dir=str(self.folder / "dlt"),
        )
        # Whether an earlier worker, which was killed, had extracted.
        begun = pipeline.has_pending_data
        pipeline.extract(source(functools.partial(self.connect, org_id)))
        self.die()
        pipeline.normalize()
        pipeline.load()
        if begun:
            pipeline.run(source(functools.partial(self.connect, org_id)))
        trace: Any = pipeline.last_trace
        (metrics,) = [step[0] for step in trace.last_extract_info.metrics.values()]
        verdicts = {
            name: resource.custom_metrics["certificate"]["verdict"]
            for name, resource in metrics["resource_metrics"].items()
        }
        with pipeline.sql_client() as database:
            rows = {
                name: (database.execute_sql(f"SELECT count(*) FROM {name}") or [[0]])[0][0]  # noqa: S608 - our own names
                for name in ("accounts", "account_addresses", "activities")
            }
        return {**rows, "verdicts": ", ".join(sorted(set(verdicts.values()))), "pid": os.getpid()}

    def die(self) -> None:
        """Kill this process when half of the organizations are begun, once."""
        if len(list(self.folder.glob("dlt/*"))) * 2 >= ORGANIZATIONS:
            try:
                (self.folder / "killed").touch(exist_ok=False)
            except FileExistsError:
                return
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run it, and print a table."""
    started = time.monotonic()
    options: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    engine: Any = distributed
    with (
        tempfile.TemporaryDirectory() as folder,
        Organizations(ORGANIZATIONS, accounts=ACCOUNTS, activities=ACTIVITIES) as organizations,
        running(organizations) as base_url,
        engine.LocalCluster(**options) as cluster,
        engine.Client(cluster) as client,
    ):
        load = OrganizationLoad(ConnectTo(base_url), Path(folder))
        orgs = [emulator.org_id for emulator in organizations]
        results = client.gather(client.map(load.run, orgs, pure=False))
        killed = (Path(folder) / "killed").exists()
    table = Table("organization", *results[0])
    for number, result in enumerate(results, 1):
        table.add_row(str(number), *map(str, result.values()))
    Console().print(table)
    seconds = time.monotonic() - started
    Console().print(f"one worker was killed: {killed}; {seconds:.0f} seconds")
    expected = {"accounts": ACCOUNTS, "activities": ACTIVITIES, "verdicts": "proven"}
    wrong = [result for result in results if {**result, **expected} != result]
    if wrong or not killed:
        raise SystemExit(json.dumps(wrong))


if __name__ == "__main__":
    main()
