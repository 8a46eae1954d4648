"""Programs that report errors with the local variables of each frame report no secrets."""

from __future__ import annotations

import asyncio
import json
import math
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import rich.traceback
import sentry_sdk
import structlog
import trio
from loguru import logger
from sentry_sdk.transport import Transport
from sentry_sdk.utils import event_from_exception

from neon_async import NeonError
from tests.support.echoing_replies import FAULTS, SHAPES
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import hang
from tests.support.secrets_scenario import API_KEY, DONOR, LONG, ORG_ID, Scenario

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from sentry_sdk.envelope import Envelope

    from tests.support.leak_detector import LeakDetector

BACKENDS: dict[str, tuple[str, dict[str, bool]]] = {
    "asyncio": ("asyncio", {"use_uvloop": False}),
    "uvloop": ("asyncio", {"use_uvloop": True}),
    "trio": ("trio", {}),
}
ENDS = ["SessionError", "TransportError", "ProtocolError html", "page", "contradiction"]


@pytest.fixture(scope="module", params=list(BACKENDS.values()), ids=list(BACKENDS))
def anyio_backend(request: pytest.FixtureRequest) -> object:
    """Run on each event loop that programs use."""
    return request.param


@pytest.fixture(autouse=True)
def _secrets(leak_detector: LeakDetector) -> None:
    """Let the leak detector know them before a client does."""
    leak_detector.protect(ORG_ID, API_KEY, DONOR)


def by_traceback(error: BaseException) -> str:
    """Return what the standard library prints."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join(shown.format())


def by_rich(error: BaseException) -> str:
    """Return what Rich prints, without its layout, which takes long."""
    extracted = rich.traceback.Traceback.extract(
        type(error),
        error,
        error.__traceback__,
        show_locals=True,
        locals_max_string=10_000,
        locals_max_length=1_000,
    )
    texts = []
    for stack in extracted.stacks:
        texts += [stack.exc_type, stack.exc_value, *getattr(stack, "notes", ())]
        texts += [str(node) for frame in stack.frames for node in (frame.locals or {}).values()]
    return "\n".join(texts)


def by_structlog(error: BaseException) -> str:
    """Return what structlog makes of an error for a log of JSON."""
    transform = structlog.tracebacks.ExceptionDictTransformer(
        show_locals=True, locals_max_string=10_000
    )
    info: Any = (type(error), error, error.__traceback__)
    return json.dumps(transform(info), default=repr)


def by_loguru(error: BaseException) -> str:
    """Return what loguru prints, which shows the values of each line."""
    texts: list[str] = []
    logger.remove()  # which would write to stderr
    # With `backtrace` it would add the frames of the test, which knows the secrets.
    handler = logger.add(texts.append, level=0, diagnose=True, backtrace=False)
    logger.opt(exception=error).error("failed")
    logger.remove(handler)
    return "".join(texts)


class _Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.events += [item.payload.json for item in envelope.items if item.payload.json]


def by_sentry(error: BaseException) -> str:
    """Return what Sentry's SDK sends."""
    kept = _Kept()
    client = sentry_sdk.Client(
        "http://obviously-fake@127.0.0.1:9/1",
        transport=kept,
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=True,
        max_value_length=10_000,
    )
    event, hint = event_from_exception(error, client_options=client.options)
    client.capture_event(event, hint)
    client.close()
    assert 1 == len(kept.events)
    return json.dumps(kept.events)


REPORTERS: list[Callable[[BaseException], str]] = [
    by_traceback,
    by_rich,
    by_structlog,
    by_loguru,
    by_sentry,
]


def report(error: BaseException, leak_detector: LeakDetector) -> None:
    """Report an error in every way, and expect to find it, and nothing else, in the reports."""
    for reporter in REPORTERS:
        text = reporter(error)
        assert type(error).__name__ in text
        leak_detector.look("error", text)
        assert [] == leak_detector.search(), reporter.__name__


async def failure(call: Callable[[], Awaitable[object]]) -> BaseException | None:
    """Return what a call ends with; this frame and those below it are what is reported."""
    try:
        await call()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
        return error
    return None


@pytest.mark.parametrize("end", ENDS)
async def test_failures(
    end: str, leak_detector: LeakDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each method, failing in the middle in ways that quote everything, is reported."""
    monkeypatch.setattr("neon_async._writing.recovery._WAITS", (0.0,))
    failed = 0
    for name in ("call", "create_individual_account", "edit_individual_account", *LONG):
        scenario = Scenario.set_up()
        scenario.engine.fault, scenario.engine.good = (FAULTS | SHAPES)[end], int(name in LONG)
        error = await failure(partial(scenario.call, name))
        await scenario.neon.aclose()
        if error is not None:
            assert isinstance(error, NeonError)
            report(error, leak_detector)
            failed += 1

    assert failed > len(LONG)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


async def by_anyio(call: Callable[[], Awaitable[object]], stuck: Callable[[], Any]) -> None:
    """Let anyio's time run out as soon as the call is stuck."""
    with anyio.fail_after(math.inf) as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_then, stuck, lambda: setattr(scope, "deadline", -math.inf))
            await call()


async def by_asyncio(call: Callable[[], Awaitable[object]], stuck: Callable[[], Any]) -> None:
    """Let the time of asyncio run out."""
    async with asyncio.timeout(None) as scope, anyio.create_task_group() as tasks:
        tasks.start_soon(_then, stuck, lambda: scope.reschedule(0.0))
        await call()


async def by_trio(call: Callable[[], Awaitable[object]], stuck: Callable[[], Any]) -> None:
    """Let the time of trio run out."""
    with trio.fail_after(math.inf) as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_then, stuck, lambda: setattr(scope, "deadline", -math.inf))
            await call()


async def _then(stuck: Callable[[], Any], end: Callable[[], object]) -> None:
    await stuck()
    end()


@pytest.mark.parametrize("native", [True, False])
async def test_time_outs(
    native: bool,  # noqa: FBT001
    server: FaultServer,
    leak_detector: LeakDetector,
    anyio_backend: Any,
) -> None:
    """A time-out leads to a cancellation, and that ran through the client and its connection."""
    run_out = {"asyncio": by_asyncio, "trio": by_trio}[anyio_backend[0]] if native else by_anyio
    for name in ("call", *LONG):
        scenario = Scenario.set_up().on_socket(server)
        await scenario.neon.login()
        server.nth(server.requests + 1, hang())
        call = partial(scenario.call, name)
        stuck = partial(server.until, lambda: server.in_flight == 1)

        error = await failure(partial(run_out, call, stuck))
        await scenario.neon.aclose()

        assert isinstance(error, (TimeoutError, trio.TooSlowError))
        report(error, leak_detector)
        assert "neon_async: " in by_traceback(error)
