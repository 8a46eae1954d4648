"""Spans and metrics of a client, by OpenTelemetry.

```python
from neon_async import AsyncClient
from neon_async.otel import OpenTelemetryHooks

neon = AsyncClient(org_id="example", api_key="not-a-real-key", hooks=OpenTelemetryHooks())
```

Names follow the semantic conventions for remote procedure calls where these have any. Spans and
metrics hold names of methods, numbers, classes of errors and v1's error codes, and nothing else.
"""

from __future__ import annotations

import importlib.metadata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeAlias

from neon_async import (
    Hooks,
    OperationEvent,
    PageEvent,
    ReplyEvent,
    RequestEvent,
    ResultEvent,
    RetryEvent,
)

try:
    from opentelemetry import context, metrics, trace
except ImportError:
    message = "neon_async.otel needs OpenTelemetry: pip install 'neon-async[otel]'"
    raise ImportError(message) from None

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

    Attributes: TypeAlias = dict[str, str | int]
    Ended: TypeAlias = ResultEvent | ReplyEvent | RetryEvent
    Event: TypeAlias = OperationEvent | RequestEvent | PageEvent | Ended

__all__ = ["OpenTelemetryHooks"]

_NAME: Final = "neon_async"
_SYSTEM: Final = "neoncrm"
_SCHEMA: Final = "https://opentelemetry.io/schemas/1.40.0"
# The conventions' own for durations of calls, and two more: a call may take minutes.
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
_MINUTES: Final = (30, 120)


class OpenTelemetryHooks(Hooks):
    """Makes a span of every call and of every request, and counts both.

    The span of a call, `account/syncAccounts`, is the current one while the call lasts, and the
    span of a request, `attempt account/syncAccounts`, while the request does. What instruments
    the HTTP library nests its spans there. A call's own login is a request of that call.

    A span of what failed has the status `ERROR` and the error's class as `error.type`; that of
    cancelled calls have the `error.type` `Cancelled`, and no status.

    | metric | unit | what |
    |---|---|---|
    | `rpc.client.call.duration` | s | calls, with their logins, waits and repetitions |
    | `neon_async.client.active_requests` | `{request}` | requests in flight |
    | `neon_async.client.retries` | `{retry}` | repetitions after a failure |
    | `neon_async.client.session_renewals` | `{renewal}` | repetitions with a new session |
    | `neon_async.client.pages` | `{page}` | pages that came |
    | `neon_async.client.records` | `{record}` | records on them |

    One object can serve several clients.
    """

    def __init__(
        self,
        *,
        tracer_provider: trace.TracerProvider | None = None,
        meter_provider: metrics.MeterProvider | None = None,
    ) -> None:
        """Get a tracer and a meter.

        Args:
            tracer_provider: where spans go; None for the global one, even if it is set later.
            meter_provider: where metrics go; None for the global one, even if it is set later.
        """
        version = _version()
        self._tracer = trace.get_tracer(_NAME, version, tracer_provider, _SCHEMA)
        meter = metrics.get_meter(_NAME, version, meter_provider, _SCHEMA)
        self._duration = meter.create_histogram(
            "rpc.client.call.duration",
            "s",
            "Duration of calls, with their logins, waits and repetitions.",
            explicit_bucket_boundaries_advisory=(*_SECONDS, *_MINUTES),
        )
        prefix = "neon_async.client"
        self._active = meter.create_up_down_counter(
            f"{prefix}.active_requests", "{request}", "Requests in flight."
        )
        self._retries = meter.create_counter(
            f"{prefix}.retries", "{retry}", "Repetitions after a failure."
        )
        self._renewals = meter.create_counter(
            f"{prefix}.session_renewals", "{renewal}", "Repetitions with a new session."
        )
        self._pages = meter.create_counter(f"{prefix}.pages", "{page}", "Pages received.")
        self._records = meter.create_counter(f"{prefix}.records", "{record}", "Records on pages.")
        # Other hooks may make spans of their own current: ours are found by keys of our own.
        self._call_key = context.create_key("neon_async-call")
        self._request_key = context.create_key("neon_async-request")

    def on_operation(self, event: OperationEvent, /) -> AbstractContextManager[None]:
        """Start the span of a call, and make it the current one."""
        attributes = _about(event) | {"neon_async.effect": event.effect.value}
        kind = trace.SpanKind.CLIENT
        span = self._tracer.start_span(event.path, kind=kind, attributes=attributes)
        return _current(span, self._call_key)

    def on_result(self, event: ResultEvent, /) -> None:
        """Complete the span of a call, and record how long it took."""
        failure = _failure(event)
        span = _span(self._call_key)
        span.set_attribute("neon_async.attempts", event.attempts)
        span.set_attribute("neon_async.renewals", event.renewals)
        _conclude(span, failure)
        self._duration.record(event.seconds, _about(event) | failure)

    def on_request(self, event: RequestEvent, /) -> AbstractContextManager[None]:
        """Start the span of a request, and make it the current one."""
        about = _about(event)
        self._active.add(1, about)
        attributes = about | {"neon_async.attempt": event.attempt}
        span = self._tracer.start_span(f"attempt {event.path}", attributes=attributes)
        return _current(span, self._request_key)

    def on_reply(self, event: ReplyEvent, /) -> None:
        """Complete the span of a request."""
        self._active.add(-1, _about(event))
        span = _span(self._request_key)
        span.set_attribute("neon_async.reply.size", event.size)
        if event.status is not None:
            span.set_attribute("http.response.status_code", event.status)
        _conclude(span, _failure(event))

    def on_retry(self, event: RetryEvent, /) -> None:
        """Count a repetition or a renewal."""
        counter = self._renewals if event.renewal else self._retries
        counter.add(1, _about(event) | _failure(event))

    def on_page(self, event: PageEvent, /) -> None:
        """Count a page and its records, and note them in the span of the call."""
        about = _about(event)
        self._pages.add(1, about)
        self._records.add(event.records, about)
        span = _span(self._call_key)
        span.set_attribute("neon_async.page.records", event.records)
        for name, number in (("number", event.number), ("pages", event.pages)):
            if number is not None:
                span.set_attribute(f"neon_async.page.{name}", number)


def _version() -> str:
    try:
        return importlib.metadata.version("neon-async")
    except importlib.metadata.PackageNotFoundError:
        return ""  # a copy inside an application that was frozen or vendored


@contextmanager
def _current(span: trace.Span, key: str) -> Generator[None, None, None]:
    here = context.set_value(key, span, trace.set_span_in_context(span))
    token = context.attach(here)
    yield
    context.detach(token)
    span.end()


def _span(key: str) -> trace.Span:
    span = context.get_value(key)
    return span if isinstance(span, trace.Span) else trace.INVALID_SPAN


def _about(event: Event) -> Attributes:
    return {"rpc.system.name": _SYSTEM, "rpc.method": event.path}


def _failure(event: Ended) -> Attributes:
    attributes: Attributes = {}
    if event.error is not None:
        attributes["error.type"] = event.error
    if event.code is not None:
        attributes["rpc.response.status_code"] = str(event.code)
    return attributes


def _conclude(span: trace.Span, failure: Attributes) -> None:
    span.set_attributes(failure)
    # A cancelled call did not fail, and OpenTelemetry sets no status without an error (semantic
    # conventions, Recording errors).
    if failure.get("error.type", "Cancelled") != "Cancelled":
        span.set_status(trace.StatusCode.ERROR)
