"""What is sent and received shows up nowhere but in the request and the reply."""

import asyncio
import io
import logging
import ssl
import traceback
from collections.abc import Iterator
from typing import Any

import anyio
import h11
import httpx
import pytest
import rich.console
import rich.traceback

from neon_async._http.request import RequestTarget, parse_base_url
from neon_async._http.trace import Trace
from neon_async._http.transport import HttpTransport, Limits
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Step, chunked, fin, hang, http, rst
from tests.support.http_spans import http_spans
from tests.support.transport_calls import FORM, SECRET, failure, send

METHODS = ["POST", "GET"]
QUOTED = SECRET.encode()

FAULTS: dict[str, tuple[Step, ...]] = {
    "no reply": (hang(),),
    "reset": (rst(),),
    "closed": (fin(),),
    "status": (http(QUOTED, status=500),),
    "redirect": (http(status=307, headers={"Location": f"https://x.example/?{SECRET}"}),),
    "cookie": (http(QUOTED, headers={"Set-Cookie": f"id={SECRET}"}, length=99), fin()),
    "not HTTP": (QUOTED + b"\r\n\r\n", hang()),
    "bad header": (b"HTTP/1.1 200 OK\r\n" + QUOTED + b"\r\n\r\n", hang()),
    "bad status line": (b"HTTP/1.1 " + QUOTED + b"\r\n\r\n", hang()),
    "bad chunk": (chunked(end=False), QUOTED + b"\r\n", hang()),
    "too large": (http(QUOTED * 100),),
    "bad gzip": (http(QUOTED, headers={"Content-Encoding": f"gzip, {SECRET}"}),),
    "bad headers": (http(b"", headers={"Date": SECRET, "Retry-After": SECRET}, status=429),),
}


class Everything(logging.Handler):
    """Keeps the text of every record."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{record.name} {record.getMessage()} {record.__dict__}\n"


@pytest.fixture
def logged() -> Iterator[Everything]:
    """Everything that any logger says, httpx and httpcore included."""
    handler = Everything()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.setLevel(level)
    root.removeHandler(handler)


def shown(error: BaseException) -> str:
    """Return everything that a report of an error might print, local variables included."""
    file = io.StringIO()
    console = rich.console.Console(file=file, width=1000)
    rendered = rich.traceback.Traceback.from_exception(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_length=1000,
        locals_max_string=100_000,
    )
    console.print(rendered)
    plain = "".join(traceback.format_exception(error))
    return file.getvalue() + plain + repr(error) + repr(error.__dict__)


def chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    pending: list[BaseException | None] = [error]
    while pending:
        link = pending.pop()
        if link is not None and link not in links:
            links.append(link)
            pending += [link.__cause__, link.__context__]
    return links


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("steps", FAULTS.values(), ids=FAULTS)
async def test_no_failure_shows_anything(
    steps: tuple[Step, ...], method: Any, server: FaultServer, logged: Everything
) -> None:
    """No error, traceback with locals or log record at DEBUG has the form or the reply."""
    server.always(*steps)
    transport = HttpTransport(server.url, http_method=method, limits=Limits(1000, 1000))

    error = await failure(transport, timeout=0.3)
    await transport.aclose()

    assert [error] == chain(error)
    assert [note for note in error.__notes__ if "_http/transport.py" in note]
    assert SECRET not in shown(error)
    assert "receive_response_headers" in logged.text or "POST" in logged.text
    assert SECRET not in logged.text


@pytest.mark.parametrize("method", METHODS)
async def test_no_success_shows_anything(
    method: Any, server: FaultServer, logged: Everything
) -> None:
    """Neither does an exchange that goes well, whose reply keeps its body out of its repr."""
    server.always(http(QUOTED, headers={"Set-Cookie": SECRET}))
    transport = HttpTransport(server.url, http_method=method)

    reply = await send(transport)
    await transport.aclose()

    assert QUOTED == reply.body
    assert SECRET not in repr(reply) + repr(transport) + logged.text
    assert "http11 send_request_headers.complete" in logged.text


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "steps", [(hang(),), (http(QUOTED, length=100), hang())], ids=["head", "body"]
)
async def test_no_cancellation_shows_anything(
    steps: tuple[Step, ...], method: Any, server: FaultServer
) -> None:
    """A cancellation loses the engine's frames on its way out, and says where it was."""
    server.always(*steps)
    transport = HttpTransport(server.url, http_method=method)
    seen: list[BaseException] = []

    async def cancelled() -> None:
        try:
            await send(transport)
        except BaseException as error:
            seen.append(error)
            raise

    async with anyio.create_task_group() as group:
        group.start_soon(cancelled)
        await server.until(lambda: server.requests == 1)
        await anyio.wait_all_tasks_blocked()
        group.cancel_scope.cancel()
    await transport.aclose()

    text = "".join(shown(link) for link in chain(seen[0]))
    assert SECRET not in text
    (note,) = seen[0].__notes__
    assert "← _http/transport.py" in note


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_no_time_out_of_asyncio_shows_anything(server: FaultServer) -> None:
    """Its TimeoutError carries the cancellation, and with it the engine's frames."""
    server.always(http(QUOTED, length=100), hang())
    transport = HttpTransport(server.url)

    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(0.1):
            await send(transport)
    await transport.aclose()

    assert SECRET not in "".join(shown(link) for link in chain(caught.value))


async def test_bug_in_an_engine_stays_a_bug() -> None:
    """An error that is no trouble on the way comes out as it is, without the frames around it."""

    async def handler(request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        raise KeyError(len(content))

    transport = HttpTransport("https://api.example.org", transport=httpx.MockTransport(handler))

    with pytest.raises(KeyError) as caught:
        await send(transport)
    await transport.aclose()

    names = [entry.name for entry in caught.traceback]
    assert ["test_bug_in_an_engine_stays_a_bug", "send", "handler"] == names


async def test_nothing_is_chained_to_what_the_caller_handles(
    server: FaultServer, transport: HttpTransport
) -> None:
    """The caller's own error is the only context that an error of ours may have."""
    server.always(rst())
    own = ValueError("own")

    try:
        raise own
    except ValueError:
        error = await failure(transport)

    assert [error, own] == chain(error)


@pytest.mark.parametrize("raised", [httpx.RemoteProtocolError, h11.RemoteProtocolError])
async def test_what_the_caller_handles_is_left_alone(
    raised: type[Exception], server: FaultServer, transport: HttpTransport
) -> None:
    """The caller's own error keeps its text and all else, though it is of a class of the engine."""
    server.always(SECRET.encode() + b"\r\n\r\n", fin())
    inner = LookupError("inner")
    own = raised("own")
    kept: list[Any] = []

    try:
        raise own from inner
    except raised:
        kept = [own.__traceback__, own.__context__, own.__cause__]
        error = await failure(transport)

    assert [error, own, inner] == chain(error)
    assert (("own",), ("inner",)) == (own.args, inner.args)
    assert kept[1:] == [own.__context__, own.__cause__]
    assert kept[0] is own.__traceback__


async def test_what_the_caller_handles_is_no_reason(
    server: FaultServer, transport: HttpTransport
) -> None:
    """A connection breaks off for reasons of its own, whatever the caller is busy with."""
    server.always(rst())
    own = ssl.SSLCertVerificationError()

    try:
        raise own
    except ssl.SSLCertVerificationError:
        error = await failure(transport)

    assert "certificate" not in str(error)


def test_request_shows_no_query() -> None:
    """Whoever prints the request of a GET, or its URL, sees that there is a query, not which."""
    target = RequestTarget(parse_base_url("https://api.example.org:8443/v1"), "GET")

    request = target.request("account/x", FORM, Trace())

    assert b"/v1/account/x?" + FORM.content == request.url.raw_path
    assert "https://api.example.org:8443/v1/account/x?hidden" == str(request.url)
    assert SECRET not in f"{request!r} {request.url!r} {request.__dict__} {target!r}"


@pytest.mark.parametrize("method", METHODS)
async def test_no_span_shows_anything(method: Any, server: FaultServer) -> None:
    """With OpenTelemetry's httpx instrumentation on, spans have neither form nor reply."""
    with http_spans() as exporter:
        for steps in FAULTS.values():
            server.always(*steps)
            transport = HttpTransport(server.url, http_method=method, limits=Limits(1000, 1000))
            await failure(transport, timeout=0.3)
            await transport.aclose()

    spans = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert "/account/syncAccounts" in spans
    assert "RemoteProtocolError" in spans
    assert SECRET not in spans
