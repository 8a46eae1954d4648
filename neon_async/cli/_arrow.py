"""Records as Parquet or Arrow IPC files: flat tables, with bounded memory.

What it needs comes with the extra `arrow`.
"""

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Literal

import attrs
import pyarrow as pa
import pyarrow.parquet as pq

from neon_async.cli._rows import TABLES, Table
from neon_async.models import Model

# Enough that readers can skip and compress well, and a few megabytes of memory.
_ROW_GROUP = 10_000


def schema(table: Table) -> pa.Schema:
    """Return the columns of a table with their types; all but the ids of child rows may be null."""
    return pa.schema([pa.field(name, _TYPES[kind]) for name, kind in table.columns.items()])


_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


@contextlib.contextmanager
def open_tables(
    name: str, output: Path, form: Literal["parquet", "arrow"]
) -> Generator[Callable[[Sequence[Model]], None]]:
    """Open the files of one kind of records, and close them as valid files however it ends."""
    with contextlib.ExitStack() as stack:
        sinks = [
            (table, stack.enter_context(_sink(file_name(output, table), schema(table), form)))
            for table in TABLES[name]
        ]

        def write(records: Sequence[Model]) -> None:
            # All of a page is converted before any of it is kept.
            batches = [(sink, sink.batch(table.rows(records))) for table, sink in sinks]
            for sink, batch in batches:
                sink.add(batch)

        yield write


def file_name(output: Path, table: Table) -> Path:
    """Return where a table goes: child tables have their name before the suffix."""
    return output.with_name(f"{output.stem}.{table.name}{output.suffix}") if table.name else output


@attrs.define
class _Sink:
    """A file that is written in row groups, of which at most one is in memory."""

    writer: "pq.ParquetWriter | pa.ipc.RecordBatchFileWriter"
    schema: pa.Schema
    waiting: list[pa.RecordBatch] = attrs.field(factory=list[pa.RecordBatch])
    rows: int = 0

    def batch(self, rows: Iterator[dict[str, object]]) -> pa.RecordBatch:
        return pa.RecordBatch.from_pylist(list(rows), schema=self.schema)

    def add(self, batch: pa.RecordBatch) -> None:
        self.waiting.append(batch)
        self.rows += batch.num_rows
        if self.rows >= _ROW_GROUP:
            self.flush()

    def flush(self) -> None:
        whole = pa.Table.from_batches(self.waiting, schema=self.schema)
        self.waiting, self.rows = [], 0
        self.writer.write_table(whole.combine_chunks())


@contextlib.contextmanager
def _sink(path: Path, schema: pa.Schema, form: Literal["parquet", "arrow"]) -> Generator[_Sink]:
    with path.open("wb") as file:
        writer = (
            pq.ParquetWriter(file, schema, compression="zstd")
            if form == "parquet"
            else pa.ipc.new_file(file, schema)
        )
        with writer:
            sink = _Sink(writer, schema)
            try:
                yield sink
            finally:
                if sink.rows:
                    sink.flush()
