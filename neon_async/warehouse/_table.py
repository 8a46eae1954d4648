"""A table: its columns, and the rows of records."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, TypeAlias, cast

import attrs

from neon_async.models import Model
from neon_async.warehouse._cells import Kind
from neon_async.warehouse.fields import snake

Names: TypeAlias = Literal["v1", "snake"]
"""How columns are named: by v1's paths, or in snake case."""

Row: TypeAlias = dict[str, object]
"""A value by column, in the order of the columns."""

Objects: TypeAlias = Callable[[Any], Iterable[tuple[tuple[object, ...], Model]]]
"""From a record to objects with a row each: the values of the first columns, and the object."""


@attrs.frozen
class Column:
    """A column, and what is in it.

    Attributes:
        name: the path of v1's JSON names.
        kind: `"text"`, `"integer"` (64 bits, signed), `"boolean"`, `"date"` or `"timestamp"`.
        key: whether it belongs to the primary key, so that it is never None.
        snake: the name in snake case.
    """

    name: str
    kind: Kind
    key: bool = False
    snake: str = attrs.field(
        default=attrs.Factory(lambda column: snake(column.name), takes_self=True)
    )

    def spelled(self, names: Names) -> str:
        """Return the name in one of the two spellings."""
        return self.snake if names == "snake" else self.name


@attrs.frozen(repr=False, cache_hash=True)
class Table:
    """A table: its name, its columns, and how records become its rows.

    Attributes:
        owner: `"accounts"` or `"activities"`; `"search"` for search results.
        part: what of the owner it holds: `""` for the records themselves, `"addresses"`,
            `"custom_fields"`, `"deletions"` or `"merges"`.
        columns: the columns; `extra`, where there is one, is the last.
    """

    owner: str
    part: str
    columns: tuple[Column, ...]
    _values: Callable[[Any], Iterable[Row]]
    _objects: Objects | None = None

    def __repr__(self) -> str:
        """Show the name and the number of columns."""
        return f"Table({self.name}, <{len(self.columns)} columns>)"

    @property
    def name(self) -> str:
        """The name for a database: `accounts`, `account_addresses`."""
        singular = {"accounts": "account", "activities": "activity"}.get(self.owner, self.owner)
        return f"{singular}_{self.part}" if self.part else self.owner

    def column_names(self, names: Names = "v1") -> tuple[str, ...]:
        """Return the names of the columns, in order."""
        return tuple(column.spelled(names) for column in self.columns)

    def key(self, names: Names = "v1") -> tuple[str, ...]:
        """Return the names of the columns of the primary key."""
        return tuple(column.spelled(names) for column in self.columns if column.key)

    @property
    def objects(self) -> Objects | None:
        """The function that yields the objects of a record, if it has any."""
        return self._objects

    def rows(self, records: Iterable[Any], names: Names = "v1") -> Iterator[Row]:
        """Yield the rows of records, each with every column.

        Args:
            records: accounts or activities, also for their child tables, which have any number of
                rows a record; `Deleted` and `Merged` changes for the tables of those.
            names: how columns are named.

        Raises:
            LookupError: a record has no id.
        """
        blank = dict.fromkeys(self.column_names(), cast("object", None))
        keys, spelled = self.key(), self.column_names(names)
        for record in records:
            for values in self._values(record):
                # Not a null in the key: a database that lets it pass could never delete the row
                # again.
                if any(values.get(key) is None for key in keys):
                    raise LookupError(f"a record has no id for the table {self.name}")
                # The order of the columns is that of `blank`.
                yield dict(zip(spelled, (blank | values).values(), strict=True))
