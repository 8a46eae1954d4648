"""Replies that a hostile or a broken server sends: asked for once, and never in anybody's way."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import anyio
import orjson
import pytest
from anyio.lowlevel import checkpoint

from neon_async import (
    APIError,
    AsyncClient,
    AuthenticationError,
    ConnectError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProtocolError,
    RetryPolicy,
    ServiceUnavailableError,
)
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Step, hang, http
from tests.support.secrets_scenario import API_KEY, ORG_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

GZIP = {"Content-Encoding": "gzip"}
LARGE = 64 * 1024 * 1024


def enveloped(**payload: object) -> bytes:
    return orjson.dumps({"r": {"operationResult": "SUCCESS", **payload}})


def fail(code: int) -> bytes:
    return orjson.dumps({"r": {"operationResult": "FAIL", "errors": [{"errorCode": code}]}})


LOGIN = http(enveloped(userSessionId="fake-session"))
PREFIXES = http(enveloped(prefixes={"prefix": ["Dr."]}))
BOMB = http(gzip.compress(bytes(LARGE + 1), 1), headers=GZIP)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        running.route("login", LOGIN)
        running.always(PREFIXES)
        yield running


@pytest.fixture
async def neon(server: FaultServer) -> AsyncIterator[AsyncClient]:
    retry = RetryPolicy(jitter=lambda: 0.0)
    async with AsyncClient(ORG_ID, API_KEY, base_url=server.url, retry=retry) as client:
        yield client


OUT_OF_BOUNDS: dict[str, tuple[Step, ...]] = {
    "bomb": (BOMB,),
    "bomb of many pieces": (http(gzip.compress(b"") * 10_001, headers=GZIP),),
    "long": (http(length=LARGE + 1), hang()),
    "deep": (http(b'{"r": ' + b"[" * 100_000),),
    "many values": (http(gzip.compress(b'{"r": [' + b"{}," * 1_500_000, 1), headers=GZIP),),
    "brotli": (http(b"x", headers={"Content-Encoding": "br"}),),
    "gzip in gzip": (http(b"x", headers={"Content-Encoding": "gzip, gzip"}),),
}


@pytest.mark.parametrize("steps", OUT_OF_BOUNDS.values(), ids=OUT_OF_BOUNDS)
async def test_reply_out_of_bounds_is_fetched_once(
    steps: tuple[Step, ...], server: FaultServer, neon: AsyncClient
) -> None:
    """It would be the same again, so the call ends with it, and the next one is in order."""
    server.nth(2, *steps)

    with pytest.raises(ProtocolError) as caught:
        await neon.list_prefixes()

    assert (True, 1) == (caught.value.out_of_bounds, caught.value.attempts)
    assert 2 == server.requests
    assert ("Dr.",) == await neon.list_prefixes()


async def test_write_with_a_reply_out_of_bounds(server: FaultServer, neon: AsyncClient) -> None:
    """Nobody knows what became of it."""
    server.nth(2, BOMB)

    with pytest.raises(OutcomeUnknownError):
        await neon.call("account/createAnything")

    assert 2 == server.requests


async def test_login_out_of_bounds(server: FaultServer, neon: AsyncClient) -> None:
    """A login is a reply as any other."""
    server.route("login", BOMB)

    with pytest.raises(ProtocolError):
        await neon.list_prefixes()

    assert 1 == server.requests


async def test_other_tasks_run_while_a_bomb_goes_off(
    server: FaultServer, neon: AsyncClient
) -> None:
    """Between two turns of the event loop a megabyte is decoded, and not all of it."""
    server.nth(2, BOMB)
    turns: list[int] = []

    async def count() -> None:
        while True:
            turns.append(1)
            await checkpoint()

    async with anyio.create_task_group() as group:
        await neon.login()
        group.start_soon(count)
        with pytest.raises(ProtocolError):
            await neon.list_prefixes()
        group.cancel_scope.cancel()

    assert len(turns) > 64


async def test_chunks_of_one_byte(server: FaultServer, neon: AsyncClient) -> None:
    """A body in the smallest pieces lets other tasks run, too."""
    body = enveloped(prefixes={"prefix": ["x" * 20_000]})
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    pieces = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    server.nth(2, head + pieces + b"0\r\n\r\n")
    turns: list[int] = []

    async def count() -> None:
        while True:
            turns.append(1)
            await checkpoint()

    async with anyio.create_task_group() as group:
        await neon.login()
        group.start_soon(count)
        assert ("x" * 20_000,) == await neon.list_prefixes()
        group.cancel_scope.cancel()

    assert len(turns) > 200


async def test_refusal_of_a_session_by_status(server: FaultServer, neon: AsyncClient) -> None:
    """Code 4 with status 401 renews the session, for a write as well."""
    server.nth(2, http(fail(4), status=401))
    server.nth(4, http(enveloped(accountId=7)))
    server.nth(5, http(fail(4), status=401))

    assert {"accountId": 7} == await neon.call("account/createAnything")
    assert ("Dr.",) == await neon.list_prefixes()
    assert 3 == server.logins


async def test_refusal_of_a_permission_by_status(server: FaultServer, neon: AsyncClient) -> None:
    """Code 5 with status 403 says what is missing."""
    server.nth(2, http(fail(5), status=403))

    with pytest.raises(PermissionDeniedError) as caught:
        await neon.list_prefixes()

    assert (403, 1, 2) == (caught.value.status, caught.value.attempts, server.requests)


async def test_write_refused_by_the_quota(server: FaultServer, neon: AsyncClient) -> None:
    """Status 429 proves that nothing was processed, also beside a FAIL."""
    server.nth(2, http(fail(2), status=429, headers={"Retry-After": "0"}))
    server.nth(3, http(enveloped(accountId=7)))

    assert {"accountId": 7} == await neon.call("account/createAnything")
    assert 3 == server.requests


@pytest.mark.parametrize("status", [500, 503])
async def test_write_refused_with_trouble(
    status: int, server: FaultServer, neon: AsyncClient
) -> None:
    """FAIL is an answer: the write did not happen, and is not sent again."""
    server.nth(2, http(fail(2), status=status))

    with pytest.raises(ServiceUnavailableError) as caught:
        await neon.call("account/createAnything")

    assert (status, 1, 2) == (caught.value.status, caught.value.attempts, server.requests)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, 13, (AuthenticationError, 1)),
        (200, 13, (AuthenticationError, 1)),
        (503, 13, (APIError, 4)),
        (503, 2, (ServiceUnavailableError, 4)),
    ],
)
async def test_refused_login(
    status: int,
    code: int,
    expected: tuple[type[APIError], int],
    server: FaultServer,
    neon: AsyncClient,
) -> None:
    """Credentials are to blame where the server is in order, and are then not sent again."""
    server.route("login", http(fail(code), status=status))

    with pytest.raises(APIError) as caught:
        await neon.login()

    assert expected == (type(caught.value), server.logins)
    assert (status, server.logins) == (caught.value.status, caught.value.attempts)


async def test_refusal_of_a_proxy(server: FaultServer) -> None:
    """Its password is sent once, and not four times, which would lock the account."""
    server.always(http(status=407))
    url = "https://api.example.org"

    async with AsyncClient(ORG_ID, API_KEY, base_url=url, proxy=server.url) as client:
        with pytest.raises(ConnectError) as caught:
            await client.list_prefixes()
        with pytest.raises(ConnectError):
            await client.call("account/createAnything")

    assert (407, 1, 2) == (caught.value.proxy_status, caught.value.attempts, server.requests)
