"""Records as Parquet or Arrow IPC files: flat tables, with bounded memory.

What it needs comes with the extra `arrow`.
"""

import contextlib
import errno
import os
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Literal, TypeAlias, cast

import attrs
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from neon_async.cli._files import StagedFiles
from neon_async.cli._formats.output import Kept
from neon_async.cli._lines import keep
from neon_async.cli._streams import naming
from neon_async.models import Model
from neon_async.warehouse import tables
from neon_async.warehouse.arrow import record_batch, schema
from neon_async.warehouse.tables import Table

Form: TypeAlias = Literal["parquet", "arrow"]

# Enough that readers can skip and compress well, and a few megabytes of memory.
_ROW_GROUP = 10_000
# The end of a file lists each column of each row group: its place, and its least and greatest
# value, in two ways; Parquet leaves out values beyond 4 KiB.
_ENTRY = 300
_LONGEST = 4_096
_NOTHING = (0, 0)
_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


_TABLES = {
    family.records.name: (family.records, *family.children)
    for family in (tables.ACCOUNT_TABLES, tables.ACTIVITY_TABLES)
}


def file_name(output: Path, table: Table) -> Path:
    """Return where a table goes: child tables have their name before the suffix."""
    return output.with_name(f"{output.stem}.{table.part}{output.suffix}") if table.part else output


@attrs.define
class _Sink:
    """A file that is written in row groups, of which at most one is in memory."""

    table: Table
    schema: pa.Schema
    file: BinaryIO
    writer: "pq.ParquetWriter | pa.ipc.RecordBatchFileWriter"
    waiting: list[pa.RecordBatch] = attrs.field(factory=list[pa.RecordBatch])
    end: int = 0

    @classmethod
    def open(cls, path: Path, table: Table, form: Form) -> "_Sink":
        columns, file = schema(table), path.open("wb")
        with contextlib.ExitStack() as stack:
            stack.push(file)
            if form == "parquet":
                sink = cls(
                    table, columns, file, pq.ParquetWriter(file, columns, compression="zstd")
                )
            else:
                sink = cls(table, columns, file, pa.ipc.new_file(file, columns))
            stack.pop_all()
        return sink

    @property
    def rows(self) -> int:
        return sum(batch.num_rows for batch in self.waiting)

    def batch(self, records: Sequence[Model]) -> pa.RecordBatch:
        return record_batch(self.table, records)

    def reserve(self) -> None:
        """Reserve room for the waiting rows, and for the end of the file.

        Raises:
            OSError: the disk is too full.
        """
        end = self.end + sum(_end_entry(batch) for batch in self.waiting)
        # zstd may make data a little longer, and each page of a column has a head of its own.
        size = end + 3 * sum(batch.nbytes for batch in self.waiting) // 2
        try:
            _allocate(self.file.fileno(), self.file.tell(), size + _ENTRY)
        except OSError as error:
            # Not every file system can do this.
            if error.errno in _FULL:
                raise
        self.end = end

    def flush(self) -> None:
        whole = pa.Table.from_batches(self.waiting, schema=self.schema)
        self.waiting = []
        if whole.num_rows:
            # In one piece: a table of many chunks would become as many record batches in an IPC
            # file.
            self.writer.write_table(whole.combine_chunks())

    def close(self) -> None:
        with self.file:
            self.writer.close()
            self.file.truncate()  # the rest of the reserved room


def _end_entry(batch: Any) -> int:  # noqa: ANN401 - the stubs are incomplete
    """Return how many bytes the end of a file needs for a batch, at most."""
    return sum(_ENTRY + 4 * min(_longest(column), _LONGEST) for column in batch.columns)


def _longest(column: Any) -> int:  # noqa: ANN401 - as above
    """Return the length of the longest value of a column."""
    if not pa.types.is_string(column.type):
        return 8
    compute = cast("Any", pc)
    longest = compute.max(compute.binary_length(column))
    return longest.as_py() or 0


def _allocate(descriptor: int, start: int, size: int) -> None:
    """Reserve room on the disk, where the system can."""
    if hasattr(os, "posix_fallocate"):
        # Where a file system has no reservation, glibc writes to each block instead
        # (posix_fallocate(3)).
        os.posix_fallocate(descriptor, start, size)


@attrs.define
class TableOutput:
    """Files of tables, which come to their places when they are whole.

    Attributes:
        staged: the files.
        sinks: what is written to each.
        kept: the pages and records that are in the files.
        waiting: those that are in memory.
        readable: whether the files can be closed, or have been.
    """

    staged: StagedFiles
    sinks: list[_Sink] = attrs.field(factory=list[_Sink], init=False)
    kept: tuple[int, int] = attrs.field(default=_NOTHING, init=False)
    waiting: tuple[int, int] = attrs.field(default=_NOTHING, init=False)
    readable: bool = attrs.field(default=True, init=False)

    @classmethod
    def begin(cls, name: str, output: Path, form: Form) -> "TableOutput":
        """Create the files of one kind of records.

        Raises:
            OSError: the folder is missing or read-only, a path is a folder, or the disk is full.
        """
        parts = _TABLES[name]
        staged = StagedFiles.begin(
            output, lambda first: [file_name(first, table) for table in parts]
        )
        tables_output = cls(staged)
        try:
            with naming(str(output)):
                for file, table in zip(staged.files, parts, strict=True):
                    tables_output.sinks.append(_Sink.open(file, table, form))
        except OSError:
            tables_output.keep()
            raise
        return tables_output

    def write(self, records: Sequence[Model], /) -> None:
        """Take the records of a page, and write a row group when there are enough."""
        # All of a page is converted before any of it is kept.
        batches = [sink.batch(records) for sink in self.sinks]
        for sink, batch in zip(self.sinks, batches, strict=True):
            sink.waiting.append(batch)
        pages, count = self.waiting
        self.waiting = (pages + 1, count + len(records))
        if max(sink.rows for sink in self.sinks) >= _ROW_GROUP:
            self._flush()

    def leave(self) -> None:
        """Do nothing: a disk takes all, or refuses it."""

    def finish(self) -> None:
        """Close the files, and move them to their places."""
        self._flush()
        self._close()
        self.staged.sync()
        self.staged.publish()

    def keep(self) -> Kept:
        """Close the files with the pages that they have room for, and move them to free places."""
        with contextlib.suppress(OSError):
            self._flush()
        # A writer that was interrupted says so in another way.
        with contextlib.suppress(OSError, pa.ArrowException):
            self._close()
        pages, records = self.kept if self.readable else _NOTHING
        return keep(self.staged, Kept("", pages, records, appendable=False))

    def _flush(self) -> None:
        """Write what is waiting, to all files or to none.

        A writer that a full disk has interrupted can't be closed, and what it wrote before would
        be lost as well: so it only begins what there is room for.
        """
        waiting, self.waiting = self.waiting, _NOTHING
        if waiting == _NOTHING:
            return
        try:
            with naming(str(self.staged.output)):
                for sink in self.sinks:
                    sink.reserve()
        except OSError:
            # Where nothing can be lost, less room than the most that it may take can be enough.
            if self.kept != _NOTHING:
                for sink in self.sinks:
                    sink.waiting = []
                raise
        with self._unreadable_meanwhile():
            for sink in self.sinks:
                sink.flush()
        pages, records = self.kept
        self.kept = (pages + waiting[0], records + waiting[1])

    def _close(self) -> None:
        with self._unreadable_meanwhile(), contextlib.ExitStack() as stack:
            while self.sinks:
                # A callback of ExitStack runs also when another one has raised: each file is
                # closed.
                stack.callback(self.sinks.pop().close)

    @contextlib.contextmanager
    def _unreadable_meanwhile(self) -> Generator[None]:
        with naming(str(self.staged.output)):
            readable, self.readable = self.readable, False
            yield
            self.readable = readable
