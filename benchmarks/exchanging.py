"""The HTTP part alone: 2 KB replies without latency, CPU time of the client."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.rounds import interleaved, ratio
from benchmarks.running import server
from benchmarks.table import Row, at_most
from neon_async import AsyncClient
from neon_async._http.transport import HttpTransport
from neon_async._wire.form import Form
from neon_async.operations import Call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    # From a URL, a width and a number of calls to the CPU seconds of a call.
    _Kind = Callable[[str, int, int], Coroutine[Any, Any, float]]

_PAIRS = [
    ("userSessionId", "fake-session-id-fake-session-id-"),
    ("syncAccountTimeFrom", "2014-01-10T15:50:28.153+08:00"),
    ("page.currentPage", "3"),
    ("page.pageSize", "200"),
]
_METHOD = "account/listSmall"  # by its name a read, which may use a connection again


async def _drive(call: Callable[[], Awaitable[Any]], width: int, calls: int) -> float:
    """Return CPU seconds a call, with so many in flight."""
    left = calls

    async def worker() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await call()

    await asyncio.gather(*(call() for _ in range(width)))
    start = time.process_time()
    await asyncio.gather(*(worker() for _ in range(width)))
    return (time.process_time() - start) / calls


async def _post(url: str, width: int, calls: int, library: Any = httpx) -> float:
    limits = library.Limits(max_connections=width, max_keepalive_connections=width)
    async with library.AsyncClient(limits=limits, timeout=60, trust_env=False) as client:

        async def call() -> bytes:
            reply: bytes = (await client.post(f"{url}/{_METHOD}", data=dict(_PAIRS))).content
            return reply

        return await _drive(call, width, calls)


async def _post_httpx2(url: str, width: int, calls: int) -> float:
    import httpx2

    return await _post(url, width, calls, httpx2)


async def _exchange(url: str, width: int, calls: int, **options: Any) -> float:
    transport = HttpTransport(url, connections=width, **options)
    form = Form.encode(_PAIRS)
    try:
        return await _drive(lambda: transport.send_form("small", _METHOD, form), width, calls)
    finally:
        await transport.aclose()


async def _exchange_aiohttp(url: str, width: int, calls: int) -> float:
    from httpx_aiohttp import AiohttpTransport

    limits = httpx.Limits(max_connections=width, max_keepalive_connections=width)
    return await _exchange(url, width, calls, transport=AiohttpTransport(limits=limits))


async def _exchange_httpx2(url: str, width: int, calls: int) -> float:
    import httpx2

    limits = httpx2.Limits(max_connections=width, max_keepalive_connections=width)
    return await _exchange(url, width, calls, transport=httpx2.AsyncHTTPTransport(limits=limits))


async def _call(url: str, width: int, calls: int) -> float:
    async with AsyncClient(
        "example", "not-a-real-key", base_url=url, max_concurrency=width
    ) as neon:
        await neon.login()
        operation = Call(_METHOD, dict(_PAIRS[1:]))
        return await _drive(lambda: neon.send(operation), width, calls)


def measure(*, quick: bool) -> list[Row]:
    """Measure the exchange against httpx, and the call at different widths."""
    calls, rounds = (300, 1) if quick else (800, 4)
    kinds: dict[str, tuple[_Kind, tuple[int, ...]]] = {
        "httpx": (_post, (1, 20, 100)),
        "httpx2": (_post_httpx2, (1, 100)),
        "exchange": (_exchange, (20,)),
        "aiohttp": (_exchange_aiohttp, (20,)),
        "httpx2 transport": (_exchange_httpx2, (20,)),
        "call": (_call, (1, 20, 100)),
    }
    with server() as root:
        url = f"{root}/0/1/plain"
        measures = {
            f"{name} {width}": partial(_seconds, kind, url, width, calls)
            for name, (kind, widths) in kinds.items()
            for width in widths
        }
        figures = interleaved(measures, rounds)
    part = ratio(figures, "exchange 20", "httpx 20")
    growth = ratio(figures, "call 100", "call 1")
    faster = ratio(figures, "aiohttp 20", "httpx 20")
    newer = ratio(figures, "httpx2 transport 20", "httpx 20")
    pooled = ratio(figures, "httpx2 100", "httpx2 1")
    whole = ratio(figures, "call 20", "httpx 20")
    grown = ratio(figures, "httpx 100", "httpx 1")
    return [
        at_most(
            "CPU of the HTTP part, 2 KB reply, 20 at once, ÷ `httpx.AsyncClient.post`",
            part,
            0.6,
            others=f"with `transport=` of httpx-aiohttp {faster:.2f}, of httpx2 {newer:.2f} · "
            f"the whole call (session, slot, envelope) {whole:.2f}",
        ),
        at_most(
            "CPU of a call, 100 in flight ÷ 1 in flight",
            growth,
            1.3,
            others=f"httpx with limits = 100: {grown:.1f}, httpx2 {pooled:.1f}",
        ),
    ]


def _seconds(kind: _Kind, url: str, width: int, calls: int) -> float:
    return asyncio.run(kind(url, width, calls))
