"""`neon-async undo`, and the file that says what an edit did."""

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import anyio
import attrs
from cyclopts import Parameter

from neon_async import (
    AccountDiff,
    AccountEdit,
    AsyncClient,
    ConsentInformation,
    Difference,
    DifferenceKind,
    FileCheckpoint,
    IndividualAccount,
    InvalidRequestError,
    NeonError,
    OrganizationAccount,
    structure,
    unstructure,
)
from neon_async.cli._credentials import credentials
from neon_async.cli._tables import answer

SCHEMA = 1
AnyEdit: TypeAlias = AccountEdit[Any]


@attrs.frozen
class UndoFile:
    """A file that only its owner may read, with the account before and after an edit."""

    path: Path

    @classmethod
    def new(cls, account_id: int, wanted: Path | None) -> "UndoFile":
        """Find a name that is free.

        Raises:
            InvalidRequestError: the name wanted is not.
        """
        if wanted is None:
            number, wanted = 1, Path(f"undo-{account_id}.json")
            while wanted.exists():
                number += 1
                wanted = Path(f"undo-{account_id}-{number}.json")
        elif os.path.lexists(wanted):
            raise InvalidRequestError("the file is there already", parameter="--undo-file")
        return cls(wanted)

    def save(self, edit: AnyEdit) -> None:
        """Write the file, in one step.

        Raises:
            OSError: it can't be written.
        """
        # An edit that is only planned is undone like one whose outcome is unknown.
        document = {
            "schema": SCHEMA,
            "kind": type(edit.before).__name__,
            "accountId": edit.account_id,
            "before": unstructure(edit.before),
            "after": unstructure(edit.after),
            "verified": edit.verified,
            "consent": None if edit.consent is None else unstructure(edit.consent),
            "lost": [one.parameter for one in edit.diff if one.kind is _LOST],
        }
        FileCheckpoint(self.path).save(json.dumps(document))

    def load(self) -> AnyEdit:
        """Make the edit again.

        Raises:
            OSError: the file can't be read.
            InvalidRequestError: it is no such file, or is damaged.
        """
        try:
            document: Any = json.loads(self.path.read_text(encoding="utf-8"))
            if document["schema"] == SCHEMA:
                kind = _KINDS[document["kind"]]
                return _edit(document, structure(document["before"], kind), kind)
        except (ValueError, LookupError, TypeError, NeonError):
            pass
        raise InvalidRequestError("this is no file that an edit wrote, or it is damaged")


_LOST = DifferenceKind.LOSS_ACCEPTED
_KINDS: dict[str, Any] = {cls.__name__: cls for cls in (IndividualAccount, OrganizationAccount)}


def _edit(document: dict[str, Any], before: Any, kind: Any) -> AnyEdit:  # noqa: ANN401
    consent = document["consent"]
    made: AnyEdit = AccountEdit(
        account_id=document["accountId"],
        before=before,
        after=structure(document["after"], kind),
        diff=AccountDiff(tuple(Difference(_LOST, name) for name in document["lost"])),
        written=None,
        verified=bool(document["verified"]),
        consent=None if consent is None else structure(consent, ConsentInformation),
    )
    return made


_STYLES: dict[str, str] = {
    DifferenceKind.DELETED: "bold red",
    DifferenceKind.ADDRESS_REMOVED: "bold red",
    DifferenceKind.CUSTOM_FIELD_DELETED: "bold red",
    DifferenceKind.LOSS_ACCEPTED: "bold red",
    DifferenceKind.CONSENT_RESET: "dim",
}


def show(diff: AccountDiff) -> None:
    """Print what an edit changes."""
    if sys.stdout.isatty():
        titles = ("change", "parameter", "old", "new")
        answer(titles, [entry.row for entry in diff], whole="parameter", styles=_STYLES)
    else:
        names = ("change", "parameter", "element", "old", "new")
        answer(names, [(one.kind, one.parameter, one.element, one.old, one.new) for one in diff])


def undo(
    file: Path,
    /,
    *,
    accept_loss: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),
) -> None:
    """Take back what an edit did, unless the account has been changed since.

    The file is deleted when that is done.

    ```
    neon-async undo undo-10002.json
    ```

    Args:
        file: What the edit has written.
        accept_loss: What may be lost, by the path that a refusal names; may be repeated.
    """
    edit = UndoFile(file).load()
    show(anyio.run(_undo, edit, accept_loss).diff)
    file.unlink()
    sys.stderr.write(f"Taken back. {file} was deleted.\n")


async def _undo(edit: AnyEdit, accept_loss: Iterable[str]) -> AnyEdit:
    async with AsyncClient(**credentials()) as neon:
        return await neon.undo_edit(edit, accept_loss=accept_loss)
