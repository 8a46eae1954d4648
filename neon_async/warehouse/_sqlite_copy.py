"""A SQLite file that follows a feed, and what can go wrong with it."""

import contextlib
import errno
import json
import os
import sqlite3
import threading
from collections.abc import Generator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, Self

from neon_async import Account, Activity, Change, CheckpointError, InvalidRequestError
from neon_async._pipeline.secrecy import guarded
from neon_async.warehouse import _sqlite_schema
from neon_async.warehouse.tables import RecordTables, net

# No SQLite file is smaller, and SQLite takes smaller ones for empty.
_SMALLEST_FILE = 512


class StoredBatch(Protocol):
    """What a copy stores: a `Batch`, or a `BlockingBatch`."""

    @property
    def changes(self) -> Sequence[Change[Account]] | Sequence[Change[Activity]]:
        """The changes."""
        ...

    @property
    def checkpoint(self) -> str:
        """Where to resume once they are stored."""
        ...


class SqliteCopy:
    """A SQLite file that follows one feed: `with SqliteCopy("copy.db", ACCOUNT_TABLES) as copy`.

    ```python
    from anyio import to_thread

    from neon_async.warehouse import sqlite, tables

    with sqlite.SqliteCopy("copy.db", tables.ACCOUNT_TABLES) as copy:
        copy.check(neon.account_changes(last_week))
        async with neon.account_changes(last_week, checkpoint=copy.checkpoint) as feed:
            async for batch in feed.batches():
                await to_thread.run_sync(copy.store, batch)
    ```

    `sync_accounts` and `sync_activities` are these lines. A copy may be used from any thread.

    Attributes:
        path: the file.
        checkpoint: where the feed resumes, as JSON; None before the first batch.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        family: RecordTables,
        *,
        timeout: float = 30.0,
    ) -> None:
        """Open nothing yet: that happens at the beginning of the `with` block.

        Args:
            path: the file, which need not exist, in a folder that must.
            family: `tables.ACCOUNT_TABLES` or `tables.ACTIVITY_TABLES`.
            timeout: seconds to wait while another program holds a lock on the file.
        """
        self.path: Path = Path(path)
        self.checkpoint: str | None = None
        self._family = family
        self._feed = family.records.name
        self._timeout = timeout
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    @guarded
    def __enter__(self) -> Self:
        """Open the file, make or extend its schema, and load the checkpoint.

        Raises:
            CheckpointError: the file is no such copy, or a later version's.
            OSError: it can't be opened or written, or another program holds a lock on it.
            RuntimeError: it is open already.
        """
        if self._connection is not None:
            raise RuntimeError(
                "this copy is open already; leave its `with` block before entering it again"
            )
        self._refuse_other_files()
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._explained())
            # Transactions are begun by hand: by default sqlite3 begins one at the first INSERT,
            # after the checkpoint was read. Each batch may come from another worker thread, which
            # sqlite3 allows where writes are serialized, as `_lock` does (Python documentation,
            # module sqlite3).
            connection = sqlite3.connect(
                self.path, timeout=self._timeout, isolation_level=None, check_same_thread=False
            )
            # A file that is refused is closed at once: an open one keeps its lock.
            stack.callback(connection.close)
            self._prepare(connection)
            stored = self._stored(connection)
            self.checkpoint = stored
            stack.pop_all()
        self._connection = connection
        return self

    @guarded
    def __exit__(self, *error: object) -> None:
        """Close the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @guarded
    def check(self, feed: object) -> None:
        """Refuse a feed of another organization than the one that is in the file.

        Args:
            feed: a feed that was made without a checkpoint, and need not be entered.

        Raises:
            CheckpointError: it is of another organization, or of another kind of records.
        """
        connection = self._opened()
        with self._lock, self._explained():
            self._check(connection, str(getattr(feed, "checkpoint", "")))

    @guarded
    def store(self, batch: StoredBatch) -> None:
        """Store a batch and its checkpoint in one transaction, all of it or nothing.

        Batches are stored in order. It may be repeated.

        Args:
            batch: what `feed.batches()` yields.

        Raises:
            CheckpointError: another run has stored a batch since this one began, or the batch is of
                another organization or kind of records.
            OSError: the disk is full, or another program holds a lock on the file.
            RuntimeError: the copy is closed.
        """
        connection = self._opened()
        state = net(batch.changes)
        rows = self._family.rows_of(state, "snake")
        ids = [(record_id,) for record_id in state.ids]
        with self._lock, self._explained(), _transaction(connection):
            organization = self._check(connection, batch.checkpoint)
            # The batch's own checkpoint is there when it was stored and the caller did not get to
            # know.
            if self._stored(connection) not in {self.checkpoint, batch.checkpoint}:
                raise CheckpointError(
                    f"another run has stored changes in {self.path} since this one began, so "
                    "nothing was stored; start this run again, and let one run at a time use it"
                )
            # Deleted and inserted, not updated: child rows that a record has lost are gone, and an
            # id that was deleted or merged leaves `accounts`.
            for table in self._family:
                key = self._family.id_column("snake")
                connection.executemany(f"DELETE FROM {table.name} WHERE {key} = ?", ids)  # noqa: S608 - names of this package
                marks = ", ".join("?" * len(table.columns))
                connection.executemany(
                    f"INSERT INTO {table.name} ({', '.join(table.column_names('snake'))})"  # noqa: S608 - as above
                    f" VALUES ({marks})",
                    [[_cell(value) for value in row.values()] for row in rows[table.name]],
                )
            connection.execute(
                "INSERT OR REPLACE INTO checkpoints (feed, organization, checkpoint)"
                " VALUES (?, ?, ?)",
                (self._feed, organization, batch.checkpoint),
            )
        self.checkpoint = batch.checkpoint

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise RuntimeError("use a copy inside its `with` block")
        return self._connection

    def _refuse_other_files(self) -> None:
        path = self.path
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "no such folder", str(path.parent))
        if not path.exists():
            return
        if not path.is_file() or 0 < path.stat().st_size < _SMALLEST_FILE:
            raise self._no_copy()

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Check whose file it is, and bring its schema up to date."""
        if _pragma(connection, "application_id") == _sqlite_schema.APPLICATION:
            version = _pragma(connection, "user_version")
            if version == _sqlite_schema.VERSION:
                return
        with _transaction(connection):
            # Another run may have been quicker.
            application = _pragma(connection, "application_id")
            version = _pragma(connection, "user_version")
            if application != _sqlite_schema.APPLICATION:
                (objects,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                # A database without tables may still be another program's, if its header has
                # numbers.
                if application or version or objects:
                    raise self._no_copy()
                _sqlite_schema.create(connection)
            elif version > _sqlite_schema.VERSION:
                raise CheckpointError(
                    f"{self.path} has schema {version}, which a later version of neon_async made; "
                    f"this one knows up to {_sqlite_schema.VERSION}: update neon_async"
                )
            else:
                _sqlite_schema.grow(connection)

    def _no_copy(self) -> CheckpointError:
        return CheckpointError(
            f"{self.path} is not a copy that neon_async made, and was left unchanged; name another "
            "file"
        )

    def _stored(self, connection: sqlite3.Connection) -> str | None:
        row = connection.execute(
            "SELECT checkpoint FROM checkpoints WHERE feed = ?", (self._feed,)
        ).fetchone()
        return None if row is None else row[0]

    def _check(self, connection: sqlite3.Connection, checkpoint: str) -> str:
        """Return the organization of a checkpoint, which must be that of the file."""
        try:
            document: dict[str, Any] = json.loads(checkpoint)
            feed, organization = document["feed"], str(document["organization"])
        except (ValueError, TypeError, KeyError):
            raise InvalidRequestError(
                "expected a batch or a feed with its checkpoint", parameter="checkpoint"
            ) from None
        if feed != self._feed:
            raise CheckpointError(f"expected a feed of {self._feed}, got one of {feed}")
        # Ids mean nothing across organizations: 10002 is somebody else there.
        others = connection.execute(
            "SELECT count(*) FROM checkpoints WHERE organization <> ?", (organization,)
        )
        if others.fetchone()[0]:
            raise CheckpointError(
                f"{self.path} is a copy of another organization; name another file"
            )
        return organization

    @contextlib.contextmanager
    def _explained(self) -> Generator[None]:
        """Raise errors of SQLite as what they are: a full disk, a lock, a damaged file."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            explained = self._explain(error)
            if explained is None:
                raise
        else:
            return
        # Outside of the handler: the driver's error is no context of this one.
        raise explained

    def _explain(self, error: sqlite3.DatabaseError) -> Exception | None:
        # Extended codes have the primary one in their lowest byte (SQLite, Result and Error Codes).
        # Errors that sqlite3 raises without SQLite, such as for a wrong type, have none.
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
            return self._no_copy() if code == sqlite3.SQLITE_NOTADB else self._damaged()
        # With its extended bits: a file that was moved counts as one that is read-only.
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_DBMOVED:
            return FileNotFoundError(
                errno.ENOENT, "the database was moved or deleted during the run", str(self.path)
            )
        number, text = _SYSTEM_ERRORS.get(code, (None, ""))
        return None if number is None else OSError(number, text, str(self.path))

    def _damaged(self) -> CheckpointError:
        return CheckpointError(
            f"{self.path} is damaged: move it away, and the next run creates a new copy"
        )


# SQLITE_IOERR may also be a full disk: that of a WAL database whose shared memory can't grow
# (SQLite, Result and Error Codes, SQLITE_IOERR_SHMSIZE).
_SYSTEM_ERRORS: dict[int, tuple[int, str]] = {
    sqlite3.SQLITE_BUSY: (errno.EBUSY, "another program holds a lock on the database"),
    sqlite3.SQLITE_LOCKED: (errno.EBUSY, "another program holds a lock on the database"),
    sqlite3.SQLITE_FULL: (errno.ENOSPC, "No space left on device"),
    sqlite3.SQLITE_IOERR: (errno.EIO, "the disk is full, or failed"),
    sqlite3.SQLITE_READONLY: (errno.EACCES, "the database is read-only"),
    sqlite3.SQLITE_CANTOPEN: (errno.EACCES, "the database can't be opened"),
}


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Generator[None]:
    """Commit what is done inside, or undo it."""
    # With the write lock from the beginning: a transaction that has read fails with SQLITE_BUSY
    # when it wants to write, without waiting for the timeout (SQLite, Transaction).
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # Some errors of SQLite have undone it already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)


def _cell(value: object) -> object:
    match value:
        # As text: sqlite3's own adapters of dates are deprecated since Python 3.12. Always with six
        # digits, or texts of different lengths would not sort by time.
        case datetime():
            return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case _:
            return value
