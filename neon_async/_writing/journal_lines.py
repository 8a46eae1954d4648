"""Lines of a journal of edits: one before each write, and one with its status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias

import attrs

from neon_async._wire.converter import structure, unstructure
from neon_async._wire.type_guards import is_object
from neon_async._writing.account_change import EditStatus
from neon_async._writing.diff import AccountDiff, Difference, DifferenceKind
from neon_async._writing.result import AccountEdit, AnyEdit
from neon_async.errors import InvalidRequestError, NeonError
from neon_async.models import ConsentInformation, IndividualAccount, OrganizationAccount

if TYPE_CHECKING:
    from pathlib import Path

    from neon_async._writing.account_change import EditOutcome

_SCHEMA: Final = 1
_NAME: Final = "edits"
_DECISIONS: Final = {
    "lost": DifferenceKind.LOSS_ACCEPTED,
    "reset": DifferenceKind.CONSENT_RESET,
}
_CLASSES: Final[dict[str, Any]] = {
    cls.__name__: cls for cls in (IndividualAccount, OrganizationAccount)
}
OPEN: Final = frozenset({EditStatus.UNKNOWN})
"""States after which a later run reads what became of the write."""

Key: TypeAlias = tuple[int, int]
"""An account's id, and the position of the change among the changes of this account, from 0."""


@attrs.define(repr=False)
class JournalIndex:
    """Where the lines of a journal are.

    Attributes:
        begun: the places of the latest lines before a write, in the order of these.
        states: the latest states.
        end: the position behind the last whole line.
    """

    header: dict[str, Any] | None = None
    begun: dict[Key, int] = attrs.field(factory=dict[Key, int])
    states: dict[Key, EditStatus] = attrs.field(factory=dict[Key, EditStatus])
    end: int = 0

    @classmethod
    def read(cls, file: BinaryIO, path: Path) -> JournalIndex:
        """Read a file from its beginning, but not the last line if it is torn."""
        index = cls()
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                break
            try:
                index.add_line(line)
            except (ValueError, LookupError, TypeError):
                message = f"line {number} of {path} is damaged, or {path} is not a journal of edits"
                raise InvalidRequestError(message, parameter="journal") from None
            index.end += len(line)
        return index

    def add_line(self, line: bytes) -> None:
        """Add the next line.

        Raises:
            ValueError, LookupError, TypeError: it is no line of a journal.
        """
        entry: Any = json.loads(line)
        if self.header is None:
            if (entry["schema"], entry["journal"]) != (_SCHEMA, _NAME):
                raise ValueError
            self.header = entry
            return
        key = int(entry["accountId"]), int(entry["number"])
        if "state" in entry:
            self.states[key] = EditStatus(entry["state"])
            return
        # Done again by a later run: the latest is the one that counts, also in the order.
        self.begun.pop(key, None)
        self.begun[key] = self.end


def read_edit(file: BinaryIO, place: int, state: EditStatus | None) -> AnyEdit:
    """Read the edit whose line is at a place."""
    file.seek(place)
    try:
        return parse_edit(json.loads(file.readline()), written=state is EditStatus.WRITTEN or None)
    except (ValueError, LookupError, TypeError, NeonError):
        message = "an edit in the journal is damaged"
    raise InvalidRequestError(message, parameter="journal")


def parse_edit(entry: dict[str, Any], *, written: bool | None) -> AnyEdit:
    cls, consent = _CLASSES[entry["kind"]], entry["consent"]
    decisions = [
        Difference(kind, parameter)
        for name, kind in _DECISIONS.items()
        for parameter in entry[name]
    ]
    edit: AnyEdit = AccountEdit(
        account_id=entry["accountId"],
        before=structure(entry["before"], cls),
        after=structure(entry["after"], cls),
        diff=AccountDiff(tuple(decisions)),
        written=written,
        verified=False,
        consent=None if consent is None else structure(consent, ConsentInformation),
    )
    return edit


def edit_entry(edit: AnyEdit) -> dict[str, Any]:
    decided = {
        name: [entry.parameter for entry in edit.diff if entry.kind is kind]
        for name, kind in _DECISIONS.items()
    }
    return {
        "kind": type(edit.before).__name__,
        "before": unstructure(edit.before),
        "after": _without_password(unstructure(edit.after)),
        "consent": None if edit.consent is None else unstructure(edit.consent),
        **decided,
    }


def _without_password(account: dict[str, Any]) -> dict[str, Any]:
    """Take out the password, which v1 never shows, so that it is not compared either."""
    login = account.get("login")
    if not is_object(login):
        return account
    return account | {"login": {key: login[key] for key in login if key != "password"}}


def header_line(organization: str, plan: str) -> bytes:
    entry = {"schema": _SCHEMA, "journal": _NAME, "organization": organization, "plan": plan}
    return journal_line(entry)


def state_line(key: Key, outcome: EditOutcome) -> bytes:
    """Return the line that says what became of a change."""
    account_id, number = key
    entry: dict[str, Any] = {"accountId": account_id, "number": number, "state": outcome.status}
    if outcome.error is not None:
        # No message of this package holds a value.
        entry |= {"error": type(outcome.error).__name__, "message": str(outcome.error)}
    return journal_line(entry)


def journal_line(entry: dict[str, Any]) -> bytes:
    """Return JSON in ASCII, which carries any text, also half of a surrogate pair."""
    return json.dumps(entry).encode() + b"\n"
