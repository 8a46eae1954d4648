"""The tables in the README, one for each Python, and the machine that they were measured on."""

from __future__ import annotations

import os
import platform
import re
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.pinning import cores
from benchmarks.table import table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.table import Row

PLACE = Path(__file__).parent
_README = PLACE / "README.md"
_START, _END = "<!-- tables -->", "<!-- end of tables -->"


def load() -> float:
    """Return how many processes are running or waiting for a core, on average of a minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def machine() -> str:
    """Describe processor, cores, system and Python, without naming the machine."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        match = re.search(r"model name\s*:\s*(.+)", info.read_text(encoding="utf-8"))
        model = match[1].strip() if match else model
    python = f"{platform.python_implementation()} {platform.python_version()}"
    # Such a build decodes in a tenth less of the time.
    optimized = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    build = f"built with{'' if optimized else 'out'} profile-guided optimization"
    return f"{python} ({build}), {model}, {len(cores()) or '?'} cores, {platform.system()}"


def section(rows: Sequence[Row], load_before: float, minutes: float) -> str:
    """Return a table with its heading, and what it was measured on.

    Args:
        rows: the figures.
        load_before: the load when the run began.
        minutes: how long it took.
    """
    series = ".".join(platform.python_version_tuple()[:2])
    state = f"load {load_before:.1f} before the run, which took {minutes:.1f} minutes"
    return f"## Python {series}\n\n{machine()}; {state}.\n\n{table(rows)}\n"


def keep(text: str) -> None:
    """Write a section to the README, in the place of the earlier one of the same Python."""
    readme = _README.read_text(encoding="utf-8")
    before, rest = readme.split(_START)
    tables, after = rest.split(_END)
    sections = {part.partition("\n")[0]: part for part in re.split(r"(?m)^(?=## )", tables)[1:]}
    sections[text.partition("\n")[0]] = text
    kept = "\n".join(part.strip() + "\n" for _, part in sorted(sections.items(), key=_series))
    _README.write_text(f"{before}{_START}\n\n{kept}\n{_END}{after}", encoding="utf-8")


def _series(section_: tuple[str, str]) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", section_[0])]
