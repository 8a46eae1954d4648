"""A pull as a streaming response."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import anyio.lowlevel
import orjson
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from neon_async import NeonError, Paginator, unstructure
from neon_async._secrecy import guarded

_MEDIA_TYPE = "application/x-ndjson"


class _Streamed(StreamingResponse):
    """Sends page by page, for as long as there is a browser."""

    def __init__(self, pages: AsyncGenerator[Any, None]) -> None:
        super().__init__(pages, media_type=_MEDIA_TYPE)
        self._pages = pages

    @guarded
    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        failure: Exception | None = None
        async with anyio.create_task_group() as group:
            # Starlette's own response does not always listen: to some servers it only notices
            # that nobody is there when it has a page to send.
            group.start_soon(_cancel_when_left, receive, group.cancel_scope)
            try:
                await self.stream_response(send)
            except Exception as error:  # noqa: BLE001 - raised below, and not within a group
                # Some servers tell by an OSError that the browser has left. A deadline is one too.
                if isinstance(error, NeonError) or not isinstance(error, OSError):
                    failure = error
            group.cancel_scope.cancel()
        if failure is not None:
            raise failure
        if self.background is not None:
            await self.background()

    async def stream_response(self, send: Send) -> None:
        """Start with the first page, so that what fails before it is an error and no half reply."""
        async with aclosing(self._pages) as pages:
            first = _lines(await anext(pages, None))
            start = {"status": self.status_code, "headers": self.raw_headers}
            await send({"type": "http.response.start", **start})
            await _send(first, send)
            del first  # memory, as below: one page is held at a time, as lines or as records
            async for page in pages:
                lines = _lines(page)
                del page
                await _send(lines, send)
                del lines
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _lines(page: Any) -> bytes:  # noqa: ANN401 - a page of either operation, or None
    items = () if page is None else page.items
    return b"".join(orjson.dumps(unstructure(item)) + b"\n" for item in items)


async def _send(lines: bytes, send: Send) -> None:
    await send({"type": "http.response.body", "body": lines, "more_body": True})
    # A browser that leaves ends this wait, too. Then that is to be noticed before the next page
    # is asked for.
    await anyio.lowlevel.checkpoint()


async def _cancel_when_left(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def stream_ndjson(paginator: Paginator[Any, Any]) -> StreamingResponse:
    """Return the records of a walk as NDJSON: one JSON object a line, in v1's own spelling.

    One page is held at a time. The next is not asked for before the browser has taken the last,
    and none any more when it has left, not even when the request for one is under way. An error
    before the first page reaches the exception handlers; one in the middle breaks the response
    off, so that a client that checks its end notices.

    Args:
        paginator: what `sync_accounts` or `sync_activities` returned.
    """
    return _Streamed(paginator.pages())
