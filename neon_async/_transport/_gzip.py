"""Gzip that can't run away: every member decoded, each one's end checked, the size capped."""

from __future__ import annotations

import zlib

_GZIP_WINDOW = 31  # zlib's word for "32 KiB window, gzip header and trailer"
_CHUNK = 64 * 1024
_MOST_MEMBERS = 10_000


class GzipError(Exception):
    """The bytes are not one complete gzip stream within the limit."""


def gunzip(wire: bytes, limit: int) -> bytes:
    """Decode a gzip stream of one or more members into at most `limit` bytes.

    Raises:
        GzipError: not gzip, ended early, followed by something else, or too large.
    """
    parts: list[bytes] = []
    position = 0
    for _ in range(_MOST_MEMBERS):
        try:
            position, limit = _member(wire, position, limit, parts)
        except zlib.error:
            break
        if position == len(wire):
            return parts[0] if len(parts) == 1 else b"".join(parts)
    raise GzipError("gzip that is damaged, or in too many pieces")


def _member(wire: bytes, position: int, limit: int, parts: list[bytes]) -> tuple[int, int]:
    """Decode the member at `position`; return where the next one starts and the room left."""
    decoder = zlib.decompressobj(_GZIP_WINDOW)
    # Fed in slices: what follows a member is copied when it ends, and a stream of tiny members
    # would copy itself over and over.
    while not decoder.eof:
        chunk = wire[position : position + _CHUNK]
        if not chunk:
            raise GzipError("gzip that ends early")
        data = decoder.decompress(chunk, limit + 1)
        limit -= len(data)
        if limit < 0:
            raise GzipError("gzip that decodes to more than the limit")
        parts.append(data)
        position += len(chunk) - len(decoder.unused_data)
    return position, limit
