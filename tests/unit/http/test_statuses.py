"""Any status but 200 is an error that says how long to wait, or the FAIL that came with it."""

import gzip
from typing import Self

import anyio
import httpx
import orjson
import pytest

from neon_async._http import response
from neon_async._http.transport import HttpTransport
from neon_async.errors import (
    APIError,
    ClientClosedError,
    HTTPStatusError,
    NeonError,
    PermissionDeniedError,
    ThrottledError,
)
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Steps, drip, fin, hang, http, rst
from tests.support.transport_calls import SECRET, failure, send

DATE = "Fri, 10 Jan 2014 07:50:28 GMT"


@pytest.mark.parametrize("status", [201, 204, 206, 304, 400, 401, 403, 404, 500, 502, 503, 504])
async def test_status(status: int, server: FaultServer, transport: HttpTransport) -> None:
    """The error has the status, was sent, and shows nothing of the body."""
    server.nth(1, http(b"" if status in {204, 304} else SECRET.encode(), status=status))

    error = await failure(transport)

    assert type(error) is HTTPStatusError
    assert (status, True, None) == (error.status, error.sent, error.retry_after)
    assert f"syncAccounts: the server answered with status {status}" == str(error)
    await send(transport)


async def test_throttled(server: FaultServer, transport: HttpTransport) -> None:
    """429 has a class of its own."""
    server.always(http(status=429, headers={"Retry-After": "7"}))

    error = await failure(transport)

    assert isinstance(error, ThrottledError)
    assert (429, 7.0) == (error.status, error.retry_after)


def fail(code: int) -> bytes:
    errors = {"error": [{"errorCode": code, "errorMessage": SECRET}]}
    return orjson.dumps({"r": {"operationResult": "FAIL", "errors": errors}})


FAIL_XML = b"""<r><operationResult>FAIL</operationResult>
<errors><error><errorCode>5</errorCode></error></errors></r>"""


@pytest.mark.parametrize("status", [201, 302, 400, 401, 403, 404, 429, 500, 503])
async def test_fail_with_any_status(
    status: int, server: FaultServer, transport: HttpTransport
) -> None:
    """A FAIL says more than the status, which it keeps; and its connection is in order."""
    server.nth(1, http(fail(5), status=status, headers={"Retry-After": "7"}))

    error = await failure(transport)

    assert type(error) is PermissionDeniedError
    assert (5, status, 7.0) == (error.code, error.status, error.retry_after)
    assert SECRET not in f"{error} {error!r} {error.args}"
    await send(transport)
    assert 1 == server.connections


@pytest.mark.parametrize(
    "raw",
    [
        http(FAIL_XML, status=401),
        http(gzip.compress(fail(5)), status=401, headers={"Content-Encoding": "gzip"}),
        b"HTTP/1.1 401 X\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"%x\r\n%b\r\n0\r\n\r\n" % (len(fail(5)), fail(5)),
    ],
    ids=["XML", "gzip", "chunks"],
)
async def test_any_fail(raw: bytes, server: FaultServer, transport: HttpTransport) -> None:
    """It is read in whatever shape it comes."""
    server.always(raw)

    error = await failure(transport)

    assert isinstance(error, PermissionDeniedError)
    assert 401 == error.status


def test_a_fail_of_status_200_says_so() -> None:
    """Most have no other."""
    assert (200, None) == (APIError(5).status, APIError(5).retry_after)


NO_FAIL: dict[str, Steps] = {
    "SUCCESS": (http(b'{"r": {"operationResult": "SUCCESS"}}', status=503),),
    "PENDING": (http(b'{"r": {"operationResult": "PENDING"}}', status=503),),
    "a page": (http(b"<html>Bad gateway</html>", status=503),),
    "nothing": (http(b"", status=503),),
    "cut off": (http(fail(5)[:-1], status=503),),
    "gzip that is none": (http(fail(5), status=503, headers={"Content-Encoding": "gzip"}),),
    "other coding": (http(fail(5), status=503, headers={"Content-Encoding": "br"}),),
    "broken off": (http(fail(5), status=503, length=999), fin()),
    "reset": (http(b"{", status=503, length=999), rst()),
    "large": (http(fail(5) + b" " * 300_000, status=503),),
    "large without a length": (b"HTTP/1.0 503 X\r\n\r\n" + fail(5) + b" " * 300_000, fin()),
    "huge": (http(status=503, length=10**18), hang()),
    "bomb": (http(gzip.compress(bytes(10**6)), status=503, headers={"Content-Encoding": "gzip"}),),
}


@pytest.mark.parametrize("steps", NO_FAIL.values(), ids=NO_FAIL)
async def test_status_without_a_fail(
    steps: Steps, server: FaultServer, transport: HttpTransport
) -> None:
    """Whatever else the body is, the status stays what it is."""
    server.nth(1, *steps)

    error = await failure(transport)

    assert type(error) is HTTPStatusError
    assert 503 == error.status
    await send(transport)


async def test_body_of_a_proxys_refusal_is_not_read(
    server: FaultServer, transport: HttpTransport
) -> None:
    """A 407 is no reply of v1, whatever comes with it."""
    server.always(http(fail(5), status=407))

    error = await failure(transport)

    assert isinstance(error, HTTPStatusError)
    why = "its user name or password is missing or wrong"
    assert f"syncAccounts: the proxy refused to connect, with status 407: {why}" == str(error)


@pytest.mark.parametrize("steps", [(hang(),), (drip(b"x" * 10_000),)], ids=["hang", "drip"])
async def test_body_of_an_error_is_hardly_waited_for(
    steps: Steps, server: FaultServer, transport: HttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is enough where the body does not come at once."""
    monkeypatch.setattr(response, "_PATIENCE", 0.02)
    server.always(http(status=503, length=10_000), *steps)

    error = await failure(transport, timeout=5)

    assert isinstance(error, HTTPStatusError)


async def test_deadline_while_the_body_of_an_error_comes(
    server: FaultServer, transport: HttpTransport
) -> None:
    """What the status proves is not lost to the deadline of the attempt."""
    server.always(http(status=429, length=10_000), hang())

    error = await failure(transport, timeout=0.5)

    assert isinstance(error, ThrottledError)


async def test_closing_while_the_body_of_an_error_comes(server: FaultServer) -> None:
    """A client that is closed does not wait for it either."""
    server.always(http(status=429, length=10_000), hang())
    transport = HttpTransport(server.url)
    errors: list[NeonError] = []

    async def fail_at_the_end() -> None:
        errors.append(await failure(transport))

    async with anyio.create_task_group() as group:
        group.start_soon(fail_at_the_end)
        await server.until(lambda: server.in_flight == 1)
        await transport.aclose()

    assert [ClientClosedError] == [type(error) for error in errors]


class Broken(httpx.AsyncByteStream):
    """A body that has a bug."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        raise ZeroDivisionError


async def test_bug_while_the_body_of_an_error_comes() -> None:
    """A bug of an engine is no missing body."""
    mock = httpx.MockTransport(lambda _: httpx.Response(503, stream=Broken()))
    transport = HttpTransport("https://api.example.org", transport=mock)

    with pytest.raises(ZeroDivisionError):
        await send(transport)
    await transport.aclose()


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Fri, 10 Jan 2014 07:50:58 GMT", 30.0),
        ("Fri, 10 Jan 2014 07:50:58 -0000", 30.0),
        ("Fri, 10 Jan 2014 07:49:58 GMT", 0.0),
        ("-1", None),
        ("1.5", None),
        ("1e9", None),
        ("inf", None),
        ("\u0663".encode().decode("latin-1"), None),
        ("9" * 5000, None),
        ("soon", None),
        ("", None),
        ("Fri, 10 Jan 99999 07:50:58 GMT", None),
    ],
)
async def test_retry_after(
    retry_after: str, seconds: float | None, server: FaultServer, transport: HttpTransport
) -> None:
    """Seconds, or a date against the reply's own; nonsense is as good as nothing."""
    server.always(http(status=503, headers={"Retry-After": retry_after, "Date": DATE}))

    error = await failure(transport)

    assert isinstance(error, HTTPStatusError)
    assert seconds == error.retry_after


@pytest.mark.parametrize(("year", "is_later"), [(2000, False), (9000, True)])
async def test_retry_after_without_a_date(
    year: int,
    is_later: bool,  # noqa: FBT001 - parametrised
    server: FaultServer,
    transport: HttpTransport,
) -> None:
    """Without a date in the reply, the own clock has to do."""
    server.always(http(status=503, headers={"Retry-After": f"1 Jan {year} 00:00:00 GMT"}))

    error = await failure(transport)

    assert isinstance(error, HTTPStatusError)
    assert error.retry_after is not None
    assert is_later == (error.retry_after > 0)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "named"),
    [
        (
            f"https://user:{SECRET}@Other.example:8443/{SECRET}?a={SECRET}#x",
            "https://other.example",
        ),
        (f"//other.example/{SECRET}", "somewhere else"),
        (f"https:///{SECRET}", "somewhere else"),
        (f"/path?{SECRET}", "the same server"),
        (f"https://[{SECRET}", "somewhere else"),
        (f"javascript:{SECRET}", "somewhere else"),
        (f"https://a b{SECRET}/", "somewhere else"),
    ],
)
async def test_redirect_is_not_followed(
    status: int, location: str, named: str, server: FaultServer, transport: HttpTransport
) -> None:
    """The form goes nowhere else, and the error names scheme and host at most."""
    server.always(http(status=status, headers={"Location": location}))

    error = await failure(transport)

    assert isinstance(error, HTTPStatusError)
    expected = f"syncAccounts: the server answered with status {status}, a redirect to {named}"
    assert f"{expected}, not followed" == str(error)
    assert 1 == server.requests
