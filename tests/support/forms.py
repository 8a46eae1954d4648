"""An own reader of forms, so that the client's writer is not its own judge."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

# What may be repeated. The values of each name inside are a column, and columns go by position.
GROUPS = {"address", "customFieldData", "individualType", "organizationType"}


def pairs(body: bytes) -> list[tuple[str, str]]:
    """The parameters of a form in order."""
    return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")


def parse(body: bytes) -> dict[str, Any]:
    """Read a form as v1 does: dotted names are nested objects, repeated ones parallel lists."""
    columns: dict[str, list[str]] = {}
    for name, value in pairs(body):
        columns.setdefault(name, []).append(value)
    document: dict[str, Any] = {}
    # Dates come last: of these the last elements may have none.
    for name, values in sorted(columns.items(), key=lambda column: _is_date(column[0])):
        # One page spells one half of a pair with a capital.
        *path, leaf = name.replace("addressType.Name", "addressType.name").split(".")
        holders = _holders(document, path, len(values))
        if _is_date(name):
            holders += [{} for _ in values[len(holders) :]]
        for holder, value in zip(holders, values, strict=not _is_date(name)):
            assert leaf not in holder
            holder[leaf] = value
    return document


def _is_date(name: str) -> bool:
    return name.endswith(("startDate", "endDate"))


def _holders(document: dict[str, Any], path: list[str], count: int) -> list[dict[str, Any]]:
    """Find the object that a column belongs to, or the objects of its group."""
    found = [document]
    for key in path:
        if key in GROUPS:
            (wrapper,) = found
            found = wrapper.setdefault(key, [{} for _ in range(count)])
        else:
            found = [holder.setdefault(key, {}) for holder in found]
    return found
