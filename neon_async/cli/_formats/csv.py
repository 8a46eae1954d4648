"""Records as CSV: one flat row each, in which a spreadsheet finds no formulas."""

import csv
import io
import itertools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, TypeAlias, cast

from neon_async import Account, Activity, IndividualAccount, OrganizationAccount, unstructure
from neon_async.models import Model
from neon_async.warehouse.fields import fields
from neon_async.warehouse.json_text import dumps, dumps_list
from neon_async.warehouse.readers import ColumnReader, Values, reader

# What spreadsheets take for the beginning of a formula, also behind a line break.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
# What a cell is quoted for.
_QUOTED = ('"', ",", "\r", "\n")
_QUOTE = '"'
_BEFORE = 2  # the kind and a blank stand before the values
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
    return _written(COLUMNS[name]).encode()


def csv_lines(records: Sequence[Model]) -> bytes:
    """Return records as lines."""
    return "".join(_lines(records)).encode()


def cells(account: Account) -> dict[str, str]:
    """Return the cells of an account by their columns."""
    return dict(zip(COLUMNS["accounts"], _row(account), strict=True))


def unguarded(cell: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from finding a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def _written(row: Iterable[str]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerow(row)
    return text.getvalue()


def _lines(records: Sequence[Model]) -> Iterator[str]:
    for cls, of_class in itertools.groupby(records, operator.attrgetter("__class__")):
        group = list(of_class)
        if reader(cls).has_extra(group):
            for is_odd, alike in itertools.groupby(group, _has_extra):
                some = list(alike)
                yield from _odd_lines(some) if is_odd else _usual_lines(cls, some)
        else:
            yield from _usual_lines(cls, group)


def _has_extra(record: Model) -> bool:
    return reader(record.__class__).has_extra([record])


def _odd_lines(records: Iterable[Any]) -> Iterator[str]:
    return (_written(_row(record)) for record in records)


def _usual_lines(cls: type[Any], records: Sequence[Model]) -> Iterator[str]:
    """Yield records without an `extra` as lines: what `csv.writer` makes of `_row`.

    `csv.writer` looks at each letter, and lists are long: 9 of its 13 microseconds for a row.
    """
    known, kind, order = _plan(cls)
    columns = [[kind] * len(records), [""] * len(records)]
    for (_, field), values in zip(known.columns, known.read(records), strict=True):
        columns.append(_list_cells(values, field.item) if field.item else _cells(values))
    for row in zip(*order(columns), strict=True):
        yield ",".join(row) + "\r\n"


def _list_cells(values: Values, item: str) -> list[str]:
    start, end = f'"{{""{item}"":', '}"'
    # JSON has no NUL, and quotation marks in any case. In bytes they are doubled twice as fast.
    together = b"\0".join([b"" if value is None else dumps_list(value) for value in values])
    cells = together.replace(b'"', b'""').decode().split("\0")
    return [cell and f"{start}{cell}{end}" for cell in cells]


def _cells(values: Values) -> list[str]:
    """Return the cells of a column, quoted where `csv.writer` would quote them."""
    if values.count(None) == len(values):
        return [""] * len(values)
    cells: list[str] = ["" if value is None else value for value in values]
    try:
        # Searches them together: a NUL inside of a cell makes it look at each, no more.
        together = "\0".join(["", *cells])
    except TypeError:  # no text
        cells = ["" if value is None else _text(value) for value in values]
        together = "\0".join(cells)
    else:
        if any(f"\0{start}" in together for start in _FORMULA):
            cells = [_cell(text) for text in cells]
    if any(letter in together for letter in _QUOTED):
        return [_quoted(cell) for cell in cells]
    return cells


def _quoted(cell: str) -> str:
    if any(letter in cell for letter in _QUOTED):
        return f'"{cell.replace(_QUOTE, _QUOTE * 2)}"'
    return cell


# What reads the records of a class, the cell for their kind, and what puts that, a blank and the
# values into the order of the columns.
_Plan: TypeAlias = tuple[ColumnReader, str, Callable[[Sequence[list[str]]], tuple[list[str], ...]]]


_PLANS: dict[type[Any], _Plan] = {}


def _plan(cls: type[Any]) -> _Plan:
    if (cached := _PLANS.get(cls)) is not None:
        return cached
    known = reader(cls)
    places = {path: place for place, (path, _) in enumerate(known.columns, start=_BEFORE)}
    columns = COLUMNS["activities" if issubclass(cls, Activity) else "accounts"]
    places[_KIND] = 0
    order = operator.itemgetter(*(places.get(column, 1) for column in columns))
    _PLANS[cls] = plan = known, _kind(cls), order
    return plan


def _kind(cls: type[Any]) -> str:
    return "individual" if issubclass(cls, IndividualAccount) else "organization"


def _text(value: object) -> str:
    cls = value.__class__
    if cls is int:
        return str(value)
    if cls is bool:
        return "true" if value else "false"
    # The text of JSON has a date in quotes.
    return _cell(unstructure(value) if isinstance(value, date) else value)


def _row(record: Account | Activity) -> list[str]:
    columns = COLUMNS["activities" if isinstance(record, Activity) else "accounts"]
    values: dict[str, Any] = {}
    if not isinstance(record, Activity):
        values[_KIND] = _kind(record.__class__)
    extra: dict[str, Any] = {}
    # A value of another type must not be in a column, or no reader could rely on its type.
    odd = frozenset(record.oddities)
    for path, value in _leaves(unstructure(record), frozenset(columns)):
        (values if path in columns and path not in odd else extra)[path] = value
    # Always the last column, so that one more undocumented field moves no other.
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
        # An apostrophe is what spreadsheets themselves put before text (OWASP, CSV Injection).
        return f"'{value}" if value.startswith(_FORMULA) else str(value)
    return dumps(value).decode()


def plain_lines(rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows of any values as lines."""
    return "".join(_written(map(_cell, row)) for row in rows).encode()
