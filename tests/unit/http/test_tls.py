"""Over TLS, directly and through a proxy."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest

from neon_async import AsyncClient
from neon_async._http.transport import HttpTransport
from neon_async.errors import ConnectError, DeadlineExceededError, TransportError
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Connection, fin, hang, http, rst
from tests.support.transport_calls import SECRET, failure, send

trustme = pytest.importorskip("trustme")


@pytest.fixture(scope="module")
def authority() -> Any:
    return trustme.CA()


@pytest.fixture(scope="module")
def context(authority: Any) -> ssl.SSLContext:
    """The client's side: trusts the authority."""
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    return trusting


@pytest.fixture
def tls_server(authority: Any) -> Iterator[FaultServer]:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(serving)
    with FaultServer(ssl_context=serving) as running:
        yield running
        running.wait_until(lambda: running.open_connections == 0)


async def test_exchanges(tls_server: FaultServer, context: ssl.SSLContext) -> None:
    """Connections are kept, bodies arrive, and closing is clean."""
    tls_server.always(http(b"abc" * 100_000))
    transport = HttpTransport(tls_server.url, ssl_context=context)

    for _ in range(3):
        assert b"abc" * 100_000 == (await send(transport)).body
    await send(transport, new_connection=True)
    await transport.aclose()

    assert 2 == tls_server.connections


async def test_unknown_authority(tls_server: FaultServer) -> None:
    """Without the context, the certificate is refused before anything is sent."""
    transport = HttpTransport(tls_server.url)

    error = await failure(transport)
    await transport.aclose()

    assert isinstance(error, ConnectError)
    expected = "no connection: the server's TLS certificate was not accepted"
    assert f"syncAccounts: {expected}" == str(error)


async def test_context_of_a_client(tls_server: FaultServer, context: ssl.SSLContext) -> None:
    """What a client is told about certificates is what its connections go by."""
    tls_server.always(http(b'{"r": {"operationResult": "SUCCESS", "userSessionId": "fake"}}'))
    client = AsyncClient("fake-org", "fake-key", base_url=tls_server.url, ssl_context=context)

    async with client:
        await client.login()

    assert 1 == tls_server.logins


async def test_no_key_log(
    tls_server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SSLKEYLOGFILE gets nothing: it would hold what decrypts the session, key and donors."""
    log = tmp_path / "keys.log"
    monkeypatch.setenv("SSLKEYLOGFILE", str(log))
    transport = HttpTransport(tls_server.url)
    client = AsyncClient("fake-org", "fake-key", base_url=tls_server.url)

    assert "the server's TLS certificate was not accepted" in str(await failure(transport))
    with pytest.raises(ConnectError, match="the server's TLS certificate was not accepted"):
        await client.login()
    await transport.aclose()
    await client.aclose()

    assert not log.exists()


async def test_faults(tls_server: FaultServer, context: ssl.SSLContext) -> None:
    """Truncation, resets and hung replies are what they are without TLS."""
    transport = HttpTransport(tls_server.url, ssl_context=context)
    tls_server.nth(1, http(b"abc", length=100), fin())
    tls_server.nth(2, rst())
    tls_server.nth(3, http(b"abc", length=100), hang())

    errors = [await failure(transport, timeout=seconds) for seconds in (5, 5, 0.2)]
    await send(transport)
    await transport.aclose()

    kinds = [TransportError, TransportError, DeadlineExceededError]
    assert kinds == [type(error) for error in errors]


async def test_cancel_at_every_await(tls_server: FaultServer, context: ssl.SSLContext) -> None:
    """A handshake can be left at any point."""
    transport = HttpTransport(tls_server.url, ssl_context=context)
    for steps in range(40):
        async with anyio.create_task_group() as group:
            group.start_soon(send, transport)
            for _ in range(steps):
                await anyio.lowlevel.checkpoint()
            group.cancel_scope.cancel()

    await send(transport)
    await transport.aclose()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_time_outs_of_asyncio(tls_server: FaultServer, context: ssl.SSLContext) -> None:
    """The same by `asyncio.timeout`, in the middle of handshakes."""
    transport = HttpTransport(tls_server.url, ssl_context=context)

    async def hasty(number: int) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(number * 0.000_1):
                await send(transport, new_connection=True)

    for start in range(0, 100, 5):
        await asyncio.gather(*(hasty(number) for number in range(start, start + 5)))
    await send(transport)
    await transport.aclose()


async def forward(connection: Connection, port: int) -> None:
    """Pass on bytes, as a proxy does after a CONNECT."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
        sink.close()

    try:
        await asyncio.gather(copy(connection.reader, writer), copy(reader, connection.writer))
    finally:
        writer.close()


async def test_proxy(tls_server: FaultServer, server: FaultServer, context: ssl.SSLContext) -> None:
    """A proxy gets its credentials and the server's name, and never the request."""

    async def tunnel(connection: Connection) -> None:
        await forward(connection, tls_server.port)

    server.always(b"HTTP/1.1 200 OK\r\n\r\n", tunnel, fin())
    proxy = server.url.replace("http://", "http://user:word@")
    transport = HttpTransport(tls_server.url, ssl_context=context, proxy=proxy)

    await send(transport)
    await send(transport)
    await transport.aclose()

    assert [f"localhost:{tls_server.port}"] == [seen.target for seen in server.seen]
    assert "Basic dXNlcjp3b3Jk" == server.seen[0].headers["proxy-authorization"]
    assert "proxy-authorization" not in tls_server.seen[0].headers
    assert SECRET not in str(server.seen)
    assert 2 == tls_server.requests
