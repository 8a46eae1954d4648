"""The lifetime of a client: one event loop, from its first use until it is closed."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

from anyio import CancelScope, get_cancelled_exc_class
from anyio.lowlevel import EventLoopToken, current_token

from neon_async.errors import ClientClosedError, DeadlineExceededError, EventLoopError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

_RULE = (
    "a client belongs to the event loop (and so to the thread) that used it first; "
    "make one per event loop, and close it there"
)


class Lifetime:
    """Where and how long something may be used.

    Attributes:
        loop: the event loop it is bound to, or None before its first use.
    """

    __slots__ = ("__weakref__", "_claim", "_waits", "closed", "loop")

    def __init__(self, claim: Callable[[Lifetime, EventLoopToken], None] | None = None) -> None:
        """Start open, and bound to no event loop yet.

        Args:
            claim: called before the first use with the event loop to be bound to; may refuse it.
        """
        self.loop: EventLoopToken | None = None
        self.closed: bool = False
        self._claim = claim
        self._waits: set[CancelScope] = set()

    def check(self) -> None:
        """Check that it may be used here, and bind it on first use.

        Raises:
            ClientClosedError: it was closed.
            EventLoopError: it belongs to another event loop.
        """
        if self.closed:
            raise closed_error()
        here = current_token()
        if self.loop is None:
            if self._claim is not None:
                self._claim(self, here)
            self.loop = here
        elif self.loop != here:
            raise EventLoopError(_RULE)

    def close(self) -> None:
        """Allow no further use, and end everything that waits.

        Raises:
            EventLoopError: it belongs to another event loop, where it has to be closed.
        """
        if self.closed:
            return
        if self.loop is not None and self.loop != current_token():
            raise EventLoopError(_RULE)
        self.closed = True
        for scope in self._waits:
            scope.cancel()

    @contextmanager
    def waiting(
        self, until: float = math.inf, timeout: DeadlineExceededError | None = None
    ) -> Generator[None]:
        """Bound the wait in the block.

        Args:
            until: when it has to end, by the event loop's clock.
            timeout: what to raise then, if it has to.

        Raises:
            DeadlineExceededError: `until` passed.
            ClientClosedError: the client was closed meanwhile.
        """
        scope = CancelScope(deadline=until)
        self._waits.add(scope)
        try:
            with scope:
                yield
        finally:
            self._waits.discard(scope)
        # Only a cancellation by this scope: another one passes through to whom it belongs.
        if scope.cancelled_caught:
            raise closed_error() if self.closed or timeout is None else timeout


@contextmanager
def ungrouped() -> Generator[None]:
    """Let an interrupt of the program out of task groups without the exception groups around it.

    For groups whose tasks keep their errors to themselves. The only others are exceptions such as a
    KeyboardInterrupt that trio raised in one of the tasks.
    """
    try:
        yield
    except BaseExceptionGroup as group:
        _, interrupts = group.split(get_cancelled_exc_class())
        if interrupts is None:
            raise
        raise _first(interrupts) from None


def _first(error: BaseException) -> BaseException:
    """Return the first error in a group, and in the groups in it."""
    inside: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    return _first(inside[0]) if inside else error


def closed_error() -> ClientClosedError:
    """Return the error for every use after a close."""
    return ClientClosedError("the client is closed; make a new one")
