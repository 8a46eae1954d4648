"""Answers at ASGI or on a socket: an application in this process, with its lifespan."""

import socket
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """Run the lifespan of an application, as servers do, and yield a browser for it."""
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = httpx.ASGITransport(with_state)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as browser:
            yield browser


@contextmanager
def served(app: FastAPI) -> Generator[tuple[uvicorn.Server, int]]:
    """Serve an application on a socket of this machine, and yield the server and the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Connections inherit it: what the kernel holds should not hide that nobody reads.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", loop="asyncio")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield server, listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def paused(server: uvicorn.Server) -> bool:
    """Return whether the one connection of a server waits for the browser to read."""
    connections: Any = list(server.server_state.connections)
    return [True] == [connection.flow.write_paused for connection in connections]


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for another thread; the time limit of the test ends it."""
    while not condition():
        time.sleep(0.005)
