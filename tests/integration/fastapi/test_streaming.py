"""A pull as a streaming response."""

import json
import logging
import socket
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import anyio
import httpx
import orjson
import pytest
from fastapi import BackgroundTasks, Depends, FastAPI
from fastapi.requests import Request
from fastapi.responses import Response
from starlette.types import Message

from neon_async import AsyncClient, Progress
from neon_async.emulator import Emulator
from neon_async.fastapi import (
    NeonClient,
    add_exception_handlers,
    clients_by_org,
    lifespan,
    stream_ndjson,
)
from tests.support.application_server import paused, served, serving, wait_until

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def application(
    emulator: Emulator, *, end_line: bool = True, middleware: bool = False, **options: Any
) -> FastAPI:
    app = FastAPI(lifespan=lifespan(connect=lambda: emulator.client(**options)))
    add_exception_handlers(app)

    @app.get("/accounts")
    async def accounts(neon: NeonClient, page_size: int = 50) -> Response:
        pull = neon.sync_accounts(time_from=LONG_AGO, page_size=page_size)
        return stream_ndjson(pull, end_line=end_line)

    @app.get("/by-id")
    async def by_id(neon: NeonClient) -> Response:
        pull = neon.sync_accounts(account_ids=emulator.account_ids(), page_size=50)
        return stream_ndjson(pull)

    @app.get("/bug")
    async def bug(neon: NeonClient) -> Response:
        def report(progress: Progress) -> None:
            if progress.pages_done > 1:
                raise FileNotFoundError

        return stream_ndjson(
            neon.sync_accounts(time_from=LONG_AGO, page_size=50, on_progress=report)
        )

    if middleware:

        @app.middleware("http")
        async def nothing(request: Request, call_next: Any) -> Response:
            reply: Response = await call_next(request)
            return reply

    return app


def fail_second_page(emulator: Emulator) -> None:
    """Let the second request fail."""
    emulator.fail_next(method="syncAccounts", delay=0.0)
    emulator.fail_next(method="syncAccounts", code=1)


FAILED = {
    "type": "urn:neon-async:error:api",
    "title": "API",
    "status": 502,
    "detail": "NeonCRM could not be asked, or its answer could not be used.",
    "operation": "syncAccounts",
    "codes": [1],
    "resume": 2,
    "records": 50,
}


def pulls(emulator: Emulator) -> int:
    return sum(request.method == "syncAccounts" for request in emulator.requests)


async def test_stream_holds_odd_values() -> None:
    """An odd record is one line like all others, with half of a surrogate pair as an escape."""
    with Emulator(accounts=3) as emulator:
        victim = emulator.account_ids()[1]
        emulator.garble_account(victim, lastModifiedBy="M\ud83d", primaryContact="Eagan")
        async with serving(application(emulator)) as browser:
            reply = await browser.get("/accounts")

        *records, _ = [json.loads(line) for line in reply.content.splitlines()]
        assert emulator.account_ids() == sorted(record["accountId"] for record in records)
        (odd,) = (record for record in records if record["accountId"] == victim)
        assert {"lastModifiedBy": "M\ud83d", "primaryContact": "Eagan"}.items() <= odd.items()


async def test_stream_holds_every_record() -> None:
    """Each line is one record in the JSON of v1."""
    with Emulator(accounts=120) as emulator:
        async with serving(application(emulator)) as browser:
            reply = await browser.get("/accounts")

        *records, end = [orjson.loads(line) for line in reply.content.splitlines()]
        assert "application/x-ndjson" == reply.headers["content-type"]
        assert sorted(emulator.account_ids()) == sorted(record["accountId"] for record in records)
        assert {"end": {"records": 120}} == end


@pytest.mark.parametrize(
    ("end_line", "content"), [(True, b'{"end":{"records":0}}\n'), (False, b"")]
)
async def test_stream_of_nothing(end_line: bool, content: bytes) -> None:  # noqa: FBT001
    """No records are an end, and no error."""
    with Emulator(accounts=0) as emulator:
        async with serving(application(emulator, end_line=end_line)) as browser:
            reply = await browser.get("/accounts")

    assert (200, content) == (reply.status_code, reply.content)


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

    assert (4, [1]) == (len(reply.content.splitlines()), done)


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


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """What was logged as a warning, or worse."""
    return [
        (record.name, record.getMessage())
        for record in caplog.records
        if record.levelno >= logging.WARNING
    ]


@pytest.mark.parametrize("end_line", [True, False])
@pytest.mark.parametrize("middleware", [True, False])
async def test_error_in_the_middle_is_the_last_line(
    end_line: bool,  # noqa: FBT001
    middleware: bool,  # noqa: FBT001
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A reply that began can't be taken back, so it says that it broke off, and has no end."""
    with Emulator(accounts=120) as emulator:
        fail_second_page(emulator)
        app = application(emulator, end_line=end_line, middleware=middleware)
        reader = Reader(99)
        async with app.router.lifespan_context(app) as state:
            await get(app, state, reader, page_size=50)

    lines = [orjson.loads(line) for line in reader.body.splitlines()]
    assert 50 == len([line for line in lines if "accountId" in line])
    assert [{"error": FAILED}][:end_line] == lines[50:]
    # The middleware ends the response properly, whatever the stream does.
    assert middleware == reader.ended
    assert [("neon_async.fastapi", BROKE_OFF)] == warnings_of(caplog)


BROKE_OFF = (
    "a stream broke off after 50 records, at page 2: APIError: syncAccounts: NeonCRM answered FAIL "
    "with code 1: Unexpected system error"
)


async def test_error_of_a_pull_by_ids_names_the_ids_that_are_left() -> None:
    """The page alone would not say where to resume."""
    with Emulator(accounts=120) as emulator:
        ids = emulator.account_ids()
        fail_second_page(emulator)
        app, reader = application(emulator), Reader(99)
        async with app.router.lifespan_context(app) as state:
            await get(app, state, reader, path="/by-id")

    assert {"error": FAILED | {"resume_ids": ids}} == orjson.loads(reader.body.splitlines()[-1])


async def test_bugs_in_the_middle_stay_bugs(caplog: pytest.LogCaptureFixture) -> None:
    """What is no error of this package is raised, also an `OSError`, and told without a word."""
    with Emulator(accounts=120) as emulator:
        app, reader = application(emulator), Reader(99)
        async with app.router.lifespan_context(app) as state:
            with pytest.raises(FileNotFoundError):
                await get(app, state, reader, path="/bug")

    bug = {"type": "about:blank", "title": "Internal Server Error", "status": 500, "records": 50}
    assert {"error": bug} == orjson.loads(reader.body.splitlines()[-1])
    assert (False, []) == (reader.ended, warnings_of(caplog))


async def test_no_background_task_after_a_broken_stream() -> None:
    """What is to be done after a stream is not done when it is not whole."""
    done: list[int] = []
    with Emulator(accounts=120) as emulator:
        fail_second_page(emulator)
        app, reader = application(emulator), Reader(99)

        @app.get("/later")
        async def later(neon: NeonClient, tasks: BackgroundTasks) -> Response:
            tasks.add_task(done.append, 1)
            return stream_ndjson(neon.sync_accounts(time_from=LONG_AGO, page_size=50))

        async with app.router.lifespan_context(app) as state:
            await get(app, state, reader, path="/later")

    assert ([], False) == (done, reader.ended)


class Reader:
    """A browser that takes some messages, and then no more."""

    def __init__(self, takes: int, *, then: type[Exception] | None = None) -> None:
        """Take so many messages, and then raise or wait for ever."""
        self.body, self.ended = b"", False
        self.stuck, self.left = anyio.Event(), anyio.Event()
        self._takes = takes
        self._then = then

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self._takes -= 1
        if self._takes >= 0:
            self.body += message.get("body", b"")
            self.ended = message.get("more_body") is False
            return
        self.stuck.set()
        if self._then is not None:
            raise self._then
        await anyio.sleep_forever()


async def get(
    app: FastAPI,
    state: Mapping[str, Any] | None,
    reader: Reader,
    path: str = "/accounts",
    page_size: int = 10,
) -> None:
    """Ask for accounts as a server of ASGI 2.4 does."""
    request = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"page_size=%d" % page_size,
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
            # Its reply is an hour away.
            assert emulator.requests
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


def exchange(port: int, version: str) -> bytes:
    """Everything that a server sends to a request for accounts, until it closes."""
    with socket.create_connection(("127.0.0.1", port)) as browser:
        request = f"GET /accounts HTTP/{version}\r\nhost: app\r\nconnection: close\r\n\r\n"
        browser.sendall(request.encode())
        received = b""
        while data := browser.recv(65536):
            received += data
    return received


@pytest.mark.parametrize("broken", [True, False])
@pytest.mark.parametrize("middleware", [True, False])
@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_real_server_says_whether_a_stream_is_whole(
    version: str,
    middleware: bool,  # noqa: FBT001
    broken: bool,  # noqa: FBT001
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Over every version of HTTP and behind a middleware the last line says it, in one warning."""
    with (
        Emulator(accounts=120) as emulator,
        served(application(emulator, middleware=middleware)) as (_, port),
    ):
        if broken:
            fail_second_page(emulator)
        received = exchange(port, version)

    head, _, body = received.partition(b"\r\n\r\n")
    lines = [line for line in body.splitlines() if line.startswith(b"{")]
    last = {"error": FAILED} if broken else {"end": {"records": 120}}
    assert (last, 50 if broken else 120) == (orjson.loads(lines[-1]), len(lines) - 1)
    # The end of the transfer shows it only over HTTP/1.1, and not through a middleware.
    if b"transfer-encoding: chunked" in head:
        assert (middleware or not broken) == body.endswith(b"0\r\n\r\n")
    warned = [entry for entry in warnings_of(caplog) if entry[0] == "neon_async.fastapi"]
    assert [("neon_async.fastapi", BROKE_OFF)][:broken] == warned
    assert [] == [record for record in caplog.records if record.exc_info]


def test_readers_of_http_1_1_notice_a_broken_stream() -> None:
    """Without a middleware the transfer breaks off, which clients raise as an error."""
    with Emulator(accounts=120) as emulator, served(application(emulator)) as (_, port):
        fail_second_page(emulator)
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message"):
            httpx.get(f"http://127.0.0.1:{port}/accounts")
