"""Interleaved rounds: everything that is compared is measured in turn, again and again."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Figures = dict[str, list[float]]


def cpu(work: Callable[[], object], times: int = 1) -> float:
    """Return the seconds of CPU time that some work takes, the release of its result included."""
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times


def interleaved(measures: Mapping[str, Callable[[], float]], rounds: int) -> Figures:
    """Measure all in turn, so many times, so that all are disturbed alike."""
    figures: Figures = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            figures[name].append(measure())
    return figures


def ratio(figures: Mapping[str, Sequence[float]], name: str, base: str) -> float:
    """Return the median of one measure's ratios to another one of the same round."""
    pairs = zip(figures[name], figures[base], strict=True)
    return statistics.median(value / other for value, other in pairs)


def least(figures: Mapping[str, Sequence[float]], name: str, base: str) -> float:
    """Return the least of one measure by the least of another: what disturbs only ever adds."""
    return min(figures[name]) / min(figures[base])
