"""Records as values column by column: the usual ones, and much faster than row by row."""

import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence
from datetime import MAXYEAR, MINYEAR, date, datetime
from types import NoneType
from typing import Any, TypeAlias

import attrs

from neon_async.models import Model
from neon_async.warehouse._cells import LARGEST, SMALLEST, Kind, fit
from neon_async.warehouse._table import Objects, Table
from neon_async.warehouse.readers import Values, reader

_Column: TypeAlias = Sequence[Any]


@attrs.frozen
class _Group:
    """Objects of one class.

    Attributes:
        places: the numbers of their rows.
        first: the values of their first columns.
    """

    places: list[int] = attrs.field(factory=list[int])
    first: list[tuple[object, ...]] = attrs.field(factory=list[tuple[object, ...]])
    items: list[Model] = attrs.field(factory=list[Model])


@attrs.frozen
class _Piece:
    """Columns of some of the rows.

    Attributes:
        places: the numbers of the rows.
    """

    places: list[int]
    columns: list[Values]


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
    pieces = list(_pieces(table, table.objects, list(records)))
    if not pieces:
        return [() for _ in table.columns]
    columns: list[_Column] = []
    for column, values in zip(table.columns, _in_order(pieces), strict=True):
        fitting = _fitting(column.kind, values)
        if fitting is None or (column.key and None in fitting):
            return None
        columns.append(fitting)
    return columns


def _in_order(pieces: list[_Piece]) -> list[Values]:
    """Return the columns of all rows from those of pieces, whose rows have places in the whole."""
    if len(pieces) == 1:
        return pieces[0].columns
    places = list(itertools.chain.from_iterable(piece.places for piece in pieces))
    in_order = operator.itemgetter(*sorted(range(len(places)), key=places.__getitem__))
    columns = zip(*(piece.columns for piece in pieces), strict=True)
    return [list(in_order(list(itertools.chain.from_iterable(column)))) for column in columns]


def _pieces(table: Table, objects: Objects, records: list[Any]) -> Iterator[_Piece]:
    """Yield the columns of all objects of a class together, whatever stands between them."""
    rows = [list(objects(record)) for record in records]
    groups = _by_class(rows)
    if any(reader(cls).has_extra(group.items) for cls, group in groups.items()):
        odd = [number for number, own in enumerate(rows) if _has_extra(own)]
        groups = _by_class(rows, frozenset(odd))
        ends = list(itertools.accumulate(map(len, rows), initial=0))
        places = [place for number in odd for place in range(ends[number], ends[number + 1])]
        # Records with an `extra` go the long way.
        long_way = [tuple(row.values()) for row in table.rows([records[at] for at in odd])]
        yield _Piece(places, [list(column) for column in zip(*long_way, strict=True)])
    for cls, group in groups.items():
        yield _Piece(group.places, _columns(table, cls, group))


def _has_extra(own: Iterable[tuple[object, Model]]) -> bool:
    return any(reader(item.__class__).has_extra([item]) for _, item in own)


def _by_class(
    rows: Iterable[Sequence[tuple[tuple[object, ...], Model]]], odd: frozenset[int] = frozenset()
) -> dict[type[Any], _Group]:
    groups: dict[type[Any], _Group] = {}
    place = itertools.count()
    for number, own in enumerate(rows):
        for first, item in own:
            at = next(place)
            if number not in odd:
                group = groups.get(item.__class__) or groups.setdefault(item.__class__, _Group())
                group.places.append(at)
                group.first.append(first)
                group.items.append(item)
    return groups


def _columns(table: Table, cls: type[Any], group: _Group) -> list[Values]:
    known = reader(cls)
    values = dict(zip((path for path, _ in known.columns), known.read(group.items), strict=True))
    # The first columns are not the objects' own, and may have the name of one that is.
    before = [list(column) for column in zip(*group.first, strict=True)]
    values |= dict(zip(table.column_names(), before, strict=False))
    blank: Values = [None] * len(group.items)
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
