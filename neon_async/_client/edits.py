"""Client methods that edit accounts: what a change does not name is kept."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal, Self, TypeVar

from neon_async._client.writes import WriteMethods
from neon_async._pipeline.secrecy import guarded
from neon_async.operations._validation import require_positive

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterable, Iterable

    from neon_async._writing import (
        AccountChange,
        AccountEdit,
        BulkEdit,
        Change,
        EditJournal,
        Editor,
    )
    from neon_async.models import (
        Account,
        ConsentInformation,
        IndividualAccount,
        OrganizationAccount,
    )

AccountT = TypeVar("AccountT", bound="Account")


class EditMethods(WriteMethods):
    """Safe edits of one account and of many, with imports by the first edit."""

    _owner: Self | None
    _organization: str
    _max_concurrency: int

    @functools.cached_property
    def _editor(self) -> Editor:
        # Imported by the first edit: programs that only read never load the writing package.
        from neon_async._writing import AccountLocks, Editor

        # One for all edits of a client: its locks keep two of them from the same account.
        locks = AccountLocks() if self._owner is None else self._owner._editor.locks  # noqa: SLF001
        return Editor(self, locks)

    @guarded
    async def edit_individual_account(
        self,
        account_id: int,
        change: Change[IndividualAccount],
        *,
        consent: ConsentInformation | None = None,
        dry_run: bool = False,
        allow_clear: Iterable[str] = (),
        accept_loss: Iterable[str] = (),
        on_conflict: Literal["raise", "retry"] = "raise",
        verify: bool = True,
    ) -> AccountEdit[IndividualAccount]:
        """Change some fields of a person's account, and keep all others.

        ```python
        edit = await neon.edit_individual_account(
            123814,
            lambda account: attrs.evolve(account, url="https://example.org/"),
            consent=ConsentInformation(email_consent_status="GIVEN"),
            accept_loss=["consentInformation"],  # the other consents are reset
        )
        print(edit.diff)
        ```

        An update of v1 deletes what it omits. This method reads the account, applies `change`,
        refuses if sending the account back would lose something, reads it again to detect changes
        made meanwhile, writes it once as a whole, reads it once more and compares. In one
        client, edits of the same account take turns. Nothing is written when nothing changes.

        Limits:

        - v1 has no conditional write. A change that somebody else makes after the last reading
          and before the write is overwritten unnoticed. This gap is one round trip
          and a new connection, a fraction of a second; it grows by what the write has to wait
          for: a free slot of `max_concurrency`, a login, a Retry-After. `AccountEdit.gap` is
          its measure, and the client's `deadline` its limit. Edits in one client have no such
          gap between them; `update_individual_account` does not take turns with them.
        - v1 does not show consents, and sets what is not sent to NOT_ASKED. So each has to be
          decided: by `consent`, or by `accept_loss` with `"consentInformation"` (all that are
          left) or `"consentInformation.smsConsentStatus"` (that one).
        - v1 does not show passwords, and deletes a login that is not sent. An account with a
          login can be edited with a new password, or with `accept_loss=["login.username"]`.

        Args:
            account_id: the account.
            change: gets a copy of the account and returns the changed account (`attrs.evolve`),
                or changes the copy in place and returns None. A regular function, which may be
                called again with `on_conflict="retry"`. Ids, and what v1 sets itself, stay as
                they are. The copy lacks what was dropped by `accept_loss`. A change that sets
                what would be lost decides about it.
            consent: the consents to set, as in `EditOptions`, which explains all options.
            dry_run: whether to stop before the write.
            allow_clear: what the change may delete, such as `"primaryContact.fax"`.
            accept_loss: what may be lost, by the paths of `LossyReadError.paths`.
            on_conflict: `"raise"`, or `"retry"` to apply `change` to the newer version.
            verify: whether to read the account after the write.

        Raises:
            InvalidRequestError: the changed account can't be sent, or the change deletes what
                `allow_clear` does not name (`deletions`); nothing was written.
            LossyReadError: something would be lost: a consent, a field that this package does not
                know, an odd value, a text that came as a number, an address without an id, a date
                that came with a time, something for which the update has no parameter, a login.
                `paths` names all of it. Or the account is of the other kind. Nothing was written.
            ProtocolError: the reply holds another account than the one asked for.
            ConflictError: somebody else changed the account; nothing was written.
            OutcomeUnknownError: it may or may not have been written; `error.edit` says what.
            VerificationError: what was read after the write is not what was written. That may
                also be somebody else's change right after it. `error.edit.undo()` takes it back.
        """
        from neon_async._writing import INDIVIDUAL, EditOptions

        options = EditOptions(
            consent=consent,
            dry_run=dry_run,
            allow_clear=allow_clear,
            accept_loss=accept_loss,
            on_conflict=on_conflict,
            verify=verify,
        )
        return await self._editor.edit(INDIVIDUAL, account_id, change, options)

    @guarded
    async def edit_organization_account(
        self,
        account_id: int,
        change: Change[OrganizationAccount],
        *,
        consent: ConsentInformation | None = None,
        dry_run: bool = False,
        allow_clear: Iterable[str] = (),
        accept_loss: Iterable[str] = (),
        on_conflict: Literal["raise", "retry"] = "raise",
        verify: bool = True,
    ) -> AccountEdit[OrganizationAccount]:
        """Change some fields of an organization's account, and keep all others.

        It works like `edit_individual_account`, with the same arguments and errors. Which account
        is the primary contact has no known parameter; that v1 keeps it is seen when the account
        is read back.

        Raises:
            NeonError: as for `edit_individual_account`.
        """
        from neon_async._writing import ORGANIZATION, EditOptions

        options = EditOptions(
            consent=consent,
            dry_run=dry_run,
            allow_clear=allow_clear,
            accept_loss=accept_loss,
            on_conflict=on_conflict,
            verify=verify,
        )
        return await self._editor.edit(ORGANIZATION, account_id, change, options)

    @guarded
    def edit_many(
        self,
        changes: Iterable[AccountChange] | AsyncIterable[AccountChange],
        *,
        workers: int | None = None,
        journal: EditJournal | str | os.PathLike[str] | None = None,
    ) -> BulkEdit:
        """Change some fields of many accounts, and keep all others.

        ```python
        def rename(person: IndividualAccount) -> IndividualAccount:
            return attrs.evolve(person, url="https://example.org/")

        changes = [AccountChange(10_002, rename), AccountChange(10_003, rename)]
        async with neon.edit_many(changes, journal="run.ndjson") as outcomes:
            async for outcome in outcomes:
                print(outcome.account_id, outcome.status)
        ```

        Each account is edited as by `edit_individual_account` or `edit_organization_account`. One
        that comes twice is edited in the given order. A refusal or a conflict does not stop
        the others; an error that is not about a single account does.

        With a journal, each edit is on the disk before its write leaves. The same call with the
        same changes and the same journal resumes a run that was interrupted or killed: changes with
        an end are skipped. For a write without an end the account is read first: equal to what was
        to be written, it counts as written; equal to what was there before, it is written;
        otherwise it is a conflict.

        Args:
            changes: what to change; taken one by one, a few ahead of the edits.
            workers: how many accounts are edited at once; None for the client's `max_concurrency`.
            journal: an `EditJournal`, or the path of one that belongs to no plan; None for none.

        Raises:
            InvalidRequestError: the number of workers is not positive.
        """
        from neon_async._writing import BulkEdit, EditJournal

        return BulkEdit(
            self._editor,
            changes,
            workers=require_positive(
                self._max_concurrency if workers is None else workers, "workers"
            ),
            journal=journal
            if journal is None or isinstance(journal, EditJournal)
            else EditJournal(journal),
            # A journal of another organization is refused: the same id is somebody else there.
            organization=self._organization,
        )

    @guarded
    async def undo_edit(
        self,
        edit: AccountEdit[AccountT],
        *,
        consent: ConsentInformation | None = None,
        accept_loss: Iterable[str] = (),
        dry_run: bool = False,
    ) -> AccountEdit[AccountT]:
        """Undo an edit that this or another client made: see `AccountEdit.undo`.

        Args:
            edit: the edit; it may have been stored in between.
            consent: the consents to send; those that are None, or all, as the edit decided.
            accept_loss: what may be lost, besides what the edit's diff says was accepted.
            dry_run: whether to stop before the write, as for `edit_individual_account`.

        Raises:
            ConflictError: the account has changed since the edit; nothing was written.
            LossyReadError: something is undecided that the edit did not decide.
            NeonError: as for `edit_individual_account`.
        """
        return await self._editor.undo(
            edit, consent=consent, accept_loss=accept_loss, dry_run=dry_run
        )
