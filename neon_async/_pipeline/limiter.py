"""Adaptive limiter of the HTTP exchanges in flight."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary, WeakSet

import attrs

from neon_async._aio.lifetime import Lifetime
from neon_async.errors import (
    APIError,
    EventLoopError,
    HTTPStatusError,
    ServiceUnavailableError,
)

if TYPE_CHECKING:
    from anyio import CapacityLimiter
    from anyio.lowlevel import EventLoopToken


# v1's quota is on server threads at once; what a reply over the quota looks like is not documented.
_SLOW_DOWN: Final = frozenset({429, 503})


@attrs.define(eq=False)
class _UsageWindow:
    """The server's capacity as all clients of one limiter have measured it."""

    maximum: float
    total: float
    epoch: int = 0
    successes: int = 0
    users: WeakSet[Lifetime] = attrs.field(factory=WeakSet["Lifetime"])


# By limiter and not by client: clients that share a limiter share one quota on the server. What
# was learnt lives as long as the limiter, whose narrowed total must not pass for its maximum.
_windows: WeakKeyDictionary[CapacityLimiter, _UsageWindow] = WeakKeyDictionary()


def asks_to_slow_down(error: BaseException) -> bool:
    """Whether the server says that it has too much to do: status 429 or 503, or code 2."""
    if isinstance(error, (HTTPStatusError, APIError)) and error.status in _SLOW_DOWN:
        return True
    return isinstance(error, ServiceUnavailableError)


class AdaptiveLimiter:
    """A capacity limiter that narrows when the server asks to slow down, and widens again.

    The total halves, not below 1, and grows by 1 for every `total_tokens` answers, up to what it
    was at first: additive increase, multiplicative decrease, as in TCP. Like there, one window
    narrows once: refusals of exchanges that began before the last narrowing don't count again.
    """

    __slots__ = ("_limiter", "_window")

    def __init__(self, limiter: CapacityLimiter) -> None:
        """Adapt `limiter`, and share the measured capacity with others that adapt it."""
        total = limiter.total_tokens
        self._limiter = limiter
        self._window = _windows.setdefault(limiter, _UsageWindow(maximum=total, total=total))

    @property
    def total_tokens(self) -> float:
        """How many exchanges may be in flight now."""
        return self._limiter.total_tokens

    @property
    def borrowed_tokens(self) -> int:
        """How many exchanges are in flight."""
        return self._limiter.borrowed_tokens

    @property
    def maximum(self) -> float:
        """How many exchanges may be in flight when the server takes them all."""
        return self._current().maximum

    def claim(self, user: Lifetime, loop: EventLoopToken) -> None:
        """Note that a client is going to use the limiter in an event loop."""
        users = self._window.users
        if any(not other.closed and other.loop != loop for other in users):
            raise EventLoopError("a limiter can be shared only by clients of one event loop")
        users.add(user)

    def acquire_nowait(self, borrower: object) -> int:
        """Take a token without waiting, and return the epoch to pass on with the outcome.

        Raises:
            anyio.WouldBlock: none is free.
        """
        self._limiter.acquire_on_behalf_of_nowait(borrower)
        return self._window.epoch

    async def acquire(self, borrower: object) -> int:
        """Wait for a token, and return the epoch to pass on with the outcome."""
        await self._limiter.acquire_on_behalf_of(borrower)
        return self._window.epoch

    def release(self, borrower: object) -> None:
        """Give the token back."""
        self._limiter.release_on_behalf_of(borrower)

    def succeeded(self, epoch: int) -> None:
        """Count an answer, and add one token for as many answers as there are tokens."""
        window = self._current()
        # A reply to a request from before the narrowing says nothing about the smaller window.
        if window.total >= window.maximum or epoch != window.epoch:
            return
        window.successes += 1
        # As many successes as there are slots: about one round trip without trouble for one more.
        if window.successes >= window.total:
            self._resize(window, window.total + 1)

    def refused(self, epoch: int) -> None:
        """Halve the total, unless that has happened since the refused exchange began."""
        window = self._current()
        if epoch != window.epoch:
            return
        window.epoch += 1
        # A limiter without a bound is narrowed to half of the load that was too much.
        total = self.borrowed_tokens if math.isinf(window.total) else window.total
        self._resize(window, max(1, int(total) // 2))

    def _resize(self, window: _UsageWindow, total: float) -> None:
        window.successes = 0
        window.total = self._limiter.total_tokens = total

    def _current(self) -> _UsageWindow:
        """Return the window, a new one after its owner has resized the limiter."""
        window = self._window
        # The user has set another total, which counts as the new maximum.
        if window.total != self._limiter.total_tokens:
            window.maximum = window.total = self._limiter.total_tokens
        return window
