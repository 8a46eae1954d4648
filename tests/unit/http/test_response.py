"""A body arrives whole and within its limits, or as an error."""

import gzip
from collections.abc import AsyncIterator
from typing import Self

import anyio
import httpx
import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given, settings
from hypothesis import strategies as st

from neon_async._http.transport import HttpReply, HttpTransport, Limits
from neon_async.errors import DeadlineExceededError, NeonError, ProtocolError, TransportError
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Step, chunked, fin, gzipped, hang, http, rst
from tests.support.transport_calls import FORM, failure, send

GZIP = {"Content-Encoding": "gzip"}

BROKEN: dict[str, tuple[Step, ...]] = {
    "shorter than its length": (http(b"abc", length=100), fin()),
    "reset in the middle": (http(b"abc", length=100), rst()),
    "no last chunk": (chunked(b"abc", end=False), fin()),
    "half a chunk": (chunked(end=False), b"ff\r\nabc", fin()),
    "chunk without a size": (chunked(end=False), b"xyz\r\n", hang()),
    "two lengths": (http(headers={"Content-Length": "7"}), fin()),
    "not HTTP": (b"<html>hello</html>\r\n\r\n", hang()),
    "half a head": (b"HTTP/1.1 200 OK\r\nCont", fin()),
    "endless head": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, hang()),
    "unknown framing": (http(headers={"Transfer-Encoding": "gzip, chunked"}), hang()),
}


@pytest.mark.parametrize("steps", BROKEN.values(), ids=BROKEN)
async def test_broken_reply(
    steps: tuple[Step, ...], server: FaultServer, transport: HttpTransport
) -> None:
    """It is an error, after something was sent, and the next exchange is in order."""
    server.nth(1, *steps)

    error = await failure(transport)

    assert type(error) is TransportError
    assert error.sent
    await send(transport)
    assert 2 == server.connections


REFUSED = {
    "truncated gzip": http(gzip.compress(b"abc")[:-5], headers=GZIP),
    "gzip without its end": http(gzip.compress(b"abc" * 1000)[:-8], headers=GZIP),
    "not gzip": http(b"abc", headers=GZIP),
    "garbage after gzip": http(gzip.compress(b"abc") + b"xyz", headers=GZIP),
    "gzip in gzip": http(
        gzip.compress(gzip.compress(b"abc")), headers={"Content-Encoding": "gzip, gzip"}
    ),
    "gzip twice": http(b"abc", headers={"Content-Encoding": "gzip", "content-encoding": "gzip"}),
    "brotli": http(b"abc", headers={"Content-Encoding": "br"}),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED)
async def test_refused_encoding(raw: bytes, server: FaultServer, transport: HttpTransport) -> None:
    """What was not asked for, or is not what it says, is not guessed at."""
    server.nth(1, raw)

    error = await failure(transport)

    assert isinstance(error, ProtocolError)
    assert "abc" not in str(error)
    await send(transport)


@pytest.mark.parametrize("name", ["gzip", "GZIP", "x-gzip"])
async def test_names_of_gzip(name: str, server: FaultServer, transport: HttpTransport) -> None:
    """Gzip has two names, in any case."""
    server.next(http(gzip.compress(b"abc"), headers={"Content-Encoding": name}))

    assert b"abc" == (await send(transport)).body


@pytest.mark.parametrize("name", ["", "identity"])
async def test_names_of_nothing(name: str, server: FaultServer, transport: HttpTransport) -> None:
    """So has no encoding."""
    server.next(http(b"abc", headers={"Content-Encoding": name}))

    assert b"abc" == (await send(transport)).body


@pytest.mark.parametrize(
    "steps",
    [
        (http(b"x" * 1001), hang()),
        (chunked(b"x" * 600, b"x" * 600, end=False), hang()),
        (chunked(*[b"x" * 1000] * 100, end=False), hang()),
        (b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 1001, hang()),
        (chunked(b"x" * 600, b"x" * 600),),
        (gzipped(b"x" * 10_001),),
        (http(length=10**18), hang()),
    ],
    ids=["length", "chunks", "many chunks", "until the end", "whole", "gzip", "announced"],
)
async def test_limits(steps: tuple[Step, ...], server: FaultServer) -> None:
    """A body over a limit is refused as soon as it is over it, and its connection closed."""
    server.nth(1, *steps)
    transport = HttpTransport(server.url, limits=Limits(wire=1000, decoded=10_000))

    error = await failure(transport)

    assert isinstance(error, ProtocolError)
    await server.until(lambda: server.open_connections == 0)
    await send(transport)
    await transport.aclose()


@pytest.mark.parametrize("raw", [http(b"x" * 1000), gzipped(b"x" * 10_000)])
async def test_exactly_the_limits(raw: bytes, server: FaultServer) -> None:
    """A body of just that size is a body."""
    server.always(raw)
    transport = HttpTransport(server.url, limits=Limits(wire=1000, decoded=10_000))

    assert set(b"x") == set((await send(transport)).body)
    await transport.aclose()


def engine(
    status: int, headers: list[tuple[bytes, bytes]], chunks: list[bytes]
) -> httpx.MockTransport:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return httpx.MockTransport(lambda _: httpx.Response(status, headers=headers, content=stream()))


LARGE = b"x" * 20_000_000


@pytest.mark.parametrize(
    ("headers", "body"),
    [([], LARGE), ([(b"Content-Encoding", b"gzip")], gzip.compress(LARGE, 1))],
    ids=["plain", "gzip"],
)
async def test_large_pages_are_within_the_default_limits(
    headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """Two hundred records of 100 KB each arrive, sent as they are or packed."""
    transport = HttpTransport("https://api.example.org", transport=engine(200, headers, [body]))

    assert LARGE == (await send(transport)).body
    await transport.aclose()


async def test_body_in_many_pieces() -> None:
    """A body arrives whole in however many pieces it comes, and others get a turn between them."""
    pieces = [b"%d " % number for number in range(200)]
    transport = HttpTransport("https://api.example.org", transport=engine(200, [], pieces))

    assert b"".join(pieces) == (await send(transport)).body
    await transport.aclose()


async def test_default_limit_of_what_is_announced() -> None:
    """A body that could fill the memory is refused before it is read."""
    headers = [(b"Content-Length", b"100000000")]
    transport = HttpTransport("https://api.example.org", transport=engine(200, headers, []))

    assert "larger than 67108864 bytes" in str(await failure(transport))
    await transport.aclose()


class Endless(httpx.AsyncByteStream):
    """A body without end, from an engine that never waits."""

    asked = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        self.asked += 1
        return b"x" * 1000


async def test_limit_for_an_engine_that_never_waits() -> None:
    """A cancellation would never reach it; it is left all the same."""
    body = Endless()
    mock = httpx.MockTransport(lambda _: httpx.Response(200, stream=body))
    transport = HttpTransport("https://api.example.org", transport=mock, limits=Limits(1000, 1000))

    error = await failure(transport)

    assert isinstance(error, ProtocolError)
    assert body.asked < 1000
    await transport.aclose()


async def test_engine_that_waits_is_cancelled_at_the_limit() -> None:
    """It ends what it has begun; left alone, it would wait for the garbage collector."""
    ended: list[type[BaseException]] = []

    async def large() -> AsyncIterator[bytes]:
        try:
            yield b"x" * 1001
            await checkpoint()
        except BaseException as error:
            ended.append(type(error))
            raise

    mock = httpx.MockTransport(lambda _: httpx.Response(200, content=large()))
    transport = HttpTransport("https://api.example.org", transport=mock, limits=Limits(1000, 1000))

    error = await failure(transport)

    assert isinstance(error, ProtocolError)
    assert [anyio.get_cancelled_exc_class()] == ended
    await transport.aclose()


async def test_wrong_length_from_another_engine() -> None:
    """An engine that does not compare the length itself can't hide a truncation."""
    mock = engine(200, [(b"Content-Length", b"7")], [b"abc"])
    transport = HttpTransport("https://api.example.org", transport=mock)

    error = await failure(transport)

    assert "syncAccounts: the reply broke off after 3 of 7 bytes" == str(error)


headers = st.lists(
    st.tuples(
        st.sampled_from(
            [b"Content-Length", b"Content-Encoding", b"Date", b"Retry-After", b"Location", b"X"]
        ),
        st.one_of(
            st.binary(max_size=30),
            st.sampled_from([b"gzip", b"0", b"-1", b"3", b"Fri, 10 Jan 2014 07:50:28 GMT"]),
            st.integers().map(lambda number: b"%d" % number),
            st.text(max_size=20).map(lambda text: b"https://" + text.encode()),
        ),
    ),
    max_size=4,
)
bodies = st.lists(st.one_of(st.binary(max_size=50), st.binary().map(gzip.compress)), max_size=3)


@given(status=st.one_of(st.just(200), st.integers(100, 999)), headers=headers, chunks=bodies)
async def test_any_reply_is_a_value_or_an_error(
    status: int, headers: list[tuple[bytes, bytes]], chunks: list[bytes]
) -> None:
    """Whatever an engine hands over, out comes a reply or an error of this package."""
    mock = engine(status, headers, chunks)
    transport = HttpTransport("https://api.example.org", transport=mock, limits=Limits(1000, 1000))

    try:
        reply: object = await transport.send_form("x", "account/x", FORM)
    except NeonError as error:
        reply = error
    await transport.aclose()

    assert isinstance(reply, (HttpReply, NeonError))


raw_replies = st.sampled_from([http(b"abc"), gzipped(b"abc" * 50), chunked(b"abc", b"def")])
edits = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 3), st.binary(max_size=4)), min_size=1, max_size=3
)


@settings(max_examples=20)
@given(raw=raw_replies, changes=edits)
async def test_any_bytes_on_the_wire(
    raw: bytes, changes: list[tuple[int, int, bytes]], server: FaultServer
) -> None:
    """Replies with bytes put in, left out and changed end in a reply or an error, and on time."""
    for start, removed, added in changes:
        raw = raw[:start] + added + raw[start + removed :]
    server.always(raw, fin())
    transport = HttpTransport(server.url)

    try:
        reply: object = await send(transport, timeout=5)
    except NeonError as error:
        reply = error
    await transport.aclose()

    assert isinstance(reply, (HttpReply, NeonError))
    assert not isinstance(reply, DeadlineExceededError)
