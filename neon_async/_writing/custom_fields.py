"""Compare custom fields: texts, and the options of select, radio and checkbox fields."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import zip_longest
from typing import TYPE_CHECKING

from neon_async._writing.diff import Difference, DifferenceKind, is_blank
from neon_async.models import CustomFieldData, IdName

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_CHANGED, _DELETED, _SET = (
    DifferenceKind.CUSTOM_FIELD_CHANGED,
    DifferenceKind.CUSTOM_FIELD_DELETED,
    DifferenceKind.CUSTOM_FIELD_SET,
)


def compare_custom_fields(
    old: list[CustomFieldData], new: list[CustomFieldData], name: str
) -> Iterator[Difference]:
    """List what differs between two versions of all custom fields, whatever the order."""
    before, after = _by_field(old), _by_field(new)
    for field_id in dict.fromkeys([*before, *after]):
        yield from _Comparison(field_id, name).differences(before[field_id], after[field_id])


def _by_field(entries: list[CustomFieldData]) -> defaultdict[str, list[CustomFieldData]]:
    grouped = defaultdict[str, list[CustomFieldData]](list)
    for entry in entries:
        # With both halves blank it says nothing, and v1 refuses it (codes 10017 and 10018).
        if not (is_blank(entry.field_option_id) and is_blank(entry.field_value)):
            grouped[entry.field_id or ""].append(entry)
    return grouped


class _Comparison:
    """The differences between two versions of one custom field."""

    def __init__(self, field_id: str, name: str) -> None:
        self._field_id = field_id
        self._name = name

    def differences(
        self, old: list[CustomFieldData], new: list[CustomFieldData]
    ) -> Iterator[Difference]:
        """Pair removed entries with new ones, and report the rest."""
        before, after = _options(old), _options(new)
        texts = _texts(old), _texts(new)
        if not new:
            removed: list[IdName | str] = [*before.values(), *texts[0]]
            yield self._difference(
                "fieldId", removed[0] if len(removed) == 1 else tuple(removed), None
            )
            return
        removed_options = [option for key, option in before.items() if key not in after]
        new_options = [option for key, option in after.items() if key not in before]
        yield from self._paired("fieldOptionId", removed_options, new_options)
        yield from self._renamed(before, after)
        yield from self._paired("fieldValue", _without(*texts), _without(*reversed(texts)))

    def _paired(
        self, leaf: str, removed: Sequence[object], new: Sequence[object]
    ) -> Iterator[Difference]:
        # The order of options says nothing, so removed and new ones are paired as they stand.
        for old, added in zip_longest(removed, new):
            yield self._difference(leaf, old, added)

    def _renamed(self, before: dict[str, IdName], after: dict[str, IdName]) -> Iterator[Difference]:
        """List other values beside the same option.

        If anything, such a value is the option's name, which may be left out.
        """
        for key, option in before.items():
            # A reply may name the option in fieldValue, which is blank in a request (both pages).
            old, new = option.name, after.get(key, option).name
            if old and new and old != new:
                yield self._difference("fieldValue", old, new)

    def _difference(self, leaf: str, old: object, new: object) -> Difference:
        kind = _DELETED if new is None else _SET if old is None else _CHANGED
        return Difference(kind, f"{self._name}.{leaf}", old, new, self._field_id)


def _options(entries: list[CustomFieldData]) -> dict[str, IdName]:
    """Return the chosen options by id, with their names where they are known."""
    return {
        entry.field_option_id: IdName(entry.field_option_id, entry.field_value or None)
        for entry in entries
        if entry.field_option_id and not is_blank(entry.field_option_id)
    }


def _texts(entries: list[CustomFieldData]) -> list[str]:
    return [entry.field_value or "" for entry in entries if is_blank(entry.field_option_id)]


def _without(texts: list[str], others: list[str]) -> list[str]:
    left = Counter(texts) - Counter(others)
    return [*left.elements()]
