"""Measure everything: `nox -s bench`, or `nox -s bench -- --quick` for a smoke run."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import (
    commands,
    decoding,
    deferring,
    emulator_pages,
    encoding,
    event_loop,
    exchanging,
    feeding,
    importing,
    memory,
    organizations,
    pulling,
    report,
    streaming,
)
from benchmarks.pinning import cores, pin

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.table import Row


def main() -> None:
    """Measure, print the table, and unless it was a quick run write it to the README."""
    sections: dict[str, Callable[..., list[Row]]] = {
        "decoding": decoding.measure,
        "commands": commands.measure,
        "streaming": streaming.measure,
        "event_loop": event_loop.measure,
        "organizations": organizations.measure,
        "pulling": pulling.measure,
        "importing": importing.measure,
        "memory": memory.measure,
        "feeding": feeding.measure,
        "emulator": emulator_pages.measure,
        "encoding": encoding.measure,
        "exchanging": exchanging.measure,
        "deferring": deferring.measure,
    }
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run of a minute or two")
    parser.add_argument("--only", action="append", choices=sorted(sections), default=[])
    options = parser.parse_args()
    if len(cores()) > 1:
        os.environ["BENCHMARK_CORES"] = ",".join(map(str, cores()[:2]))
    pin("client")
    whole = not (options.quick or options.only)
    pictures = report.PLACE if whole else Path(tempfile.mkdtemp())
    for name in ("pulling", "memory"):
        sections[name] = partial(sections[name], pictures=pictures)
    chosen = {name: sections[name] for name in options.only or sections}
    load, start = report.load(), time.perf_counter()
    rows = _measure(chosen, quick=options.quick)
    text = report.section(rows, load, (time.perf_counter() - start) / 60)
    print(text)
    if whole:
        report.keep(text)


def _measure(sections: dict[str, Callable[..., list[Row]]], *, quick: bool) -> list[Row]:
    rows: list[Row] = []
    for name, measure in sections.items():
        start = time.perf_counter()
        rows += measure(quick=quick)
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return rows


if __name__ == "__main__":
    main()
