"""A table for the results of a search."""

import functools
from collections import Counter
from collections.abc import Iterable, Iterator

from neon_async import SearchRow
from neon_async.warehouse._cells import EXTRA, fit
from neon_async.warehouse._table import Column, Row, Table
from neon_async.warehouse.json_text import dumps


def search_table(rows: Iterable[SearchRow]) -> Table:
    """Return a table for the results of a search, which has the columns that they have.

    Its columns are `id`, each field of the search as text, and `extra` for fields that only later
    results have. A blank value is None. Names that differ only in case, or in snake case not at
    all, get a number: `Note`, `Note 2`.

    Args:
        rows: the first results, such as those of the first page.
    """
    known: dict[tuple[str, int], Column] = {}
    taken = {"id", EXTRA}
    for row in rows:
        for place, name, _ in _numbered(row):
            if place not in known:
                column = _free(name, taken)
                taken |= {column.name.casefold(), column.snake}
                known[place] = column
    columns = (Column("id", "integer", key=True), *known.values(), Column(EXTRA, "text"))
    names = {place: column.name for place, column in known.items()}
    return Table("search", "", columns, functools.partial(_search_values, names))


def _free(name: str, taken: set[str]) -> Column:
    number = 1
    while True:
        column = Column(name if number == 1 else f"{name} {number}", "text")
        if column.name.casefold() not in taken and column.snake not in taken:
            return column
        number += 1


def _numbered(row: SearchRow) -> Iterator[tuple[tuple[str, int], str, str]]:
    """Yield each value with its name, and the place that the name has among its doubles."""
    doubles: Counter[str] = Counter()
    for name, value in row.pairs:
        folded = name.casefold()
        doubles[folded] += 1
        yield (folded, doubles[folded]), name, value


def _search_values(names: dict[tuple[str, int], str], row: SearchRow) -> Iterator[Row]:
    values: Row = {"id": fit("integer", row.id)}
    extra: dict[str, str] = {}
    for place, name, value in _numbered(row):
        fitted = fit("text", value) if place in names else None
        if value and fitted is None:
            extra[names.get(place, name)] = value
        elif value:
            values[names[place]] = fitted
    if extra:
        values[EXTRA] = dumps(extra).decode()
    yield values
