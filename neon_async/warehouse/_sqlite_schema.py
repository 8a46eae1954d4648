"""The schema of a SQLite copy, which only grows."""

import sqlite3
from collections.abc import Iterable, Iterator

from neon_async.warehouse import tables
from neon_async.warehouse.tables import Column, Table

VERSION = 1
"""The version of the schema, in the file's `user_version`: it rises with each new column."""

APPLICATION = 0x4E454F4E
"""The file's `application_id`: "NEON"."""

TABLES = (*tables.ACCOUNT_TABLES, *tables.ACTIVITY_TABLES)

_TYPES = {
    "text": "TEXT",
    "integer": "INTEGER",
    "boolean": "INTEGER",
    "date": "TEXT",
    "timestamp": "TEXT",
}
_CHECKPOINTS = (
    "CREATE TABLE checkpoints (\n"
    "  feed TEXT PRIMARY KEY NOT NULL,\n"
    "  organization TEXT NOT NULL,\n"
    "  checkpoint TEXT NOT NULL\n"
    ") WITHOUT ROWID"
)


def statements() -> Iterator[str]:
    """Yield what creates the tables of a new file."""
    yield from (_CHECKPOINTS, *map(_create, TABLES))


def create(connection: sqlite3.Connection) -> None:
    """Create the schema in an empty database, inside a transaction."""
    # A PRAGMA takes no parameters. These two write the file's header within the transaction.
    _run(connection, [*statements(), f"PRAGMA application_id = {APPLICATION}"])
    _run(connection, [f"PRAGMA user_version = {VERSION}"])


def grow(connection: sqlite3.Connection) -> None:
    """Add the tables and columns that a file of an earlier version lacks."""
    for table in TABLES:
        # ALTER TABLE has no IF NOT EXISTS for columns. Of a table that is missing there is no row.
        rows = connection.execute(f"PRAGMA table_info({table.name})")
        known = {name for _, name, *_ in rows}
        new = [column for column in table.columns if column.snake not in known]
        added = (f"ALTER TABLE {table.name} ADD COLUMN {_declare(column)}" for column in new)
        _run(connection, added if known else [_create(table)])
    _run(connection, [f"PRAGMA user_version = {VERSION}"])


def _run(connection: sqlite3.Connection, commands: Iterable[str]) -> None:
    for command in commands:
        connection.execute(command)


def _create(table: Table) -> str:
    columns = [_declare(column) for column in table.columns]
    key = table.key("snake")
    body = ",\n  ".join([*columns, f"PRIMARY KEY ({', '.join(key)})"])
    # A single number is the row's own id.
    return f"CREATE TABLE {table.name} (\n  {body}\n)" + (" WITHOUT ROWID" if key[1:] else "")


def _declare(column: Column) -> str:
    # SQLite enforces it for keys of several columns only. It gives a NULL in a single one, which is
    # the row's id, the next number.
    null = " NOT NULL" if column.key else ""
    return f"{column.snake} {_TYPES[column.kind]}{null}"
