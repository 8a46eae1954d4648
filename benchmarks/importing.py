"""`import neon_async`, next to its dependencies."""

from __future__ import annotations

import sys
import tempfile
from functools import partial

from benchmarks.rounds import interleaved
from benchmarks.table import Row, at_most
from benchmarks.usage import run

_STATEMENTS = {
    "nothing": "pass",
    "httpx": "import httpx",
    # Names of anyio, because it imports its parts only when they are used.
    "dependencies": (
        "import anyio.abc, anyio.lowlevel, attrs, cattrs, httpx, orjson; "
        "from anyio import CancelScope, CapacityLimiter, create_task_group"
    ),
    "package": "import neon_async",
    # The package imports a class when it is first named, and this is the one that all need.
    "ours": "from neon_async import AsyncClient",
    "client": "from neon_async import AsyncClient; AsyncClient('fake-org', 'fake-key')",
    "iteration": (
        "from neon_async import AsyncClient; "
        "AsyncClient('fake-org', 'fake-key').sync_accounts(account_ids=[1])"
    ),
}


def measure(*, quick: bool) -> list[Row]:
    """Measure the CPU time of fresh interpreters, less that of an empty one."""
    with tempfile.TemporaryDirectory() as cache:
        measures = {name: partial(_cpu, code, cache) for name, code in _STATEMENTS.items()}
        interleaved(measures, 1)
        figures = interleaved(measures, 3 if quick else 10)
    own = {name: min(times) - min(figures["nothing"]) for name, times in figures.items()}
    base = own["dependencies"]
    others = (
        f"`import neon_async` alone {own['package'] / base:.2f} · "
        f"with a client {own['client'] / base:.2f} · "
        f"with what the first iteration imports {own['iteration'] / base:.2f} · "
        f"dependencies ÷ httpx {base / own['httpx']:.2f}"
    )
    client = f"CPU {min(figures['ours']):.2f} s"
    figure = own["ours"] / base
    return [
        at_most(
            "CPU of `from neon_async import AsyncClient` ÷ importing its dependencies",
            figure,
            1.1,
            1.03,
            client=client,
            others=others,
        )
    ]


def _cpu(code: str, cache: str) -> float:
    return run([sys.executable, "-c", code], cache).cpu
