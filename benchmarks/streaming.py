"""The CPU time of a service that streams a pull to its client, next to one that passes bytes on."""

from __future__ import annotations

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.pinning import pin
from benchmarks.rounds import interleaved, least
from benchmarks.running import process, server
from benchmarks.table import Row, at_most

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_UPSTREAM = "BENCHMARK_UPSTREAM"


def measure(*, quick: bool) -> list[Row]:
    """Measure the service's CPU time for all records of a pull."""
    pages, rounds = (10, 1) if quick else (100, 5)
    with server() as root:
        os.environ[_UPSTREAM] = f"{root}/0/{pages}/plain"
        with process(["-m", "benchmarks.streaming"]) as port:
            url = f"http://127.0.0.1:{port}"
            for path in ("/bytes", "/ndjson"):
                _cpu(url, path)  # imports and connections
            figures = interleaved(
                {path: partial(_cpu, url, path) for path in ("/bytes", "/ndjson")}, rounds
            )
    base = min(figures["/bytes"])
    return [
        at_most(
            f"`stream_ndjson` of {pages * 200:,} accounts: CPU of the service ÷ "
            "a service that passes bytes through",
            least(figures, "/ndjson", "/bytes"),
            2.5,
            1.8,
            client=f"CPU {min(figures['/ndjson']):.2f} s",
            others=f"bytes {base:.2f} s",
        )
    ]


def _cpu(url: str, path: str) -> float:
    """Return the CPU seconds that the service takes for a whole stream."""
    with httpx.Client(timeout=60, trust_env=False) as client:
        before = float(client.get(f"{url}/cpu").text)
        with client.stream("GET", url + path) as response:
            size = sum(map(len, response.iter_raw()))
        if not size:
            raise RuntimeError("the service of the benchmarks sends nothing")
        return float(client.get(f"{url}/cpu").text) - before


def service() -> Any:
    """Return the service, as an ASGI application."""
    import time
    from datetime import UTC, datetime

    import orjson
    from fastapi import FastAPI
    from fastapi.responses import PlainTextResponse, StreamingResponse

    from neon_async import AsyncClient
    from neon_async.fastapi import stream_ndjson

    upstream, since = os.environ[_UPSTREAM], datetime(2014, 1, 1, tzinfo=UTC)
    neon = AsyncClient("example", "not-a-real-key", base_url=upstream)
    plain = httpx.AsyncClient(timeout=60, trust_env=False)
    app = FastAPI()

    @app.get("/cpu")
    async def cpu() -> PlainTextResponse:
        return PlainTextResponse(str(time.process_time()))

    @app.get("/ndjson")
    async def ndjson() -> StreamingResponse:
        return stream_ndjson(neon.sync_accounts(time_from=since))

    async def replies() -> AsyncIterator[bytes]:
        number, pages = 0, 1
        while number < pages:
            number += 1
            form = {
                "userSessionId": "fake",
                "syncAccountTimeFrom": "2014-01-01T00:00:00.000+00:00",
                "page.currentPage": str(number),
                "page.pageSize": "200",
            }
            reply = await plain.post(f"{upstream}/account/syncAccounts", data=form)
            if number == 1:
                pages = orjson.loads(reply.content)["syncAccountsResponse"]["page"]["totalPage"]
            yield reply.content

    @app.get("/bytes")
    async def passed_through() -> StreamingResponse:
        return StreamingResponse(replies(), media_type="application/x-ndjson")

    return app


def main() -> None:
    """Serve until the process is ended."""
    import uvicorn

    pin("client")
    uvicorn.run(service(), port=int(sys.argv[1]), log_level="error", access_log=False)


if __name__ == "__main__":
    main()
