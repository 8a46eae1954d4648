"""The request log, in which no secret stands."""

from __future__ import annotations

import re
import time
from collections import deque
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import attrs

from neon_async.emulator._wire.messages import is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from neon_async.emulator._methods.table import ApiMethod
    from neon_async.emulator._state.sessions import OpenSessions
    from neon_async.emulator._wire.messages import Pairs, Value

LOG_LENGTH = 10_000
"""Requests that the log keeps; the oldest go first."""

MASK = "***"
_SECRET = re.compile(r"apikey|password|session_?id$|secret|token", re.IGNORECASE)
_SESSION_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


def _names(params: tuple[tuple[str, str], ...]) -> str:
    """Show of parameters which they are: the values are donors' data."""
    return f"<{', '.join(name for name, _ in params)}>"


@attrs.define
class LoggedRequest:
    """A request as it arrived, and what it was answered.

    The representation names the parameters; their values are what `params` is for.

    Attributes:
        method: the API method, such as `"syncAccounts"`.
        params: names and values in order; API keys, session ids and passwords are masked.
        http_method: `"GET"` or `"POST"`.
        number: counts all requests, from 1.
        at: when it arrived, by the emulator's clock.
        status: the HTTP status of the answer; None while there is none, or if the connection
            was cut.
        codes: the codes of a FAIL answer.
        seconds: how long it took; None while it is being worked on.
        unknown_params: names of parameters that the method does not have.
    """

    method: str
    params: tuple[tuple[str, str], ...] = attrs.field(repr=_names)
    http_method: str
    number: int = attrs.field(default=0, eq=False)
    at: datetime = attrs.field(factory=partial(datetime.now, UTC), eq=False)
    status: int | None = attrs.field(default=None, eq=False)
    codes: tuple[int, ...] = attrs.field(default=(), eq=False)
    seconds: float | None = attrs.field(default=None, eq=False)
    unknown_params: tuple[str, ...] = attrs.field(default=(), eq=False)
    _began: float = attrs.field(factory=time.perf_counter, eq=False, repr=False)

    def finish(self, status: int | None, codes: tuple[int, ...]) -> None:
        """Note the answer."""
        self.status = status
        self.codes = codes
        self.seconds = time.perf_counter() - self._began


@attrs.define
class Log:
    """The last requests.

    Attributes:
        entries: oldest first.
        version: grows whenever anything changes.
    """

    entries: deque[LoggedRequest] = attrs.field(
        factory=lambda: deque[LoggedRequest](maxlen=LOG_LENGTH)
    )
    total: int = 0
    version: int = 0

    def add(self, entry: LoggedRequest) -> None:
        self.total += 1
        self.version += 1
        entry.number = self.total
        self.entries.append(entry)

    def finish(self, entry: LoggedRequest, status: int | None, codes: tuple[int, ...]) -> None:
        self.version += 1
        entry.finish(status, codes)

    def latest(self, count: int) -> list[LoggedRequest]:
        """Return the last entries, newest first."""
        # Copied at once, since another thread may clear it.
        return list(self.entries)[: -count - 1 : -1]


def is_secret(name: str) -> bool:
    """Return whether a parameter or field holds a credential, to judge by its name."""
    return _SECRET.search(name) is not None


def logged(
    name: str, pairs: Pairs, http_method: str, *, sessions: OpenSessions, method: ApiMethod | None
) -> LoggedRequest:
    # Masked before it is stored: the console, `repr` and test reports show the log.
    params = tuple(_masked(pairs, sessions))
    unknown: Collection[str] = ()
    if method is not None and method.known:
        known = {parameter.name for parameter in method.parameters}
        unknown = {param for param, _ in params} - known
    return LoggedRequest(
        _without_secrets(name, sessions),
        params,
        http_method,
        unknown_params=tuple(sorted(unknown)),
    )


def _masked(pairs: Pairs, sessions: OpenSessions) -> Iterable[tuple[str, str]]:
    for name, value in pairs:
        shown = MASK if is_secret(name) else _without_secrets(value, sessions)
        yield _without_secrets(name, sessions), shown


def _without_secrets(text: str, sessions: OpenSessions) -> str:
    """Mask a credential that was sent under a wrong name."""
    # An empty key would be found between any two letters.
    text = text.replace(sessions.api_key, MASK) if sessions.api_key else text
    # Only known sessions: a text of 32 digits may be a test's own id.
    return _SESSION_ID.sub(lambda match: MASK if match[0] in sessions else match[0], text)


def without_passwords(value: Value) -> Value:
    """Return a JSON value with what its names call a secret masked."""
    if is_object(value):
        return dict(_fields_without_passwords(value))
    if is_list(value):
        return [without_passwords(item) for item in value]
    return value


def _fields_without_passwords(value: dict[str, Value]) -> Iterator[tuple[str, Value]]:
    for name, inside in value.items():
        yield name, MASK if is_secret(name) else without_passwords(inside)
