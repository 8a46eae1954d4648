"""The base of every error of the package."""

from __future__ import annotations

from typing import Any, Final

# Users see, catch and pickle an error under this name, wherever in here its class is written.
_PUBLIC: Final = "neon_async.errors"


class NeonError(Exception):
    """Base of every error that this package raises.

    Attributes:
        operation: the API method, such as `"syncAccounts"`, or None outside of one.
        attempts: how often the call that failed was tried, the failure included: once and each
            repetition after a failure or with a new session; 0 where nothing was tried.
        resume: the page to resume from when the error was raised while iterating over pages, for
            `start_page`; None elsewhere.
        resume_ids: the record ids still to be asked for when the iteration was over ids, for
            `account_ids` or `activity_ids`; None elsewhere.
    """

    __module__ = _PUBLIC

    operation: str | None
    attempts: int
    resume: int | None
    resume_ids: tuple[int, ...] | None

    # Every argument but the message has a default: that is what lets exceptions be pickled.
    def __init__(self, message: str = "", *, operation: str | None = None) -> None:
        """Keep the message and the operation that it is about."""
        super().__init__(message)
        self.operation = operation
        # Set by the call, and the resume points by the iteration that it ended.
        self.attempts = 0
        self.resume = None
        self.resume_ids = None

    def __init_subclass__(cls, **options: Any) -> None:
        """Give the package's own errors their public module, and leave a user's subclass alone."""
        super().__init_subclass__(**options)
        if cls.__module__.startswith(f"{_PUBLIC}."):
            cls.__module__ = _PUBLIC

    def __str__(self) -> str:
        """Return the message, with the operation in front."""
        message = super().__str__()
        return f"{self.operation}: {message}" if self.operation else message

    def __repr__(self) -> str:
        """Show the whole text: the logs of Celery, Dask and others have nothing else."""
        return f"{type(self).__name__}({str(self)!r})"


def with_advice(message: str, advice: str) -> str:
    """Append advice to a message, which ends with a full stop if it is documented."""
    # Texts of the reference pages end with a full stop, and those of this package do not.
    return f"{message.removesuffix('.')}. {advice}" if advice else message
