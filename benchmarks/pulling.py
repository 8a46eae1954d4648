"""Bulk pulls at 50 ms latency, next to the ideal: pages ÷ concurrency × 50 ms.

Where httpx itself, which decodes nothing, is slower than the ideal by more than a fifth, the
machine has no core to spare for each of the two processes, and the pulls are not judged.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.pinning import PIN
from benchmarks.plots import Line, plot
from benchmarks.rounds import interleaved, ratio
from benchmarks.running import certificate, pull, server
from benchmarks.table import Row, at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.rounds import Figures

_LATENCY = 50  # milliseconds
_TRUSTED = 1.2  # of the ideal; a machine on which httpx takes longer is busy
_OURS = "neon_async"
_AIOHTTP = "neon_async + httpx-aiohttp"
_HTTPX2 = "neon_async + httpx2"
_GATHER = "httpx+cattrs"
_FASTEST = "aiohttp+msgspec"
_BARE = "httpx+bytes"
_FEW = {_FASTEST: "aiohttp + msgspec", _BARE: "httpx, not decoded", "httpx+orjson": "httpx + dicts"}
# Bound by their CPU time, and so pulled once: other rounds show the same within a few percent.
_SLOW = {
    "httpx+pydantic": "httpx + pydantic v2",
    _GATHER: "httpx + stock cattrs",
    "neoncrm": "neoncrm 0.1 (API v2, threads, dicts)",
}
_PEERS = {**_FEW, "httpx2+orjson": "httpx2 + dicts", **_SLOW}
# A neighbour that never rests, on the client's core.
_BUSY = "while True: pass"


def measure(*, quick: bool, pictures: Path) -> list[Row]:
    """Measure pulls at 5 and at 20 requests at once, and draw time against concurrency."""
    pages, rounds = (40, 1) if quick else (500, 3)
    with server() as root:
        url = f"{root}/{_LATENCY}/{pages}/plain"
        half = f"{root}/{_LATENCY}/{pages // 2}/plain"
        wide = _at(20, url, pages, rounds, [_OURS, _HTTPX2, _AIOHTTP, *_PEERS])
        narrow = _at(5, half, pages // 2, min(rounds, 2), [_OURS, _HTTPX2, _AIOHTTP, *_FEW])
        rows = [*_wide(wide, pages), *_narrow(narrow, pages // 2)]
        rows.append(_shared(url, pages, rounds))
        rows.append(_carriers(root, pages // 4, min(rounds, 2)))
        _draw(root, pages // 10, pictures, quick=quick)
    return rows


class _Pulls:
    """Pulls of one width by several clients.

    Attributes:
        seconds: of each round, by client.
        cpu: the same for CPU seconds.
        ideal: seconds that latency alone takes.
    """

    def __init__(self, seconds: Figures, cpu: Figures, ideal: float) -> None:
        """Keep the figures."""
        self.seconds = seconds
        self.cpu = cpu
        self.ideal = ideal

    def of(self, name: str) -> float:
        """Return the median of a client's seconds, by the ideal."""
        return statistics.median(self.seconds[name]) / self.ideal

    def client(self, name: str = _OURS) -> str:
        """Describe what a client took."""
        seconds, cpu = statistics.median(self.seconds[name]), min(self.cpu[name])
        return f"{seconds:.2f} s, CPU {cpu:.2f} s"

    @property
    def judged(self) -> bool:
        """Whether the machine is quiet enough."""
        return min(self.seconds[_BARE]) / self.ideal <= _TRUSTED

    def others(self, peers: dict[str, str]) -> str:
        """Describe what others took, and why nothing is judged."""
        text = " · ".join(
            f"{label} {self.of(name):.2f} (CPU {min(self.cpu[name]):.2f} s)"
            for name, label in peers.items()
        )
        if self.judged:
            return text
        return (
            f"not judged: httpx alone is above {_TRUSTED} × the ideal, the machine is busy; {text}"
        )


def _at(width: int, url: str, pages: int, rounds: int, names: list[str]) -> _Pulls:
    cpu: Figures = {name: [] for name in names}

    def timer(name: str) -> Callable[[], float]:
        def seconds() -> float:
            figures = pull(name, url, width)
            cpu[name].append(figures["cpu"])
            return figures["seconds"]

        return seconds

    usual = {name: timer(name) for name in names if name not in _SLOW}
    slow = {name: timer(name) for name in names if name in _SLOW}
    seconds = {**interleaved(usual, rounds), **interleaved(slow, 1)}
    return _Pulls(seconds, cpu, _ideal(pages, width))


def _wide(pulls: _Pulls, pages: int) -> list[Row]:
    what = f"pull of {pages * 200:,} accounts, 20 at once, ÷ ideal"
    return [
        at_most(
            what,
            pulls.of(_OURS),
            1.34,
            1.15,
            client=pulls.client(),
            others=pulls.others(_PEERS),
            judged=pulls.judged,
        ),
        *_transports(pulls, what, 1.34, 1.15),
        at_least(
            "as fast as gather over httpx + stock cattrs, 20 at once, times",
            pulls.of(_GATHER) / pulls.of(_OURS),
            1.8,
            judged=pulls.judged,
        ),
    ]


def _narrow(pulls: _Pulls, pages: int) -> list[Row]:
    what = f"pull of {pages * 200:,} accounts, 5 at once, ÷ ideal"
    return [
        at_most(
            what,
            pulls.of(_OURS),
            1.2,
            client=pulls.client(),
            others=pulls.others(_FEW),
            judged=pulls.judged,
        ),
        *_transports(pulls, what, 1.1),
    ]


def _transports(pulls: _Pulls, what: str, goal: float, stretch: float | None = None) -> list[Row]:
    names = {_HTTPX2: "httpx2", _AIOHTTP: "httpx-aiohttp"}
    return [
        at_most(
            f"the same with `transport=` of {label}: {what}",
            pulls.of(name),
            goal,
            stretch,
            client=pulls.client(name),
            judged=pulls.judged,
        )
        for name, label in names.items()
    ]


def _shared(url: str, pages: int, rounds: int) -> Row:
    """Measure pulls while a busy neighbour shares the client's core."""
    with _neighbour():
        pulls = _at(20, url, pages, rounds, [_OURS, _FASTEST])
    seconds = statistics.median(pulls.seconds[_FASTEST])
    return at_most(
        "the same with a busy neighbour on the client's core, ÷ aiohttp + msgspec",
        ratio(pulls.seconds, _OURS, _FASTEST),
        2.0,
        1.3,
        client=pulls.client(),
        others=f"aiohttp + msgspec {seconds:.2f} s, CPU {min(pulls.cpu[_FASTEST]):.2f} s",
    )


@contextmanager
def _neighbour() -> Iterator[None]:
    child = subprocess.Popen([sys.executable, "-c", f"{PIN}\n{_BUSY}"], env=os.environ)
    try:
        yield
    finally:
        child.kill()
        child.wait()


def _carriers(root: str, pages: int, rounds: int) -> Row:
    """Measure what else may be between client and server, all at 5 at once."""
    url = f"/{_LATENCY}/{pages}"
    with certificate() as path, server(path) as secure:
        figures = interleaved(
            {
                "plain": _timer(_OURS, f"{root}{url}/plain", 5),
                "gzip": _timer(_OURS, f"{root}{url}/gzip", 5),
                "TLS": _timer("neon_async over TLS", f"{secure}{url}/plain", 5),
            },
            rounds,
        )
    ideal = _ideal(pages, 5)
    shown = " · ".join(
        f"{name} {statistics.median(times) / ideal:.2f} ×" for name, times in figures.items()
    )
    note = "HTTP/2 is not measured: uvicorn, and as far as known v1, speak HTTP/1.1"
    return Row("the same over TLS, and gzipped, 5 at once, ÷ ideal", shown, others=note)


def _draw(root: str, pages: int, pictures: Path, *, quick: bool) -> None:
    widths = [1, 5, 20] if quick else [1, 5, 10, 20, 40]
    url = f"{root}/{_LATENCY}/{pages}/plain"
    names = {_OURS: "neon_async", _AIOHTTP: _AIOHTTP, _GATHER: "gather over httpx + stock cattrs"}
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
