"""Gzip that can't run away: every member decoded, each one's end checked, the size capped."""

from __future__ import annotations

import zlib

from anyio.lowlevel import checkpoint

from neon_async.soap.replies import ReplyError

_WINDOW = 31  # zlib's word for "32 KiB window, gzip header and trailer"
_CHUNK = 64 * 1024
_SLICE = 1024 * 1024
_MOST_MEMBERS = 1_000


async def gunzip(wire: bytes, limit: int) -> bytes:
    """Decode a gzip stream of one or more members.

    Raises:
        ReplyError: it is damaged, ends early, or decodes to more than `limit` bytes.
    """
    parts: list[bytes] = []
    room, position = limit, 0
    for _ in range(_MOST_MEMBERS):
        decoder = zlib.decompressobj(_WINDOW)
        while not decoder.eof:
            chunk = wire[position : position + _CHUNK]
            if not chunk:
                raise ReplyError("the reply is gzip that ends early")
            try:
                data = decoder.decompress(chunk, min(room + 1, _SLICE))
            except zlib.error:
                data = None
            if data is None:
                raise ReplyError("the reply is gzip that is damaged")
            position += len(chunk) - len(decoder.unconsumed_tail) - len(decoder.unused_data)
            room -= len(data)
            if room < 0:
                message = "the reply is gzip that decodes to more than the limit"
                raise ReplyError(message, out_of_bounds=True)
            parts.append(data)
            await checkpoint()
        if position == len(wire):
            return b"".join(parts)
    raise ReplyError("the reply is gzip in too many pieces", out_of_bounds=True)
