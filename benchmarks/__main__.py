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
    churning,
    decoding,
    deferring,
    encoding,
    exchanging,
    feeding,
    importing,
    memory,
    pulling,
    report,
)
from benchmarks.pinning import cores, pin

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.table import Row


def main() -> None:
    """Measure, print the table, and unless it was a quick run write it to the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run of under a minute")
    parser.add_argument("--only", choices=sorted(_sections(quick=True, pictures=Path())))
    options = parser.parse_args()
    if len(cores()) > 1:
        os.environ["BENCHMARK_CORES"] = ",".join(map(str, cores()[:2]))
    pin("client")
    whole = not (options.quick or options.only)
    pictures = report.PLACE if whole else Path(tempfile.mkdtemp())
    rows: list[Row] = []
    for name, measure in _sections(quick=options.quick, pictures=pictures).items():
        if options.only in {None, name}:
            start = time.perf_counter()
            rows += measure()
            print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    print(report.machine(), report.table(rows), sep="\n\n")
    if whole:
        report.keep(rows)


def _sections(*, quick: bool, pictures: Path) -> dict[str, Callable[[], list[Row]]]:
    return {
        "decoding": partial(decoding.measure, quick=quick),
        "encoding": partial(encoding.measure, quick=quick),
        "importing": partial(importing.measure, quick=quick),
        "exchanging": partial(exchanging.measure, quick=quick),
        "deferring": partial(deferring.measure, quick=quick),
        "pulling": partial(pulling.measure, quick=quick, pictures=pictures),
        "memory": partial(memory.measure, quick=quick, pictures=pictures),
        "feeding": partial(feeding.measure, quick=quick),
        "churning": partial(churning.measure, quick=quick),
    }


if __name__ == "__main__":
    main()
