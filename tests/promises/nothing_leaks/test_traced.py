"""Spans and metrics of a client on a real connection: complete, nested, and without a secret."""

from collections.abc import Iterator
from contextlib import suppress

import attrs
import pytest
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from neon_async import NeonError
from neon_async.otel import OpenTelemetryHooks
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Step, fin, http, rst
from tests.support.leak_detector import LeakDetector
from tests.support.secrets_scenario import API_KEY, CALLS, DONOR, ORG_ID, Scenario
from tests.support.sweeps import share

FAULTS: dict[str, tuple[Step, ...]] = {
    "none": (),
    "reset": (rst(),),
    "closed": (fin(),),
    "status": (http(DONOR.encode(), status=500, headers={"Set-Cookie": DONOR}),),
    "not v1": (http(DONOR.encode()),),
}


@attrs.frozen
class Traced:
    """What instrumentation of the client and of httpx exports."""

    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader
    hooks: OpenTelemetryHooks

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def parents(self, spans: list[ReadableSpan]) -> list[str]:
        names = {one.context.span_id: one.name for one in self.spans if one.context}
        return [names[span.parent.span_id] if span.parent else "" for span in spans]


@pytest.fixture
def traced(leak_detector: LeakDetector) -> Iterator[Traced]:
    leak_detector.protect(ORG_ID, API_KEY, DONOR)
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers, meters = TracerProvider(), MeterProvider([reader])
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    instrumentor = HTTPXClientInstrumentor()
    instrumentor.instrument(tracer_provider=tracers)
    hooks = OpenTelemetryHooks(tracer_provider=tracers, meter_provider=meters)
    yield Traced(exporter, reader, hooks)
    instrumentor.uninstrument()


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_method(
    fault: str, anyio_backend: str, traced: Traced, leak_detector: LeakDetector
) -> None:
    """Whatever is called and whatever fails, the spans fit together and show nothing."""
    organization = Scenario.set_up()
    with FaultServer() as server:
        for name in share(CALLS, [*FAULTS].index(fault), anyio_backend == "trio"):
            scenario = organization.on_socket(server, hooks=traced.hooks, timeout=0.5)
            if FAULTS[fault]:
                server.nth(server.requests + 2, *FAULTS[fault])
            with suppress(NeonError):
                await scenario.call(name)
            await scenario.neon.aclose()
        sent = server.requests

    attempts = [span for span in traced.spans if span.name.startswith("attempt ")]
    requests = [span for span in traced.spans if span.name == "POST"]
    # A look-ahead that is left cancels requests, and not each of those has reached the server.
    assert sent <= len(requests) <= sent + len(CALLS)
    assert {True} == {name.startswith("attempt ") for name in traced.parents(requests)}
    assert {True} == {"/" in name for name in traced.parents(attempts)}
    data = traced.reader.get_metrics_data()
    assert data is not None
    leak_detector.look("span", "\n".join(span.to_json() for span in traced.spans) + data.to_json())
    assert [] == leak_detector.search()


async def test_trace_goes_on_at_the_server(traced: Traced) -> None:
    """The server is told the trace that the call belongs to."""
    with FaultServer() as server:
        scenario = Scenario.set_up().on_socket(server, hooks=traced.hooks)
        await scenario.call("login")
        await scenario.neon.aclose()

        (call,) = [span for span in traced.spans if span.name == "common/login"]
        assert call.context is not None
        assert (
            f"{call.context.trace_id:032x}" == server.seen[0].headers["traceparent"].split("-")[1]
        )
