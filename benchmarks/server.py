"""The server of the benchmarks: fixed bodies after a fixed time, and nothing else.

The first parts of the path say what to answer: `/MILLISECONDS/PAGES/plain`, `.../gzip` or
`.../large` for pages of 2 MB.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from typing import TYPE_CHECKING, Any

import uvicorn

from benchmarks import bodies
from benchmarks.pinning import pin

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Message = MutableMapping[str, Any]

_NUMBER = re.compile(rb"page\.?[cC]urrentPage=(\d+)|currentPage=(\d+)")


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer one request."""
    form = scope["query_string"]
    more = True
    while more:
        message = await receive()
        form += message.get("body", b"")
        more = message.get("more_body", False)
    _, latency, pages, coding, *_, method = scope["path"].split("/")
    if method != "login":
        await asyncio.sleep(int(latency) / 1000)
    body = _body(method, form, int(pages), coding)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if coding == "gzip" and method == "syncAccounts":
        headers.append((b"content-encoding", b"gzip"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _body(method: str, form: bytes, pages: int, coding: str) -> bytes:
    if method != "syncAccounts":
        return bodies.SMALL
    match = _NUMBER.search(form)
    number = int(match[1] or match[2]) if match else 1
    if coding == "gzip":
        return bodies.zipped_accounts(number, pages)
    if coding == "large":
        return bodies.page(number, pages, variants=2, fields=bodies.MANY_FIELDS)
    return bodies.page(number, pages)


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate")
    options = parser.parse_args()
    pin("server")
    uvicorn.run(
        app,
        port=options.port,
        lifespan="off",
        http="h11",
        log_level="error",
        access_log=False,
        ssl_certfile=options.certificate,
    )


if __name__ == "__main__":
    main()
