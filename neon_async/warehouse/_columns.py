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
_Object: TypeAlias = tuple[tuple[object, ...], Model]

# The class of values that are in a column as they are in the record. Of times, pyarrow takes
# those of any zone.
_USUAL: dict[Kind, type[Any]] = {"text": str, "integer": int, "boolean": bool, "date": date}


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
    everything = [each for record in records for each in objects(record)]
    if not _has_extra(everything):
        yield from _by_class(table, everything)
        return
    for is_odd, some in itertools.groupby(records, lambda record: _has_extra([*objects(record)])):
        if is_odd:  # what has an `extra` goes the long way
            rows = [tuple(row.values()) for row in table.rows(some)]
            yield [list(column) for column in zip(*rows, strict=True)]
        else:
            yield from _by_class(table, [each for record in some for each in objects(record)])


def _has_extra(objects: Sequence[_Object]) -> bool:
    return any(
        reader(cls).has_extra([item for _, item in some])
        for cls, some in itertools.groupby(objects, _class_of)
    )


def _class_of(each: _Object) -> type[Model]:
    return each[1].__class__


def _by_class(table: Table, objects: Sequence[_Object]) -> Iterator[list[Values]]:
    for cls, group in itertools.groupby(objects, _class_of):
        first, items = zip(*group, strict=True)
        before = [list(values) for values in zip(*first, strict=True)]
        known = reader(cls)
        values = dict(zip((path for path, _ in known.columns), known.read(items), strict=True))
        # The first columns are not the objects' own, and may have the name of one that is.
        values |= dict(zip(table.column_names(), before, strict=False))
        blank: Values = [None] * len(items)
        yield [values.get(column.name, blank) for column in table.columns]


def _fitting(kind: Kind, values: Values) -> _Column | None:
    """Return the values of a column as it has them, or None where one is out of its range."""
    classes = set(map(type, values)) - {NoneType}
    if not classes:
        return values
    column: _Column = values
    if kind == "timestamp" and classes == {datetime}:
        return _timestamps(values)
    if classes != {_USUAL.get(kind)}:
        column = [None if value is None else fit(kind, value) for value in values]
        if column.count(None) > values.count(None):
            return None
    return column if _in_range(kind, column) else None


def _timestamps(values: Values) -> _Column | None:
    known = [value for value in values if value is not None]
    years = [value.year for value in known]
    # Times near the ends of the calendar may be beyond them in UTC.
    far = min(years) > MINYEAR and max(years) < MAXYEAR
    if far and None not in [value.tzinfo for value in known]:
        return values
    column = [None if value is None else fit("timestamp", value) for value in values]
    return column if column.count(None) == values.count(None) else None


def _in_range(kind: Kind, column: _Column) -> bool:
    if kind == "integer":
        known: list[int] = [value for value in column if value is not None]
        return min(known) >= SMALLEST and max(known) <= LARGEST
    if kind != "text":
        return True
    text = "".join(filter(None, column))
    return "\0" not in text and (text.isascii() or fit("text", text) is not None)
