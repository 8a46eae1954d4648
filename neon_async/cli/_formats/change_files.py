"""Changes as Parquet files, one set of files for each batch.

What it needs comes with the extra `arrow`.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pyarrow.parquet as pq

from neon_async import Account, Activity, Batch, InvalidRequestError
from neon_async.cli._files import StagedFiles
from neon_async.cli._formats.arrow import file_name
from neon_async.cli._streams import naming
from neon_async.warehouse import tables
from neon_async.warehouse.arrow import schema
from neon_async.warehouse.tables import RecordTables, Table, net

# The stubs leave out some types.
_PARQUET: Any = pq
_SEQUENCE: Any = pa.field("_sequence", pa.int64(), nullable=False)
_CHANGE: list[Any] = [
    pa.field("_change", pa.string(), nullable=False),
    pa.field("_provisional", pa.bool_()),
    pa.field("_mergedInto", pa.int64()),
    _SEQUENCE,
]


@attrs.frozen
class ChangeFiles:
    """The changes of one kind of records, in files with rising numbers.

    The number is in the column `_sequence`, of the child tables as well. Of an id, the row with the
    highest number counts, with the child rows that have the same number.

    Attributes:
        name: the kind of records.
        output: the file name without a number.
    """

    name: str
    output: Path

    @classmethod
    def begin(cls, name: str, output: Path) -> "ChangeFiles":
        """Continue the files of earlier runs, if there are any.

        Raises:
            InvalidRequestError: they have another kind of records.
        """
        files = cls(name, output)
        last = _numbered(output, files._next() - 1)
        # The footer alone says it: no rows are read.
        if last.exists() and files._family.id_column() not in _PARQUET.read_schema(last).names:
            raise InvalidRequestError(
                f"{last} has other records than {name}; name another --output"
            )
        return files

    def write(self, batch: Batch[Account] | Batch[Activity]) -> None:
        """Write the net changes of a batch, and return when they are safe on the disk.

        Raises:
            OSError: the disk is full, or the folder is read-only.
        """
        if not batch.changes:
            return
        # Looked for each time, since a run that was killed may have published some of a number's
        # files.
        number = self._next()
        staged = StagedFiles.begin(self.output, lambda output: self._places(output, number))
        try:
            with naming(str(self.output)):
                for file, rows in zip(staged.files, self._contents(batch, number), strict=True):
                    _PARQUET.write_table(rows, file, compression="zstd")
            staged.sync()
            staged.publish()
        finally:
            # Nothing is left to discard after `publish`.
            staged.discard()

    @property
    def _family(self) -> RecordTables:
        return tables.ACCOUNT_TABLES if self.name == "accounts" else tables.ACTIVITY_TABLES

    def _tables(self) -> Sequence[Table]:
        # Records come to their place last: child rows without them have no number that counts.
        return (*self._family.children, self._family.records)

    def _places(self, output: Path, number: int) -> list[Path]:
        return [_numbered(file_name(output, table), number) for table in self._tables()]

    def _next(self) -> int:
        """Return a number that no file has, of whichever table."""
        pattern = re.compile(
            rf"{re.escape(self.output.stem)}\.(?:\w+\.)?([0-9]+){re.escape(self.output.suffix)}"
        )
        matches = map(pattern.fullmatch, (path.name for path in self.output.parent.iterdir()))
        return max((int(name[1]) for name in matches if name), default=0) + 1

    def _contents(self, batch: Batch[Account] | Batch[Activity], number: int) -> Iterator[pa.Table]:
        """Yield what goes into the files of `_tables`."""
        state = net(batch.changes)
        for child in self._family.children:
            columns: Any = schema(child)
            rows: list[dict[str, Any]] = [
                {**row, "_sequence": number} for row in child.rows(state.upserted)
            ]
            yield pa.Table.from_pylist(rows, schema=columns.append(_SEQUENCE))
        records, key = self._family.records, self._family.id_column()
        rows = [{**row, "_change": "upserted"} for row in records.rows(state.upserted)]
        rows += [{key: change.id, "_change": "deleted"} for change in state.deleted]
        for merge in state.merged:
            rows.append({key: merge.old, "_change": "merged", "_mergedInto": merge.new})
        provisional = {change.id: change.provisional for change in batch.changes}
        for row in rows:
            row |= {"_sequence": number, "_provisional": provisional[row[key]]}
        fields: list[Any] = list(schema(records))
        yield pa.Table.from_pylist(rows, schema=pa.schema(_CHANGE + fields))


def _numbered(place: Path, number: int) -> Path:
    return place.with_name(f"{place.stem}.{number:06}{place.suffix}")
