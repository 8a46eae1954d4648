"""The emulator behind the server of scripted faults, on a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tests.support.fault_steps import Connection, http

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async.emulator import Emulator
    from tests.support.fault_steps import Seen, Step


def answers(emulator: Emulator) -> Callable[[Seen], list[Step]]:
    """Return what a server does with a request when nothing is to go wrong."""
    engine = httpx.ASGITransport(app=emulator)

    def script(seen: Seen) -> list[Step]:
        async def answer(connection: Connection) -> None:
            url = f"http://127.0.0.1{seen.target}"
            headers = {"Content-Type": seen.headers.get("content-type", "")}
            request = httpx.Request(seen.method, url, headers=headers, content=seen.body)
            response = await engine.handle_async_request(request)
            connection.writer.write(http(await response.aread(), status=response.status_code))
            await connection.writer.drain()

        return [answer]

    return script
