"""Responses that are more than bytes: envelopes of v1, and connections that are cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from starlette.responses import HTMLResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from neon_async.emulator._wire.messages import Json

DISCONNECT = "neon_async.disconnect"
"""ASGI extension under which `serve` lets the application cut the connection."""


class Envelope(Response):
    """A reply of v1, in JSON."""

    def __init__(
        self,
        content: bytes,
        reply: Json,
        codes: tuple[int, ...],
        status: int,
        headers: Mapping[str, str] | None,
    ) -> None:
        """Keep what it says, so that it can be said in another way."""
        super().__init__(content, status, headers, "application/json")
        self.reply = reply
        self.codes = codes
        self._own_headers = headers

    def written(self, content: bytes, media_type: str) -> Response:
        """Return the same reply, written in another way."""
        return Response(content, self.status_code, self._own_headers, media_type)


class Disconnect(Response):
    """Cuts the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut it, or in process raise what an HTTP client would raise."""
        del send
        cut = scope.get("extensions", {}).get(DISCONNECT)
        if cut is None:
            # httpx's own words, so that a test in process and one on a socket see the same error.
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        cut()
        # The server must have seen it before this ends, or it answers with status 500.
        await receive()


def page(status: int, title: str) -> HTMLResponse:
    """Return a small HTML page, as a server in front of v1 would answer."""
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return HTMLResponse(body, status)
