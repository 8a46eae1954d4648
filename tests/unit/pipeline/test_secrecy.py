"""The boundary guard: what leaves it, and what it leaves alone."""

from __future__ import annotations

import inspect
import pickle
import sys
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import anyio
import attrs
import pytest

from neon_async import AccountEdit, AsyncClient, Batch, ChangeFeed, Paginator
from neon_async._changes.events import Batches
from neon_async._paging.iteration import PageIterator, RecordIterator
from neon_async._paging.lookahead import Lookahead
from neon_async._pipeline.secrecy import guarded, redact
from neon_async.errors import ProtocolError
from neon_async.fastapi._streaming import _Streamed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from types import TracebackType

T = TypeVar("T")

SECRET = "canary-secret"


def module(name: str | None, source: str, **names: Any) -> Any:
    """Run source as if it were a file of some module, and return its function `run`."""
    file = f"/site-packages/{(name or 'made').replace('.', '/')}.py"
    scope = {"__name__": name, **names}
    exec(compile(source, file, "exec"), scope)  # noqa: S102
    return scope["run"]


RAISING = f"def run(error): secret = {SECRET!r}; raise error"
CALLING = f"def run(function, *args): secret = {SECRET!r}; return function(*args)"
CATCHING = f"""
def run(raising, error, leave):
    secret = {SECRET!r}
    try:
        raising(error)
    except BaseException as caught:
        leave(caught)
"""

raise_ours = module("neon_async._wire.form", RAISING)
raise_engine = module("httpcore._async.http11", RAISING)
raise_library = module("copy", RAISING)
call_ours = module("neon_async._pipeline.call", CALLING)
call_engine = module("anyio._core._tasks", CALLING)
catch_ours = module("neon_async._pipeline.call", CATCHING)


def raise_mine(error: BaseException) -> NoReturn:
    """Raise, as a callback of the caller does."""
    raise error


call = guarded(call_ours)


async def awaited(function: Callable[..., object], *args: object) -> object:
    return call_ours(function, *args)


guarded_await = guarded(awaited)


def left(function: Callable[..., object], *args: object) -> BaseException:
    """Return the error that leaves a guard."""
    return caught(call, function, *args)


def caught(function: Callable[..., object], *args: object) -> BaseException:
    try:
        function(*args)
    except BaseException as error:  # noqa: BLE001
        return error
    raise AssertionError


def functions(trace: TracebackType | None) -> list[str]:
    return [frame.f_code.co_name for frame, _ in traceback.walk_tb(trace)]


def outside(error: BaseException) -> bool:
    """Whether all entries are those of this file."""
    entries = traceback.extract_tb(error.__traceback__)
    return {__file__} == {entry.filename for entry in entries}


def methods(cls: type) -> dict[str, Any]:
    """Return the methods that users call by name, and those that make, enter, leave and step."""
    called = {"__init__", "__aenter__", "__aexit__", "__anext__", "__call__"}
    return {
        name: method
        for name, method in inspect.getmembers(cls, inspect.isfunction)
        if name in called or not name.startswith("_")
    }


def is_guarded(function: Any) -> bool:
    return str(function.__code__.co_filename) == guarded.__code__.co_filename


def test_every_method_of_the_client_is_guarded() -> None:
    """Who adds a method to the client guards it."""
    assert [] == [name for name, one in methods(AsyncClient).items() if not is_guarded(one)]


@pytest.mark.parametrize(
    "cls", [Paginator, Lookahead, PageIterator, ChangeFeed, Batches, Batch, AccountEdit, _Streamed]
)
def test_every_step_is_guarded(cls: type) -> None:
    """So is what is awaited elsewhere, but for what ends an iteration and for other spellings."""
    steps = {name for name, one in methods(cls).items() if inspect.iscoroutinefunction(one)}
    unguarded = {name for name in steps if not is_guarded(getattr(cls, name))}

    assert unguarded <= {"aclose", "asend", "athrow", "listen_for_disconnect", "stream_response"}
    assert steps > unguarded


def test_step_of_records_is_guarded_by_the_page() -> None:
    """A guard for each record would cost more than the record's own step."""
    assert is_guarded(RecordIterator._next_page)


def test_error_of_ours_leaves_without_our_frames() -> None:
    """The caller's frames lead to the call, and nothing shows what was in it."""
    error = left(raise_ours, ProtocolError("cut off"))

    assert ["caught"] == functions(error.__traceback__)
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert SECRET not in "".join(shown.format())


def test_places_are_noted() -> None:
    """A bug report says where in the package the error came from."""
    error = left(call_ours, raise_ours, ProtocolError())

    assert [
        "neon_async: _pipeline/call.py:1 run ← _pipeline/call.py:1 run ← _wire/form.py:1 run"
    ] == error.__notes__


def test_innermost_place_in_a_library_is_noted() -> None:
    """Of the engine it is the last place that says something."""
    error = left(call_engine, raise_engine, ValueError())

    assert [
        "neon_async: _pipeline/call.py:1 run ← httpcore/_async/http11.py:1 run"
    ] == error.__notes__


def test_place_in_a_library_has_its_name() -> None:
    """Whatever the library is called, its name leads its place."""
    raise_trio = module("trio._core._run", RAISING)

    error = left(call_ours, raise_trio, ValueError())

    assert error.__notes__[0].endswith(" ← trio/_core/_run.py:1 run")


def test_nested_guards_note_one_path() -> None:
    """What an inner guard has noted becomes the end of the outer one's note."""
    error = ProtocolError()
    error.add_note("from the caller")
    left(call, raise_ours, error)

    path = "neon_async: _pipeline/call.py:1 run ← _pipeline/call.py:1 run ← _wire/form.py:1 run"
    assert ["from the caller", path] == error.__notes__


def test_path_has_an_end() -> None:
    """An error that is raised again and again keeps the innermost places."""
    error = ProtocolError()
    for _ in range(30):
        left(raise_ours, error)

    (note,) = error.__notes__
    assert 20 == note.count("run")
    assert note.endswith("_pipeline/call.py:1 run ← _wire/form.py:1 run")


def test_copies_share_no_note() -> None:
    """Another error that was given the same list keeps it as it was."""
    error = ProtocolError()
    notes = error.__notes__ = ["first"]
    left(raise_ours, error)

    assert ["first"] == notes


def test_note_survives_pickling() -> None:
    """A worker process tells the path as well."""
    error = left(raise_ours, ProtocolError("cut off", operation="syncAccounts"))

    assert error.__notes__ == pickle.loads(pickle.dumps(error)).__notes__  # noqa: S301


def test_code_without_a_module_has_a_place_too() -> None:
    """Generated code may have no module name."""
    error = left(module(None, RAISING), ValueError())

    assert ["caught"] == functions(error.__traceback__)
    assert ["neon_async: _pipeline/call.py:1 run ← made.py:1 run"] == error.__notes__


async def test_coroutine_functions() -> None:
    """A guarded coroutine function is one, and behaves as a guarded function does."""
    with pytest.raises(ProtocolError) as info:
        await guarded_await(raise_ours, ProtocolError())

    assert inspect.iscoroutinefunction(guarded_await)
    assert inspect.signature(awaited) == inspect.signature(guarded_await)
    assert "awaited" == guarded_await.__name__
    assert outside(info.value)


async def test_results_come_out() -> None:
    """A guard returns what it was given."""
    assert 3 == call(max, 3, 2)
    assert 3 == await guarded_await(max, 3, 2)


async def test_wrong_arguments() -> None:
    """A call that does not fit the signature leads to the caller's line."""
    for function in (guarded(raise_mine), guarded_await):
        wrong: Any = function
        with pytest.raises(TypeError) as info:
            await wrong(unexpected=SECRET)
        assert outside(info.value)


def test_generators_are_refused() -> None:
    """A guard around a generator function would guard nothing."""

    def items() -> Iterator[int]:
        yield 1

    async def pages() -> AsyncIterator[int]:
        yield 1

    for function in (items, pages):
        with pytest.raises(TypeError, match="guard the steps of an iterator"):
            guarded(function)


def test_callers_entries_stay_the_same_objects() -> None:
    """An error of a callback shows the callback, and its entries are not made again."""
    error = ValueError("mine")
    entry = caught(raise_mine, error).__traceback__
    assert entry is not None

    left(call_engine, raise_mine, error)

    assert ["caught", "raise_mine", "caught", "raise_mine"] == functions(error.__traceback__)
    assert [entry, entry.tb_next] == list(_entries(error.__traceback__))[2:]


def _entries(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace is not None:
        yield trace
        trace = trace.tb_next


def test_order_of_entries_stays() -> None:
    """Entries of the caller between those of the package keep their order and their lines."""

    def outer(error: BaseException) -> None:
        call_ours(inner, error)

    def inner(error: BaseException) -> None:
        raise_engine(error)

    error = left(outer, ValueError())

    assert ["caught", "outer", "inner"] == functions(error.__traceback__)
    assert [outer.__code__.co_firstlineno + 1, inner.__code__.co_firstlineno + 1] == [
        entry.tb_lineno for entry in _entries(error.__traceback__)
    ][1:]


def test_libraries_belong_to_their_caller() -> None:
    """A library that the package called is left out, one that a callback called is shown."""

    def callback(error: BaseException) -> None:
        raise_library(error)

    assert ["caught"] == functions(left(raise_library, ValueError()).__traceback__)
    shown = functions(left(callback, ValueError()).__traceback__)
    assert ["caught", "callback", "run"] == shown


@pytest.mark.parametrize("cause", [True, False], ids=["cause", "context"])
def test_what_led_to_an_error_of_ours_is_gone(cause: bool) -> None:  # noqa: FBT001
    """The engine's errors carry the request."""

    def leave(inner: BaseException) -> NoReturn:
        if cause:
            raise ProtocolError from inner
        raise ProtocolError

    error = left(catch_ours, raise_engine, OSError(SECRET), leave)

    assert (None, None) == (error.__context__, error.__cause__)


@pytest.mark.parametrize("kind", [ProtocolError, ValueError])
@pytest.mark.parametrize("nested", [0, 1])
def test_what_the_caller_was_handling_stays(kind: type[Exception], nested: int) -> None:
    """It stays the context, shown as any other, and nothing about it is changed."""
    handled = LookupError("mine")

    def leave(inner: BaseException) -> NoReturn:
        raise kind from inner

    def handle() -> BaseException:
        try:
            raise_mine(handled)
        except LookupError:
            function = [catch_ours, guarded(catch_ours)][nested]
            return left(function, raise_engine, OSError(SECRET), leave)

    error = handle()

    assert handled is error.__context__
    assert (None, False) == (error.__cause__, error.__suppress_context__)
    assert ("mine",) == handled.args
    assert ["handle", "raise_mine"] == functions(handled.__traceback__)
    assert (None, None) == (handled.__context__, handled.__cause__)


def test_context_that_does_not_lead_to_what_was_handled() -> None:
    """An error that was made before, in another task for instance, gets no context."""
    handled = LookupError()
    error = ProtocolError()
    error.__context__ = OSError()

    redact(error, handled)

    assert error.__context__ is None


def test_circles_of_contexts_end() -> None:
    """Links may form a circle: whoever sets them by hand can do that."""
    first, second = caught(raise_engine, OSError()), caught(raise_engine, OSError())
    for link in (first, second):
        link.__traceback__ = link.__traceback__ and link.__traceback__.tb_next
    first.__context__, second.__context__ = second, first
    ours, other = ProtocolError(), ValueError()
    ours.__context__ = other.__context__ = first

    redact(ours, LookupError())
    redact(other, LookupError())

    assert [None, None] == [error.__context__ for error in (ours, other)]


def test_links_of_the_package_are_spliced_out() -> None:
    """A cancellation that met an error of the engine leads past it to the caller's error."""
    mine = LookupError("mine")

    def leave(inner: BaseException) -> NoReturn:
        assert inner.__context__ is None
        inner.__context__ = mine
        raise KeyboardInterrupt

    caught(raise_mine, mine)
    error = left(catch_ours, raise_engine, OSError(SECRET), leave)

    assert mine is error.__context__
    assert ["caught", "raise_mine"] == functions(mine.__traceback__)


@pytest.mark.parametrize("raised", [True, False])
def test_links_of_the_caller_stay(raised: bool) -> None:  # noqa: FBT001
    """`raise X from Y` in a callback is the caller's, whether Y was ever raised or not."""
    cause = caught(raise_mine, LookupError()) if raised else LookupError()

    def callback() -> NoReturn:
        raise ValueError from cause

    error = left(callback)

    assert cause is error.__cause__
    assert error.__suppress_context__


def test_suppressed_context_stays_suppressed() -> None:
    """`from None` in a callback means what it says."""

    def callback() -> NoReturn:
        raise ValueError from None

    assert left(callback).__suppress_context__


def test_groups() -> None:
    """Members are redacted one by one, in groups within groups too, and so is the group."""
    ours, mine, other = ProtocolError(), ValueError(), KeyboardInterrupt()
    for error in (ours, other):
        caught(call_ours, raise_engine, error)
    caught(call_ours, raise_mine, mine)
    ours.__context__ = OSError()
    group = BaseExceptionGroup("several", [ours, BaseExceptionGroup("inner", [mine, other])])

    assert group is left(raise_ours, group)

    assert ["caught"] == functions(group.__traceback__)
    assert ["caught"] == functions(ours.__traceback__)
    assert ["caught", "raise_mine"] == functions(mine.__traceback__)
    assert ["caught"] == functions(other.__traceback__)
    assert [None] == [error.__context__ for error in group.exceptions[:1]]
    assert [
        "neon_async: _pipeline/call.py:1 run ← httpcore/_async/http11.py:1 run"
    ] == ours.__notes__


@attrs.frozen
class FrozenAttrs(Exception):  # noqa: N818
    """Can't be changed."""

    text: str = ""


@dataclass(frozen=True)
class FrozenDataclass(Exception):  # noqa: N818
    """Can't be changed."""

    text: str = ""


@pytest.mark.parametrize("kind", [FrozenAttrs, FrozenDataclass])
def test_frozen_errors(kind: type[Exception]) -> None:
    """An error that refuses to be changed is redacted all the same."""

    def leave(_: BaseException) -> NoReturn:
        raise_engine(kind())
        raise AssertionError

    error = left(catch_ours, raise_engine, OSError(), leave)

    assert kind is type(error)
    assert error.__context__ is None
    assert ["caught", "leave"] == functions(error.__traceback__)
    (note,) = error.__notes__
    inner = "_pipeline/call.py:7 run ← httpcore/_async/http11.py:1 run"
    assert f"neon_async: _pipeline/call.py:1 run ← {inner}" == note


def test_long_tracebacks_are_cut() -> None:
    """The last 200 entries are enough."""

    def deeper(depth: int) -> None:
        if depth == 0:
            raise ValueError
        deeper(depth - 1)

    error = left(deeper, 300)

    assert ["caught", *["deeper"] * 200] == functions(error.__traceback__)


class Nameless(str):
    """A module's name with which nothing can be done."""

    __slots__ = ()

    def partition(self, _separator: str, /) -> tuple[str, str, str]:
        raise RuntimeError(SECRET)


def test_failure_of_the_guard() -> None:
    """Where an error can't be redacted, it leaves without any traceback, and as itself."""
    error = left(module(Nameless("odd"), RAISING), ValueError("mine"))

    assert ["caught"] == functions(error.__traceback__)
    assert ("mine",) == error.args
    assert (None, None) == (error.__context__, error.__cause__)


async def test_end_of_an_iteration() -> None:
    """StopAsyncIteration gets no note, but its frames hold the last page as those of others do."""

    class Steps:
        def __aiter__(self) -> Steps:
            return self

        @guarded
        async def __anext__(self) -> int:
            number: int = raise_ours(StopAsyncIteration())
            return number

    assert [] == [item async for item in Steps()]
    with pytest.raises(StopAsyncIteration) as info:
        await anext(aiter(Steps()))
    assert not hasattr(info.value, "__notes__")
    assert outside(info.value)


async def test_suspended_coroutines_go_on() -> None:
    """The caller's coroutine whose frame is on a cancellation's chain is only suspended."""
    reached: list[str] = []

    waiting = guarded(anyio.sleep_forever)

    async def caller() -> None:
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(waiting)
                await anyio.wait_all_tasks_blocked()
                raise LookupError("mine")
        finally:
            await anyio.lowlevel.checkpoint()
            reached.append("end")

    with pytest.raises(ExceptionGroup) as info:
        await caller()

    assert ["end"] == reached
    assert ["mine"] == [str(error) for error in info.value.exceptions]


def test_arguments_are_not_kept() -> None:
    """While a call waits, the guard's own frame holds no argument."""

    async def held(_: object) -> list[str]:
        frame: Any = sys._getframe(1)
        return sorted(frame.f_locals)

    coroutine = guarded(held)(SECRET)
    with pytest.raises(StopIteration) as info:
        coroutine.send(None)

    assert ["function", "handled", "running"] == info.value.value
