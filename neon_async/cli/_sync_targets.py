"""What a sync writes into: a journal of lines, a SQLite file, or Parquet files."""

import contextlib
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import attrs
from anyio import to_thread

from neon_async import (
    Account,
    Activity,
    Batch,
    ChangeFeed,
    CheckpointStore,
    FileCheckpoint,
    InvalidRequestError,
)
from neon_async.cli._extras import extra
from neon_async.cli._files import check_folder, is_special
from neon_async.cli._journal import open_journal, store
from neon_async.cli._lines import LineFile
from neon_async.cli._lock import only_run
from neon_async.cli._streams import naming

if TYPE_CHECKING:
    from neon_async.warehouse.sqlite import SqliteCopy

Feed: TypeAlias = ChangeFeed[Account] | ChangeFeed[Activity]
MakeFeed: TypeAlias = Callable[[CheckpointStore | str | None], Feed]
SyncForm: TypeAlias = Literal["ndjson", "sqlite", "parquet"]

_SUFFIXES: dict[str, SyncForm] = {
    ".db": "sqlite",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".parquet": "parquet",
}


class Target(Protocol):
    """Where the changes of a sync go, each batch before the checkpoint that covers it."""

    @property
    def size(self) -> int:
        """How many changes a batch has, at least."""
        ...

    def open_feed(self, make: MakeFeed, /) -> Feed:
        """Return the feed that resumes where the last run ended."""
        ...

    async def store(self, batch: Batch[Account] | Batch[Activity], /) -> None:
        """Store a batch, and then its checkpoint."""
        ...


@attrs.frozen
class FileTarget:
    """Appends to files, with the checkpoint in another file.

    Attributes:
        write: stores the changes of a batch, and returns when they are safe on the disk.
        size: as in `Target`.
    """

    checkpoint: Path
    write: Callable[[Batch[Account] | Batch[Activity]], None]
    size: int

    def open_feed(self, make: MakeFeed, /) -> Feed:
        """Return the feed that resumes from the checkpoint's file."""
        return make(FileCheckpoint(self.checkpoint))

    async def store(self, batch: Batch[Account] | Batch[Activity], /) -> None:
        """Write a batch, and then its checkpoint."""
        await to_thread.run_sync(self.write, batch)
        with naming(str(self.checkpoint)):
            await batch.commit()


@attrs.frozen
class SqliteTarget:
    """Writes into a SQLite file, which has its own checkpoint."""

    copy: "SqliteCopy"
    size: int = 1_000

    def open_feed(self, make: MakeFeed, /) -> Feed:
        """Return the feed that resumes from the checkpoint in the file."""
        self.copy.check(make(None))
        return make(self.copy.checkpoint)

    async def store(self, batch: Batch[Account] | Batch[Activity], /) -> None:
        await to_thread.run_sync(self.copy.store, batch)


@contextlib.contextmanager
def open_target(
    name: str, form: SyncForm | None, output: Path, checkpoint: Path | None, side_file: Path
) -> Generator[Target]:
    """Check the files of a sync, and let no other run use them meanwhile.

    Args:
        name: the kind of records.
        form: the format; None to go by the name of the output.
        output: the file to write to.
        checkpoint: the file of the checkpoint, if there is one.
        side_file: the file for records without a usable id.

    Raises:
        InvalidRequestError: the files don't go together.
        CheckpointError: another run uses them, or the output is another program's database.
        OSError: they can't be written.
    """
    form = form or _SUFFIXES.get(output.suffix.lower(), "ndjson")
    if output == Path("-") or is_special(output):
        raise InvalidRequestError(
            "--output must be a regular file; a pipe can't keep what it was sent"
        )
    if form == "sqlite":
        from neon_async.warehouse import tables  # noqa: PLC0415 - help does without the client
        from neon_async.warehouse.sqlite import SqliteCopy  # noqa: PLC0415

        if checkpoint is not None:
            raise InvalidRequestError(
                f"a SQLite file has its own checkpoint: leave out --checkpoint {checkpoint}"
            )
        check_folder(output)
        accounts = name == "accounts"
        copy = SqliteCopy(output, tables.ACCOUNT_TABLES if accounts else tables.ACTIVITY_TABLES)
        # Accounts and activities may be synced into one file at the same time.
        with only_run(output, name), copy:
            yield SqliteTarget(copy)
        return
    if checkpoint is None:
        raise InvalidRequestError("pass --checkpoint, the file with the position of the last run")
    if checkpoint.resolve() in {output.resolve(), side_file.resolve()}:
        raise InvalidRequestError("--checkpoint and --output must be different files")
    check_folder(output)
    if form == "parquet":
        with extra("arrow", "pyarrow"):
            from neon_async.cli._formats import change_files  # noqa: PLC0415 - an extra
        with only_run(checkpoint), only_run(output):
            files = change_files.ChangeFiles.begin(name, output)
            yield FileTarget(checkpoint, files.write, 10_000)
    else:
        with only_run(checkpoint), open_journal(output) as journal:
            yield FileTarget(checkpoint, _lines_into(journal), 1)


def _lines_into(journal: LineFile) -> Callable[[Batch[Account] | Batch[Activity]], None]:
    return lambda batch: store(journal, batch.changes)
