"""The result of an edit, which can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias

import attrs

from neon_async._pipeline.secrecy import guarded
from neon_async._writing.account_type import AccountT
from neon_async._writing.diff import AccountDiff
from neon_async.errors import InvalidRequestError
from neon_async.models import Account, ConsentInformation

if TYPE_CHECKING:
    from collections.abc import Iterable


class Undoer(Protocol):
    """What undoes edits."""

    async def undo(
        self,
        edit: AccountEdit[AccountT],
        *,
        consent: ConsentInformation | None,
        accept_loss: Iterable[str],
    ) -> AccountEdit[AccountT]:
        """Write back what was there before the edit."""
        ...


@attrs.frozen(kw_only=True)
class AccountEdit(Generic[AccountT]):
    """What an edit did or, with `dry_run`, would do.

    It can be stored: pickled, or its two accounts with `unstructure`. One that was made again
    from that is undone with `AsyncClient.undo_edit`.

    Attributes:
        account_id: the account.
        before: the account as it was read right before the write.
        after: the account as it was read after the write; where that was not done, as it was
            sent or would be.
        diff: what changes. `print(edit.diff)` shows a table.
        dry_run: whether only a dry run was asked for.
        written: whether the account was written: not in a dry run, nor when there was nothing
            to change. None when the outcome of the write is unknown.
        verified: whether `after` was read after the write.
        gap: seconds from asking for the last reading before the write until the write was
            answered. What somebody else wrote in that time may have been overwritten unseen.
        consent: the consents that were sent.
        undecided: of a dry run, the paths of all that must be decided before it can be written:
            consents, a login, unknown and odd fields. Set it (`consent`, or the change), or name
            it in `accept_loss`.
    """

    account_id: int
    before: AccountT = attrs.field(repr=False)
    after: AccountT = attrs.field(repr=False)
    diff: AccountDiff = attrs.field(factory=AccountDiff)
    dry_run: bool = False
    written: bool | None = True
    verified: bool = True
    gap: float | None = None
    consent: ConsentInformation | None = attrs.field(default=None, repr=False)
    undecided: tuple[str, ...] = ()
    _undoer: Undoer | None = attrs.field(default=None, alias="undoer", repr=False, eq=False)

    @guarded
    async def undo(
        self,
        *,
        consent: ConsentInformation | None = None,
        accept_loss: Iterable[str] = (),
    ) -> AccountEdit[AccountT]:
        """Write the account back as it was before the edit.

        The record must still say what the edit left, whenever it was last modified. An address
        that the edit removed comes back under a new id. Not restored: values
        dropped by `accept_loss`, an odd value that the edit repaired, and the consents, since
        v1 does not show them. What the edit decided about all that is decided in the same way.

        Args:
            consent: the consents to send; those that are None, or all, as the edit decided.
            accept_loss: what may be lost, besides what the edit's diff says was accepted.

        Raises:
            ConflictError: the account has changed since the edit; nothing was written.
            LossyReadError: something is undecided, since the edit's own decision is not known or
                covers less; nothing was written.
            InvalidRequestError: the edit wrote nothing, or does not know its client any more.
            NeonError: as for the edit.
        """
        if self._undoer is None:
            message = "this edit was copied or stored; undo it with AsyncClient.undo_edit"
            raise InvalidRequestError(message)
        return await self._undoer.undo(self, consent=consent, accept_loss=accept_loss)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle everything but the way to the client."""
        names = [field.name for field in attrs.fields(AccountEdit) if field.init]
        state = {name: getattr(self, name) for name in names if name != "_undoer"}
        # Without the client: a stored edit is undone by `AsyncClient.undo_edit`.
        return _restored, (state,)


AnyEdit: TypeAlias = AccountEdit[Any]


def _restored(state: dict[str, object]) -> AccountEdit[Account]:
    edit: AccountEdit[Account] = AccountEdit(**state)  # type: ignore[arg-type]
    return edit
