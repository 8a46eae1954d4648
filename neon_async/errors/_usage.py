"""Errors of the caller: a request, a checkpoint or a client that can't be used so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.errors._base import NeonError

if TYPE_CHECKING:
    from neon_async._error_codes import ErrorCode


class InvalidRequestError(NeonError, ValueError):
    """The request breaks a rule of its reference page, and was not sent.

    Attributes:
        parameter: the parameter at fault, spelled as on the wire, or None.
        code: the documented code with which v1 would have answered, or None.
        deletions: what an edit would delete although its `allow_clear` does not name it, by the
            names that `allow_clear` takes; empty for any other error.
    """

    def __init__(
        self,
        message: str = "",
        *,
        parameter: str | None = None,
        code: ErrorCode | None = None,
        operation: str | None = None,
    ) -> None:
        """Keep the parameter and the documented code."""
        super().__init__(message, operation=operation)
        self.parameter = parameter
        self.code = code
        self.deletions: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the message, with what may be done, the parameter and the documented code."""
        # allow_clear takes the parameter alone, too: one name serves for several elements.
        names = ", ".join(dict.fromkeys(name.partition("=")[0] for name in self.deletions))
        advice = f": name it in allow_clear if it is meant ({names})" if names else ""
        parameter = f" [{self.parameter}]" if self.parameter else ""
        # The code with which v1 would have refused it, as the reference pages list it.
        code = f" (code {self.code.value})" if self.code else ""
        return f"{super().__str__()}{advice}{parameter}{code}"


class CheckpointError(NeonError):
    """The checkpoint of a change feed is damaged, another feed's, or of the future."""


class ClientClosedError(NeonError, RuntimeError):
    """The client was closed."""


class EventLoopError(NeonError, RuntimeError):
    """The client was used from an event loop or thread other than the one it was first used in."""
