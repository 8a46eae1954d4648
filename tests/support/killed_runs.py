"""Runs in a process of their own that are killed at random points.

`python -m tests.support.killed_runs MODULE FUNCTION` forks for each line on stdin, a JSON array of
arguments, and calls the function in the fork: so a run starts at once, with all modules loaded.
"""

import contextlib
import importlib
import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

import anyio
import attrs
from anyio import to_thread

from neon_async import AsyncClient
from neon_async.warehouse import tables
from neon_async.warehouse.sqlite import SqliteCopy


@attrs.frozen
class KilledRuns:
    """Starts runs, and kills them."""

    process: subprocess.Popen[str]

    def run(self, *arguments: Any, seconds: float | None = None) -> int:
        """Run to the end, or kill it after a while; return its exit code, or minus the signal."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        pid = int(self.process.stdout.readline())
        if seconds is not None:
            ready, _, _ = select.select([self.process.stdout], [], [], seconds)
            if not ready:
                os.kill(pid, signal.SIGKILL)
        return int(self.process.stdout.readline())


@contextlib.contextmanager
def killed_runs(module: str, function: str) -> Generator[KilledRuns]:
    """Start the process that forks."""
    command = [sys.executable, "-m", __name__, module, function]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        yield KilledRuns(process)
        assert process.stdin is not None
        process.stdin.close()


def sync_sqlite(settings: dict[str, Any], path: str, name: str, steps: int | None) -> None:
    """Bring a SQLite copy up to date in small batches, and die after some steps of SQLite."""
    connect = sqlite3.connect

    def connect_and_count(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        if steps is not None:
            connection.set_progress_handler(lambda: os.kill(os.getpid(), signal.SIGKILL), steps)
        return connection

    sqlite3.connect = connect_and_count  # type: ignore[assignment]
    anyio.run(_sync_sqlite, settings, path, name)


async def _sync_sqlite(settings: dict[str, Any], path: str, name: str) -> None:
    since = datetime(2000, 1, 1, tzinfo=UTC)
    accounts = name == "accounts"
    family = tables.ACCOUNT_TABLES if accounts else tables.ACTIVITY_TABLES
    options: dict[str, Any] = {"page_size": 20} | ({"merges": True} if accounts else {})
    async with AsyncClient(**settings) as neon:
        make: Any = neon.account_changes if accounts else neon.activity_changes
        with SqliteCopy(path, family) as copy:
            copy.check(make(since, **options))
            async with make(since, checkpoint=copy.checkpoint, **options) as feed:
                async for batch in feed.batches(size=1):
                    await to_thread.run_sync(copy.store, batch)


def random_kill(
    dice: random.Random, *, longest: float, steps: int
) -> tuple[float | None, int | None]:
    """Return when to kill a run: after some seconds, or after some steps of the database."""
    if dice.random() < 0.5:
        return dice.uniform(0, longest), None
    return None, int(steps ** dice.random())


def main() -> None:
    """Fork for each line."""
    function = getattr(importlib.import_module(sys.argv[1]), sys.argv[2])
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                function(*json.loads(line))
                code = 0
            except BaseException:  # noqa: BLE001 - a fork must end here
                traceback.print_exc()
            os._exit(code)
        print(pid, flush=True)  # noqa: T201 - the other process reads it
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main()
