"""HttpReply bytes → accounts."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import orjson

from benchmarks import bodies, peers
from benchmarks.rounds import cpu, interleaved, ratio
from benchmarks.table import Row
from neon_async._wire.envelope import open_envelope
from neon_async.operations import SyncAccounts

if TYPE_CHECKING:
    from collections.abc import Callable

_OPERATION = SyncAccounts(ids=[1])


def neon_async(body: bytes) -> list[object]:
    """Decode a page as the client does, envelope included."""
    return list(_OPERATION.parse(open_envelope(body, _OPERATION.name)).accounts)


def measure(*, quick: bool) -> list[Row]:
    """Measure the time to decode pages of 200 accounts, as a multiple of `orjson.loads`."""
    pages = [bodies.page(number, 500) for number in range(1, 3 if quick else 9)]
    old = [orjson.dumps(bodies.older(orjson.loads(page))) for page in pages]
    decoders: dict[str, Callable[[bytes], object]] = {
        "orjson": orjson.loads,
        "ours": neon_async,
        "json": json.loads,
        "msgspec": peers.msgspec_decoder(),
        "required": peers.cattrs_decoder(optional=False),
        "mashumaro": peers.mashumaro_decoder(),
        "pydantic": peers.pydantic_decoder(),
        "optional": peers.cattrs_decoder(optional=True),
    }
    works = {name: partial(_all, decode, pages) for name, decode in decoders.items()}
    works |= {"orjson older": partial(_all, orjson.loads, old)}
    works |= {"ours older": partial(_all, neon_async, old)}
    for work in works.values():
        work()
    found = interleaved(
        {name: partial(cpu, work) for name, work in works.items()}, 3 if quick else 25
    )
    of = partial(ratio, found, base="orjson")
    ours = of("ours")
    faster = partial(ratio, found, base="ours")
    what = "reply bytes → attrs accounts, ÷ `orjson.loads`"
    others = (
        f"json.loads {of('json'):.2f} · msgspec {of('msgspec'):.2f} · "
        f"cattrs, fields required {of('required'):.2f} · mashumaro {of('mashumaro'):.2f} · "
        f"pydantic v2 {of('pydantic'):.2f} · cattrs, optional fields {of('optional'):.2f}"
    )
    size = sum(map(len, pages)) / len(pages) / bodies.PAGE_SIZE
    older = ratio(found, "ours older", "orjson older")
    return [
        Row(what, f"{ours:.2f} ×", "≤ 2.4 ×", ours <= 2.4, f"{others} ({size:.0f} B an account)"),
        Row(
            "as fast as pydantic v2, times",
            f"{faster('pydantic'):.2f}",
            "≥ 1.4",
            faster("pydantic") >= 1.4,
            "",
        ),
        Row(
            "as fast as stock cattrs with optional fields, times",
            f"{faster('optional'):.2f}",
            "≥ 2.2",
            faster("optional") >= 2.2,
            "",
        ),
        Row(
            "the same, JSON as v1 spelled it in 2012",
            f"{older:.2f} ×",
            "–",
            None,
            "only neon_async decodes it",
        ),
    ]


def _all(decode: Callable[[bytes], object], pages: list[bytes]) -> None:
    for page in pages:
        decode(page)
