"""Faults that a test scripts for the next requests, the thread quota, and the request log."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from ._wire import Pairs

LOG_LENGTH = 10_000
"""Requests that the log keeps; the oldest go first."""

_MASK = "***"
_SECRETS = ("login.apiKey", "login.password", "userSessionId")


@attrs.frozen
class LoggedRequest:
    """A request as it arrived.

    Attributes:
        method: the API method, such as `"syncAccounts"`.
        params: names and values in order; API keys, session ids and passwords are masked.
        http_method: `"GET"` or `"POST"`.
    """

    method: str
    params: tuple[tuple[str, str], ...]
    http_method: str


def logged(method: str, pairs: Pairs, http_method: str) -> LoggedRequest:
    """Return the entry of the log for a request."""
    params = tuple((name, _MASK if name.endswith(_SECRETS) else value) for name, value in pairs)
    return LoggedRequest(method, params, http_method)


@attrs.frozen
class Fault:
    """What happens to a request instead of, or before, its answer."""

    method: str | None
    delay: float
    status: int | None
    code: int | None
    message: str | None
    drop: bool
    body: bytes | None
    content_type: str
    headers: Mapping[str, str]
    processed: bool

    @property
    def answers(self) -> bool:
        """Whether the request is answered by the fault; a mere delay lets it through."""
        return self.drop or any(given is not None for given in (self.status, self.code, self.body))


@attrs.define
class Faults:
    """The faults that are still to come."""

    _script: deque[Fault] = attrs.field(factory=deque[Fault])
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def add(self, fault: Fault, times: int) -> None:
        """Put a fault at the end of the script."""
        with self._lock:
            self._script.extend([fault] * times)

    def take(self, method: str) -> Fault | None:
        """Remove and return the first fault for a method."""
        with self._lock:
            for fault in self._script:
                if fault.method in {None, method}:
                    self._script.remove(fault)
                    return fault
        return None

    def clear(self) -> None:
        """Forget the script."""
        with self._lock:
            self._script.clear()


@attrs.define
class Quota:
    """How many requests may be worked on at once; None is any number."""

    limit: int | None
    active: int = 0

    def enter(self) -> bool:
        """Count a request in, unless the quota is used up."""
        if self.limit is not None and self.active >= self.limit:
            return False
        self.active += 1
        return True

    def leave(self) -> None:
        """Count a request out."""
        self.active -= 1
