"""Faults that a test scripts for the next requests, and the thread quota."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from itertools import groupby

import attrs

HTML = "text/html; charset=utf-8"
OCTETS = "application/json"
"""What a faulty body is declared to be."""


@attrs.frozen
class Fault:
    """What happens to a request instead of, or before, its answer."""

    method: str | None = None
    delay: float = 0.0
    status: int | None = None
    code: int | None = None
    message: str | None = attrs.field(default=None, repr=False)
    drop: bool = False
    body: bytes | None = attrs.field(default=None, repr=False)
    content_type: str = OCTETS
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    processed: bool = False

    @property
    def answers(self) -> bool:
        """Whether the request is answered by the fault, and not only delayed."""
        return self.drop or any(part is not None for part in (self.status, self.code, self.body))


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
        with self._lock:
            for fault in self._script:
                if fault.method in {None, method}:
                    self._script.remove(fault)
                    return fault
        return None

    def pending(self) -> list[tuple[Fault, int]]:
        """Return the pending faults in order, equal neighbours counted together."""
        with self._lock:
            return [(fault, len(list(same))) for fault, same in groupby(self._script)]

    def clear(self) -> None:
        with self._lock:
            self._script.clear()


@attrs.define
class Quota:
    """How many requests may be worked on at once, or None for any number."""

    limit: int | None
    active: int = 0

    def enter(self) -> bool:
        """Count a request in, unless the quota is used up."""
        # v1's quota is on server threads at once, and not on requests in a period.
        if self.limit is not None and self.active >= self.limit:
            return False
        self.active += 1
        return True

    def leave(self) -> None:
        """Count a request out."""
        self.active -= 1
