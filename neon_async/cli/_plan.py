"""A plan: the changes of a spreadsheet, checked against the accounts as they are."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import attrs

from neon_async import (
    Account,
    AccountChange,
    ConflictError,
    InvalidRequestError,
    unstructure,
)
from neon_async.cli._assignments import Assignment, consents
from neon_async.cli._files import replace_private
from neon_async.cli._json import line as json_line

_SCHEMA = 1
# Any write moves these, also one that changes nothing that a plan names.
_MOVING = {"lastModifiedDateTime", "lastModifiedBy"}


@attrs.frozen
class PlannedEdit:
    """The changes of one account.

    Attributes:
        kind: `"individual"` or `"organization"`.
        assignments: paths and their new values, None to clear them.
        seen: digest of the account as it was planned for.
        diff: the differences, each as change, parameter, element, old and new value.
        undecided: paths of what must be decided before it can be written.
    """

    account_id: int
    kind: Any
    assignments: tuple[Assignment, ...] = attrs.field(repr=False)
    seen: str = ""
    diff: list[list[Any]] = attrs.field(factory=list[list[Any]], repr=False)
    undecided: tuple[str, ...] = ()

    @classmethod
    def parse(cls, entry: dict[str, Any]) -> "PlannedEdit":
        return cls(
            entry["accountId"],
            entry["kind"],
            tuple(Assignment.parse(path, text) for path, text in entry["set"]),
            entry["seen"],
            entry["diff"],
            tuple(entry["undecided"]),
        )

    def entry(self) -> dict[str, Any]:
        return {
            "accountId": self.account_id,
            "kind": self.kind,
            "set": [[assignment.full_path, assignment.text] for assignment in self.assignments],
            "seen": self.seen,
            "diff": self.diff,
            "undecided": self.undecided,
        }

    def apply(self, account: Account) -> None:
        """Make the changes.

        Raises:
            InvalidRequestError: a field does not exist, or a value is not of its type.
        """
        for assignment in self.assignments:
            assignment.apply_to_account(account)

    def change(self, accept_loss: Iterable[str]) -> AccountChange:
        """Return the change, which is refused where the account is no more as it was."""

        def change(account: Account) -> None:
            # By its content: a save that changed nothing else than who saved it is no conflict.
            if digest(account) != self.seen:
                message = "the account has changed since the plan was made; nothing was written"
                raise ConflictError(message, current=account)
            self.apply(account)

        return AccountChange(
            self.account_id,
            change,
            kind=self.kind,
            consent=consents(self.assignments),
            allow_clear=self.clears,
            accept_loss=accept_loss,
        )

    @property
    def clears(self) -> frozenset[str]:
        """The names of what it deletes, as `allow_clear` takes them."""
        return frozenset[str]().union(*(assignment.clears for assignment in self.assignments))


@attrs.frozen
class EditPlan:
    """The changes of many accounts.

    Attributes:
        organization: fingerprint of the organization.
        accept_loss: paths that may be lost.
        digest: digest of the file that it was read from.
    """

    organization: str
    accept_loss: tuple[str, ...]
    edits: tuple[PlannedEdit, ...] = attrs.field(repr=False)
    digest: str = ""

    def save(self, path: Path) -> None:
        """Write the file, which only its owner may read, in one step.

        Raises:
            OSError: it can't be written; an earlier one is as it was.
        """
        document = {
            "schema": _SCHEMA,
            "plan": "accounts",
            "organization": self.organization,
            "acceptLoss": self.accept_loss,
            "accounts": [edit.entry() for edit in self.edits],
        }
        replace_private(path, json_line(document))

    @classmethod
    def load(cls, path: Path) -> "EditPlan":
        """Read the file.

        Raises:
            OSError: it can't be read.
            InvalidRequestError: it is not a plan, or is damaged.
        """
        content = path.read_bytes()
        try:
            document: Any = json.loads(content)
            if (document["schema"], document["plan"]) == (_SCHEMA, "accounts"):
                return cls(
                    document["organization"],
                    tuple(document["acceptLoss"]),
                    tuple(map(PlannedEdit.parse, document["accounts"])),
                    hashlib.sha256(content).hexdigest(),
                )
        except (ValueError, LookupError, TypeError, AttributeError):
            pass
        raise InvalidRequestError(f"{path} is not a plan, or is damaged")

    def changes(self) -> Iterator[AccountChange]:
        return (edit.change(self.accept_loss) for edit in self.edits)


def digest(account: Account) -> str:
    """Return a digest of an account, whatever the order of its lists and who saved it when."""
    values = {name: value for name, value in unstructure(account).items() if name not in _MOVING}
    return hashlib.sha256(json.dumps(_ordered(values), sort_keys=True).encode()).hexdigest()


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        items = cast("dict[str, object]", value).items()
        return {name: _ordered(inner) for name, inner in items}
    if isinstance(value, list):
        inner = map(_ordered, cast("list[object]", value))
        return sorted(inner, key=lambda element: json.dumps(element, sort_keys=True))
    return value
