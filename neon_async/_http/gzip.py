"""Bounded gzip decoding: all members, the end of each checked, the size capped."""

from __future__ import annotations

import zlib

from anyio.lowlevel import checkpoint

_GZIP_WINDOW = 31  # zlib's word for "32 KiB window, gzip header and trailer"
_CHUNK = 64 * 1024
_MOST_MEMBERS = 10_000
# Bytes that go in or come out before other tasks have a turn: one to three milliseconds.
_SLICE = 1024 * 1024
_MEMBER = 16 * 1024  # bytes whose decoding takes as long as setting up a decoder


class GzipError(Exception):
    """The bytes are not one complete gzip stream."""


class GzipLimitError(GzipError):
    """The bytes are a gzip stream of more than the limit."""


class _Decoding:
    """The stream and how far its decoding has come."""

    def __init__(self, wire: bytes, limit: int) -> None:
        self.parts: list[bytes] = []
        self.position = 0
        self._wire = wire
        self._room = limit
        self._work = 0

    async def member(self) -> None:
        decoder = zlib.decompressobj(_GZIP_WINDOW)
        await self._worked(_MEMBER)
        while not decoder.eof:
            # Fed in slices: what follows a member is copied when it ends, and a stream of tiny
            # members would copy itself over and over.
            chunk = self._wire[self.position : self.position + _CHUNK]
            if not chunk:
                raise GzipError("gzip that ends early")
            # So is what comes out: 64 KB may hold 64 MB.
            data = decoder.decompress(chunk, min(self._room + 1, _SLICE))
            self.position += len(chunk) - len(decoder.unconsumed_tail) - len(decoder.unused_data)
            self._room -= len(data)
            if self._room < 0:
                raise GzipLimitError("gzip that decodes to more than the limit")
            self.parts.append(data)
            await self._worked(len(chunk) + len(data))

    async def _worked(self, amount: int) -> None:
        """Give way to other tasks, and to a cancellation, after so much work."""
        self._work += amount
        if self._work >= _SLICE:
            self._work = 0
            await checkpoint()


async def gunzip(wire: bytes, limit: int) -> bytes:
    """Decode a gzip stream of one or more members into at most `limit` bytes.

    Raises:
        GzipLimitError: it is too large.
        GzipError: not gzip, ended early, or followed by something else.
    """
    decoding = _Decoding(wire, limit)
    for _ in range(_MOST_MEMBERS):
        try:
            await decoding.member()
        except zlib.error:
            raise GzipError("gzip that is damaged") from None
        if decoding.position == len(wire):
            parts = decoding.parts
            return parts[0] if len(parts) == 1 else b"".join(parts)
    raise GzipLimitError("gzip in too many pieces")
