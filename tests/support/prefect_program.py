"""Run the recipe for Prefect as a program that fails or is killed on the way, and its server.

Prefect is used in processes of its own: it sets up logging and threads when it is imported.
"""

import functools
import importlib
import os
import runpy
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from neon_async import blocking
from neon_async.warehouse.sqlite import SqliteCopy

RECIPE = Path(__file__).parents[2] / "docs" / "recipes" / "prefect_flow.py"


def serve() -> None:
    """Run a server with a database of its own, whose address is printed, until stdin ends."""
    settings: Any = importlib.import_module("prefect.settings")
    testing: Any = importlib.import_module("prefect.testing.utilities")
    with testing.prefect_test_harness(server_startup_timeout=120):
        print(settings.PREFECT_API_URL.value(), flush=True)  # noqa: T201 - the test reads it
        sys.stdin.read()


def run(event: str, calls: int) -> None:
    """Run the recipe in small batches; before a batch is stored, it fails or is killed, once."""
    batches = blocking.BlockingChangeFeed.batches
    blocking.BlockingChangeFeed.batches = lambda feed: batches(feed, 20)  # type: ignore[assignment,misc]
    SqliteCopy.store = _interrupted(SqliteCopy.store, event, calls)  # type: ignore[method-assign]
    recipe = runpy.run_path(str(RECIPE))
    recipe["copy_accounts"].retry_delay_seconds = 0
    connect = recipe["connect"].__globals__
    connect["AsyncClient"] = functools.partial(connect["AsyncClient"], page_size=20)
    print(recipe["copy_organizations"]())  # noqa: T201 - the test reads it


def _interrupted(store: Callable[..., None], event: str, calls: int) -> Callable[..., None]:
    left = [calls]

    def interrupted(*arguments: Any) -> None:
        left[0] -= 1
        if not left[0]:
            if event == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if event == "fail":
                raise OSError("the disk is full")
        store(*arguments)

    return interrupted


if __name__ == "__main__":
    serve() if sys.argv[1] == "serve" else run(sys.argv[1], int(sys.argv[2]))
