"""`neon-async undo`, and the undo file that an edit saves."""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import attrs
from cyclopts import Parameter

from neon_async import (
    AccountDiff,
    AccountEdit,
    ConsentInformation,
    Difference,
    DifferenceKind,
    IndividualAccount,
    InvalidRequestError,
    LossyReadError,
    NeonError,
    OrganizationAccount,
    structure,
    unstructure,
)
from neon_async.cli._assignments import Assignment, consents
from neon_async.cli._bulk import BULK, BulkOptions, confirmed
from neon_async.cli._common import COMMON, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._exit_codes import Exit
from neon_async.cli._files import check_place, create_numbered, create_private, replace_private
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._lock import lock
from neon_async.cli._paths import CONSENT
from neon_async.cli._streams import flush, message, naming
from neon_async.cli._undo_journal import UndoOptions, is_journal, undo_journal
from neon_async.cli._values import FilePath, OptionalFilePath, RecordIds

SCHEMA = 1
AnyEdit: TypeAlias = AccountEdit[Any]


@attrs.frozen
class UndoFile:
    """A file that only its owner may read, with the account before and after an edit."""

    path: Path

    @staticmethod
    def check(account_id: int, path: Path | None) -> None:
        """Check that a file can be created, before anything is sent.

        Raises:
            InvalidRequestError: there is one with this name.
            OSError: its folder is missing or read-only.
        """
        if path is not None and os.path.lexists(path):
            raise _taken(path)
        check_place(path or _path(account_id))

    @classmethod
    def create(cls, account_id: int, path: Path | None, edit: AnyEdit) -> "UndoFile":
        """Create a file, under a name that is free unless a name is given.

        Raises:
            InvalidRequestError: there is one with this name.
            OSError: it can't be written.
        """
        if path is None:
            return cls(create_numbered(_path(account_id), _dumps(edit)))
        try:
            create_private(path, _dumps(edit))
        except FileExistsError:
            raise _taken(path) from None
        return cls(path)

    def replace(self, edit: AnyEdit) -> None:
        """Replace the file, in one step.

        Raises:
            OSError: it can't be written; the file is as it was.
        """
        replace_private(self.path, _dumps(edit))

    def load(self) -> AnyEdit:
        """Rebuild the edit from the file.

        Raises:
            OSError: the file can't be read.
            InvalidRequestError: it is not an undo file, or is damaged.
        """
        try:
            document: Any = json.loads(self.path.read_text(encoding="utf-8"))
            if document["schema"] == SCHEMA:
                kind = _KINDS[document["kind"]]
                return _edit(document, structure(document["before"], kind), kind)
        except (ValueError, LookupError, TypeError, NeonError):
            pass
        raise InvalidRequestError(f"{self.path} is not an undo file, or is damaged")


def _path(account_id: int) -> Path:
    return Path(f"undo-{account_id}.json")


def _taken(path: Path) -> InvalidRequestError:
    return InvalidRequestError(f"{path} already exists", parameter="--undo-file")


def _dumps(edit: AnyEdit) -> bytes:
    # An edit that is only planned is undone like one whose outcome is unknown.
    document = {
        "schema": SCHEMA,
        "kind": type(edit.before).__name__,
        "accountId": edit.account_id,
        "before": unstructure(edit.before),
        "after": unstructure(edit.after),
        "verified": edit.verified,
        "consent": None if edit.consent is None else unstructure(edit.consent),
        "lost": [difference.parameter for difference in edit.diff if difference.kind is _LOST],
        "reset": [difference.parameter for difference in edit.diff if difference.kind is _RESET],
    }
    return json.dumps(document).encode()


_LOST = DifferenceKind.LOSS_ACCEPTED
_RESET = DifferenceKind.CONSENT_RESET
_KINDS: dict[str, Any] = {cls.__name__: cls for cls in (IndividualAccount, OrganizationAccount)}


def _edit(document: dict[str, Any], before: Any, kind: Any) -> AnyEdit:  # noqa: ANN401
    consent = document["consent"]
    decisions = [Difference(_LOST, name) for name in document["lost"]]
    # Files of version 0.1 don't say what was decided about consents.
    decisions += [Difference(_RESET, name) for name in document.get("reset", [])]
    edit: AnyEdit = AccountEdit(
        account_id=document["accountId"],
        before=before,
        after=structure(document["after"], kind),
        diff=AccountDiff(tuple(decisions)),
        written=None,
        verified=bool(document["verified"]),
        consent=None if consent is None else structure(consent, ConsentInformation),
    )
    return edit


DIFF_STYLES: dict[str, str] = {
    DifferenceKind.DELETED: "bold red",
    DifferenceKind.ADDRESS_REMOVED: "bold red",
    DifferenceKind.CUSTOM_FIELD_DELETED: "bold red",
    DifferenceKind.LOSS_ACCEPTED: "bold red",
    DifferenceKind.UNDECIDED: "bold red",
    DifferenceKind.CONSENT_RESET: "dim",
}


DIFF_COLUMNS = ("change", "parameter", "element", "old", "new")


def diff_cells(entry: Difference) -> tuple[object, ...]:
    return entry.kind, entry.parameter, entry.element, entry.old, entry.new


def show_diff(diff: AccountDiff) -> None:
    """Print the diff of an edit, before anything is written.

    Raises:
        OSError: stdout is closed or full.
    """
    try:
        if sys.stdout.isatty():
            titles = ("change", "parameter", "old", "new")
            answer(titles, [entry.row for entry in diff], whole="parameter", styles=DIFF_STYLES)
        else:
            answer(DIFF_COLUMNS, map(diff_cells, diff))
        flush()
    except OSError as error:
        error.add_note("nothing was written: the changes could not be shown")
        raise


def losses(accept_loss: Iterable[str], *, reset_consents: bool) -> tuple[str, ...]:
    """Return the paths that may be lost.

    Raises:
        InvalidRequestError: consents are among what is to be accepted.
    """
    if any(path.startswith(CONSENT) for path in accept_loss):
        text = "decide about consents with --set and --reset-consents"
        raise InvalidRequestError(text, parameter="--accept-loss")
    return (*accept_loss, CONSENT) if reset_consents else (*accept_loss,)


def undo(
    file: FilePath,
    /,
    *,
    set: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),  # noqa: A002
    reset_consents: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    accept_loss: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),
    account: RecordIds = (),
    journal: OptionalFilePath = None,
    yes: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    bulk: BulkOptions = BULK,
    common: CommonOptions = COMMON,
) -> int:
    """Undo an edit, or the edits of a journal, unless the account has changed since.

    The command shows the changes and asks for confirmation, as `edit` does. An undo file is deleted
    afterwards. A journal is undone from its last edit to its first, in a
    journal of its own. v1 does not return consents, so they can't be restored: the
    edit's decisions about them are repeated, unless `--set` or `--reset-consents` overrides them.

    ```
    neon-async undo undo-10002.json
    neon-async undo run.ndjson --yes
    neon-async undo run.ndjson --account 10002 --yes
    ```

    Args:
        file: The undo file that `edit` saved, or the journal of `apply`.
        set: A consent to set, as for `edit`; may be repeated.
        reset_consents: Let v1 reset the consents that are not set.
        accept_loss: Path of something that may be lost, as a refusal names it; may be repeated.
        account: Account of a journal to undo the edits of, instead of all; may be repeated.
        journal: Where to record the undoing of a journal; run.undo.ndjson for run.ndjson.
        yes: Write without asking for confirmation.
        bulk: The options of many edits.
        common: The common options.
    """
    assignments = [Assignment.of_option(option) for option in set]
    others = [option.path for option in assignments if not option.concerns_consent]
    if others:
        text = "an undo restores the old values; only consents can be set"
        raise InvalidRequestError(text, parameter=others[0])
    accepted = losses(accept_loss, reset_consents=reset_consents)
    with naming(str(file)):
        opened = file.open("rb")
    if is_journal(opened.readline()):
        opened.close()
        own = journal or file.with_suffix(f".undo{file.suffix}")
        changes = UndoOptions(account, consents(assignments), accepted)
        return undo_journal(file, own, changes, bulk, common, yes=yes)
    if account or journal:
        opened.close()
        raise InvalidRequestError(f"{file} is not a journal of edits")
    with opened:
        lock(opened, file)
        undoing = Undoing(UndoFile(file).load(), consents(assignments), accepted, common)
        planned = run_async(undoing.run, True)  # noqa: FBT003 - run_async passes by position
        show_diff(planned.diff)
        if planned.undecided:
            text = "nothing was written: decide first about what v1 would lose or reset"
            raise LossyReadError(text, paths=planned.undecided)
        if planned.diff:
            if not confirmed("Write these changes?", yes=yes):
                message("Nothing was written.\n")
                return Exit.OK
            run_async(undoing.run, False)  # noqa: FBT003
    file.unlink()
    done = "Undone" if planned.diff else "There was nothing to undo"
    common.note(f"{done}. {file} was deleted.\n")
    return Exit.OK


@attrs.frozen
class Undoing:
    """The undoing of one edit: shown by a dry run, then written."""

    edit: AnyEdit
    consent: ConsentInformation | None
    accept_loss: tuple[str, ...]
    common: CommonOptions

    async def run(self, dry_run: bool) -> AnyEdit:  # noqa: FBT001
        """Undo the edit, unless the account has changed since it was made."""
        async with connect(self.common) as neon:
            return await neon.undo_edit(
                self.edit, consent=self.consent, accept_loss=self.accept_loss, dry_run=dry_run
            )
