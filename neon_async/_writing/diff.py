"""The differences between two versions of an account, as objects and as a table."""

from __future__ import annotations

import enum
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from neon_async._wire.type_guards import is_sequence
from neon_async.models import Address, IdName
from neon_async.models._references import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDEST = 40
_MOST_NAMES = 3
# Masked in tables: a diff is there to be shown and stored.
_SECRETS = ("login.password",)


class DifferenceKind(enum.StrEnum):
    """What happens to a value."""

    SET = "set"
    CHANGED = "changed"
    DELETED = "deleted"
    ADDRESS_ADDED = "address added"
    ADDRESS_REMOVED = "address removed"
    CUSTOM_FIELD_SET = "custom field set"
    CUSTOM_FIELD_CHANGED = "custom field changed"
    CUSTOM_FIELD_DELETED = "custom field deleted"
    CONSENT_SET = "consent set"
    CONSENT_RESET = "consent reset"
    LOSS_ACCEPTED = "loss accepted"
    UNDECIDED = "undecided"


_DELETIONS = {
    DifferenceKind.DELETED,
    DifferenceKind.ADDRESS_REMOVED,
    DifferenceKind.CUSTOM_FIELD_DELETED,
}
_UNASKED = {
    DifferenceKind.CONSENT_RESET,
    DifferenceKind.LOSS_ACCEPTED,
    DifferenceKind.UNDECIDED,
}


@attrs.frozen
class Difference:
    """One difference between two versions of an account.

    Its representation shows no values; they are what `old` and `new` are for.

    Attributes:
        kind: what happens.
        parameter: the documented parameter, such as `"individualAccount.primaryContact.fax"`.
        old: the value before, None for nothing: text, a date, a truth value, an `IdName` (also
            for an option of a custom field), a `CodeName`, an `Address`, or a tuple of some.
        new: the value after; for undecided consents, the paths.
        element: the id of the address, custom field or type that the parameter belongs to;
            `""` outside of lists and for what has no id.
    """

    kind: DifferenceKind
    parameter: str
    old: Any = attrs.field(default=None, repr=False)
    new: Any = attrs.field(default=None, repr=False)
    element: str = ""

    @property
    def deletes(self) -> bool:
        """Whether data goes, without other data in its place."""
        return self.kind in _DELETIONS

    @property
    def name(self) -> str:
        """How `allow_clear` names it, with the id of the element that it belongs to.

        What goes from a custom field goes by the field.
        """
        parameter = self.parameter
        if self.kind is DifferenceKind.CUSTOM_FIELD_DELETED:
            parameter = f"{parameter.rpartition('.')[0]}.fieldId"
        return f"{parameter}={self.element}" if self.element else parameter

    @property
    def names(self) -> set[str]:
        """All names by which `allow_clear` can allow for it.

        The parameter, also with the id of the element; of one option less, with the option's id.
        """
        is_option = self.parameter.endswith(".fieldOptionId") and isinstance(self.old, IdName)
        own = self.old.id if is_option else self.element
        whole, _, _ = self.name.partition("=")
        return {self.parameter, f"{self.parameter}={own}", whole, self.name}

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The cells of a table: kind, parameter, old and new value, without passwords."""
        element = f" ({self.element})" if self.element else ""
        if self.parameter.endswith(_SECRETS):
            return str(self.kind), self.parameter, "***", "***"
        if self.kind is DifferenceKind.UNDECIDED:
            return str(self.kind), _listed(self.parameter.split(", ")), "-", "to be decided"
        old = "unknown" if self.kind is DifferenceKind.CONSENT_RESET else _shown(self.old)
        return str(self.kind), self.parameter + element, old, _shown(self.new)


@attrs.frozen
class AccountDiff:
    """What an edit changes: iterable, and as text a table of the values.

    Attributes:
        entries: the differences, in the order of the parameters.
    """

    entries: tuple[Difference, ...] = ()

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def changes(self) -> tuple[Difference, ...]:
        """The differences that were asked for: without accepted losses and consents reset."""
        return tuple(entry for entry in self.entries if entry.kind not in _UNASKED)

    @property
    def deletions(self) -> tuple[Difference, ...]:
        """The differences by which data goes."""
        return tuple(entry for entry in self.entries if entry.deletes)

    def __str__(self) -> str:
        """Return a table with one line a difference."""
        if not self.entries:
            return "no differences"
        rows = [("change", "parameter", "old", "new"), *(entry.row for entry in self.entries)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = (map(str.ljust, row, widths) for row in rows)
        return "\n".join("  ".join(line).rstrip() for line in lines)


def is_blank(value: object) -> bool:
    """Whether a value stands for nothing, as sent and as read."""
    if isinstance(value, Reference):
        return not any(value.key_and_name)
    return value is None or (isinstance(value, str) and not value.strip())


def _listed(names: list[str]) -> str:
    left = len(names) - _MOST_NAMES
    return ", ".join([*names[:_MOST_NAMES], f"{left} more"] if left > 0 else names)


def _shown(value: object) -> str:
    if value is None or value == "":
        return "-"
    line = " ".join(_text(value).split())
    printable = "".join(char if char.isprintable() else "?" for char in line)
    return printable if len(printable) <= _WIDEST else f"{printable[: _WIDEST - 1]}…"


def _text(value: object) -> str:
    if is_sequence(value):
        return ", ".join(map(_text, value))
    if isinstance(value, Reference):
        return " ".join(half for half in value.key_and_name if half)
    if isinstance(value, Address):
        parts = (value.address_line1, value.zip_code, value.city)
        return ", ".join(part for part in parts if part) or "an address"
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)
