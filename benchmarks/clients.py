"""One pull of all accounts, by this package and by others, as a process of its own.

`python -m benchmarks.clients NAME URL CONCURRENCY` prints seconds, CPU seconds, peak memory and
records as JSON, after a few pages that are not counted. The others do what one writes in an
afternoon: the first page for the number of pages, then all others at once behind a semaphore.
They don't log in, check or retry anything.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from benchmarks.pinning import pin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Decode = Callable[[bytes], Any]
    Fetch = Callable[[int], Awaitable[int]]

_METHOD = "account/syncAccounts"
_SINCE = datetime(2014, 1, 1, tzinfo=UTC)


def _form(number: int) -> dict[str, str]:
    return {
        "userSessionId": "fake",
        "syncAccountTimeFrom": "2014-01-01T00:00:00.000+00:00",
        "page.currentPage": str(number),
        "page.pageSize": "200",
    }


def _pages(body: bytes) -> int:
    return int(body[body.rindex(b'"totalPage":') + 12 :].partition(b",")[0])


async def _gather(fetch: Callable[[int], Awaitable[bytes]], decode: Decode, limit: int) -> int:
    """Fetch the first page, and then all others, so many at once."""
    semaphore = asyncio.Semaphore(limit)

    async def page(number: int) -> int:
        async with semaphore:
            body = await fetch(number)
        return len(decode(body))

    first = await fetch(1)
    rest = await asyncio.gather(*(page(number) for number in range(2, _pages(first) + 1)))
    return len(decode(first)) + sum(rest)


async def _httpx(url: str, limit: int, decode: Decode, **options: Any) -> int:
    import httpx

    limits = httpx.Limits(max_connections=limit, max_keepalive_connections=limit)
    async with httpx.AsyncClient(limits=limits, timeout=60, **options) as client:

        async def fetch(number: int) -> bytes:
            return (await client.post(f"{url}/{_METHOD}", data=_form(number))).content

        return await _gather(fetch, decode, limit)


async def _httpx2(url: str, limit: int, decode: Decode) -> int:
    import httpx2

    limits = httpx2.Limits(max_connections=limit, max_keepalive_connections=limit)
    async with httpx2.AsyncClient(limits=limits, timeout=60) as client:

        async def fetch(number: int) -> bytes:
            return (await client.post(f"{url}/{_METHOD}", data=_form(number))).content

        return await _gather(fetch, decode, limit)


async def _aiohttp(url: str, limit: int, decode: Decode) -> int:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=limit)
    async with aiohttp.ClientSession(connector=connector) as client:

        async def fetch(number: int) -> bytes:
            async with client.post(f"{url}/{_METHOD}", data=_form(number)) as response:
                return await response.read()

        return await _gather(fetch, decode, limit)


async def _neon_async(url: str, limit: int, **options: Any) -> int:
    from neon_async import AsyncClient

    count = 0
    async with (
        AsyncClient(
            "example", "not-a-real-key", base_url=url, max_concurrency=limit, **options
        ) as neon,
        neon.sync_accounts(time_from=_SINCE).lookahead() as accounts,
    ):
        async for _ in accounts:
            count += 1
    return count


async def _neon_async_kept(url: str, limit: int) -> int:
    from neon_async import AsyncClient

    async with (
        AsyncClient("example", "not-a-real-key", base_url=url, max_concurrency=limit) as neon,
        neon.sync_accounts(time_from=_SINCE).lookahead() as accounts,
    ):
        return len([account async for account in accounts])


async def _neon_async_tls(url: str, limit: int) -> int:
    import ssl

    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return await _neon_async(url, limit, ssl_context=context)


async def _neon_async_aiohttp(url: str, limit: int) -> int:
    import httpx
    from httpx_aiohttp import AiohttpTransport

    limits = httpx.Limits(max_connections=limit, max_keepalive_connections=limit)
    return await _neon_async(url, limit, transport=AiohttpTransport(limits=limits))


async def _neon_async_httpx2(url: str, limit: int) -> int:
    import httpx2

    limits = httpx2.Limits(max_connections=limit, max_keepalive_connections=limit)
    return await _neon_async(url, limit, transport=httpx2.AsyncHTTPTransport(limits=limits))


async def _neoncrm(url: str, limit: int) -> int:
    """Pull with the synchronous SDK of API v2, in threads, as dicts."""
    from concurrent.futures import ThreadPoolExecutor

    import neoncrm

    with neoncrm.NeonCRM("example", "not-a-real-key", base_url=url) as client:

        def page(number: int) -> dict[str, Any]:
            payload: Any = client.get(f"/{_METHOD}", params=_form(number))
            reply: dict[str, Any] = payload["syncAccountsResponse"]
            return reply

        def records(number: int) -> int:
            return len(page(number)["individualAccounts"]["individualAccount"])

        pages = page(1)["page"]["totalPage"]
        with ThreadPoolExecutor(limit) as pool:
            return sum(pool.map(records, range(1, pages + 1)))


def _accounts(loads: Callable[[bytes], Any]) -> Decode:
    def decode(body: bytes) -> Any:
        return loads(body)["syncAccountsResponse"]["individualAccounts"]["individualAccount"]

    return decode


def _client(name: str) -> Callable[[str, int], Awaitable[int]]:
    import orjson

    from benchmarks import peers

    engines = {"httpx": _httpx, "httpx2": _httpx2, "aiohttp": _aiohttp}
    decoders: dict[str, Callable[[], Decode]] = {
        "bytes": lambda: lambda _: range(200),
        "json": lambda: _accounts(json.loads),
        "orjson": lambda: _accounts(orjson.loads),
        "pydantic": peers.pydantic_decoder,
        "cattrs": lambda: peers.cattrs_decoder(optional=True),
        "msgspec": peers.msgspec_decoder,
    }
    engine, _, decoder = name.partition("+")
    decode = decoders[decoder]()
    return lambda url, limit: engines[engine](url, limit, decode)


OWN = {
    "neon_async": _neon_async,
    "neon_async, kept": _neon_async_kept,
    "neon_async over TLS": _neon_async_tls,
    "neon_async + httpx-aiohttp": _neon_async_aiohttp,
    "neon_async + httpx2": _neon_async_httpx2,
    "neoncrm": _neoncrm,
}


def main() -> None:
    """Run one pull and print what it took."""
    name, url, limit = sys.argv[1:]
    pin("client")
    pull = OWN.get(name) or _client(name)

    # Imports, generated code and the first connections belong to the start and not to the pull.
    first = re.sub(r"/[0-9]+/[0-9]+/", "/0/10/", url)

    async def run() -> dict[str, float]:
        await pull(first, int(limit))
        start, cpu = time.perf_counter(), time.process_time()
        records = await pull(url, int(limit))
        return {
            "seconds": time.perf_counter() - start,
            "cpu": time.process_time() - cpu,
            "records": records,
        }

    figures = asyncio.run(run())
    figures["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
