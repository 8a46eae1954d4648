"""Any status but 200 is an error that says how long to wait, and nothing of the body."""

import pytest

from neon_async._transport import Transport
from neon_async.errors import HTTPStatusError, ThrottledError
from tests.fault_server import FaultServer
from tests.fault_steps import drip, hang, http
from tests.transport.exchanging import SECRET, failure, send

DATE = "Fri, 10 Jan 2014 07:50:28 GMT"


@pytest.mark.parametrize("status", [201, 204, 206, 304, 400, 401, 403, 404, 500, 502, 503, 504])
async def test_status(status: int, server: FaultServer, transport: Transport) -> None:
    """The error has the status, was sent, and shows nothing of the body."""
    server.nth(1, http(b"" if status in {204, 304} else SECRET.encode(), status=status))

    error = await failure(transport)

    assert type(error) is HTTPStatusError
    assert (status, True, None) == (error.status, error.sent, error.retry_after)
    assert f"syncAccounts: the server answered with status {status}" == str(error)
    await send(transport)


async def test_throttled(server: FaultServer, transport: Transport) -> None:
    """429 has a class of its own."""
    server.always(http(status=429, headers={"Retry-After": "7"}))

    error = await failure(transport)

    assert isinstance(error, ThrottledError)
    assert (429, 7.0) == (error.status, error.retry_after)


@pytest.mark.parametrize("steps", [(hang(),), (drip(b"x" * 10_000),)], ids=["hang", "drip"])
async def test_body_of_an_error_is_not_waited_for(
    steps: tuple[object, ...], server: FaultServer, transport: Transport
) -> None:
    """The status is enough."""
    server.always(http(status=503, length=10_000), *steps)  # type: ignore[arg-type]

    error = await failure(transport, within=5)

    assert isinstance(error, HTTPStatusError)


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
    retry_after: str, seconds: float | None, server: FaultServer, transport: Transport
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
    transport: Transport,
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
    status: int, location: str, named: str, server: FaultServer, transport: Transport
) -> None:
    """The form goes nowhere else, and the error names scheme and host at most."""
    server.always(http(status=status, headers={"Location": location}))

    error = await failure(transport)

    assert isinstance(error, HTTPStatusError)
    expected = f"syncAccounts: the server answered with status {status}, a redirect to {named}"
    assert f"{expected}, not followed" == str(error)
    assert 1 == server.requests
