"""Whole processes: the real commands from their start to their end, by their resource usage.

An emulator answers on the other core. Start-up is taken off by running the same command where
there is one page to pull.
"""

from __future__ import annotations

import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.rounds import interleaved, least
from benchmarks.running import emulator, settings
from benchmarks.table import Row, at_most
from benchmarks.usage import Usage, command, run

if TYPE_CHECKING:
    from collections.abc import Callable

_DICTS = "httpx + orjson to dicts"


class _Command(NamedTuple):
    """A command, and the CPU it should take at most beside dicts.

    Attributes:
        what: the row.
        goal: the goal.
        stretch: the goal after that.
        arguments: returns the arguments, given a folder for its files.
    """

    what: str
    goal: float
    stretch: float
    arguments: Callable[[Path], list[str]]


def _program(name: str) -> Callable[[Path], list[str]]:
    return lambda _: [sys.executable, "-m", "benchmarks.programs", name]


def _pull(form: str) -> Callable[[Path], list[str]]:
    words = ["pull", "accounts", "--from", "2000-01-01Z", "--format", form, "--output"]
    return lambda place: [command("neon-async"), *words, str(place / f"accounts.{form}")]


def _sync(place: Path) -> list[str]:
    files = ["--checkpoint", str(place / "accounts.json"), "--output", str(place / "out.ndjson")]
    return [command("neon-async"), "sync", "accounts", *files]


_PULLS = {
    "dicts": _Command("", 0, 0, _program("dicts")),
    "look-ahead": _Command("CPU of a look-ahead pull", 1.5, 1.1, _program("lookahead")),
    "ndjson": _Command("`neon-async pull`, NDJSON", 2.0, 1.4, _pull("ndjson")),
    "csv": _Command("`neon-async pull`, CSV", 2.6, 2.0, _pull("csv")),
    "parquet": _Command("`neon-async pull`, Parquet", 2.6, 2.0, _pull("parquet")),
    "sync": _Command("`neon-async sync`, NDJSON", 2.4, 1.7, _sync),
}


def measure(*, quick: bool) -> list[Row]:
    """Measure the CPU time of pulls, and of the commands that only answer."""
    return [*_pulls(quick=quick), *_answers(quick=quick)]


def _pulls(*, quick: bool) -> list[Row]:
    accounts, rounds = (4_000, 1) if quick else (20_000, 3)
    usages: dict[str, list[Usage]] = {}
    with tempfile.TemporaryDirectory() as cache, emulator(accounts) as many, emulator(200) as few:
        measures = {
            f"{name}, {size}": partial(
                _usage, usages.setdefault(f"{name}, {size}", []), entry, url, cache
            )
            for name, entry in _PULLS.items()
            for size, url in (("many", many), ("few", few))
        }
        # The first round compiles what is imported.
        interleaved({name: work for name, work in measures.items() if "few" in name}, 1)
        for taken in usages.values():
            taken.clear()
        interleaved(measures, rounds)
    cost = {name: _marginal(usages, name) for name in _PULLS}
    each = {name: f"{seconds / (accounts - 200) * 1e6:.0f} µs" for name, seconds in cost.items()}
    return [
        at_most(
            f"{entry.what}, {accounts:,} accounts ÷ {_DICTS}, start-up off",
            cost[name] / cost["dicts"],
            entry.goal,
            entry.stretch,
            client=_client(usages[f"{name}, many"]),
            others=f"{each[name]} an account, dicts {each['dicts']}",
        )
        for name, entry in _PULLS.items()
        if name != "dicts"
    ]


def _usage(taken: list[Usage], entry: _Command, url: str, cache: str) -> float:
    with tempfile.TemporaryDirectory() as place:
        taken.append(run(entry.arguments(Path(place)), cache, settings(url)))
    return taken[-1].cpu


def _marginal(usages: dict[str, list[Usage]], name: str) -> float:
    many, few = (min(usage.cpu for usage in usages[f"{name}, {size}"]) for size in ("many", "few"))
    return many - few


def _client(taken: list[Usage]) -> str:
    best = min(taken, key=lambda usage: usage.cpu)
    return f"{best.seconds:.2f} s, CPU {best.cpu:.2f} s"


def _answers(*, quick: bool) -> list[Row]:
    """Measure the commands that only answer, next to that of HTTPie."""
    commands = {
        "http": [command("http"), "--help"],
        "--help": [command("neon-async"), "--help"],
        "--version": [command("neon-async"), "--version"],
    }
    usages: dict[str, list[Usage]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as cache:

        def cpu(name: str) -> float:
            usages[name].append(run(commands[name], cache))
            return usages[name][-1].cpu

        measures = {name: partial(cpu, name) for name in commands}
        interleaved(measures, 1)
        figures = interleaved(measures, 2 if quick else 5)
    return [
        at_most(
            f"CPU of `neon-async {name}` ÷ `http --help` (HTTPie)",
            least(figures, name, "http"),
            1.0,
            0.5,
            client=_client(usages[name]),
            others=f"http --help {min(figures['http']):.2f} s",
        )
        for name in ("--help", "--version")
    ]
