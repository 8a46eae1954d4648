"""Edit an account: read, change, compare, read again, write once, read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol

import anyio
import attrs
from anyio import CancelScope

from neon_async._wire.converter import unstructure
from neon_async._writing.account_type import AccountT, AccountType, kind_of
from neon_async._writing.compare import MOVING, equal_ignoring_order
from neon_async._writing.diff import AccountDiff, Difference, DifferenceKind
from neon_async._writing.draft import Change, Draft, build_draft, restoring
from neon_async._writing.locks import AccountLocks
from neon_async._writing.losses import without_indexes
from neon_async._writing.option_names import OptionNames
from neon_async._writing.options import EditOptions, merged
from neon_async._writing.reading import Reading, parse_reading
from neon_async._writing.result import AccountEdit
from neon_async.errors import (
    ConflictError,
    InvalidRequestError,
    NeonError,
    OutcomeUnknownError,
    VerificationError,
)
from neon_async.operations import RawCall
from neon_async.operations._base import Sender
from neon_async.operations._validation import require, require_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async._writing.result import AnyEdit
    from neon_async.models import ConsentInformation

# Somebody who writes as often as this between two reads is another program that never ends.
_MOST_TRIES = 5
# What an edit records of its decisions, which its undoing repeats.
_DECISIONS = {DifferenceKind.LOSS_ACCEPTED, DifferenceKind.CONSENT_RESET}


class WriteRecorder(Protocol):
    """Keeps what an edit is about to write, so that its outcome can be found out later.

    An edit with a recorder is one of many: its write, once begun, is not cancelled.
    """

    @property
    def begun(self) -> AnyEdit | None:
        """The edit that an earlier run was about to write and may or may not have written."""
        ...

    async def begin(self, edit: AnyEdit) -> None:
        """Return when the edit is safe on the disk, if it is kept there."""
        ...


@attrs.frozen(eq=False)
class Editor:
    """Edits accounts through a client.

    Attributes:
        locks: who is editing what; shared by all edits of a client.
        option_names: names for the diffs, shared in the same way.
    """

    sender: Sender
    locks: AccountLocks
    option_names: OptionNames = attrs.field(
        default=attrs.Factory(lambda self: OptionNames(self.sender), takes_self=True),
        init=False,
        repr=False,
    )

    async def edit(
        self,
        kind: AccountType[AccountT],
        account_id: int,
        change: Change[AccountT],
        options: EditOptions,
        recorder: WriteRecorder | None = None,
    ) -> AccountEdit[AccountT]:
        # Refuses a wrong id before the lock is taken and anything is sent.
        kind.retrieve(account_id).params()
        require(callable(change), "a function that takes the account", change, "change")
        return await _EditRun(self, kind, account_id, change, options, recorder=recorder).run()

    async def undo(
        self,
        edit: AccountEdit[AccountT],
        *,
        consent: ConsentInformation | None,
        accept_loss: Iterable[str],
        dry_run: bool = False,
        recorder: WriteRecorder | None = None,
    ) -> AccountEdit[AccountT]:
        require_type(edit, AccountEdit, "AccountEdit", "edit")
        if edit.written is False:
            raise InvalidRequestError("the edit wrote nothing, so there is nothing to undo")
        options = _undo_options(edit, consent, accept_loss, dry_run=dry_run)
        return await _undoing(self, edit, options, recorder).run()


def _undo_options(
    edit: AccountEdit[AccountT],
    consent: ConsentInformation | None,
    accept_loss: Iterable[str],
    *,
    dry_run: bool,
) -> EditOptions:
    """Return what an undo decides: what its edit did, unless it decides otherwise."""
    accepted = [without_indexes(entry.parameter) for entry in edit.diff if entry.kind in _DECISIONS]
    return EditOptions(
        consent=merged(consent, edit.consent),
        accept_loss=[*accept_loss, *accepted],
        dry_run=dry_run,
    )


def _undoing(
    editor: Editor,
    edit: AccountEdit[AccountT],
    options: EditOptions,
    recorder: WriteRecorder | None,
) -> _EditRun[AccountT]:
    kind = kind_of(edit.before)
    # The edit may come from a file, where the record is all that is left of the reply.
    payload = {kind.retrieve.member: unstructure(edit.before)}
    before = Reading(kind, payload, edit.before)
    losses = before.losses()
    options = attrs.evolve(options, restored=tuple(losses))
    change = restoring(before, losses)
    return _EditRun(editor, kind, edit.account_id, change, options, edit, recorder)


@attrs.define(eq=False)
class _EditRun(Generic[AccountT]):
    """One edit under way."""

    _editor: Editor
    _kind: AccountType[AccountT] = attrs.field(repr=False)
    _account_id: int
    _change: Change[AccountT] = attrs.field(repr=False)
    _options: EditOptions = attrs.field(repr=False)
    _undone: AccountEdit[AccountT] | None = None
    _recorder: WriteRecorder | None = attrs.field(default=None, alias="recorder")
    _reading: Reading[AccountT] = attrs.field(init=False, repr=False)
    _draft: Draft[AccountT] = attrs.field(init=False, repr=False)

    _conflicts: int = attrs.field(default=0, init=False)

    async def run(self) -> AccountEdit[AccountT]:
        """Edit when it is this edit's turn."""
        async with self._editor.locks.lock(self._account_id):
            self._reading = await self._read()
            written = self._written_before()
            if written is not None:
                return written
            if not self._is_to_undo():
                self._draft = Draft(self._reading.account, AccountDiff(), frozenset())
                return self._result(written=False)
            self._build_draft()
            # Before the last reading: a request after it would widen the gap.
            components = "Account", self._kind.component
            await self._editor.option_names.look_up(self._draft.diff, *components)
            while self._draft.diff and not self._options.dry_run:
                if self._recorder is not None:
                    await self._recorder.begin(self._result(written=None))
                read_at = anyio.current_time()
                if await self._is_current():
                    with CancelScope(shield=self._recorder is not None):
                        return await self._write(read_at)
                self._build_draft()
            return self._result(written=False)

    async def _read(self) -> Reading[AccountT]:
        retrieve = self._kind.retrieve(self._account_id)
        payload = await self._editor.sender.send(RawCall(retrieve.path, retrieve.params()))
        return parse_reading(self._kind, self._account_id, payload)

    def _written_before(self) -> AccountEdit[AccountT] | None:
        """Return the edit of an earlier run that was written without that run knowing.

        Raises:
            ConflictError: the account is neither as it was before that write nor as after it.
        """
        begun = None if self._recorder is None else self._recorder.begun
        # Also where the write was of nothing that can be read, such as consents: to write the same
        # once more is harmless.
        if begun is None or self._is_before(begun):
            return None
        if self._differs_from_after(begun):
            message = "is neither as before nor as after the write that an earlier run began"
            raise self._conflict(message, begun.before)
        return attrs.evolve(
            begun, after=self._reading.account, written=True, verified=True, undoer=self._editor
        )

    def _is_to_undo(self) -> bool:
        """Whether there is something to write: an edit that was never written needs no undoing.

        Raises:
            ConflictError: the account has changed since the edit.
        """
        undone = self._undone
        if undone is None:
            return True
        # A verified edit has the record as v1 showed it; any other only what was sent.
        if undone.verified:
            stands = equal_ignoring_order(undone.after, self._reading.account, ignoring=MOVING)
        else:
            stands = not self._differs_from_after(undone)
        if not stands and not (undone.written is None and self._is_before(undone)):
            raise self._conflict("has changed since the edit", undone.after)
        return stands

    def _is_before(self, edit: AnyEdit) -> bool:
        return equal_ignoring_order(edit.before, self._reading.account, ignoring=MOVING)

    def _differs_from_after(self, edit: AnyEdit) -> bool:
        sent = Draft(edit.after, edit.diff, self._options.accept_loss)
        return bool(sent.unexpected(self._reading.account))

    def _build_draft(self) -> None:
        self._draft = build_draft(self._reading, self._change, self._options)

    async def _is_current(self) -> bool:
        """Read again, and replace the earlier reading if the record has changed."""
        before, self._reading = self._reading, await self._read()
        if equal_ignoring_order(before.account, self._reading.account):
            return True
        self._conflicts += 1
        if self._options.on_conflict == "raise" or self._conflicts == _MOST_TRIES:
            raise self._conflict("changed between being read and being written", before.account)
        return False

    def _conflict(self, message: str, before: AccountT) -> ConflictError:
        return ConflictError(
            f"the account {message}; nothing was written",
            before=before,
            current=self._reading.account,
            operation=self._kind.spec.operation,
        )

    async def _write(self, read_at: float) -> AccountEdit[AccountT]:
        draft = self._draft
        update = self._kind.update_whole if draft.is_whole else self._kind.update
        operation = update(draft.account, self._options.consent)
        try:
            await self._editor.sender.send(operation)
        # The caller needs the record before the write to find out, and to undo.
        except OutcomeUnknownError as error:
            error.edit = self._result(written=None)
            raise
        result = self._result(written=True, gap=anyio.current_time() - read_at)
        return await self._verified(result) if self._options.verify else result

    async def _verified(self, result: AccountEdit[AccountT]) -> AccountEdit[AccountT]:
        try:
            read = await self._read()
        except NeonError as error:
            message = f"was written, but reading it again ended with {type(error).__name__}"
            raise self._unverified(message, result, []) from None
        differences = self._draft.unexpected(read.account)
        result = attrs.evolve(result, after=read.account, verified=True)
        if differences:
            names = dict.fromkeys(entry.parameter for entry in differences)
            message = f"is not what was written: {', '.join(names)}"
            raise self._unverified(message, result, differences)
        return result

    def _unverified(
        self, message: str, result: AccountEdit[AccountT], differences: list[Difference]
    ) -> VerificationError:
        error = VerificationError(
            f"the account {message}",
            before=result.before,
            differences=differences,
            operation=self._kind.spec.operation,
        )
        error.edit = result
        return error

    def _result(self, *, written: bool | None, gap: float | None = None) -> AccountEdit[AccountT]:
        return AccountEdit(
            account_id=self._account_id,
            before=self._reading.account,
            after=self._draft.account,
            diff=self._editor.option_names.named(self._draft.diff),
            dry_run=self._options.dry_run,
            written=written,
            verified=False,
            gap=gap,
            consent=self._options.consent,
            undecided=self._draft.undecided,
            undoer=self._editor,
        )
