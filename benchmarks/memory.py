"""Memory: of a pull that is only iterated, and of accounts that are kept."""

from __future__ import annotations

import gc
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks import bodies, peers
from benchmarks.decoding import neon_async
from benchmarks.plots import Line, plot
from benchmarks.running import pull, server
from benchmarks.table import Row, at_most

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_CONCURRENCY = 5
_MB = 1e6


def measure(*, quick: bool, pictures: Path) -> list[Row]:
    """Measure peak memory over the length of a pull, and bytes held by an account."""
    return [_flat(quick=quick, pictures=pictures), _cost(quick=quick), _kept(quick=quick)]


def _flat(*, quick: bool, pictures: Path) -> Row:
    lengths = (20, 40, 80) if quick else (125, 250, 500, 1000)
    with server() as root:
        iterated = {
            pages: pull("neon_async", f"{root}/0/{pages}/plain", _CONCURRENCY)["peak"]
            for pages in lengths
        }
        kept = {
            pages: pull("neon_async, kept", f"{root}/0/{pages}/plain", _CONCURRENCY)["peak"]
            for pages in lengths
            if pages <= 500
        }
    plot(
        pictures / "memory.svg",
        "Peak memory of a pull",
        ("records", "MB"),
        [
            Line("iterated", [(pages * 200, peak / _MB) for pages, peak in iterated.items()]),
            Line("kept in a list", [(pages * 200, peak / _MB) for pages, peak in kept.items()]),
        ],
    )
    few, many = lengths[-3], lengths[-1]
    growth = iterated[many] / iterated[few]
    sizes = f"{iterated[few] / _MB:.0f} MB and {iterated[many] / _MB:.0f} MB"
    return at_most(
        f"memory of a pull that is only iterated: peak of {many} pages ÷ peak of {few}",
        growth,
        1.1,
        others=f"{sizes}, the interpreter included",
    )


def _cost(*, quick: bool) -> Row:
    few, many = (10, 40) if quick else (50, 2500)
    with server() as root:
        figures = {
            pages: [
                pull("neon_async", f"{root}/0/{pages}/plain", _CONCURRENCY) for _ in range(repeats)
            ]
            for pages, repeats in ((few, 5), (many, 1))
        }
    cost = {
        pages: min((run["cpu"] / run["records"]) for run in runs) for pages, runs in figures.items()
    }
    return at_most(
        f"CPU of an account: {many * 200:,} ÷ {few * 200:,} accounts",
        cost[many] / cost[few],
        1.1,
        others=f"{cost[few] * 1e6:.1f} µs and {cost[many] * 1e6:.1f} µs",
    )


def _kept(*, quick: bool) -> Row:
    decoders: dict[str, Callable[[bytes], Any]] = {
        "ours": neon_async,
        "orjson": orjson.loads,
        "msgspec": peers.msgspec_decoder(),
        "cattrs": peers.cattrs_decoder(optional=True),
        "pydantic": peers.pydantic_decoder(),
    }
    held = {name: partial(_held, decode, 5 if quick else 10) for name, decode in decoders.items()}
    of = {name: measured() / 1000 for name, measured in held.items()}
    return at_most(
        "bytes held by an account ÷ orjson dicts",
        of["ours"] / of["orjson"],
        0.54,
        0.48,
        others=f"{of['ours']:.1f} KB · dicts {of['orjson']:.1f} · msgspec {of['msgspec']:.1f} · "
        f"attrs without shared pairs {of['cattrs']:.1f} · pydantic v2 {of['pydantic']:.1f}",
    )


def _held(decode: Callable[[bytes], Any], pages: int) -> float:
    """Return the bytes that are allocated for an account, all its parts included."""
    decode(bodies.page(0, pages, variants=pages))
    replies = [bodies.page(number, pages, variants=pages) for number in range(pages)]
    gc.collect()
    tracemalloc.start()
    kept = [decode(reply) for reply in replies]
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / len(kept) / bodies.PAGE_SIZE
