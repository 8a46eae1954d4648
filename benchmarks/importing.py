"""`import neon_async`, next to its dependencies."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from functools import partial

from benchmarks.rounds import interleaved, ratio
from benchmarks.table import Row

_GOAL = 1.15
_STATEMENTS = {
    "nothing": "pass",
    "httpx": "import httpx",
    # Names of anyio, because it imports its parts only when they are used.
    "dependencies": (
        "import anyio.abc, anyio.lowlevel, attrs, cattrs, httpx, orjson; "
        "from anyio import CancelScope, CapacityLimiter, create_task_group"
    ),
    "ours": "import neon_async",
    "client": "from neon_async import AsyncClient; AsyncClient('fake-org', 'fake-key')",
    "iteration": (
        "from neon_async import AsyncClient; "
        "AsyncClient('fake-org', 'fake-key').sync_accounts(account_ids=[1])"
    ),
}


def measure(*, quick: bool) -> list[Row]:
    """Measure the time that fresh interpreters take, less that of an empty one."""
    with tempfile.TemporaryDirectory() as place:
        measures = {name: partial(_seconds, code, place) for name, code in _STATEMENTS.items()}
        interleaved(measures, 1)
        found = interleaved(measures, 3 if quick else 25)
    empty = found["nothing"]
    own = {
        name: [one - base for one, base in zip(times, empty, strict=True)]
        for name, times in found.items()
        if name != "nothing"
    }
    figure = ratio(own, "ours", "dependencies")
    others = (
        f"with a client {ratio(own, 'client', 'dependencies'):.2f} · "
        f"with what the first iteration imports {ratio(own, 'iteration', 'dependencies'):.2f} · "
        f"dependencies ÷ httpx {ratio(own, 'dependencies', 'httpx'):.2f}"
    )
    return [
        Row(
            "`import neon_async` ÷ its dependencies",
            f"{figure:.2f} ×",
            f"≤ {_GOAL} ×",
            figure <= _GOAL,
            others,
        )
    ]


def _seconds(code: str, place: str) -> float:
    # Compiled code is what is imported but for the first time, whatever the environment says.
    env = {**os.environ, "PYTHONPYCACHEPREFIX": place}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=env)
    return time.perf_counter() - start
