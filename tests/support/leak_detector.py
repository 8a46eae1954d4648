"""A leak detector for the whole suite: no test may make the SDK show what is secret.

This pytest plugin looks at everything that a test brings to light, and fails the test when a
secret is in it:

- `log`: records of all loggers, DEBUG included
- `error`: exceptions that `pytest.raises` caught, with their chains, and the local variables of
  the frames of the SDK and its HTTP library when they came out of a client
- `output`: stdout and stderr of the test, of what it captured, and of processes that it ran
- `warning`: warnings
- `span`: what tests of instrumented clients give to the fixture `leak_detector`

A `secret` is whatever the SDK logs in with or gets as a session id, and what a test gives to the
fixture `leak_detector`. Any `e-mail` address stands for donors' data. A test whose very subject is
to show one of them says so, and everything else stays watched:

    @pytest.mark.shows("e-mail", "output", reason="a pull's records are what was asked for")
"""

from __future__ import annotations

import inspect
import logging
import re
import subprocess
import traceback
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import pytest
from rich.pretty import traverse

from neon_async._pipeline.dispatcher import Dispatcher
from neon_async._wire import envelope
from neon_async._wire.form import Form
from neon_async.errors import NeonError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from types import FrameType

T = TypeVar("T")

WHAT = {"secret", "e-mail"}
WHERE = {"log", "error", "output", "warning", "span"}
_MARKER = "shows(what, where, reason): the test shows a `secret` or an `e-mail` there on purpose"

# Shorter ones, such as `key`, are words that may stand anywhere.
_SHORTEST = 8
_SECRET_NAMES = ("userSessionId", "login.apiKey", "login.orgid", "password")
_SESSION = re.compile(rb'"userSessionId"\s*:\s*"([^"\\]+)"')
# Without the part before the sign, which would be tried anew at each letter of a long text.
_EMAIL = re.compile(r"(?<=\w)@[\w-]+\.\w")
_ENOUGH = 1_000_000  # characters that are kept before they are searched

# Tracebacks that came through here have left a client, and must hold nothing.
_EXITS = re.compile(r"/neon_async/_((client|paging|changes|writing)/\w+|pipeline/dispatcher)\.py$")
_OURS = re.compile(r"/(neon_async(?!/emulator)|httpx|httpcore|h11|httpx_aiohttp|aiohttp)/")


@attrs.frozen
class Leak:
    """Something that was shown, and where."""

    what: str
    where: str
    excerpt: str

    def __str__(self) -> str:
        return f"{self.what} in {self.where}: …{self.excerpt}…"


@attrs.define(eq=False)
class LeakDetector:
    """What must not be shown, and what was shown since the test began."""

    secrets: set[str] = attrs.field(factory=set)
    leaks: list[Leak] = attrs.field(factory=list)
    _permanent: frozenset[str] | None = None
    _seen: dict[str, list[str]] = attrs.field(factory=dict)
    _size: int = 0

    def begin(self) -> None:
        """Forget what the test before showed, and the secrets that only it knew."""
        # Known before the first test, which may be none.
        if self._permanent is None:
            self._permanent = frozenset(self.secrets)
        self.secrets = set(self._permanent)
        self.leaks = []
        self._seen = {}
        self._size = 0

    def protect(self, *secrets: str) -> None:
        """Let these texts be secret until the end of the test."""
        self.secrets.update(secret for secret in secrets if len(secret) >= _SHORTEST)

    def look(self, where: str, text: str) -> None:
        """Look at something that is shown, at the latest when the test has ended."""
        self._seen.setdefault(where, []).append(text)
        self._size += len(text)
        if self._size > _ENOUGH:
            self.search()

    def search(self) -> list[Leak]:
        """Return what has leaked so far; each secret is told once."""
        for where, texts in self._seen.items():
            told = {(leak.what, leak.where) for leak in self.leaks}
            found = [*_leaks(where, "\n".join(texts), self.secrets)]
            self.leaks += [leak for leak in found if (leak.what, leak.where) not in told]
        self._seen = {}
        self._size = 0
        return self.leaks


def _leaks(where: str, text: str, secrets: set[str]) -> Iterator[Leak]:
    places = [(text.find(secret), "secret") for secret in secrets if secret in text]
    places += [(found.start(), "e-mail") for found in _EMAIL.finditer(text)]
    for start, what in places:
        yield Leak(what, where, text[max(0, start - 100) : start + 100])


def shown(error: BaseException) -> str:
    """Return what a report of an error prints, with the local variables that Rich would show."""
    errors = list(_chain(error))
    frames = [frame for one in errors for frame, _ in traceback.walk_tb(one.__traceback__)]
    left = any(_EXITS.search(_file(frame)) for frame in frames)
    said = ["".join(traceback.format_exception_only(error)), repr(error), repr(error.args)]
    said += [f"{type(one).__name__} {one}" for one in errors]
    said += [note for one in errors for note in getattr(one, "__notes__", [])]
    said += [_variables(frame) for frame in frames if left and _OURS.search(_file(frame))]
    return "\n".join(said)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, those in its group, and those that a report shows as its origin."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _chain(member)
        context = None if error.__suppress_context__ else error.__context__
        error = error.__cause__ or context


def _file(frame: FrameType) -> str:
    return frame.f_code.co_filename


def _variables(frame: FrameType) -> str:
    # As Rich's tracebacks show them, but only of the frames that are looked at: in a test of
    # errors, those of the test and of pytest would take most of the time.
    values = " ".join(
        f"{name}={traverse(value, max_length=100, max_string=10_000)}"
        for name, value in frame.f_locals.items()
        if not (name.startswith("__") or inspect.isfunction(value) or inspect.isclass(value))
    )
    return f"{_file(frame)}:{frame.f_lineno} {frame.f_code.co_name} {values}"


class _Handler(logging.Handler):
    """Shows every record to the leak detector, with all that formatters could print of it."""

    def __init__(self, leak_detector: LeakDetector) -> None:
        super().__init__(logging.DEBUG)
        self._leak_detector = leak_detector

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{record.name} {record.getMessage()} {record.__dict__}"
        if record.exc_info and record.exc_info[1]:
            text += shown(record.exc_info[1])
        self._leak_detector.look("log", text)


def _watch(leak_detector: LeakDetector, patch: pytest.MonkeyPatch) -> None:
    """Put the leak detector where secrets come in and where things come to light."""

    def before(owner: Any, name: str, notice: Callable[..., None]) -> None:
        original = getattr(owner, name)

        def call(*args: Any, **options: Any) -> Any:
            notice(*args, **options)
            return original(*args, **options)

        patch.setattr(owner, name, call)

    def after(owner: Any, name: str, where: str) -> None:
        original = getattr(owner, name)

        def call(*args: Any, **options: Any) -> Any:
            result = original(*args, **options)
            leak_detector.look(where, " ".join(map(_text, result)))
            return result

        patch.setattr(owner, name, call)

    def protect_pairs(pairs: list[tuple[str, str]]) -> None:
        leak_detector.protect(*(value for name, value in pairs if name.endswith(_SECRET_NAMES)))

    def protect_session(body: bytes, *_: object) -> None:
        leak_detector.protect(*(one.decode("utf-8", "replace") for one in _SESSION.findall(body)))

    def protect_credentials(*_: Any, credentials: Any, **_options: Any) -> None:
        leak_detector.protect(credentials.org_id, credentials.api_key)

    def look_at_error(_: Any, _type: Any, error: BaseException | None, _traceback: Any) -> None:
        if error is not None and _concerns_us(error):
            leak_detector.look("error", shown(error))

    before(Form, "encode", protect_pairs)
    before(envelope, "_decode", protect_session)
    before(Dispatcher, "__init__", protect_credentials)
    before(pytest.RaisesExc, "__exit__", look_at_error)
    after(pytest.CaptureFixture, "readouterr", "output")
    after(subprocess.Popen, "communicate", "output")


def _concerns_us(error: BaseException) -> bool:
    frames = traceback.walk_tb(error.__traceback__)
    files = {frame.f_code.co_filename for frame, _ in frames}
    return isinstance(error, NeonError) or any(map(_EXITS.search, files))


def _text(shown: Any) -> str:
    return shown.decode("utf-8", "replace") if isinstance(shown, bytes) else str(shown)


def allowed(item: pytest.Item) -> set[tuple[str, str]]:
    """Return what the test says that it shows, and where."""
    return {_purpose(*marker.args, **marker.kwargs) for marker in item.iter_markers("shows")}


def _purpose(what: str, where: str, *, reason: str) -> tuple[str, str]:
    if what not in WHAT or where not in WHERE or not reason.strip():
        raise pytest.UsageError(_MARKER)
    return what, where


_leak_detector = LeakDetector()
_patch = pytest.MonkeyPatch()
_handler = _Handler(_leak_detector)


@pytest.fixture
def leak_detector() -> LeakDetector:
    """Take further secrets, and further places to look at."""
    return _leak_detector


def pytest_configure(config: pytest.Config) -> None:
    """Look at everything from now on."""
    config.addinivalue_line("markers", _MARKER)
    _watch(_leak_detector, _patch)
    root = logging.getLogger()
    root.addHandler(_handler)
    config.add_cleanup(partial(root.setLevel, root.level))
    config.add_cleanup(partial(root.removeHandler, _handler))
    config.add_cleanup(_patch.undo)
    root.setLevel(logging.DEBUG)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let tests and reports see of the log what they would see without the leak detector."""
    plugin: Any = session.config.pluginmanager.get_plugin("logging-plugin")
    for handler in (plugin.caplog_handler, plugin.report_handler):
        handler.setLevel(logging.WARNING)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Refuse a marker that does not say what it is for."""
    allowed(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Fail the test when something has leaked at its end, its fixtures and warnings included."""
    _leak_detector.begin()
    result = yield
    fine = allowed(item)
    leaks = [leak for leak in _leak_detector.search() if (leak.what, leak.where) not in fine]
    if leaks:
        item.ihook.pytest_runtest_logreport(report=_report(item, leaks))
    return result


def _report(item: pytest.Item, leaks: list[Leak]) -> pytest.TestReport:
    return pytest.TestReport(
        item.nodeid,
        item.location,
        dict.fromkeys(item.keywords, 1),
        "failed",
        "\n".join(["The leak detector saw:", *map(str, leaks)]),
        "teardown",
    )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Look at what was captured."""
    if report.when == "teardown":
        _leak_detector.look("output", f"{report.capstdout}\n{report.capstderr}")


def pytest_warning_recorded(warning_message: Any) -> None:
    """Look at a warning."""
    _leak_detector.look("warning", str(warning_message.message))
