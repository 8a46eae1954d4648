"""Gzip is decoded whole or not at all, and never beyond the limit."""

import gzip
import zlib
from contextlib import suppress

import anyio
import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given
from hypothesis import strategies as st

from neon_async._http.gzip import GzipError, GzipLimitError, gunzip

LIMIT = 1_000_000


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5), st.integers(0, 9))
async def test_members_are_joined(bodies: list[bytes], level: int) -> None:
    """A stream of several members is what they hold, one after the other."""
    wire = b"".join(gzip.compress(body, level) for body in bodies)

    assert b"".join(bodies) == await gunzip(wire, LIMIT)


async def test_member_longer_than_a_slice() -> None:
    """The end of a slice is not the end of a member."""
    body = bytes(range(256)) * 2000

    assert body * 2 == await gunzip(gzip.compress(body, 0) * 2, 2 * len(body))


@given(st.binary(max_size=300), st.data())
async def test_every_truncation_is_noticed(body: bytes, data: st.DataObject) -> None:
    """No prefix of a stream passes for the whole of it."""
    wire = gzip.compress(body)
    length = data.draw(st.integers(0, len(wire) - 1))

    with pytest.raises(GzipError):
        await gunzip(wire[:length], LIMIT)


@given(st.binary(max_size=300), st.data())
async def test_damage_is_noticed(body: bytes, data: st.DataObject) -> None:
    """A changed byte gives an error or, in the header, the same body; never another one."""
    wire = bytearray(gzip.compress(body))
    position = data.draw(st.integers(0, len(wire) - 1))
    wire[position] ^= data.draw(st.integers(1, 255))

    try:
        decoded = await gunzip(bytes(wire), LIMIT)
    except GzipError:
        return
    assert body == decoded


@given(st.binary(max_size=300))
async def test_any_bytes_decode_or_are_refused(wire: bytes) -> None:
    """Nothing but GzipError comes out, whatever goes in."""
    with suppress(GzipError):
        await gunzip(wire, LIMIT)


@given(st.binary(min_size=1, max_size=20))
async def test_what_follows_must_be_gzip(rest: bytes) -> None:
    """Garbage behind the last member is no end."""
    with pytest.raises(GzipError):
        await gunzip(gzip.compress(b"abc") + rest, LIMIT)


@pytest.mark.parametrize("wire", [zlib.compress(b"abc"), b""], ids=["zlib", "empty"])
async def test_refused(wire: bytes) -> None:
    """Another format, or nothing at all."""
    with pytest.raises(GzipError) as caught:
        await gunzip(wire, LIMIT)

    assert GzipError is caught.type


@pytest.mark.parametrize(
    "wire",
    [gzip.compress(b"\0" * (LIMIT + 1)), gzip.compress(b"\0" * 600_000) * 2],
    ids=["one member", "two members"],
)
async def test_bombs(wire: bytes) -> None:
    """More than the limit is told from damage: asked for again, it would be the same."""
    with pytest.raises(GzipLimitError):
        await gunzip(wire, LIMIT)


BOMB = gzip.compress(bytes(64 * 1024 * 1024), 1)
LONG = {
    "much comes out": BOMB,
    "much goes in": gzip.compress(bytes(8 * 1024 * 1024), 0),
    "many members": gzip.compress(b"") * 9_000,
}


@pytest.mark.parametrize("wire", LONG.values(), ids=LONG)
async def test_other_tasks_have_their_turn(wire: bytes) -> None:
    """However long the decoding takes, it gives way all the time."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await checkpoint()

    async with anyio.create_task_group() as group:
        group.start_soon(count)
        await gunzip(wire, 64 * 1024 * 1024)
        group.cancel_scope.cancel()

    assert turns > 7


async def test_cancellation() -> None:
    """A decoding that was cancelled ends at its next turn."""
    with anyio.CancelScope() as scope:
        scope.cancel()
        await gunzip(BOMB, 64 * 1024 * 1024)

    assert scope.cancelled_caught


async def test_exactly_the_limit() -> None:
    """The limit itself is allowed."""
    assert LIMIT == len(await gunzip(gzip.compress(b"\0" * LIMIT), LIMIT))


async def test_members_are_counted() -> None:
    """Millions of empty members would keep the processor busy for minutes."""
    with pytest.raises(GzipLimitError):
        await gunzip(gzip.compress(b"") * 10_001, LIMIT)


@pytest.mark.timeout(20)
async def test_tiny_members_before_a_large_one() -> None:
    """What follows a member is not copied for each of them, which would take minutes."""
    large = bytes(20_000_000)
    wire = gzip.compress(b"") * 9_000 + gzip.compress(large, 0)

    assert large == await gunzip(wire, len(large))
