"""Every option of the public functions beside the client arrives where it counts.

The client's own are in `client/test_forwarding.py`, and those of the commands in
`integration/cli/test_options_arrive.py`.
"""

from __future__ import annotations

import contextlib
import inspect
import re
import sqlite3
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import httpx
import pytest
from opentelemetry import metrics, trace

from neon_async import (
    AsyncClient,
    NeonError,
    blocking,
    errors,
    fastapi,
    otel,
    soap,
    testing,
)
from neon_async import emulator as emulator_package
from neon_async.blocking._client import _call, _edit, _paginate, _stream, _view
from neon_async.emulator import Clock, Emulator, Organizations, Quirks, running, serve
from neon_async.emulator._server import serve as server
from neon_async.models import AccountsPage
from neon_async.warehouse import arrow, sqlite, tables
from neon_async.warehouse import dask as dask_doors
from tests.support.forwarding import ANYWHERE, PACKAGE, fresh, options_of, watching

if TYPE_CHECKING:
    from collections.abc import Iterator

TIME = datetime(2020, 1, 2, tzinfo=UTC)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@attrs.frozen
class Door:
    """A public function, what it is called with, and a value of its own for each option."""

    function: Callable[..., Any]
    call: Callable[..., object]
    values: dict[str, Any]
    behind: re.Pattern[str] = PACKAGE


class Refusal(BaseException):
    """Ends a call when enough was seen."""


class RefusingCluster:
    """A cluster's client that takes no task."""

    def submit(self, *_arguments: object, **_options: object) -> None:
        """Refuse."""
        raise Refusal

    def cancel(self, _futures: object) -> None:
        """Have nothing to cancel."""


def connect_organization(org_id: str) -> AsyncClient:
    """Make a client that reaches no server."""
    return AsyncClient(org_id, "fake-key")


def sync_all(**options: Any) -> None:
    """Begin to store changes on a cluster that takes no task."""
    cluster: dict[str, Any] = {"client": RefusingCluster()}
    given = cluster | options
    with contextlib.suppress(Refusal):
        dask_doors.sync_all(["fake-organization"], connect_organization, print, {}, **given)


class Nothing:
    """Pages without one, to be iterated over in either way."""

    def __aiter__(self) -> Nothing:
        """Return itself."""
        return self

    async def __anext__(self) -> AccountsPage:
        """End at once."""
        raise StopAsyncIteration

    def __iter__(self) -> Iterator[AccountsPage]:
        """Return no page."""
        return iter(())


def fail_next(**options: Any) -> None:
    """Describe a fault to an emulator; a message belongs to a code."""
    with Emulator(1, 1) as emulator:
        code: dict[str, Any] = {"code": 1} if "message" in options else {}
        emulator.fail_next(**code, **options)


def make_emulator(**options: Any) -> None:
    """Make a small emulator."""
    small: dict[str, Any] = {"accounts": 1, "activities": 1}
    Emulator(**(small | options)).close()


def console(emulator: Emulator | Organizations, **options: Any) -> None:
    """Set up the console of emulators."""
    emulator.with_console(**options)


def make_organizations(**options: Any) -> None:
    """Set up two organizations without activities."""
    for emulator in Organizations(2, accounts=1, activities=0, **options):
        emulator.close()


NAMES: dict[str, Any] = {"names": fresh("snake")}
TABLE: dict[str, Any] = {"table": tables.ADDRESSES, **NAMES}
PERSON = testing.make_individual()
CHANGES: list[Any] = []
ONE = Emulator(1, 1)
PROVIDERS: dict[str, Any] = {
    "tracer_provider": trace.NoOpTracerProvider(),
    "meter_provider": metrics.NoOpMeterProvider(),
}

DOORS = [
    Door(
        fastapi.clients_by_org,
        lambda **options: fastapi.clients_by_org(
            lambda _: "fake-organization", connect_organization, **options
        ),
        {"idle": 901.5},
    ),
    Door(
        fastapi.webhook_router,
        lambda **options: fastapi.webhook_router(print, **({"secret": "fake"} | options)),  # type: ignore[arg-type]
        {
            "secret": fresh("fake-forwarded-secret"),
            "parameter": fresh("forwarded"),
            "basic": ("fake-user", "fake-password"),
            "path": fresh("/forwarded"),
        },
        ANYWHERE,
    ),
    Door(
        dask_doors.sync_all,
        sync_all,
        {
            "since": TIME,
            "records": fresh("activities"),
            "batch_size": 1_013,
            "client": RefusingCluster(),
        },
        ANYWHERE,
    ),
    Door(arrow.schema, lambda **options: arrow.schema(tables.MERGES, **options), NAMES),
    Door(
        arrow.record_batch,
        lambda **options: arrow.record_batch(tables.MERGES, [], **options),
        NAMES,
    ),
    Door(arrow.from_page, lambda **options: arrow.from_page(AccountsPage(), **options), NAMES),
    Door(
        arrow.from_changes,
        lambda **options: arrow.from_changes(tables.ACCOUNT_TABLES, CHANGES, **options),
        NAMES,
    ),
    Door(arrow.batches, lambda **options: arrow.batches(Nothing(), **options), TABLE),
    Door(
        arrow.blocking_batches,
        lambda **options: arrow.blocking_batches(Nothing(), **options),
        TABLE,
    ),
    Door(
        tables.RecordTables.id_column,
        tables.ACCOUNT_TABLES.id_column,
        NAMES,
    ),
    Door(
        tables.RecordTables.rows,
        lambda **options: tables.ACCOUNT_TABLES.rows(CHANGES, **options),
        NAMES,
    ),
    Door(
        tables.RecordTables.rows_of,
        lambda **options: tables.ACCOUNT_TABLES.rows_of(tables.net(CHANGES), **options),
        NAMES,
    ),
    Door(
        tables.Table.column_names,
        tables.ACCOUNTS.column_names,
        NAMES,
    ),
    Door(tables.Table.key, tables.ACCOUNTS.key, NAMES),
    Door(
        tables.Table.rows, lambda **options: list(tables.ACCOUNTS.rows([PERSON], **options)), NAMES
    ),
    Door(
        soap.SoapTransport.__init__,
        soap.SoapTransport,
        {
            "inner": httpx.MockTransport(lambda _: httpx.Response(200)),
            "proxy": fresh("http://proxy.example.org:1"),
            "ssl_context": ssl.create_default_context(),
        },
    ),
    Door(
        otel.OpenTelemetryHooks.__init__,
        otel.OpenTelemetryHooks,
        PROVIDERS,
        ANYWHERE,
    ),
    *(
        Door(make, lambda make=make, **options: make(options["emulator"]), {"emulator": ONE})
        for make in (testing.make_activity, testing.make_individual, testing.make_organization)
    ),
    Door(
        Emulator.__init__,
        make_emulator,
        {
            "accounts": 3,
            "activities": 4,
            "api_key": fresh("fake-key-forwarded"),
            "clock": Clock(TIME),
            "database": Path("forwarded.sqlite"),
            "latency": 0.375,
            "org_id": fresh("fake-organization-forwarded"),
            "page_size_limit": 179,
            "quirks": Quirks(unmodified=3),
            "seed": 1_021,
            "threads": 1_019,
        },
    ),
    Door(
        Emulator.fail_next,
        fail_next,
        {
            "body": bytes(bytearray(b"forwarded")),
            "code": 10_132,
            "delay": 0.625,
            "drop": True,
            "headers": {"X-Forwarded": "yes"},
            "html": fresh("<p>forwarded"),
            "message": fresh("forwarded"),
            "method": fresh("listGenders"),
            "processed": True,
            "status": 1_000 - 497,
            "times": 1_013,
        },
    ),
    Door(
        Emulator.with_console,
        lambda **options: console(ONE, **options),
        {"hosts": (fresh("forwarded.example.org"),)},
    ),
    Door(
        Organizations.with_console,
        lambda **options: console(Organizations(1, accounts=1), **options),
        {"hosts": (fresh("forwarded.example.org"),)},
    ),
    Door(Organizations.__init__, make_organizations, {"seed": 1_021}),
]

# Each has a test of its own, below or where its behaviour is described.
ELSEWHERE: list[Callable[..., Any]] = [
    Clock.__init__,
    Emulator.add_method,
    Emulator.remove_method,
    arrow.blocking_read,
    arrow.read,
    dask_doors.read_accounts,
    fastapi.lifespan,
    fastapi.stream_ndjson,
    running,
    serve,
    sqlite.SqliteCopy.__init__,
]
MODULES = [fastapi, tables, arrow, sqlite, dask_doors, soap, otel, testing, emulator_package]


def public_functions(module: Any) -> Iterator[Callable[..., Any]]:
    """Return the package's public functions, methods and constructors in a module."""
    for function in _functions(module):
        if function.__module__.startswith("neon_async"):
            yield function


def _functions(module: Any) -> Iterator[Callable[..., Any]]:
    for name in module.__all__:
        member = getattr(module, name)
        if inspect.isfunction(member):
            yield member
        elif inspect.isclass(member) and not issubclass(member, tuple):
            written = not hasattr(member, "__attrs_attrs__")
            for method_name, method in inspect.getmembers(member, inspect.isfunction):
                if not method_name.startswith("_") or (written and method_name == "__init__"):
                    yield method


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_function_with_options_is_covered(module: Any) -> None:
    """Who adds an option says here where it is to arrive."""
    covered = {door.function: {*door.values} for door in DOORS}
    missing = [
        (function.__qualname__, option)
        for function in public_functions(module)
        if function not in ELSEWHERE
        for option in options_of(function)
        if option not in covered.get(function, set())
    ]

    assert [] == missing


@pytest.mark.parametrize(
    ("door", "option"),
    [
        pytest.param(
            door, option, id=f"{door.function.__module__}.{door.function.__qualname__}({option}=)"
        )
        for door in DOORS
        for option in door.values
    ],
)
def test_options_arrive(
    door: Door, option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a function gets reaches what works behind it."""
    monkeypatch.chdir(tmp_path)
    value = door.values[option]

    with watching(door.function, door.behind, caller=door.call) as watch:
        door.call(**{option: value})

    # HTML goes out as bytes.
    assert watch.arrived(option, value) or ("body", b"<p>forwarded") in watch.named()


@pytest.mark.parametrize("option", TABLE)
def test_options_of_reading_a_table(option: str) -> None:
    """A table that is read as a whole has the columns and names that were asked for."""
    names: Any = TABLE["names"] if option == "names" else "v1"
    table = TABLE["table"] if option == "table" else tables.ACCOUNTS
    options = {option: TABLE[option]}

    async def read(emulator: Emulator) -> object:
        async with emulator.client() as neon:
            return (await arrow.read(neon.sync_accounts(time_from=EPOCH), **options)).schema

    with Emulator(1, 1) as emulator, blocking.client(emulator.client) as neon:
        blocked = arrow.blocking_read(neon.sync_accounts(time_from=EPOCH), **options).schema

    expected = arrow.schema(table, names)
    assert [expected, expected] == [blocked, anyio.run(read, ONE)]


def test_patience_of_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite waits for a lock for as long as the copy was made with."""
    patience: list[float] = []
    connect = sqlite3.connect

    def take(path: Path, *, timeout: float, **options: Any) -> sqlite3.Connection:
        patience.append(timeout)
        connection: sqlite3.Connection = connect(path, timeout=timeout, **options)
        return connection

    monkeypatch.setattr(sqlite3, "connect", take)
    with sqlite.SqliteCopy(tmp_path / "copy.db", tables.ACCOUNT_TABLES, timeout=29.125):
        pass

    assert {29.125} == {*patience}


@pytest.mark.parametrize(
    ("option", "value"),
    [("host", "127.0.0.7"), ("port", 8_117), ("console", False), ("on_ready", print)],
)
def test_options_of_a_served_emulator(
    option: str, value: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where and how an emulator is served reaches both kinds of servers."""
    arrived: list[dict[str, Any]] = []

    def take(
        _emulator: object, host: str, port: int, on_ready: object = None, *, console: bool | None
    ) -> contextlib.nullcontext[str]:
        arrived.append({"host": host, "port": port, "console": console, "on_ready": on_ready})
        return contextlib.nullcontext("http://127.0.0.7:8117")

    monkeypatch.setattr(server, "serve", take)
    monkeypatch.setattr(server, "running", take)
    options: dict[str, Any] = {option: value}
    serve(ONE, **options)
    if option != "on_ready":
        with running(ONE, **options):
            pass

    assert {value} == {given[option] for given in arrived}
    assert {*options_of(serve)} == {"host", "port", "console", "on_ready"}
    assert {*options_of(running)} == {"host", "port", "console"}


class RecordingThread:
    """Runs what a blocking object would run in the thread of its event loop, as a regular call."""

    def run(self, call: Callable[[], Any]) -> Any:
        """Call it."""
        return call()


class RecordingPaginator:
    """Notes what it is asked for, as a paginator, a feed and a client would be."""

    def __init__(self) -> None:
        """Begin without a note."""
        self.given: dict[str, Any] = {}

    def pages(self, *, on_progress: object = None) -> RecordingPaginator:
        """Note the options of an iteration over pages."""
        self.given = {"on_progress": on_progress}
        return self

    def collect(self, limit: int | None = None, *, on_progress: object = None) -> None:
        """Note the options of a list."""
        self.given = {"limit": limit, "on_progress": on_progress}

    def lookahead_pages(self, workers: int | None = None, *, on_progress: object = None) -> None:
        """Note the options of a look-ahead."""
        self.given = {"workers": workers, "on_progress": on_progress}

    def batches(self, size: int) -> RecordingPaginator:
        """Note the size of batches."""
        self.given = {"size": size}
        return self

    def any_method(self, *arguments: Any, **options: Any) -> RecordingPaginator:
        """Note all arguments."""
        self.given = {"arguments": arguments, **options}
        return self


BLOCKING: list[tuple[type[Any], str]] = [
    (blocking.BlockingPaginator, "pages"),
    (blocking.BlockingPaginator, "collect"),
    (blocking.BlockingPaginator, "lookahead"),
    (blocking.BlockingPaginator, "lookahead_pages"),
    (blocking.BlockingChangeFeed, "batches"),
]


@pytest.mark.parametrize(("cls", "method"), BLOCKING)
def test_options_of_blocking_iteration(cls: type[Any], method: str) -> None:
    """What an iteration in synchronous code gets is what the asynchronous one gets."""
    recorded = RecordingPaginator()
    blocked: Any = cls(RecordingThread(), recorded)
    options = {name: object() for name in options_of(getattr(cls, method))}

    getattr(blocked, method)(**options)

    assert options == recorded.given


@pytest.mark.parametrize("wrap", [_call, _paginate, _stream, _edit, _view])
def test_options_of_blocking_methods(wrap: Callable[..., Any]) -> None:
    """Each kind of method hands on all that it gets."""
    recorded: Any = RecordingPaginator()
    thread: Any = RecordingThread()
    neon = blocking.BlockingClient.of(recorded, thread)

    wrap(RecordingPaginator.any_method)(neon, 1, two=2, three=3)

    assert {"arguments": (1,), "two": 2, "three": 3} == recorded.given


@pytest.mark.parametrize("name", ["account_changes", "activity_changes"])
def test_options_of_a_blocking_feed(name: str) -> None:
    """A feed with a client of its own gets its beginning, checkpoint and all other options."""
    given: dict[str, Any] = {}

    class RecordingClient(AsyncClient):
        def account_changes(self, since: datetime, **options: Any) -> Any:
            given.update(since=since, **options)
            raise Refusal

        activity_changes = account_changes

    options: dict[str, Any] = {"checkpoint": "{}", "workers": 7, "lag": 61.25}
    with (
        pytest.raises(Refusal),
        getattr(blocking, name)(lambda: RecordingClient("fake", "fake"), EPOCH, **options),
    ):
        pass

    assert {"since": EPOCH, **options} == given


@pytest.mark.parametrize(
    "cls",
    [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")],
)
def test_options_of_errors(cls: type[NeonError]) -> None:
    """What an error is made with can be read from it under the same name."""
    options: dict[str, Any] = {name: f"fake {name}" for name in options_of(cls.__init__)}
    numbers = {
        "code": errors.ErrorCode(10_132),
        "status": 503,
        "proxy_status": 407,
        "retry_after": 1.5,
    }
    options |= {name: value for name, value in numbers.items() if name in options}
    lists = {
        "errors": (errors.ErrorDetail(10_132),),
        "differences": (object(),),
        "paths": ("fake",),
    }
    options |= {name: value for name, value in lists.items() if name in options}
    error = cls(**options)

    shown = {name: getattr(error, name, None) for name in options if name != "message"}
    assert shown == {name: value for name, value in options.items() if name != "message"}
    assert options.get("message", "") in str(error)
