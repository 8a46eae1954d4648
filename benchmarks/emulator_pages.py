"""The CPU time that the emulator takes for a page, without a socket."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from benchmarks.rounds import cpu, interleaved, least
from benchmarks.table import Row, at_most
from neon_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_PAGES = 40


def measure(*, quick: bool) -> list[Row]:
    """Measure pages of 200 accounts, each one asked for again in every round."""
    emulator = Emulator(_PAGES * 200)
    loop = asyncio.new_event_loop()
    try:
        login = {"login.apiKey": emulator.api_key, "login.orgid": emulator.org_id}
        reply = loop.run_until_complete(_reply(emulator, "common/login", login))
        session = orjson.loads(reply)["loginResponse"]["userSessionId"]

        def pages() -> list[bytes]:
            return loop.run_until_complete(_pages(emulator, session))

        first = cpu(pages)
        dicts = [orjson.loads(page) for page in pages()]
        works = {"orjson": lambda: list(map(orjson.dumps, dicts)), "emulator": pages}
        figures = interleaved(
            {name: partial(cpu, work) for name, work in works.items()}, 2 if quick else 7
        )
    finally:
        loop.close()
        emulator.close()
    each = min(figures["emulator"]) / _PAGES * 1000
    return [
        at_most(
            "emulator: CPU of a page of 200 ÷ `orjson.dumps` of it",
            least(figures, "emulator", "orjson"),
            6,
            3,
            client=f"CPU {each:.2f} ms a page",
            others=f"asked for the first time {first / min(figures['orjson']):.1f}",
        )
    ]


async def _pages(emulator: Emulator, session: str) -> list[bytes]:
    form = {
        "userSessionId": session,
        "syncAccountTimeFrom": "2000-01-01T00:00:00.000+00:00",
        "page.pageSize": "200",
    }
    return [
        await _reply(emulator, "account/syncAccounts", form | {"page.currentPage": str(number)})
        for number in range(1, _PAGES + 1)
    ]


async def _reply(emulator: Emulator, path: str, form: dict[str, str]) -> bytes:
    """Send a form as a server does, and return the body of the reply."""
    sent: list[bytes] = []
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": f"/neonws/services/api/{path}",
        "raw_path": f"/neonws/services/api/{path}".encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"emulator.example.org"),
            (b"content-type", b"application/x-www-form-urlencoded"),
        ],
        "server": ("emulator.example.org", 80),
        "client": ("127.0.0.1", 1),
    }
    body = urlencode(form).encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message.get("body", b""))

    await emulator(scope, receive, send)
    return b"".join(sent)
