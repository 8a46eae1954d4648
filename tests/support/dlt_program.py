"""Run a dlt pipeline in a process of its own, which may be killed at a chosen place."""

import functools
import json
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import dlt
from dlt.load.load import Load
from dlt.normalize.normalize import Normalize

from neon_async.warehouse.dlt import source
from neon_async.warehouse.dlt._load import Load as ExtractedTables
from tests.support.loaded_tables import connect_to

# Processes of their own, which have imported dlt already.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([__name__])

STAGES: dict[str, tuple[Any, str]] = {
    "extract": (ExtractedTables, "items"),
    "normalize": (Normalize, "spool_files"),
    "load": (Load, "complete_jobs"),
    "commit": (Load, "complete_package"),
}


@attrs.frozen
class PipelineRun:
    """What one process does.

    Attributes:
        base_url: where the emulator is.
        folder: where dlt works.
        destination: a DuckDB file, or the URL of a PostgreSQL database.
        stage: where the process is killed: a key of `STAGES`, or `""` for nowhere.
        call: at which call of that stage's function, counted from 1.
        times: how often the pipeline is run.
    """

    base_url: str
    folder: str
    destination: str
    stage: str = ""
    call: int = 1
    times: int = 1

    def pipeline(self) -> dlt.Pipeline:
        if self.destination.startswith("postgresql:"):
            destination: Any = dlt.destinations.postgres(self.destination)
        else:
            destination = dlt.destinations.duckdb(self.destination)
        return dlt.pipeline(
            "donors", destination=destination, dataset_name="neon", pipelines_dir=self.folder
        )

    def start(self) -> list[int]:
        """Do it in another process, and return how many packages each run has loaded."""
        result = Path(self.folder).with_suffix(".result")
        result.unlink(missing_ok=True)
        process = FORKS.Process(target=self.run, args=[str(result)])
        process.start()
        process.join()
        assert (-signal.SIGKILL if self.stage else 0) == process.exitcode
        loaded: list[int] = [] if self.stage else json.loads(result.read_text())
        return loaded

    def run(self, result: str) -> None:
        os.environ |= {"LOAD__WORKERS": "2", "RUNTIME__DLTHUB_TELEMETRY": "false"}
        if self.stage:
            owner, name = STAGES[self.stage]
            setattr(owner, name, _deadly(getattr(owner, name), self.call))
        connect = functools.partial(connect_to, self.base_url)
        runs = [self.pipeline().run(source(connect, batch_size=50)) for _ in range(self.times)]
        Path(result).write_text(json.dumps([len(info.loads_ids) for info in runs]))


def _deadly(function: Callable[..., Any], call: int) -> Callable[..., Any]:
    left = [call]

    @functools.wraps(function)
    def die(*args: Any, **kwargs: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)

    return die
