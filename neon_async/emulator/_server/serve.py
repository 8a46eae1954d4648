"""The emulator on a socket."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from neon_async.emulator._server.app import BASE_PATH
from neon_async.emulator._server.replies import DISCONNECT

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Generator

    from starlette.types import ASGIApp

    from neon_async.emulator._emulator import Emulator
    from neon_async.emulator._organizations import Organizations


class _Protocol(H11Protocol):
    """Answers at once, and lets the application cut the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does so only where a socket was made with the number of its protocol. Without it,
        # the body of a short reply waits 40 ms for the client's acknowledgement of the head.
        accepted = transport.get_extra_info("socket")
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        app = self.app

        async def cutting(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
            scope.setdefault("extensions", {})[DISCONNECT] = transport.abort
            await app(scope, receive, send)

        self.app = cutting


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def _listen(host: str, port: int) -> tuple[socket.socket, str]:
    """Return a listening socket and the base URL that leads to it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Bound here, so that port 0 is known before the server starts.
    listener = socket.create_server((host, port), family=family)
    shown = f"[{host}]" if ":" in host else host
    return listener, f"http://{shown}:{listener.getsockname()[1]}{BASE_PATH}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _app(emulator: Emulator | Organizations, host: str, *, console: bool | None) -> ASGIApp:
    # The console has no login: elsewhere it is there only where it was asked for.
    wanted = _is_loopback(host) if console is None else console
    return emulator.with_console([host]) if wanted else emulator


def _server(app: ASGIApp, on_ready: Callable[[], object]) -> _Server:
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        # It would show the query strings, and with them API keys and session ids.
        access_log=False,
        server_header=False,
        # Longer than clients keep idle connections, so that none is closed under a request.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return _Server(config, on_ready)


def serve(
    emulator: Emulator | Organizations,
    host: str,
    port: int,
    on_ready: Callable[[str], object] | None,
    *,
    console: bool | None,
) -> None:
    """Serve until the process is interrupted."""
    listener, url = _listen(host, port)
    with listener:
        server = _server(_app(emulator, host, console=console), lambda: on_ready and on_ready(url))
        server.run([listener])


@contextlib.contextmanager
def running(
    emulator: Emulator | Organizations, host: str, port: int, *, console: bool | None
) -> Generator[str]:
    """Serve in a thread, and yield the base URL."""
    listener, url = _listen(host, port)
    ready = threading.Event()
    server = _server(_app(emulator, host, console=console), ready.set)

    def run() -> None:
        try:
            server.run([listener])
        finally:
            # Also where the server could not start: its starter does not wait without end.
            ready.set()

    thread = threading.Thread(target=run, name="neon emulator")
    with listener:
        thread.start()
        ready.wait()
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join()
