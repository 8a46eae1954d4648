"""A pull as a streaming response."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import anyio.lowlevel
import orjson
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from neon_async import NeonError, Paginator, unstructure
from neon_async._pipeline.secrecy import guarded
from neon_async._wire.json_bytes import dump_lines
from neon_async.fastapi._problems import problem_details

_log = logging.getLogger("neon_async.fastapi")

# Readers learn nothing about errors of other packages; the server logs those.
_BUG = {"type": "about:blank", "title": "Internal Server Error", "status": 500}


class _BrowserLeftError(Exception):
    """The browser left before the end of the stream."""


class NDJSONResponse(StreamingResponse):
    """The class of what `stream_ndjson` returns.

    As the `response_class` of a path it puts `application/x-ndjson` into the OpenAPI document:
    `@app.get("/accounts", response_class=NDJSONResponse)`.
    """

    media_type = "application/x-ndjson"


class _Streamed(NDJSONResponse):
    """Sends page by page, for as long as there is a browser."""

    def __init__(self, pages: AsyncGenerator[Any, None], *, end_line: bool) -> None:
        super().__init__(pages)
        self._pages = pages
        self._end_line = end_line
        self._records = 0

    @guarded
    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        whole = False
        failure: Exception | None = None
        async with anyio.create_task_group() as group:
            # Starlette's own response does not always listen: to some servers it only notices
            # that the browser has left when it has a page to send.
            group.start_soon(_cancel_when_left, receive, group.cancel_scope)
            try:
                whole = await self._stream(send)
            except _BrowserLeftError:
                pass
            except Exception as error:  # noqa: BLE001 - raised below, and not within a group
                failure = error
            group.cancel_scope.cancel()
        if failure is not None:
            raise failure
        if whole and self.background is not None:
            await self.background()

    async def _stream(self, send: Send) -> bool:
        """Send all pages, and return whether they were all.

        What fails before the first page is an error with a status of its own, and no half reply.
        """
        async with aclosing(self._pages) as pages:
            page = await anext(pages, None)
            start = {"status": self.status_code, "headers": self.raw_headers}
            await _send(send, {"type": "http.response.start", **start})
            while page is not None:
                # For memory: a page is held as records or as lines, and none while it is sent or
                # the next one is fetched.
                lines, held = _lines(page), len(page.items)
                del page
                await _send_lines(send, lines)
                self._records += held
                del lines
                try:
                    page = await anext(pages, None)
                except Exception as error:  # noqa: BLE001 - a bug is raised there
                    await self._break_off(send, error)
                    return False
        if self._end_line:
            await _send_lines(send, _line({"end": {"records": self._records}}))
        await _send(send, {"type": "http.response.body", "body": b"", "more_body": False})
        return True

    async def _break_off(self, send: Send, error: Exception) -> None:
        """Say that the stream is not whole.

        The response is left without its end, so that the server closes the connection. Raising
        would do so as well, with a traceback in the log of the server; and a middleware that
        passes the response on ends it properly in either case.
        """
        details = _BUG
        if isinstance(error, NeonError):
            details = problem_details(error) | _position(error)
            message = "a stream broke off after %d records, at page %s: %s: %s"
            _log.warning(message, self._records, error.resume, type(error).__name__, error)
        if self._end_line:
            await _send_lines(send, _line({"error": {**details, "records": self._records}}))
        if not isinstance(error, NeonError):
            raise error


def _position(error: NeonError) -> dict[str, Any]:
    """Say where a pull can be resumed."""
    position = {"resume": error.resume, "resume_ids": error.resume_ids}
    return {key: value for key, value in position.items() if value is not None}


def _lines(page: Any) -> bytes:  # noqa: ANN401 - a page of either operation
    try:
        return dump_lines(page.items)
    except orjson.JSONEncodeError:
        return b"".join(_line(unstructure(item)) for item in page.items)


def _line(value: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(value) + b"\n"
    except orjson.JSONEncodeError:
        # An odd value may be text with half of a surrogate pair, which is escaped.
        return json.dumps(value).encode() + b"\n"


async def _send_lines(send: Send, lines: bytes) -> None:
    await _send(send, {"type": "http.response.body", "body": lines, "more_body": True})
    # A browser that leaves ends this wait, too. Then that is to be noticed before the next page
    # is asked for.
    await anyio.lowlevel.checkpoint()


async def _send(send: Send, message: Message) -> None:
    try:
        await send(message)
    except OSError:  # of some servers, when the browser has left
        raise _BrowserLeftError from None


async def _cancel_when_left(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def stream_ndjson(paginator: Paginator[Any, Any], *, end_line: bool = True) -> NDJSONResponse:
    """Return the records of a pull as NDJSON: one JSON object a line, in v1's own spelling.

    The last line of a whole stream is `{"end": {"records": 2000}}`. That of one which an error of
    NeonCRM broke off is `{"error": {…}}`, with the members of a problem (RFC 9457), the number of
    `records` before it, and the page to `resume` from (and `resume_ids` of a pull by ids). A
    stream without either, as a killed worker leaves it, is not whole.

    A broken stream has no proper end of the transfer either. Don't rely on that: a middleware made
    by `@app.middleware("http")` ends it properly, and so does HTTP/1.0, which nginx asks for by
    default.

    One page is held at a time. The next is not asked for before the browser has taken the last,
    and none any more when it has left, not even when the request for one is under way. An error
    before the first page reaches the exception handlers; one in the middle is logged as a warning
    of `neon_async.fastapi`.

    Args:
        paginator: what `sync_accounts` or `sync_activities` returned.
        end_line: whether to write that last line. Without it, readers get records only, and can
            distinguish a whole stream from a broken one by the end of the transfer alone.
    """
    return _Streamed(paginator.pages(), end_line=end_line)
