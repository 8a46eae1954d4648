"""The steps of `fault_server`, on a socket: bytes, waits, ends, and the emulator's own reply."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
import threading
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import parse_qsl

import attrs
import httpx

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from neon_async.emulator import Emulator


@attrs.frozen
class Seen:
    """A request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters in order, of the form or of the query."""
        encoded = self.body.decode() or self.target.partition("?")[2]
        return parse_qsl(encoded, keep_blank_values=True)


@attrs.frozen
class Connection:
    """The server's end of a socket."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


Step: TypeAlias = "bytes | Callable[[Connection], Awaitable[None]]"
Steps: TypeAlias = "tuple[Step, ...]"
Script: TypeAlias = "Steps | Callable[[Seen], Iterable[Step]]"


class OverError(Exception):
    """The connection has ended."""


def http(
    body: bytes = b"{}",
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    length: int | None = None,
) -> bytes:
    """Return a reply; `length` is what Content-Length says where that is to be a lie."""
    lines = [
        f"HTTP/1.1 {status} Whatever",
        f"Content-Length: {len(body) if length is None else length}",
    ]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def gzipped(body: bytes = b"{}", *, headers: Mapping[str, str] | None = None) -> bytes:
    """Return a reply whose body is gzip."""
    return http(gzip.compress(body), headers={"Content-Encoding": "gzip", **(headers or {})})


def chunked(*chunks: bytes, end: bool = True) -> bytes:
    """Return a reply in chunks, with or without the one that ends it."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return head + body + (b"0\r\n\r\n" if end else b"")


def wait(seconds: float) -> Step:
    """Pause."""

    async def step(_: Connection) -> None:
        await asyncio.sleep(seconds)

    return step


def drip(data: bytes, every: float = 0.01) -> Step:
    """Send a byte at a time, `every` so many seconds."""

    async def step(connection: Connection) -> None:
        for index in range(len(data)):
            connection.writer.write(data[index : index + 1])
            await connection.writer.drain()
            await asyncio.sleep(every)

    return step


def hang() -> Step:
    """Say nothing until the client goes away."""

    async def step(connection: Connection) -> None:
        while await connection.reader.read(65536):
            pass
        raise OverError

    return step


def fin() -> Step:
    """Close the connection."""

    async def step(_: Connection) -> None:
        raise OverError

    return step


def rst() -> Step:
    """Reset the connection."""

    async def step(connection: Connection) -> None:
        sock: socket.socket = connection.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.writer.transport.abort()
        raise OverError

    return step


class Gate:
    """A step that waits until the test opens it."""

    def __init__(self) -> None:
        self._opened = threading.Event()

    async def __call__(self, _: Connection) -> None:
        while not self._opened.is_set():  # noqa: ASYNC110 - set from another thread
            await asyncio.sleep(0.002)

    def open(self) -> None:
        """Let everything through."""
        self._opened.set()


async def play(steps: Iterable[Step], connection: Connection) -> None:
    """Take the steps, one after the other."""
    for step in steps:
        if isinstance(step, bytes):
            connection.writer.write(step)
            await connection.writer.drain()
        else:
            await step(connection)


async def read(connection: Connection) -> Seen:
    """Read one request."""
    head = (await connection.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *lines = head.strip().split("\r\n")
    method, target, _ = request_line.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = await connection.reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, target, headers, body, connection.number)


def answers(emulator: Emulator) -> Callable[[Seen], list[Step]]:
    """Return what a server over the emulator does when nothing is to go wrong."""
    engine = httpx.ASGITransport(app=emulator)

    def script(seen: Seen) -> list[Step]:
        async def answer(connection: Connection) -> None:
            url = f"http://127.0.0.1{seen.target}"
            headers = {"Content-Type": seen.headers.get("content-type", "")}
            request = httpx.Request(seen.method, url, headers=headers, content=seen.body)
            response = await engine.handle_async_request(request)
            connection.writer.write(http(await response.aread(), status=response.status_code))
            await connection.writer.drain()

        return [answer]

    return script
