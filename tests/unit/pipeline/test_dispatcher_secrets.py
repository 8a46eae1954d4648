"""What leaves the dispatcher besides the answer shows no secret and no donor."""

import asyncio
import io
import logging

import anyio
import pytest
from anyio.lowlevel import checkpoint
from rich.console import Console
from rich.pretty import pretty_repr
from rich.traceback import Traceback

from neon_async._pipeline.dispatcher import Dispatcher
from neon_async.errors import ConnectError, NeonError, ProtocolError, TransportError
from tests.support.fake_transport import (
    API_KEY,
    AT_ONCE,
    DONOR,
    GARBAGE,
    ORG_ID,
    Create,
    FakeTransport,
    Lookup,
    Reply,
    dispatcher,
    fail,
    success,
)

CANARIES = [ORG_ID, API_KEY, DONOR, "fake-session-canary"]


# An error page with the credentials, also where those of the request are others.
QUOTING = Reply(f"<html>{ORG_ID} {API_KEY}</html>".encode())


def rendered(error: BaseException) -> str:
    """Return the error as Rich shows it with the variables of each frame of the package."""
    console = Console(file=io.StringIO(), width=500)
    trace = Traceback.from_exception(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_string=10_000,
        locals_max_length=1_000,
    )
    for stack in trace.trace.stacks:
        # The frames of the test and its fakes hold what they were given.
        stack.frames = [frame for frame in stack.frames if "/tests/" not in frame.filename]
    console.print(trace)
    output = console.file
    assert isinstance(output, io.StringIO)
    return f"{output.getvalue()} {error} {error!r} {pretty_repr(error)}"


def shown(text: str) -> list[str]:
    return [leak_detector for leak_detector in CANARIES if leak_detector in text]


@pytest.mark.parametrize(
    "script",
    [
        {"login": [fail(13)]},
        {"login": [success(userSessionId=["12345"])] * 4},
        {"login": [ConnectError("refused", sent=False)] * 4},
        {"create": [fail(10001)]},
        {"create": [fail(4)] * 3},
        {"create": [success(donor=DONOR)]},
        {"create": [GARBAGE]},
        {"create": [QUOTING]},
        {"login": [QUOTING] * 4},
        {"create": [TransportError("broken", sent=True)]},
    ],
    ids=str,
)
async def test_errors(script: dict[str, list[object]]) -> None:
    """No error that leaves leads to a frame or an error that holds what was sent or received."""
    transport = FakeTransport(script={name: [*outcomes] for name, outcomes in script.items()})

    with pytest.raises(NeonError) as caught:
        await dispatcher(transport).send(Create(DONOR))

    assert [] == shown(rendered(caught.value))
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)
    assert ["test_errors"] == [entry.name for entry in caught.traceback][:1]
    (note,) = caught.value.__notes__
    assert note.startswith("neon_async: _pipeline/dispatcher.py:")
    assert "_pipeline/call.py:" in note


async def test_large_error_page() -> None:
    """A page that is looked at later shows no more than another."""
    page = Reply(QUOTING.body + b" " * 40_000)
    client = dispatcher(FakeTransport(script={"lookup": [page] * 4}))

    with pytest.raises(ProtocolError) as caught:
        await client.send(Lookup())

    assert "the reply is HTML, not JSON" in str(caught.value)
    assert [] == shown(rendered(caught.value))


# From 1: a task that is cancelled before its first step has nothing but its arguments.
@pytest.mark.parametrize("steps", range(1, 15))
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_cancellation(steps: int) -> None:
    """A cancellation shows where it was, and nothing of what was on the way."""
    transport = FakeTransport(pauses=3, script={"create": [fail(4), ConnectError(sent=False)]})
    task = asyncio.create_task(dispatcher(transport).send(Create(DONOR)))
    for _ in range(steps):
        await checkpoint()
    task.cancel()

    with pytest.raises(asyncio.CancelledError) as caught:
        await task

    assert [] == shown(rendered(caught.value))


async def test_callers_own_error_is_kept() -> None:
    """The error that the caller was handling stays visible as the context."""
    client = dispatcher(FakeTransport(script={"lookup": [fail(5)]}))
    handled = ZeroDivisionError()

    async def handle() -> None:
        try:
            raise handled
        except ZeroDivisionError:
            await client.send(Lookup())

    with pytest.raises(NeonError) as caught:
        await handle()

    assert handled is caught.value.__context__
    assert caught.value.__cause__ is None


async def test_log(caplog: pytest.LogCaptureFixture) -> None:
    """The log has no value at any level, whatever happens."""
    caplog.set_level(logging.DEBUG)
    outcomes = [fail(4), fail(2), ProtocolError("truncated"), fail(10001)]
    client = dispatcher(FakeTransport(script={"lookup": outcomes}))

    with pytest.raises(NeonError):
        await client.send(Lookup(DONOR))
    await client.logout()

    assert 7 == len(caplog.records)
    assert [] == [record for record in caplog.records if shown(str(record.__dict__))]


async def test_representations() -> None:
    """Nothing that the dispatcher holds shows a secret, whoever looks."""
    client = dispatcher(FakeTransport(), retry=AT_ONCE)
    await client.login()

    parts = [client, client._context, client.limiter, client._context.sessions.current]

    assert isinstance(client, Dispatcher)
    assert "transport=" not in repr(client._context)
    assert [] == shown("".join(repr(part) + pretty_repr(part) for part in parts))


async def test_waiting_tasks() -> None:
    """What holds a slot can be looked at in the limiter's statistics, and shows nothing."""
    limiter = anyio.CapacityLimiter(1)
    transport = FakeTransport(hold=anyio.Event())
    client = dispatcher(transport, limiter=limiter)
    await client.login()

    async with anyio.create_task_group() as group:
        group.start_soon(client.send, Create(DONOR))
        await checkpoint()
        await checkpoint()
        statistics = limiter.statistics()
        assert 1 == statistics.borrowed_tokens
        assert [] == shown(f"{statistics} {pretty_repr(statistics)}")
        group.cancel_scope.cancel()
