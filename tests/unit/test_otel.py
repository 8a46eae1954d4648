"""Spans and metrics: how they nest, what they count, and that nothing secret is in them."""

from __future__ import annotations

import importlib.metadata
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import httpx
import pytest
from anyio.lowlevel import checkpoint
from opentelemetry import trace
from opentelemetry.instrumentation.httpx import AsyncOpenTelemetryTransport
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import neon_async
from neon_async import (
    APIError,
    ConnectError,
    Effect,
    Hooks,
    HTTPStatusError,
    NeonError,
    OutcomeUnknownError,
    PageEvent,
    RequestEvent,
    TransportError,
)
from neon_async.emulator import Emulator
from neon_async.otel import OpenTelemetryHooks
from tests.support.fake_transport import (
    API_KEY,
    DONOR,
    GARBAGE,
    ORG_ID,
    Create,
    FakeTransport,
    Lookup,
    dispatcher,
    fail,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from tests.support.leak_detector import LeakDetector

LONG_AGO = datetime(2014, 1, 1, tzinfo=UTC)
SECRET_ID = 987_654_321
UNSET, ERROR = trace.StatusCode.UNSET, trace.StatusCode.ERROR


@attrs.frozen
class Telemetry:
    """Keeps what is exported."""

    spans_in_memory: InMemorySpanExporter
    reader: InMemoryMetricReader
    tracers: TracerProvider
    hooks: OpenTelemetryHooks

    @classmethod
    def new(cls) -> Telemetry:
        exporter = InMemorySpanExporter()
        tracers = TracerProvider()
        tracers.add_span_processor(SimpleSpanProcessor(exporter))
        reader = InMemoryMetricReader()
        meters = MeterProvider([reader])
        hooks = OpenTelemetryHooks(tracer_provider=tracers, meter_provider=meters)
        return cls(exporter, reader, tracers, hooks)

    @property
    def spans(self) -> list[ReadableSpan]:
        """All that ended, in the order in which they began."""
        return sorted(
            self.spans_in_memory.get_finished_spans(), key=lambda one: one.start_time or 0
        )

    @property
    def tree(self) -> list[str]:
        """The spans, each after its parent's name."""
        names = {one.context.span_id: one.name for one in self.spans if one.context}
        return [
            f"{names[one.parent.span_id] if one.parent else ''} > {one.name}" for one in self.spans
        ]

    def span(self, name: str, number: int = 0) -> ReadableSpan:
        return [one for one in self.spans if one.name == name][number]

    def points(self, name: str) -> dict[tuple[str, ...], Any]:
        """The data points of a metric, by the method and the error."""
        data = self.reader.get_metrics_data()
        if data is None:
            return {}
        return {
            _key(point.attributes): getattr(point, "value", point)
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        }

    def everything(self) -> str:
        data = self.reader.get_metrics_data()
        told = [one.to_json() for one in self.spans]
        return "\n".join([*told, data.to_json() if data else ""])


def _key(attributes: Any) -> tuple[str, ...]:
    assert "neoncrm" == attributes["rpc.system.name"]
    names = ("rpc.method", "error.type", "rpc.response.status_code")
    return tuple(attributes[name] for name in names if name in attributes)


async def test_spans_of_a_call() -> None:
    """A call has a span, its login and its request have theirs below it."""
    telemetry = Telemetry.new()

    await dispatcher(FakeTransport(), hooks=telemetry.hooks).send(Lookup())

    assert [
        " > account/lookup",
        "account/lookup > attempt common/login",
        "account/lookup > attempt account/lookup",
    ] == telemetry.tree
    call = telemetry.span("account/lookup")
    assert {
        "rpc.system.name": "neoncrm",
        "rpc.method": "account/lookup",
        "neon_async.effect": "read",
        "neon_async.attempts": 1,
        "neon_async.renewals": 0,
    } == dict(call.attributes or {})
    assert (trace.SpanKind.CLIENT, UNSET) == (call.kind, call.status.status_code)
    attempt = dict(telemetry.span("attempt account/lookup").attributes or {})
    assert 0 < attempt.pop("neon_async.reply.size")  # type: ignore[operator]
    assert {
        "rpc.system.name": "neoncrm",
        "rpc.method": "account/lookup",
        "neon_async.attempt": 1,
        "http.response.status_code": 200,
    } == attempt


async def test_span_of_the_caller() -> None:
    """The caller's span is the parent of its call, and is the current one again afterwards."""
    telemetry = Telemetry.new()
    client = dispatcher(FakeTransport(), hooks=telemetry.hooks)
    await client.login()

    with telemetry.tracers.get_tracer("app").start_as_current_span("app") as outer:
        await client.send(Lookup())
        assert outer is trace.get_current_span()

    assert "app > account/lookup" in telemetry.tree
    assert trace.INVALID_SPAN is trace.get_current_span()


async def test_concurrent_calls() -> None:
    """Calls at once don't become each other's parents."""
    telemetry = Telemetry.new()
    client = dispatcher(FakeTransport(pauses=5), hooks=telemetry.hooks)
    await client.login()

    with telemetry.tracers.get_tracer("app").start_as_current_span("app"):
        async with anyio.create_task_group() as group:
            for _ in range(4):
                group.start_soon(client.send, Lookup())

    assert 4 == telemetry.tree.count("app > account/lookup")
    calls = [one for one in telemetry.spans if one.name == "account/lookup"]
    parents = [one.parent for one in telemetry.spans if one.name == "attempt account/lookup"]
    assert {one.context.span_id for one in calls if one.context} == {
        one.span_id for one in parents if one
    }


async def test_http_spans_nest() -> None:
    """The spans of an instrumented HTTP library lie within those of the requests."""
    telemetry = Telemetry.new()
    emulator = Emulator(accounts=5, seed=1)
    transport = AsyncOpenTelemetryTransport(
        httpx.ASGITransport(emulator), tracer_provider=telemetry.tracers
    )

    async with emulator.client(transport=transport, hooks=telemetry.hooks) as neon:
        await neon.list_prefixes()

    assert [
        " > account/listPrefixes",
        "account/listPrefixes > attempt common/login",
        "attempt common/login > POST",
        "account/listPrefixes > attempt account/listPrefixes",
        "attempt account/listPrefixes > POST",
    ] == telemetry.tree


async def test_retries() -> None:
    """Each attempt has its span, with what became of it, and repetitions are counted."""
    telemetry = Telemetry.new()
    refused = ConnectError("refused", sent=False)
    script = [fail(2), HTTPStatusError("down", status=503), refused]
    client = dispatcher(FakeTransport(script={"lookup": [*script]}), hooks=telemetry.hooks)

    await client.send(Lookup())

    attempts = [one for one in telemetry.spans if one.name == "attempt account/lookup"]
    told = [dict(one.attributes or {}) for one in attempts]
    assert ["ServiceUnavailableError", "HTTPStatusError", "ConnectError", None] == [
        one.get("error.type") for one in told
    ]
    assert ["2", None, None, None] == [one.get("rpc.response.status_code") for one in told]
    assert [200, 503, None, 200] == [one.get("http.response.status_code") for one in told]
    assert [1, 2, 3, 4] == [one["neon_async.attempt"] for one in told]
    assert [ERROR, ERROR, ERROR, UNSET] == [one.status.status_code for one in attempts]
    call = telemetry.span("account/lookup")
    assert 4 == (call.attributes or {})["neon_async.attempts"]
    assert UNSET is call.status.status_code
    assert {
        ("account/lookup", "ServiceUnavailableError", "2"): 1,
        ("account/lookup", "HTTPStatusError"): 1,
        ("account/lookup", "ConnectError"): 1,
    } == telemetry.points("neon_async.client.retries")


async def test_renewals() -> None:
    """A renewed session is no retry."""
    telemetry = Telemetry.new()
    client = dispatcher(FakeTransport(script={"lookup": [fail(4)]}), hooks=telemetry.hooks)

    await client.send(Lookup())

    assert 1 == (telemetry.span("account/lookup").attributes or {})["neon_async.renewals"]
    renewals = telemetry.points("neon_async.client.session_renewals")
    assert {("account/lookup", "SessionError", "4"): 1} == renewals
    assert {} == telemetry.points("neon_async.client.retries")


async def test_failure() -> None:
    """A failed call is recorded by class and code, and has no event with a traceback."""
    telemetry = Telemetry.new()
    client = dispatcher(FakeTransport(script={"create": [fail(10001)]}), hooks=telemetry.hooks)

    with pytest.raises(APIError):
        await client.send(Create(DONOR))

    call = telemetry.span("account/create")
    assert (ERROR, None) == (call.status.status_code, call.status.description)
    assert ("ValidationError", "10001", "write") == tuple(
        (call.attributes or {})[name]
        for name in ("error.type", "rpc.response.status_code", "neon_async.effect")
    )
    assert [] == [one for span in telemetry.spans for one in span.events]
    durations = telemetry.points("rpc.client.call.duration")
    assert {("account/create", "ValidationError", "10001")} == durations.keys()


async def test_unknown_outcome() -> None:
    """The call says what its last attempt means."""
    telemetry = Telemetry.new()
    broken = TransportError("broken", sent=True)
    client = dispatcher(FakeTransport(script={"create": [broken]}), hooks=telemetry.hooks)

    with pytest.raises(OutcomeUnknownError):
        await client.send(Create())

    named = [telemetry.span(name) for name in ("account/create", "attempt account/create")]
    assert ["OutcomeUnknownError", "TransportError"] == [
        (one.attributes or {})["error.type"] for one in named
    ]


async def test_cancellation() -> None:
    """What is cancelled ends, is no longer in flight, and is no error."""
    telemetry = Telemetry.new()
    transport = FakeTransport(hold=anyio.Event())
    client = dispatcher(transport, hooks=telemetry.hooks)

    async with anyio.create_task_group() as group:
        group.start_soon(client.send, Lookup())
        while not transport.count["lookup"]:
            await checkpoint()
        assert 1 == telemetry.points("neon_async.client.active_requests")[("account/lookup",)]
        group.cancel_scope.cancel()

    ended = [telemetry.span(name) for name in ("account/lookup", "attempt account/lookup")]
    assert ["Cancelled"] * 2 == [(one.attributes or {})["error.type"] for one in ended]
    assert [UNSET] * 2 == [one.status.status_code for one in ended]
    active = telemetry.points("neon_async.client.active_requests")
    assert 0 == active[("account/lookup",)]


async def test_pages() -> None:
    """Pages and records are counted, and each call for a page says which one it was."""
    telemetry = Telemetry.new()
    emulator = Emulator(accounts=5, seed=1)

    async with emulator.client(page_size=2, hooks=telemetry.hooks) as neon:
        await neon.sync_accounts(time_from=LONG_AGO).collect()

    method = ("account/syncAccounts",)
    assert {method: 3} == telemetry.points("neon_async.client.pages")
    assert {method: 5} == telemetry.points("neon_async.client.records")
    assert 3 == telemetry.points("rpc.client.call.duration")[method].count
    calls = [one.attributes or {} for one in telemetry.spans if one.name == method[0]]
    assert [(1, 3, 2), (2, 3, 2), (3, 3, 1)] == [
        tuple(one[f"neon_async.page.{name}"] for name in ("number", "pages", "records"))
        for one in calls
    ]


async def test_pages_of_a_walk_have_one_parent() -> None:
    """The calls of a walk and of a look-ahead belong to the span that they are made in."""
    telemetry = Telemetry.new()
    emulator = Emulator(accounts=9, seed=1)
    tracer = telemetry.tracers.get_tracer("app")

    async with emulator.client(page_size=2, hooks=telemetry.hooks) as neon:
        accounts = neon.sync_accounts(time_from=LONG_AGO)
        with tracer.start_as_current_span("walk") as walk:
            async for _ in accounts:
                assert walk is trace.get_current_span()
        with tracer.start_as_current_span("ahead") as ahead:
            async with accounts.lookahead(2) as stream:
                async for _ in stream:
                    assert ahead is trace.get_current_span()

    assert 5 == telemetry.tree.count("walk > account/syncAccounts")
    assert 5 == telemetry.tree.count("ahead > account/syncAccounts")


async def test_nothing_secret(leak_detector: LeakDetector) -> None:
    """No span and no metric holds a value that was sent or received."""
    telemetry = Telemetry.new()
    leak_detector.protect(ORG_ID, API_KEY, DONOR)
    outcomes = [fail(4), fail(2), GARBAGE, TransportError(DONOR, sent=True), fail(10001)]
    for operation in (Lookup(DONOR), Create(DONOR)):
        script = {operation.name: [*outcomes]}
        client = dispatcher(FakeTransport(script=script), hooks=telemetry.hooks)
        with pytest.raises(NeonError):
            await client.send(operation)
    async with Emulator(accounts=20, seed=1).client(hooks=telemetry.hooks) as neon:
        await neon.sync_accounts(time_from=LONG_AGO, account_ids=[SECRET_ID]).collect()

    told = telemetry.everything()

    assert "account/syncAccounts" in told
    assert str(SECRET_ID) not in told
    leak_detector.look("span", told)
    assert [] == leak_detector.search()


class Foreign(Hooks):
    """Makes a span of its own the current one."""

    def __init__(self, tracers: TracerProvider) -> None:
        self.tracer = tracers.get_tracer("foreign")

    def on_request(self, _event: RequestEvent) -> AbstractContextManager[object]:
        return self._span()

    @contextmanager
    def _span(self) -> Iterator[None]:
        with self.tracer.start_as_current_span("foreign"):
            yield


async def test_beside_other_hooks() -> None:
    """Other hooks may make their own spans the current ones: each completes its own."""
    telemetry = Telemetry.new()
    hooks = [telemetry.hooks, Foreign(telemetry.tracers)]

    await dispatcher(FakeTransport(), hooks=hooks).login()

    assert ["common/login > attempt common/login", "attempt common/login > foreign"] == (
        telemetry.tree[1:]
    )
    assert {} == dict(telemetry.span("foreign").attributes or {})
    assert "http.response.status_code" in (telemetry.span("attempt common/login").attributes or {})


def test_page_without_numbers() -> None:
    """A page outside of a call is counted, and a page may lack its numbers."""
    telemetry = Telemetry.new()
    about: dict[str, Any] = {"operation": "x", "path": "a/x", "effect": Effect.READ}

    telemetry.hooks.on_page(
        PageEvent(**about, number=None, pages=None, records=2, deleted=0, total=None)
    )

    assert {("a/x",): 2} == telemetry.points("neon_async.client.records")
    assert [] == telemetry.spans


async def test_global_providers() -> None:
    """Without providers of one's own the global ones are used, set or not."""
    await dispatcher(FakeTransport(), hooks=OpenTelemetryHooks()).send(Lookup())


async def test_without_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy without the package's metadata has no version to tell."""
    monkeypatch.setattr(importlib.metadata, "version", _not_installed)
    telemetry = Telemetry.new()

    await dispatcher(FakeTransport(), hooks=telemetry.hooks).login()

    assert {("neon_async", "")} == {
        (one.instrumentation_scope.name, one.instrumentation_scope.version or "")
        for one in telemetry.spans
        if one.instrumentation_scope
    }


def _not_installed(name: str) -> str:
    raise importlib.metadata.PackageNotFoundError(name)


def test_without_opentelemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where OpenTelemetry is not installed, the error says what to install."""
    monkeypatch.delitem(sys.modules, "neon_async.otel")
    monkeypatch.delattr(neon_async, "otel")
    monkeypatch.setitem(sys.modules, "opentelemetry", None)

    with pytest.raises(ImportError, match=r"pip install 'neon-async\[otel\]'"):
        importlib.import_module("neon_async.otel")
