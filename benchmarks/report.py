"""The table in the README, and the machine that it was measured on."""

from __future__ import annotations

import platform
import re
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.pinning import cores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.table import Row

PLACE = Path(__file__).parent
_README = PLACE / "README.md"
_START, _END = "<!-- table -->", "<!-- end of table -->"


def machine() -> str:
    """Describe processor, cores, system and Python, without naming the machine."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"model name\s*:\s*(.+)", info.read_text(encoding="utf-8"))
        model = found[1].strip() if found else model
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{model}, {len(cores()) or '?'} cores, {platform.system()}, {python}"


def table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown."""
    lines = ["| what | neon_async | goal | | others, in the same unit |", "|---|---|---|---|---|"]
    for row in rows:
        mark = {True: "✓", False: "✗", None: ""}[row.reached]
        lines.append(f"| {row.what} | {row.figure} | {row.goal} | {mark} | {row.others} |")
    return "\n".join(lines)


def keep(rows: Sequence[Row]) -> None:
    """Write the table to the README, between its marks."""
    text = _README.read_text(encoding="utf-8")
    before, rest = text.split(_START)
    _, after = rest.split(_END)
    middle = f"{_START}\nMeasured on: {machine()}.\n\n{table(rows)}\n{_END}"
    _README.write_text(before + middle + after, encoding="utf-8")
