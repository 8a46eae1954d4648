"""Errors of a write: unknown, refused because it would lose something, or not what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neon_async.errors._base import NeonError, with_advice

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class OutcomeUnknownError(NeonError):
    """A write was sent, and nothing proves whether it was carried out. It is never sent again.

    Attributes:
        sent_at: when it was sent, by this machine's clock (UTC), or None.
        reason: what happened instead of an answer.
        found: after a creation with `on_unknown="find"`, the ids of the records that may be the
            one created; None when the search failed.
        edit: the `AccountEdit` whose write it was, or None.
    """

    def __init__(
        self,
        operation: str | None = None,
        sent_at: datetime | None = None,
        reason: str = "",
    ) -> None:
        """Keep when it was sent and what happened."""
        super().__init__(
            with_advice(
                f"the write may or may not have happened: {reason}",
                "Read the record before you send it again",
            ),
            operation=operation,
        )
        self.sent_at = sent_at
        self.reason = reason
        self.found: tuple[int, ...] | None = None
        # Set by the editor. Errors are below it, and can't name its type.
        self.edit: Any = None

    def __str__(self) -> str:
        """Return what happened and, where somebody looked for a record, its possible ids."""
        # None where no search was made: an empty result is another thing.
        if self.found is None:
            return super().__str__()
        ids = " ".join(map(str, self.found)) or "none"
        return f"{super().__str__()} (ids of records that may be it: {ids})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the constructor's own arguments."""
        return type(self), (self.operation, self.sent_at, self.reason), self.__dict__


class LossyReadError(NeonError):
    """The record as it was read can't be written back without losing something.

    Attributes:
        paths: what would be lost, in wire names; consents as `consentInformation.` and their
            name. `accept_loss` takes them.
        advice: what the caller can do about it; empty when nothing can be done.
    """

    def __init__(
        self,
        message: str = "",
        *,
        paths: Sequence[str] = (),
        advice: str = "",
        operation: str | None = None,
    ) -> None:
        """Keep the paths and what to do about them."""
        super().__init__(message, operation=operation)
        self.paths: tuple[str, ...] = tuple(paths)
        self.advice = advice

    def __str__(self) -> str:
        """Return what would be lost, and what to do about it."""
        return with_advice(super().__str__(), self.advice)


class ConflictError(NeonError):
    """The record changed between the read and the write, so nothing was written.

    Attributes:
        before: the record that the change was made from.
        current: the record as it is now.
    """

    def __init__(
        self,
        message: str = "",
        *,
        before: object = None,
        current: object = None,
        operation: str | None = None,
    ) -> None:
        """Keep both versions."""
        super().__init__(message, operation=operation)
        self.before = before
        self.current = current


class VerificationError(NeonError):
    """The record read after a write differs from what was written.

    Attributes:
        before: the record before the write.
        differences: what differs, as `Difference` objects; none when the record could not be
            read again.
        edit: the `AccountEdit`, whose `undo` writes the record before back.
    """

    def __init__(
        self,
        message: str = "",
        *,
        before: object = None,
        differences: Sequence[object] = (),
        operation: str | None = None,
    ) -> None:
        """Keep the record before and what differs."""
        super().__init__(message, operation=operation)
        self.before = before
        self.differences: tuple[Any, ...] = tuple(differences)
        self.edit: Any = None
