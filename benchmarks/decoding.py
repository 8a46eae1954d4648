"""Reply bytes → accounts, and accounts → JSON."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks import bodies, peers
from benchmarks.rounds import cpu, interleaved, ratio
from benchmarks.table import Row, at_least, at_most
from neon_async import IndividualAccount, structure, unstructure
from neon_async._wire.envelope import open_envelope
from neon_async._wire.json_bytes import dump_lines
from neon_async._wire.steps import finish
from neon_async.operations import SyncAccounts

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.rounds import Figures

_OPERATION = SyncAccounts(ids=[1])


def neon_async(body: bytes) -> list[object]:
    """Decode a page as the client does, envelope included."""
    payload = open_envelope(body, _OPERATION.name)
    return list(finish(_OPERATION.parse_in_steps(payload)).accounts)


def measure(*, quick: bool) -> list[Row]:
    """Measure pages of 200 accounts in both directions, as multiples of orjson's time."""
    pages = [bodies.page(number, 500) for number in range(1, 3 if quick else 9)]
    return [*_decoding(pages, quick=quick), _encoding(pages, quick=quick)]


def _decoding(pages: list[bytes], *, quick: bool) -> list[Row]:
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
    figures = _rounds(works, quick=quick)
    of = partial(ratio, figures, base="orjson")
    others = (
        f"json.loads {of('json'):.2f} · msgspec {of('msgspec'):.2f} · "
        f"cattrs, fields required {of('required'):.2f} · mashumaro {of('mashumaro'):.2f} · "
        f"pydantic v2 {of('pydantic'):.2f} · cattrs, optional fields {of('optional'):.2f}"
    )
    size = sum(map(len, pages)) / len(pages) / bodies.PAGE_SIZE
    older = ratio(figures, "ours older", "orjson older")
    faster = partial(ratio, figures, base="ours")
    return [
        at_most(
            "reply bytes → accounts ÷ `orjson.loads`",
            of("ours"),
            2.4,
            1.9,
            client=_client(figures, "ours", pages),
            others=f"{others} ({size:.0f} B an account)",
        ),
        at_least("as fast as pydantic v2, times", faster("pydantic"), 1.4),
        at_least("as fast as stock cattrs with optional fields, times", faster("optional"), 2.2),
        Row(
            "the same, JSON as v1 spelled it in 2012",
            f"{older:.2f} ×",
            others="only neon_async decodes it",
        ),
    ]


def _encoding(pages: list[bytes], *, quick: bool) -> Row:
    """Measure models to JSON. `extra` included: one account in ten has an unknown field."""
    replies = [orjson.loads(page)["syncAccountsResponse"] for page in pages]
    dicts = [reply["individualAccounts"]["individualAccount"] for reply in replies]
    for accounts in dicts:
        for account in accounts[::10]:
            account["unknownToThisPackage"] = {"text": "kept", "number": 7}
    models = [[structure(account, IndividualAccount) for account in page] for page in dicts]
    if unstructure(models[0][0]) != dicts[0][0]:
        raise ValueError("an account does not come out as it went in")
    works = {
        "orjson": partial(_all, orjson.dumps, dicts),
        "ours": partial(_all, neon_async_json, models),
        "stock cattrs": partial(_all, peers.cattrs_encoder(), models),
    }
    figures = _rounds(works, quick=quick)
    return at_most(
        "models → JSON bytes of a page ÷ `orjson.dumps` of the dicts",
        ratio(figures, "ours", "orjson"),
        3.3,
        2.3,
        client=_client(figures, "ours", pages),
        others=f"stock cattrs {ratio(figures, 'stock cattrs', 'orjson'):.1f}",
    )


def neon_async_json(accounts: list[Any]) -> bytes:
    """Encode a page as the commands and services do: lines of JSON."""
    return dump_lines(accounts)


def _rounds(works: dict[str, partial[None]], *, quick: bool) -> Figures:
    for work in works.values():
        work()
    measures = {name: partial(cpu, work) for name, work in works.items()}
    return interleaved(measures, 3 if quick else 15)


def _client(figures: Figures, name: str, pages: list[bytes]) -> str:
    return f"CPU {min(figures[name]) / len(pages) * 1000:.2f} ms a page"


def _all(work: Callable[[Any], object], pages: list[Any]) -> None:
    for page in pages:
        work(page)
