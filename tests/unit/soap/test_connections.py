"""Own connections of SOAP, on a socket: kept for reads, new for writes, and closed in the end."""

import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import pytest

from neon_async import (
    AsyncClient,
    ClientClosedError,
    ConnectError,
    DeadlineExceededError,
    NeonError,
    OutcomeUnknownError,
    RetryPolicy,
)
from neon_async.models import OrganizationAccount
from neon_async.soap import SoapTransport
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Seen, Step, drip, fin, hang, http, rst
from tests.support.soap_schema import sample
from tests.unit.soap.test_transport import CREATED, SECRET, STATES

trustme = pytest.importorskip("trustme")

# Making one that knows certificates takes long.
UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
COMPANY = OrganizationAccount(organization_name=SECRET)


def answers(seen: Seen) -> tuple[Step, ...]:
    """What a sound server says."""
    if seen.path.endswith("/CommonService"):
        return (http(sample("login-response")),)
    return (http(CREATED if b"createOrganization" in seen.body else STATES),)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        running.answer(answers)
        yield running
        running.wait_until(lambda: running.open_connections == 0)


def client(server: FaultServer, **options: Any) -> AsyncClient:
    options = {"retry": RetryPolicy(attempts=2, jitter=lambda: 0.0), **options}
    return AsyncClient(
        "org",
        "fake-key",
        base_url=f"{server.url}/neonws/services/api",
        transport=SoapTransport(ssl_context=UNUSED),
        **options,
    )


@pytest.fixture
async def neon(server: FaultServer) -> AsyncIterator[AsyncClient]:
    """A client with a session, whose connections are all closed in the end."""
    async with client(server) as neon:
        await neon.login()
        yield neon


async def test_reads_share_a_connection(server: FaultServer, neon: AsyncClient) -> None:
    """One after the other they use the login's."""
    for _ in range(3):
        await neon.list_states()

    assert (4, 1) == (server.requests, server.connections)


async def test_each_write_has_a_new_connection(server: FaultServer, neon: AsyncClient) -> None:
    """A connection that the server may have closed would prove nothing."""
    for _ in range(2):
        await neon.create_organization_account(COMPANY)
    await server.until(lambda: server.open_connections == 1)

    assert [1, 2, 3] == [seen.connection for seen in server.seen]


async def test_reads_survive_a_closed_connection(server: FaultServer, neon: AsyncClient) -> None:
    """One that the server has closed meanwhile is replaced."""
    server.next(http(STATES), fin())
    await neon.list_states()
    await server.until(lambda: server.open_connections == 0)

    assert 1 == len(await neon.list_states())
    assert 2 == server.connections


@pytest.mark.parametrize(
    "behind", [http(b"forged"), b"\n", http(STATES) * 3], ids=["a reply", "a byte", "many"]
)
async def test_bytes_behind_a_reply(behind: bytes, server: FaultServer, neon: AsyncClient) -> None:
    """What nobody asked for answers nothing: its connection is closed."""
    server.next(http(STATES) + behind)
    await neon.list_states()
    server.next(http(STATES.replace(b"Ohio", b"Iowa")))
    (state,) = await neon.list_states()

    assert ("Iowa", 2) == (state.name, server.connections)


async def test_write_that_left_is_not_repeated(server: FaultServer, neon: AsyncClient) -> None:
    """The trace of the engine below says that it was sent."""
    server.next(rst())
    with pytest.raises(OutcomeUnknownError) as caught:
        await neon.create_organization_account(COMPANY)

    assert (2, 1) == (server.requests, caught.value.attempts)
    assert SECRET not in str(caught.value)


async def test_write_that_never_left_is_repeated() -> None:
    """Without a connection nothing was sent, and the same trace says so."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    transport = SoapTransport(ssl_context=UNUSED)
    async with AsyncClient(
        "org",
        "fake-key",
        base_url=f"http://127.0.0.1:{port}/api",
        transport=transport,
        retry=RetryPolicy(attempts=3, jitter=lambda: 0.0),
    ) as neon:
        with pytest.raises(ConnectError) as caught:
            await neon.create_organization_account(COMPANY)

    assert (False, 3) == (caught.value.sent, caught.value.attempts)


async def test_attempts_are_bounded(server: FaultServer) -> None:
    """A reply that comes a byte at a time ends with the attempt's time."""
    async with client(server, timeout=0.2, retry=RetryPolicy(attempts=1)) as neon:
        server.always(drip(http(sample("login-response"))))
        with pytest.raises(DeadlineExceededError) as caught:
            await neon.login()

    assert caught.value.sent


@pytest.mark.parametrize("method", ["list_states", "create_organization_account"])
async def test_cancelled_call(method: str, server: FaultServer, neon: AsyncClient) -> None:
    """A call that is cancelled takes its connection along, and the client goes on."""
    server.next(hang())
    async with anyio.create_task_group() as group:
        group.start_soon(getattr(neon, method), *([COMPANY] if "create" in method else []))
        await server.until(lambda: server.in_flight == 1)
        group.cancel_scope.cancel()
    await server.until(lambda: server.in_flight == 0)

    assert 1 == len(await neon.list_states())


async def test_close_ends_what_is_in_flight(server: FaultServer, neon: AsyncClient) -> None:
    """Calls under way end with an error that says why, and no socket stays open."""
    server.always(hang())
    errors: list[NeonError] = []

    async def list_states() -> None:
        with pytest.raises(NeonError) as caught:
            await neon.list_states()
        errors.append(caught.value)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(list_states)
        await server.until(lambda: server.in_flight == 3)
        await neon.aclose()
    await server.until(lambda: server.open_connections == 0)

    assert 3 * [ClientClosedError] == [type(error) for error in errors]


async def test_closing_that_is_cancelled(server: FaultServer) -> None:
    """All of it is closed all the same."""
    transport = SoapTransport(ssl_context=UNUSED)
    neon = AsyncClient("org", "fake-key", base_url=f"{server.url}/api", transport=transport)
    await neon.list_states()
    await neon.create_organization_account(COMPANY)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await transport.aclose()
    await server.until(lambda: server.open_connections == 0)
    await transport.aclose()

    assert "<SoapTransport closed>" == repr(transport)


async def test_over_tls() -> None:
    """The server's certificate is checked, by default against those that httpx trusts."""
    authority = trustme.CA()
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(serving)
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(trusting)
    with FaultServer(ssl_context=serving) as server:
        server.answer(answers)
        address: dict[str, Any] = {
            "base_url": f"{server.url}/api",
            "retry": RetryPolicy(attempts=1),
        }
        transport = SoapTransport(ssl_context=trusting)
        async with AsyncClient("org", "fake-key", transport=transport, **address) as neon:
            assert 1 == len(await neon.list_states())
        async with AsyncClient("org", "fake-key", transport=SoapTransport(), **address) as neon:
            with pytest.raises(ConnectError, match="certificate was not accepted"):
                await neon.login()


async def test_proxy() -> None:
    """The own connections go through a proxy, whose answer proves that nothing was sent."""
    with FaultServer() as proxy:
        proxy.always(http(status=407))
        transport = SoapTransport(proxy=proxy.url)
        async with AsyncClient(
            "org", "fake-key", base_url="https://crm.example.org/api", transport=transport
        ) as neon:
            with pytest.raises(ConnectError) as caught:
                await neon.create_organization_account(COMPANY)

    assert (407, 1) == (caught.value.proxy_status, caught.value.attempts)
    assert ["CONNECT"] == [seen.method for seen in proxy.seen]
