"""One change among many, and what became of it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import attrs

from neon_async._writing.account_type import INDIVIDUAL, ORGANIZATION, AccountType
from neon_async._writing.draft import Change
from neon_async._writing.options import EditOptions
from neon_async._writing.result import AnyEdit
from neon_async.errors import (
    APIError,
    AuthenticationError,
    ConflictError,
    HTTPStatusError,
    InvalidRequestError,
    LossyReadError,
    NeonError,
    OutcomeUnknownError,
    ProtocolError,
    ServiceUnavailableError,
    SessionError,
    ThrottledError,
    VerificationError,
)
from neon_async.models import ConsentInformation
from neon_async.operations._validation import require_callable, require_choice

if TYPE_CHECKING:
    from neon_async._writing.editor import Editor, WriteRecorder

_KINDS: dict[str, AccountType[Any]] = {"individual": INDIVIDUAL, "organization": ORGANIZATION}


class EditStatus(enum.StrEnum):
    """What became of one change among many.

    `WRITTEN` also where reading the account back showed something else, which the outcome's `error`
    says; `UNCHANGED` where there was nothing to change; `REFUSED`, where the change or the account
    is not fit for it; `CONFLICT`, where somebody else changed the account; `UNKNOWN`, where the
    reply to the write was lost. Nothing was written in the cases `UNCHANGED`, `REFUSED` and
    `CONFLICT`.
    """

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"


@attrs.frozen
class AccountChange:
    """A change of one account, for `AsyncClient.edit_many`.

    Attributes:
        account_id: the account.
        change: gets a copy of the account and returns the changed account, or changes the copy in
            place and returns None (see `AsyncClient.edit_individual_account`).
        kind: `"individual"` or `"organization"`, the kind of the account.
        consent: the consents to set, as in `EditOptions`.
        allow_clear: what the change may delete, as in `EditOptions`.
        accept_loss: what may be lost, as in `EditOptions`.
        undone: the edit that it undoes, where `to_undo` made it.
    """

    account_id: int
    change: Change[Any] = attrs.field(repr=False)
    kind: Literal["individual", "organization"] = attrs.field(default="individual", kw_only=True)
    consent: ConsentInformation | None = attrs.field(default=None, kw_only=True, repr=False)
    allow_clear: Iterable[str] = attrs.field(default=(), kw_only=True)
    accept_loss: Iterable[str] = attrs.field(default=(), kw_only=True)
    undone: AnyEdit | None = attrs.field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Refuse what no edit could be made of.

        Raises:
            InvalidRequestError: `change` is no function, or the kind is none of the two.
        """
        require_callable(self.change, "change")
        require_choice(self.kind, tuple(_KINDS), "kind")

    @classmethod
    def to_undo(
        cls,
        edit: AnyEdit,
        *,
        consent: ConsentInformation | None = None,
        accept_loss: Iterable[str] = (),
    ) -> AccountChange:
        """Return the change that undoes an edit, as `AccountEdit.undo` does.

        Args:
            edit: the edit, such as one of `EditJournal.edits`.
            consent: the consents to send; those that are None, or all, as the edit decided.
            accept_loss: what may be lost, besides what the edit's diff says was accepted.
        """
        change = cls(
            edit.account_id,
            _unchanged,
            kind="individual" if isinstance(edit.before, INDIVIDUAL.cls) else "organization",
            consent=consent,
            accept_loss=accept_loss,
        )
        object.__setattr__(change, "undone", edit)
        return change


def _unchanged(_: object) -> None:
    """Stand for the change of an undoing, which brings back an earlier version instead."""


@attrs.frozen
class EditOutcome:
    """What became of one `AccountChange`.

    Attributes:
        account_id: the account.
        status: what became of it.
        edit: the edit, as `edit_individual_account` returns it; of a write whose outcome is unknown
            what would be there. None where the change was refused, or there was a conflict.
        error: why it was refused, conflicts, is unknown, or differs from what was written.
    """

    account_id: int
    status: EditStatus
    edit: AnyEdit | None = attrs.field(default=None, repr=False)
    error: NeonError | None = None


async def make_change(
    change: AccountChange, editor: Editor, recorder: WriteRecorder
) -> EditOutcome:
    """Edit the account, and return what became of it.

    Raises:
        NeonError: it is not about this account alone.
    """
    try:
        edit = await _edit(change, editor, recorder)
    except NeonError as error:
        status = _status(error)
        if status is None:
            raise
        # Two errors come after a write, or what may have been one, and hold its edit.
        return EditOutcome(change.account_id, status, getattr(error, "edit", None), error)
    status = EditStatus.WRITTEN if edit.written else EditStatus.UNCHANGED
    return EditOutcome(change.account_id, status, edit)


async def _edit(change: AccountChange, editor: Editor, recorder: WriteRecorder) -> AnyEdit:
    accept_loss, consent = change.accept_loss, change.consent
    if change.undone is not None:
        return await editor.undo(
            change.undone, consent=consent, accept_loss=accept_loss, recorder=recorder
        )
    options = EditOptions(consent=consent, allow_clear=change.allow_clear, accept_loss=accept_loss)
    return await editor.edit(
        _KINDS[change.kind], change.account_id, change.change, options, recorder
    )


# Errors about one account. Others would befall the next account as well.
_REFUSALS = (InvalidRequestError, LossyReadError, ProtocolError, APIError, HTTPStatusError)
_OUTAGES = (AuthenticationError, SessionError, ServiceUnavailableError, ThrottledError)


def _status(error: NeonError) -> EditStatus | None:
    """Return what an error says about an account, or None where it says nothing about it."""
    match error:
        case ConflictError():
            return EditStatus.CONFLICT
        case OutcomeUnknownError():
            return EditStatus.UNKNOWN
        case VerificationError():
            return EditStatus.WRITTEN
        case _:
            refused = isinstance(error, _REFUSALS) and not isinstance(error, _OUTAGES)
            return EditStatus.REFUSED if refused else None
