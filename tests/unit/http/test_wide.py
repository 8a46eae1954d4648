"""Connections that read as much at once as has arrived."""

import ssl
from typing import Any

import httpcore
import httpx
import pytest

from neon_async._http.wide import WideBackend, WideConnection, WideStream

CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Recorder:
    """A backend, and the stream that it opens, which note what they are called with."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    async def connect_tcp(self, *args: Any) -> Any:
        self.calls.append(args)
        return self

    async def read(self, *args: Any) -> bytes:
        self.calls.append(args)
        return b"reply"

    async def write(self, *args: Any) -> None:
        self.calls.append(args)

    async def aclose(self) -> None:
        self.calls.append(())

    async def start_tls(self, *args: Any) -> Any:
        self.calls.append(args)
        return self

    def get_extra_info(self, info: str) -> str:
        return info


async def test_streams_read_more_than_they_are_asked_for() -> None:
    """What has arrived comes at once, and no request for more is cut."""
    recorder: Any = Recorder()

    stream = await WideBackend(recorder).connect_tcp("localhost", 80, 5.0, None, [])

    assert b"reply" == await stream.read(65_536, 1.0)
    assert b"reply" == await stream.read(1_000_000)
    assert [
        ("localhost", 80, 5.0, None, []),
        (262_144, 1.0),
        (1_000_000, None),
    ] == recorder.calls


async def test_all_else_is_passed_on() -> None:
    """A wide stream writes, closes, encrypts and tells as the one below it."""
    recorder: Any = Recorder()
    stream = WideStream(recorder)

    await stream.write(b"form", 2.0)
    secure: Any = await stream.start_tls(CONTEXT, "localhost", 3.0)
    await stream.aclose()

    assert recorder is secure
    assert [(b"form", 2.0), (CONTEXT, "localhost", 3.0), ()] == recorder.calls
    assert "socket" == stream.get_extra_info("socket")


def test_lanes_are_wide() -> None:
    """The parts of httpx and httpcore are where a lane expects them."""
    lane: Any = WideConnection(CONTEXT, None)

    assert isinstance(lane._pool._network_backend, WideBackend)


def test_lane_of_another_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are not, a lane is as wide as httpx makes it."""

    def start(lane: Any, **_: object) -> None:
        lane._pool = httpcore.AsyncMockBackend([])

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "__init__", start)

    lane: Any = WideConnection(CONTEXT, None)

    assert not hasattr(lane._pool, "_network_backend")
