"""A pull as a streaming response."""

import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import anyio
import orjson
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI
from fastapi.responses import Response
from starlette.types import Message

from neon_async import AsyncClient
from neon_async.emulator import Emulator
from neon_async.errors import APIError
from neon_async.fastapi import (
    NeonClient,
    add_exception_handlers,
    clients_by_org,
    lifespan,
    stream_ndjson,
)
from tests.fastapi.serving import paused, served, serving, wait_until

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def application(emulator: Emulator, **options: Any) -> FastAPI:
    app = FastAPI(lifespan=lifespan(connect=lambda: emulator.client(**options)))
    add_exception_handlers(app)

    @app.get("/accounts")
    async def accounts(neon: NeonClient, page_size: int = 50) -> Response:
        return stream_ndjson(neon.sync_accounts(time_from=LONG_AGO, page_size=page_size))

    return app


def pulls(emulator: Emulator) -> int:
    return sum(request.method == "syncAccounts" for request in emulator.requests)


async def test_stream_holds_every_record() -> None:
    """Each line is one record in the JSON of v1."""
    with Emulator(accounts=120) as emulator:
        async with serving(application(emulator)) as browser:
            reply = await browser.get("/accounts")

        records = [orjson.loads(line) for line in reply.content.splitlines()]
        assert "application/x-ndjson" == reply.headers["content-type"]
        assert sorted(emulator.account_ids()) == sorted(record["accountId"] for record in records)


async def test_stream_of_nothing_is_empty() -> None:
    """No records are no lines, and no error."""
    with Emulator(accounts=0) as emulator:
        async with serving(application(emulator)) as browser:
            reply = await browser.get("/accounts")

    assert (200, b"") == (reply.status_code, reply.content)


async def test_background_tasks_run_after_the_stream() -> None:
    """What an endpoint leaves for later is done when the last record has been sent."""
    done: list[int] = []
    with Emulator(accounts=3) as emulator:
        app = application(emulator)

        @app.get("/later")
        async def later(neon: NeonClient, tasks: BackgroundTasks) -> Response:
            tasks.add_task(done.append, 1)
            return stream_ndjson(neon.sync_accounts(time_from=LONG_AGO))

        async with serving(app) as browser:
            reply = await browser.get("/later")

    assert (3, [1]) == (len(reply.content.splitlines()), done)


async def test_client_is_lent_until_the_stream_ends() -> None:
    """A client is not closed as idle while a response still comes from it."""
    with Emulator(accounts=120) as emulator:
        clients = clients_by_org(lambda _: "red", lambda _: emulator.client(), idle=0.0)
        app = FastAPI(lifespan=clients.lifespan)

        @app.get("/accounts")
        async def accounts(neon: Annotated[AsyncClient, Depends(clients)]) -> Response:
            return stream_ndjson(neon.sync_accounts(time_from=LONG_AGO, page_size=10))

        reader = Reader(3)
        async with (
            app.router.lifespan_context(app) as state,
            anyio.create_task_group() as group,
        ):
            group.start_soon(get, app, state, reader)
            await reader.stuck.wait()
            async with clients.lease("blue"):
                assert 2 == clients.open_clients
            reader.left.set()
            await anyio.wait_all_tasks_blocked()
            async with clients.lease("blue"):
                assert 1 == clients.open_clients


async def test_error_before_the_first_page_is_a_problem() -> None:
    """Nothing of the reply has left yet, so the error has its own status."""
    with Emulator(accounts=10) as emulator:
        emulator.fail_next(method="syncAccounts", code=5)
        async with serving(application(emulator)) as browser:
            reply = await browser.get("/accounts")

    assert 403 == reply.status_code
    assert "syncAccounts" == reply.json()["operation"]


async def test_error_in_the_middle_breaks_the_reply_off() -> None:
    """A reply that began can't be taken back, so it must not look complete."""
    with Emulator(accounts=120) as emulator:
        emulator.fail_next(method="syncAccounts", delay=0.0)
        emulator.fail_next(method="syncAccounts", code=1)
        async with serving(application(emulator)) as browser:
            with pytest.raises(RuntimeError, match="response already started") as caught:
                await browser.get("/accounts")

    assert isinstance(caught.value.__cause__, APIError)


class Reader:
    """A browser that takes some messages, and then no more."""

    def __init__(self, takes: int, *, then: type[Exception] | None = None) -> None:
        """Take so many messages, and then raise or wait for ever."""
        self.stuck, self.left = anyio.Event(), anyio.Event()
        self._takes = takes
        self._then = then

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, _message: Message) -> None:
        self._takes -= 1
        if self._takes >= 0:
            return
        self.stuck.set()
        if self._then is not None:
            raise self._then
        await anyio.sleep_forever()


async def get(app: FastAPI, state: Mapping[str, Any] | None, reader: Reader) -> None:
    """Ask for the accounts as a server of ASGI 2.4 does, ten on a page."""
    request = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/accounts",
        "raw_path": b"/accounts",
        "query_string": b"page_size=10",
        "headers": [],
        "state": dict(state or {}),
    }
    await app(request, reader.receive, reader.send)


async def test_next_page_waits_for_the_browser() -> None:
    """While the browser takes nothing, nothing is asked for; when it leaves, nothing any more."""
    with Emulator(accounts=200) as emulator:
        app, reader = application(emulator), Reader(3)
        async with (
            app.router.lifespan_context(app) as state,
            anyio.create_task_group() as group,
        ):
            group.start_soon(get, app, state, reader)
            await reader.stuck.wait()
            await anyio.wait_all_tasks_blocked()
            assert 3 == pulls(emulator)
            reader.left.set()

        assert 3 == pulls(emulator)


async def test_request_under_way_is_given_up() -> None:
    """A browser that leaves while NeonCRM is slow does not keep anything waiting."""
    with Emulator(accounts=200) as emulator:
        app, reader = application(emulator), Reader(99)
        async with (
            app.router.lifespan_context(app) as state,
            anyio.create_task_group() as group,
        ):
            emulator.slow(3600)
            group.start_soon(get, app, state, reader)
            await anyio.wait_all_tasks_blocked()
            reader.left.set()


async def test_servers_that_raise_are_understood() -> None:
    """An OSError of the server is a browser that has left, and no error."""
    with Emulator(accounts=200) as emulator:
        app = application(emulator)
        async with app.router.lifespan_context(app) as state:
            await get(app, state, Reader(2, then=BrokenPipeError))

        assert 2 == pulls(emulator)


async def test_deadline_is_no_browser_that_left() -> None:
    """A deadline is a TimeoutError, and so an OSError, but its problem is answered."""
    with Emulator(accounts=1) as emulator:
        emulator.slow(3600)
        app = application(emulator, deadline=0.05)
        async with serving(app) as browser:
            reply = await browser.get("/accounts")

    assert 504 == reply.status_code


def settled(emulator: Emulator) -> bool:
    """Return whether nothing is pulled for a moment: the kernel may still have room for a page."""
    asked = pulls(emulator)
    time.sleep(0.2)
    return asked == pulls(emulator)


def test_real_server_stops_pulling() -> None:
    """On a socket nothing is pulled while the browser does not read, nor after it has left."""
    with Emulator(accounts=20_000) as emulator, served(application(emulator)) as (server, port):
        with socket.socket() as browser:
            browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            browser.connect(("127.0.0.1", port))
            browser.sendall(b"GET /accounts?page_size=200 HTTP/1.1\r\nhost: app\r\n\r\n")
            assert browser.recv(12) == b"HTTP/1.1 200"
            wait_until(lambda: paused(server) and settled(emulator))
            asked = pulls(emulator)
        wait_until(lambda: not server.server_state.tasks)

        assert 0 < asked == pulls(emulator) < 50
