"""The boundary guard: errors leave the package without the frames that hold secrets.

A traceback that is printed with local variables (rich, Sentry, loguru, structlog) shows what the
frames on it hold: credentials, session ids, donors' data. So every public step is guarded:

    @guarded
    async def __anext__(self) -> Page: ...

Guard what users call or await: coroutine methods, constructors, `__aenter__` and `__aexit__`,
the steps of iterators (pages, not items), blocking calls, streaming responses. Put `@guarded`
next to the function, below `@property`, `@classmethod` and `@abstractmethod`. Generators cannot
be guarded as such: write an iterator class and guard its step. Private functions need no guard,
guards may be nested, and code behind a guard need not care what its frames hold.

An error that leaves by a guard gets another traceback, without the entries of this package and of
the engine below it. Frames themselves are never cleared: on CPython 3.11 and 3.12 that would close
coroutines that are only suspended, such as the caller's own. The places that were left out are
named in a note, so that a bug report carries them. Of what led to a `NeonError` only the error
stays that the caller was handling. No other exception is changed.

What logs or stores an error below a guard, with its traceback, calls `redact` first.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from neon_async.errors import NeonError

if TYPE_CHECKING:
    from types import FrameType

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

_PACKAGE: Final = __name__.partition(".")[0]
# Never shown, whatever called it: `send_all(data)` holds the request.
_INSIDE: Final = frozenset(
    {_PACKAGE, "aiohttp", "anyio", "asyncio", "contextlib", "h11", "h2", "httpcore", "httpx"}
    | {"httpcore2", "httpx2", "httpx_aiohttp", "outcome", "sniffio", "ssl", "trio", "uvloop"}
)
# Not shown where one of those called it: `copy.deepcopy(record)` holds a record.
_LIBRARIES: Final = sys.stdlib_module_names | {
    *{"attr", "attrs", "cattr", "cattrs", "fastapi", "opentelemetry", "orjson", "pydantic"},
    *{"starlette", "uvicorn"},
}
_MOST_ENTRIES = 200
_MOST_PLACES = 20
_LABEL = f"{_PACKAGE}: "
_ARROW = " ← "


def guarded(function: FunctionT) -> FunctionT:
    """Let errors out of a function, or of a coroutine function, without secrets.

    Raises:
        TypeError: it is a generator function, whose body runs after the call.
    """
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError("guard the steps of an iterator: a generator function only makes one")
    guard = _guarded_coroutine if inspect.iscoroutinefunction(function) else _guarded_call
    return cast("FunctionT", guard(function))


def _guarded_coroutine(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def guard(*args: Any, **kwargs: Any) -> object:
        handled = sys.exception()
        try:
            running = function(*args, **kwargs)
            # For memory, and for reports on live frames: the call itself knows what it still needs.
            del args, kwargs
            return await running
        except BaseException as error:
            redact(error, handled)
            raise

    return guard


def _guarded_call(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def guard(*args: Any, **kwargs: Any) -> object:
        handled = sys.exception()
        try:
            return function(*args, **kwargs)
        except BaseException as error:
            redact(error, handled)
            raise

    return guard


def redact(error: BaseException, handled: BaseException | None = None) -> None:
    """Take from an error, and from the members of a group, the frames that may hold secrets.

    Args:
        error: the error; raise it bare afterwards, or log it.
        handled: what the caller was handling when it called: the only context that stays.
    """
    for member in _members(error):
        try:
            _redact(member, handled)
        except Exception:  # noqa: BLE001 - whatever it is, the error that leaves is another
            _set(member, "__traceback__", None)
            _set(member, "__context__", None)
            _set(member, "__cause__", None)


def without_frames(error: NeonError) -> NeonError:
    """Return a copy of an error that has no traceback, cause or context.

    `copy.copy` copies those too once tblib is imported, as it is by Dask.
    """
    make, arguments, *_ = cast("tuple[Any, ...]", error.__reduce__())
    copied: NeonError = make(*arguments)
    copied.__dict__.update(error.__dict__)
    return copied


def _members(error: BaseException) -> Iterator[BaseException]:
    """Go through an error and, where it is a group, all errors in it."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for member in cast("BaseExceptionGroup[BaseException]", error).exceptions:
            yield from _members(member)


def _redact(error: BaseException, handled: BaseException | None) -> None:
    if isinstance(error, NeonError):
        _set(error, "__context__", handled if _leads_to(error, handled) else None)
        _set(error, "__cause__", None)
        _set(error, "__suppress_context__", value=False)
    else:
        _splice(error, handled)
    shown, left_out = _divided(error.__traceback__)
    if left_out and not isinstance(error, (StopIteration, StopAsyncIteration)):
        _add_path(error, left_out)
    _set(error, "__traceback__", _traceback(shown))


def _set(error: BaseException, name: str, value: object) -> None:
    """Set an attribute also where the class is frozen, as those of attrs and dataclasses may be."""
    object.__setattr__(error, name, value)


def _leads_to(error: BaseException, handled: BaseException | None) -> bool:
    return handled is not None and any(link is handled for link in _contexts(error.__context__))


def _contexts(link: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        yield link
        seen.add(id(link))
        link = link.__context__


def _splice(error: BaseException, handled: BaseException | None) -> None:
    """Take out the links right behind an error that were raised and caught in the package."""
    cause = error.__cause__
    suppressed = error.__suppress_context__
    if cause is not None and cause is not handled and _was_caught_inside(cause):
        _set(error, "__cause__", None)
        suppressed = False
    stays = next(
        (
            link
            for link in _contexts(error.__context__)
            if link is handled or not _was_caught_inside(link)
        ),
        None,
    )
    _set(error, "__context__", stays)
    _set(error, "__suppress_context__", suppressed)


def _was_caught_inside(link: BaseException) -> bool:
    """Tell by the outermost frame that an error ran through: that is where it was caught."""
    trace = link.__traceback__
    return trace is not None and _module(trace.tb_frame) in _INSIDE


def _module(frame: FrameType) -> str:
    """Return the name of the top-level package, or nothing for code that has none."""
    name: str = frame.f_globals.get("__name__") or ""
    return name.partition(".")[0]


def _divided(trace: TracebackType | None) -> tuple[list[TracebackType], list[TracebackType]]:
    """Return the entries that are shown, at most the last 200, and those that are left out."""
    shown: deque[TracebackType] = deque(maxlen=_MOST_ENTRIES)
    left_out: deque[TracebackType] = deque(maxlen=_MOST_ENTRIES)
    inside = True
    while trace is not None:
        module = _module(trace.tb_frame)
        belongs = not module or module in _LIBRARIES
        inside = module in _INSIDE or (inside and belongs)
        (left_out if inside else shown).append(trace)
        trace = trace.tb_next
    return [*shown], [*left_out]


def _traceback(entries: list[TracebackType]) -> TracebackType | None:
    following: TracebackType | None = None
    for entry in reversed(entries):
        if entry.tb_next is not following:
            following = TracebackType(following, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
        else:
            following = entry
    return following


def _add_path(error: BaseException, entries: list[TracebackType]) -> None:
    """Note where the error came from: this package's places, and the innermost if it is not one."""
    own = [entry for entry in entries if entry.tb_frame.f_globals is not globals()]
    last = own[-1:]
    places = [
        _place(entry) for entry in own if entry in last or _module(entry.tb_frame) == _PACKAGE
    ]
    notes: list[str] = list(getattr(error, "__notes__", ()))
    for index, note in enumerate(notes):
        if note.startswith(_LABEL):
            # An inner guard has noted the innermost places.
            places += note.removeprefix(_LABEL).split(_ARROW)
            del notes[index]
            break
    if places:
        text = _LABEL + _ARROW.join(places[-_MOST_PLACES:])
        _set(error, "__notes__", [*notes, text])


def _place(entry: TracebackType) -> str:
    code = entry.tb_frame.f_code
    top = _module(entry.tb_frame)
    file = code.co_filename.replace("\\", "/")
    if top and f"/{top}/" in file:
        inner = file.rpartition(f"/{top}/")[2]
        file = inner if top == _PACKAGE else f"{top}/{inner}"
    else:
        file = file.rpartition("/")[2]
    return f"{file}:{entry.tb_lineno} {code.co_name}"
