"""Changed records, in SQLite, over the synthetic records that they replace."""

from __future__ import annotations

import sqlite3
import threading
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import orjson

from neon_async.emulator._state.index import Base, Index
from neon_async.emulator._wire.messages import addresses, inner

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from os import PathLike

Document = dict[str, Any]

_SQLITE_LIMIT = 1 << 63

_SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS address (id INTEGER PRIMARY KEY, account INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS login (username TEXT PRIMARY KEY, account INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS login_account ON login (account);
"""
_COLLECTION_SCHEMA = """
CREATE TABLE IF NOT EXISTS {name} (
    id INTEGER PRIMARY KEY,
    modified INTEGER,
    deleted INTEGER NOT NULL DEFAULT 0,
    merged_into INTEGER,
    document BLOB
);
CREATE INDEX IF NOT EXISTS {name}_merged ON {name} (merged_into) WHERE merged_into IS NOT NULL;
"""


class Synthetic(Protocol):
    """The records that a collection starts with."""

    base: Base

    def document(self, number: int, /) -> Document: ...


@attrs.frozen
class StoredRow:
    """The new state of one record.

    Attributes:
        modified: last-modified time, or when it was deleted, in milliseconds.
        document: the stored document, or None when the record is deleted.
        merged_into: the id that took over from a deleted record, or None.
    """

    number: int
    modified: int | None
    document: Document | None = attrs.field(repr=False)
    merged_into: int | None = None


@attrs.frozen
class IndexEntry:
    """A record that exists, with its last-modified time in milliseconds."""

    modified: int | None


class Collection:
    """All accounts, or all activities."""

    def __init__(self, connection: sqlite3.Connection, name: str, synthetic: Synthetic) -> None:
        """Read the order of the rows that were changed before."""
        self._connection = connection
        self._name = name
        self.synthetic = synthetic
        self.index = Index(synthetic.base)
        connection.executescript(_COLLECTION_SCHEMA.format(name=name))
        # Only ids and times: the documents stay in the file until they are asked for.
        for number, modified, deleted in connection.execute(
            f"SELECT id, modified, deleted FROM {name} ORDER BY id"  # noqa: S608 - own names
        ):
            self.index.add(number, modified, deleted=bool(deleted))

    def row(self, number: int) -> StoredRow | None:
        """Return a record, deleted ones included, or None if there never was one."""
        row = self._connection.execute(
            f"SELECT modified, document, merged_into FROM {self._name} WHERE id = ?",  # noqa: S608
            (number,),
        ).fetchone()
        if row is not None:
            modified, document, merged_into = row
            stored = None if document is None else orjson.loads(document)
            return StoredRow(number, modified, stored, merged_into)
        if number not in self.synthetic.base.ids:
            return None
        modified = self.synthetic.base.modified(number)
        return StoredRow(number, modified, self.synthetic.document(number))

    def find(self, number: int) -> IndexEntry | None:
        row = self._connection.execute(
            f"SELECT modified, deleted FROM {self._name} WHERE id = ?",  # noqa: S608
            (number,),
        ).fetchone()
        if row is not None:
            modified, deleted = row
            return None if deleted else IndexEntry(modified)
        base = self.synthetic.base
        return IndexEntry(base.modified(number)) if number in base.ids else None

    def changed(self, numbers: Iterable[int]) -> dict[int, Document]:
        # As one parameter: SQLite allows 32,766 of them (SQLite, Limits), and a search may have
        # more ids.
        id_list = orjson.dumps(list(numbers)).decode()
        rows = self._connection.execute(
            f"SELECT id, document FROM {self._name} "  # noqa: S608
            "WHERE NOT deleted AND id IN (SELECT value FROM json_each(?))",
            (id_list,),
        )
        return {number: orjson.loads(document) for number, document in rows}

    def documents(self, numbers: Sequence[int]) -> dict[int, Document]:
        """Return the documents of existing records, in the order of their ids here."""
        changed = self.changed(numbers)
        return {
            number: changed[number] if number in changed else self.synthetic.document(number)
            for number in numbers
        }

    def merged_into(self, number: int) -> list[int]:
        """Return the ids that were merged into this one, in the order of their merging."""
        rows = self._connection.execute(
            f"SELECT id FROM {self._name} WHERE merged_into = ? ORDER BY modified, rowid",  # noqa: S608
            (number,),
        )
        return [record_id for (record_id,) in rows]

    def write(self, row: StoredRow) -> None:
        old = self._connection.execute(
            f"SELECT modified FROM {self._name} WHERE id = ? AND NOT deleted",  # noqa: S608
            (row.number,),
        ).fetchone()
        if old is not None:
            self.index.remove(row.number, old[0])
        self.index.add(row.number, row.modified, deleted=row.document is None)
        self._connection.execute(
            f"INSERT OR REPLACE INTO {self._name} VALUES (?, ?, ?, ?, ?)",  # noqa: S608
            (
                row.number,
                row.modified,
                row.document is None,
                row.merged_into,
                None if row.document is None else orjson.dumps(row.document),
            ),
        )


Changes = list[tuple[Collection, StoredRow]]


@attrs.frozen(eq=False)
class _PendingChange:
    due: int
    changes: Changes

    def holds(self, changes: Changes) -> bool:
        """Return whether it locks one of the rows, so that a write to them must wait for it."""
        held = {(id(collection), row.number) for collection, row in self.changes}
        return any((id(collection), row.number) in held for collection, row in changes)


class Store:
    """Accounts, activities, and what else must survive.

    Attributes:
        lock: held by every reader and writer; control methods and requests may come from
            different threads.
    """

    def __init__(
        self,
        database: str | PathLike[str] | None,
        accounts: Synthetic,
        activities: Synthetic,
        settings: Mapping[str, int],
    ) -> None:
        """Open the database.

        Raises:
            ValueError: the file was made with other settings, so that its changes would
                apply to other records.
        """
        self.lock = threading.RLock()
        self.connection = sqlite3.connect(
            ":memory:" if database is None else database,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            self._open(settings)
            self.accounts = Collection(self.connection, "accounts", accounts)
            self.activities = Collection(self.connection, "activities", activities)
        except BaseException:
            self.connection.close()
            raise
        self._pending: list[_PendingChange] = []

    def _open(self, settings: Mapping[str, int]) -> None:
        # A test database that a power cut may damage is worth the speed.
        self.connection.execute("PRAGMA synchronous = OFF")
        self.connection.executescript(_SCHEMA)
        for name, value in settings.items():
            if self.setting(name, value) != value:
                raise ValueError(
                    f"the database was made with {name}={self.setting(name, value)}, not {value}"
                )

    def setting(self, name: str, default: int) -> int:
        """Return a stored number, and store the default if there is none yet."""
        self.connection.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", (name, default))
        row = self.connection.execute("SELECT value FROM setting WHERE name = ?", (name,))
        value: int = row.fetchone()[0]
        return value

    def next_number(self, name: str, first: int) -> int:
        """Return a new id out of a named sequence."""
        number = self.setting(name, first)
        self.connection.execute("UPDATE setting SET value = ? WHERE name = ?", (number + 1, name))
        return number

    def owner(self, table: str, column: str, value: str | int) -> int | None:
        """Return the changed account that a login name or an address id was noted for."""
        row = self.connection.execute(
            f"SELECT account FROM {table} WHERE {column} = ?",  # noqa: S608 - own names
            (value,),
        ).fetchone()
        return None if row is None else row[0]

    def latest(self, collection: Collection, number: int) -> StoredRow | None:
        """Return a record with the changes that are not visible yet."""
        for pending in reversed(self._pending):
            for changed, row in reversed(pending.changes):
                if changed is collection and row.number == number:
                    return row
        return collection.row(number)

    def commit(self, changes: Changes, due: int | None = None) -> None:
        """Make changes, all at once.

        Args:
            changes: the new states.
            due: the time at which they become visible, in milliseconds; None for now.
        """
        holding = [pending for pending in self._pending if pending.holds(changes)]
        if due is not None:
            due = max([due, *(pending.due for pending in holding)])
            self._pending.append(_PendingChange(due, changes))
            return
        for pending in holding:
            self._pending.remove(pending)
            self._write(pending.changes)
        self._write(changes)

    def flush_due(self, now: int | None = None) -> None:
        """Make the writes visible that are due by now, or all of them."""
        due = [write for write in self._pending if now is None or write.due <= now]
        self._pending = [write for write in self._pending if now is not None and write.due > now]
        for pending in sorted(due, key=lambda write: write.due):
            self._write(pending.changes)

    def close(self) -> None:
        """Store pending writes, and close the database."""
        with self.lock:
            self.flush_due()
            self.connection.close()

    def _write(self, changes: list[tuple[Collection, StoredRow]]) -> None:
        self.connection.execute("BEGIN")
        for collection, row in changes:
            collection.write(row)
            if collection is self.accounts:
                self._note_owner(row)
        self.connection.execute("COMMIT")

    def _note_owner(self, row: StoredRow) -> None:
        self.connection.execute("DELETE FROM login WHERE account = ?", (row.number,))
        record: Document = {} if row.document is None else row.document["record"]
        username = inner(record, "login", "username")
        if isinstance(username, str):
            self.connection.execute(
                "INSERT OR REPLACE INTO login VALUES (?, ?)", (username, row.number)
            )
        for address in addresses(record):
            number = address.get("addressId")
            if isinstance(number, int) and abs(number) < _SQLITE_LIMIT:
                self.connection.execute(
                    "INSERT OR REPLACE INTO address VALUES (?, ?)", (number, row.number)
                )
