"""Records as CSV: one flat row each, in which a spreadsheet finds no formulas."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

from neon_async import Account, Activity, IndividualAccount, OrganizationAccount, unstructure
from neon_async.models import Model
from neon_async.warehouse.fields import fields
from neon_async.warehouse.json_text import dumps

# What spreadsheets take for the beginning of a formula, also behind a line break.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_KIND = "kind"
_EXTRA = "extra"


def _columns(cls: type[Any], prefix: str = "") -> Iterator[str]:
    """Name the values of a model, a list being one value."""
    for field in fields(cls).values():
        path = prefix + field.name
        if field.item is None and issubclass(field.kind, Model):
            yield from _columns(field.kind, f"{path}.")
        else:
            yield path


_ACCOUNTS = (*_columns(IndividualAccount), *_columns(OrganizationAccount))
COLUMNS: dict[str, tuple[str, ...]] = {
    "accounts": (_KIND, *dict.fromkeys(_ACCOUNTS), _EXTRA),
    "activities": (*_columns(Activity), _EXTRA),
}
"""The columns of each kind of records."""


def header(name: str) -> bytes:
    """Return the names of the columns as a line."""
    return _lines([COLUMNS[name]])


def csv_lines(records: Sequence[Model]) -> bytes:
    """Return records as lines."""
    return _lines(map(_row, cast("Sequence[Account | Activity]", records)))


def cells(account: Account) -> dict[str, str]:
    """Return the cells of an account by their columns."""
    return dict(zip(COLUMNS["accounts"], _row(account), strict=True))


def unguarded(cell: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from finding a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _row(record: Account | Activity) -> list[str]:
    columns = COLUMNS["activities" if isinstance(record, Activity) else "accounts"]
    values: dict[str, Any] = {}
    if not isinstance(record, Activity):
        individual = isinstance(record, IndividualAccount)
        values[_KIND] = "individual" if individual else "organization"
    extra: dict[str, Any] = {}
    # A value of another type must not be in a column, or no reader could rely on its type.
    odd = frozenset(record.oddities)
    for path, value in _leaves(unstructure(record), frozenset(columns)):
        (values if path in columns and path not in odd else extra)[path] = value
    values[_EXTRA] = extra or None
    return [_cell(values.get(column)) for column in columns]


def _leaves(
    value: dict[str, Any], columns: frozenset[str], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        path = prefix + name
        if path not in columns and isinstance(inner, dict):
            yield from _leaves(cast("dict[str, Any]", inner), columns, f"{path}.")
        else:
            yield path, inner


def _cell(value: Any) -> str:  # noqa: ANN401 - JSON may be anything
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else str(value)
    return dumps(value).decode()


def plain_lines(rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows of any values as lines."""
    return _lines([[_cell(value) for value in row] for row in rows])
