"""`import neon_async`, next to its dependencies."""

from __future__ import annotations

import subprocess
import sys
import time
from functools import partial

from benchmarks.rounds import interleaved, ratio
from benchmarks.table import Row

_GOAL = 1.15
_STATEMENTS = {
    "nothing": "pass",
    "httpx": "import httpx",
    "dependencies": "import anyio, anyio.lowlevel, attrs, cattrs, httpx, orjson",
    "ours": "import neon_async",
}


def measure(*, quick: bool) -> list[Row]:
    """Measure the time that fresh interpreters take, less that of an empty one."""
    found = interleaved(
        {name: partial(_seconds, code) for name, code in _STATEMENTS.items()}, 3 if quick else 25
    )
    empty = found["nothing"]
    own = {
        name: [one - base for one, base in zip(times, empty, strict=True)]
        for name, times in found.items()
        if name != "nothing"
    }
    figure = ratio(own, "ours", "dependencies")
    others = f"dependencies ÷ httpx {ratio(own, 'dependencies', 'httpx'):.2f}"
    return [
        Row(
            "`import neon_async` ÷ its dependencies",
            f"{figure:.2f} ×",
            f"≤ {_GOAL} ×",
            figure <= _GOAL,
            others,
        )
    ]


def _seconds(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start
