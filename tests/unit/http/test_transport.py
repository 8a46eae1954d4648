"""One exchange that goes well: what leaves, what comes back, and over which connection."""

from datetime import UTC, datetime

import anyio

from neon_async._http.transport import HttpTransport
from neon_async._wire.form import Form
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Gate, chunked, fin, gzipped, http
from tests.support.transport_calls import FORM, SECRET, send


async def test_form_leaves_as_post(server: FaultServer, transport: HttpTransport) -> None:
    """The form is the body, in order, and says what it is."""
    await send(transport)

    seen = server.seen[0]
    assert ("POST", "/account/syncAccounts") == (seen.method, seen.target)
    assert [("accountId", "1"), ("userSessionId", SECRET)] == seen.pairs
    assert "application/x-www-form-urlencoded" == seen.headers["content-type"]


async def test_headers_are_the_few_that_v1_needs(
    server: FaultServer, transport: HttpTransport
) -> None:
    """No cookie, no connection header, one coding; the agent says which package this is."""
    server.always(http(headers={"Set-Cookie": "JSESSIONID=1"}))
    await send(transport)
    await send(transport)

    headers = server.seen[1].headers
    assert {
        "host": f"127.0.0.1:{server.port}",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(FORM.content)),
        "user-agent": headers["user-agent"],
    } == headers
    assert headers["user-agent"].startswith("neon-async/")


async def test_get_puts_the_form_into_the_query(server: FaultServer) -> None:
    """The documented URL form has no body."""
    transport = HttpTransport(server.url, http_method="GET")
    await send(transport)
    await transport.aclose()

    seen = server.seen[0]
    assert ("GET", b"") == (seen.method, seen.body)
    assert [("accountId", "1"), ("userSessionId", SECRET)] == seen.pairs
    assert f"/account/syncAccounts?{FORM.content.decode()}" == seen.target


async def test_get_leaves_escapes_alone(server: FaultServer) -> None:
    """A `+` of a time zone and non-ASCII text arrive as they were encoded."""
    form = Form.encode([("time", "2014-01-10T15:50:28.153+08:00"), ("name", "Zoë & Søn=%41")])
    transport = HttpTransport(server.url, http_method="GET")
    await transport.send_form("x", "account/x", form)
    await transport.aclose()

    assert f"/account/x?{form.content.decode()}" == server.seen[0].target


async def test_base_url_keeps_its_path(server: FaultServer) -> None:
    """Paths are appended to it, with or without a slash at its end."""
    for base in ("/neonws/services/api", "/neonws/services/api/"):
        transport = HttpTransport(server.url + base)
        await send(transport)
        await transport.aclose()

    expected = ["/neonws/services/api/account/syncAccounts"] * 2
    assert expected == [seen.target for seen in server.seen]


async def test_reply_has_body_and_date(server: FaultServer, transport: HttpTransport) -> None:
    """The date is the server's own."""
    server.always(http(b'{"a": 1}', headers={"Date": "Fri, 10 Jan 2014 07:50:28 GMT"}))

    reply = await send(transport)

    assert (200, b'{"a": 1}') == (reply.status, reply.body)
    assert datetime(2014, 1, 10, 7, 50, 28, tzinfo=UTC) == reply.date


async def test_nonsense_date_is_no_date(server: FaultServer, transport: HttpTransport) -> None:
    """A date that can't be read is None, not an error."""
    for text in ("yesterday", "", "Fri, 99 Jan 2014 07:50:28 GMT"):
        server.next(http(headers={"Date": text}))
        assert (await send(transport)).date is None


async def test_bodies_in_every_framing(server: FaultServer, transport: HttpTransport) -> None:
    """Length, chunks and gzip carry the same body."""
    for raw in (http(b"abc"), chunked(b"a", b"bc"), gzipped(b"abc")):
        server.next(raw)
        assert b"abc" == (await send(transport)).body
    assert 1 == server.connections


async def test_body_until_the_connection_closes(
    server: FaultServer, transport: HttpTransport
) -> None:
    """HTTP/1.0 framing: the connection's end is the body's end, and the next one is new."""
    server.next(b"HTTP/1.0 200 OK\r\n\r\nabc", fin())

    assert b"abc" == (await send(transport)).body
    await send(transport)
    assert 2 == server.connections


async def test_connection_is_kept(server: FaultServer, transport: HttpTransport) -> None:
    """One after the other needs one connection."""
    for _ in range(10):
        await send(transport)

    assert 1 == server.connections


async def test_fresh_takes_a_new_connection(server: FaultServer, transport: HttpTransport) -> None:
    """Each write has its own, and the connections don't pile up."""
    for _ in range(8):
        await send(transport, new_connection=True)

    assert 8 == server.connections
    await server.until(lambda: server.open_connections <= 5)


async def test_no_exchange_waits_for_another(server: FaultServer, transport: HttpTransport) -> None:
    """More exchanges than `connections` run at once, and only so many connections are kept."""
    gate = Gate()
    server.always(gate, http())
    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(send, transport)
        await server.until(lambda: server.in_flight == 20)
        gate.open()

    assert 20 == server.most_in_flight
    await server.until(lambda: server.open_connections == 5)


async def test_interim_replies_are_skipped(server: FaultServer, transport: HttpTransport) -> None:
    """A 100 or 103 before the reply is no reply."""
    server.next(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", http(b"abc"))

    assert b"abc" == (await send(transport)).body
