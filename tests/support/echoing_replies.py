"""Answers at httpx's transport: replies and errors that quote the whole request."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import anyio
import httpx
import orjson

from tests.support.secrets_scenario import DONOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.secrets_scenario import Fault


async def _quoted(request: httpx.Request) -> str:
    """Return each value as it is and as HTML, the form as it was sent, and somebody's address."""
    form = (await request.aread() or request.url.query).decode()
    values = " ".join(value for _, value in parse_qsl(form))
    return f"{DONOR} {values} {html.escape(values)} {request.url.raw_path.decode()} {form}"


def refused(code: int, status: int = 200) -> Fault:
    """FAIL, with the request in the error's message."""

    async def fault(request: httpx.Request) -> httpx.Response:
        error = {"errorCode": code, "errorMessage": await _quoted(request)}
        envelope = {"operationResult": "FAIL", "errors": {"error": [error]}}
        return httpx.Response(status, content=orjson.dumps({"anyResponse": envelope}))

    return fault


def succeeded(**payload: object) -> Fault:
    """SUCCESS, in a shape that no operation can read."""

    async def fault(request: httpx.Request) -> httpx.Response:
        envelope = {"operationResult": "SUCCESS", "echo": await _quoted(request), **payload}
        return httpx.Response(200, content=orjson.dumps({"anyResponse": envelope}))

    return fault


def pending() -> Fault:
    """Neither SUCCESS nor FAIL."""

    async def fault(request: httpx.Request) -> httpx.Response:
        envelope = {"operationResult": "PENDING", "echo": await _quoted(request)}
        return httpx.Response(200, content=orjson.dumps({"anyResponse": envelope}))

    return fault


def answered(status: int, headers: Mapping[str, str] | None = None) -> Fault:
    """Another status, with the request in the page, a cookie, and where redirects lead."""

    async def fault(request: httpx.Request) -> httpx.Response:
        quoted = (await _quoted(request)).replace(" ", "&")
        said = {"Set-Cookie": quoted, "Location": f"https://example.org/?{quoted}"}
        page = f"<html>{quoted}</html>"
        return httpx.Response(status, headers={**said, **(headers or {})}, text=page)

    return fault


def garbage(content: bytes) -> Fault:
    """Status 200 with anything in it."""

    async def fault(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=content % (await _quoted(request)).encode())

    return fault


def broken(kind: type[httpx.TransportError]) -> Fault:
    """An error of the HTTP library, which carries the request."""

    async def fault(request: httpx.Request) -> httpx.Response:
        raise kind(await _quoted(request), request=request)

    return fault


async def hanging(request: httpx.Request) -> httpx.Response:
    """Nothing, for ever."""
    quoted = await _quoted(request)
    await anyio.sleep_forever()
    raise AssertionError(quoted)


# By the class of error that a read ends with.
FAULTS: dict[str, Fault] = {
    "APIError": refused(1),
    "PermissionDeniedError": refused(5),
    "SessionError": refused(4),
    "ServiceUnavailableError": refused(2),
    "ValidationError": refused(10001),
    "NotFoundError": refused(10031),
    "ConnectError": broken(httpx.ConnectError),
    "TransportError": broken(httpx.ReadError),
    "HTTPStatusError": answered(500),
    "HTTPStatusError redirect": answered(307),
    "ThrottledError": answered(429, {"Retry-After": "0"}),
    "ProtocolError html": garbage(b"<html>%b</html>"),
    "ProtocolError form": garbage(b"%b"),
    "ProtocolError json": garbage(b'{"anyResponse": "%b'),
    "ProtocolError prefix": garbage(b')]}\',\n{"anyResponse": "%b"}'),
    "ProtocolError headless": garbage(b'nse": {"operationResult": "SUCCESS", "echo": "%b"}}'),
    "ProtocolError xml": garbage(b"<r><operationResult>SUCCESS</operationResult>%b</r>"),
    "PermissionDeniedError status": refused(5, 403),
    "ProtocolError pending": pending(),
    "DeadlineExceededError": hanging,
}
# What a login can end with besides.
LOGIN_FAULTS: dict[str, Fault] = {
    "AuthenticationError": refused(13),
    "ServiceUnavailableError": refused(2),
    "ConnectError": broken(httpx.ConnectError),
    "HTTPStatusError": answered(500),
    "AuthenticationError status": refused(13, 401),
    "ProtocolError prefix": garbage(b'Warning: in line 7\n{"loginResponse": "%b"}'),
    "ProtocolError session": succeeded(userSessionId=["4711"]),
    "ProtocolError html": garbage(b"<html>%b</html>"),
    "DeadlineExceededError": hanging,
}
_CONTRADICTION = {
    "page": {"currentPage": 7, "pageSize": 2, "totalPage": 9, "totalResults": 18},
    "responseDateTime": "2026-01-10T15:50:28.153+08:00",
    "individualAccounts": {
        "individualAccount": [{"accountId": 1, "primaryContact": {"email1": DONOR}}]
    },
    "activities": {"activity": [{"activityId": 1, "note": DONOR}]},
}
# Replies that only the operation itself can find wrong.
SHAPES: dict[str, Fault] = {
    "contradiction": succeeded(**_CONTRADICTION),
    "empty": succeeded(),
    "page": succeeded(
        page={"currentPage": DONOR, "totalPage": DONOR},
        individualAccounts={"individualAccount": [{"accountId": DONOR}]},
    ),
    "account": succeeded(
        individualAccount={"accountId": [DONOR], "primaryContact": {"email1": {"x": DONOR}}},
        organizationAccount={"accountId": [DONOR]},
        accountId=DONOR,
    ),
}
