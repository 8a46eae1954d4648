"""Bulk pulls at 50 ms latency, next to the ideal: pages ÷ concurrency × 50 ms."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.plots import Line, plot
from benchmarks.rounds import interleaved, ratio
from benchmarks.running import certificate, pull, server
from benchmarks.table import Row

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LATENCY = 50  # milliseconds
_OURS = "neon_async"
_FAST = "neon_async + httpx-aiohttp"
_GATHER = "httpx+cattrs"
_PEERS = {
    "aiohttp+msgspec": "aiohttp + msgspec",
    "httpx+bytes": "httpx, not decoded",
    "httpx+json": "httpx + json to dicts",
    "httpx+orjson": "httpx + orjson to dicts",
    "httpx+pydantic": "httpx + pydantic v2",
    _GATHER: "httpx + stock cattrs",
    "neoncrm": "neoncrm 0.1 (API v2, threads, dicts)",
}


class _Goal(NamedTuple):
    concurrency: int
    default: float
    fastest: float


def measure(*, quick: bool, pictures: Path) -> list[Row]:
    """Measure pulls at 5 and at 20 requests at once, and draw time against concurrency."""
    pages, rounds = (40, 1) if quick else (500, 3)
    rows: list[Row] = []
    with server() as root:
        url = f"{root}/{_LATENCY}/{pages}/plain"
        for goal in (_Goal(5, 1.2, 1.1), _Goal(20, 3.2, 2.6)):
            rows += _at(goal, url, pages, rounds)
        _draw(url, pages // 2, pictures, quick=quick)
        rows += _carriers(root, pages // 2, rounds)
    return rows


def _at(goal: _Goal, url: str, pages: int, rounds: int) -> list[Row]:
    names = [_OURS, _FAST, *_PEERS]
    found = interleaved({name: _timer(name, url, goal.concurrency) for name in names}, rounds)
    ideal = _ideal(pages, goal.concurrency)
    of = {name: statistics.median(times) / ideal for name, times in found.items()}
    others = " · ".join(f"{label} {of[name]:.2f}" for name, label in _PEERS.items())
    what = f"bulk pull of {pages * 200:,} accounts, {goal.concurrency} at once, ÷ ideal"
    rows = [
        Row(what, f"{of[_OURS]:.2f} ×", f"≤ {goal.default} ×", of[_OURS] <= goal.default, others),
        Row(
            f"the same with httpx-aiohttp as `transport=`, {goal.concurrency} at once",
            f"{of[_FAST]:.2f} ×",
            f"≤ {goal.fastest} ×",
            of[_FAST] <= goal.fastest,
        ),
    ]
    if goal.concurrency == 20:
        faster = ratio(found, _GATHER, _OURS)
        what = "as fast as gather over httpx + stock cattrs, 20 at once, times"
        rows.append(Row(what, f"{faster:.2f}", "≥ 1.8", faster >= 1.8))
    return rows


def _carriers(root: str, pages: int, rounds: int) -> list[Row]:
    """Measure what else may be between client and server, all at 5 at once."""
    plain = f"{root}/{_LATENCY}/{pages}/plain"
    zipped = f"{root}/{_LATENCY}/{pages}/gzip"
    with certificate() as path, server(path) as secure:
        tls = f"{secure}/{_LATENCY}/{pages}/plain"
        found = interleaved(
            {
                "plain": _timer(_OURS, plain, 5),
                "gzip": _timer(_OURS, zipped, 5),
                "TLS": _timer("neon_async over TLS", tls, 5),
            },
            rounds,
        )
    ideal = _ideal(pages, 5)
    figures = " · ".join(
        f"{name} {statistics.median(times) / ideal:.2f} ×" for name, times in found.items()
    )
    note = "HTTP/2 is not measured: uvicorn, and as far as known v1, speak HTTP/1.1"
    return [Row("the same over TLS, and gzipped, 5 at once, ÷ ideal", figures, "–", None, note)]


def _draw(url: str, pages: int, pictures: Path, *, quick: bool) -> None:
    widths = [1, 5, 20] if quick else [1, 2, 5, 10, 20, 40]
    url = url.replace(f"/{pages * 2}/", f"/{pages}/")
    names = {_OURS: "neon_async", _FAST: _FAST, _GATHER: "gather over httpx + stock cattrs"}
    lines = [
        Line(label, [(width, _timer(name, url, width)()) for width in widths])
        for name, label in names.items()
    ]
    lines.append(Line("ideal", [(width, _ideal(pages, width)) for width in widths]))
    title = f"{pages * 200:,} accounts, {_LATENCY} ms latency"
    plot(pictures / "concurrency.svg", title, ("requests at once", "seconds"), lines, log=True)


def _ideal(pages: int, concurrency: int) -> float:
    return pages / concurrency * _LATENCY / 1000


def _timer(name: str, url: str, concurrency: int) -> Callable[[], float]:
    return lambda: pull(name, url, concurrency)["seconds"]
