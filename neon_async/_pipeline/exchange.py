"""One exchange under way, what is logged of it and what its hooks learn."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import anyio

from neon_async.errors import HTTPStatusError, NeonError

if TYPE_CHECKING:
    from neon_async._pipeline.notifier import HookSpan

_logger = logging.getLogger("neon_async")


class Exchange:
    """When an exchange began, the bytes of its reply, and its hooks' span."""

    __slots__ = ("_attempt", "_operation", "_started", "size", "span")

    def __init__(self, operation: str, attempt: int) -> None:
        """Start the clock of an operation's exchange, the n-th of its call."""
        self._operation = operation
        self._attempt = attempt
        self._started = anyio.current_time()
        self.size = 0
        self.span: HookSpan | None = None

    def end(self, error: BaseException | None) -> None:
        """Log how it ended, and notify the hooks."""
        if self.span is not None:
            self.span.end(error, size=self.size)
        # A cancellation is the caller's, and says nothing about the server.
        if error is not None and not isinstance(error, NeonError):
            return
        level = logging.DEBUG if error is None else logging.INFO
        if _logger.isEnabledFor(level):
            seconds = anyio.current_time() - self._started
            message = "%s: attempt %d: %s, %d bytes, %.3f s"
            _logger.log(
                level, message, self._operation, self._attempt, _status(error), self.size, seconds
            )


def _status(error: NeonError | None) -> str:
    if error is None:
        return "200"
    name = type(error).__name__
    return f"{error.status} {name}" if isinstance(error, HTTPStatusError) else name
