"""Interleaved rounds: everything that is compared is measured in turn, again and again."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def cpu(work: Callable[[], object], times: int = 1) -> float:
    """Return the seconds of CPU time that some work takes, the release of its result included."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def interleaved(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Measure all in turn, so many times, so that all are disturbed alike."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            found[name].append(measure())
    return found


def ratio(found: dict[str, list[float]], name: str, base: str) -> float:
    """Return the median of one measure's ratios to another one of the same round."""
    pairs = zip(found[name], found[base], strict=True)
    return statistics.median(one / other for one, other in pairs)
