"""Records as values column by column: the usual ones, and much faster than row by row."""

import functools
import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, date, datetime
from types import NoneType
from typing import Any, TypeAlias

from neon_async.models import Model
from neon_async.warehouse._cells import LARGEST, SMALLEST, Kind, fit
from neon_async.warehouse._table import Objects, Table
from neon_async.warehouse.readers import Values, reader

_Column: TypeAlias = Sequence[Any]
# Objects of one class: the values of their first columns, and the objects.
_Group: TypeAlias = tuple[type[Any], list[tuple[object, ...]], list[Model]]

# The class of values that are in a column as they are in the record. Of times, pyarrow takes
# those of any zone.
_USUAL: dict[Kind, type[Any]] = {"integer": int, "boolean": bool, "date": date}


def columns_of(table: Table, records: Iterable[Any]) -> list[_Column] | None:
    """Return the values of each column, or None where they are to be had row by row only.

    That is so of tables without objects of v1, of values that don't fit their columns, and where
    a record has no id.

    Args:
        table: one of `neon_async.warehouse.tables`.
        records: what `table.rows` takes.
    """
    if table.objects is None:
        return None
    parts = list(_parts(table, table.objects, list(records)))
    if not parts:
        return [() for _ in table.columns]
    columns: list[_Column] = []
    for column, values in zip(table.columns, map(_joined, zip(*parts, strict=True)), strict=True):
        fitting = _fitting(column.kind, values)
        if fitting is None or (column.key and None in fitting):
            return None
        columns.append(fitting)
    return columns


def _joined(parts: Sequence[Values]) -> Values:
    return functools.reduce(operator.add, parts)


def _parts(table: Table, objects: Objects, records: list[Any]) -> Iterator[list[Values]]:
    """Yield the columns of records, piece by piece."""
    groups = _by_class(objects, records)
    if not any(reader(cls).has_extra(items) for cls, _, items in groups):
        yield from (_columns(table, *group) for group in groups)
        return
    for is_odd, alike in itertools.groupby(records, functools.partial(_has_extra, objects)):
        if is_odd:  # what has an `extra` goes the long way
            rows = [tuple(row.values()) for row in table.rows(alike)]
            yield [list(column) for column in zip(*rows, strict=True)]
        else:
            yield from (_columns(table, *group) for group in _by_class(objects, alike))


def _has_extra(objects: Objects, record: Any) -> bool:  # noqa: ANN401 - any record
    return any(reader(cls).has_extra(items) for cls, _, items in _by_class(objects, [record]))


def _by_class(objects: Objects, records: Iterable[Any]) -> list[_Group]:
    all_objects = [each for record in records for each in objects(record)]
    classes = [item.__class__ for _, item in all_objects]
    return [
        (cls, [first for _, (first, _) in group], [item for _, (_, item) in group])
        for cls, alike in itertools.groupby(
            zip(classes, all_objects, strict=True), operator.itemgetter(0)
        )
        for group in [list(alike)]
    ]


def _columns(
    table: Table, cls: type[Any], first: list[tuple[object, ...]], items: list[Model]
) -> list[Values]:
    known = reader(cls)
    values = dict(zip((path for path, _ in known.columns), known.read(items), strict=True))
    # The first columns are not the objects' own, and may have the name of one that is.
    before = [list(column) for column in zip(*first, strict=True)]
    values |= dict(zip(table.column_names(), before, strict=False))
    blank: Values = [None] * len(items)
    return [values.get(column.name, blank) for column in table.columns]


def _fitting(kind: Kind, values: Values) -> _Column | None:
    """Return the values of a column as it has them, or None where one is out of its range."""
    if values.count(None) == len(values):
        return values
    if kind == "text":
        return _texts(values)
    classes = set(map(type, values)) - {NoneType}
    if kind == "timestamp" and classes == {datetime}:
        return _timestamps(values)
    if classes != {_USUAL.get(kind)} or (kind == "integer" and not _in_range(values)):
        return None
    return values


def _texts(values: Values) -> _Column | None:
    column: _Column = values
    try:
        text = "".join([value for value in values if value is not None])
    except TypeError:  # there are lists among them
        column = [None if value is None else fit("text", value) for value in values]
        return None if column.count(None) > values.count(None) else column
    if "\0" in text or not (text.isascii() or fit("text", text)):
        return None
    return column


def _timestamps(values: Values) -> _Column | None:
    known = [value for value in values if value is not None]
    years = [value.year for value in known]
    # Times near the ends of the calendar may be beyond them in UTC.
    far = min(years) > MINYEAR and max(years) < MAXYEAR
    if far and None not in [value.tzinfo for value in known]:
        return values
    column = [None if value is None else fit("timestamp", value) for value in values]
    return column if column.count(None) == values.count(None) else None


def _in_range(column: _Column) -> bool:
    known: list[int] = [value for value in column if value is not None]
    return min(known) >= SMALLEST and max(known) <= LARGEST
