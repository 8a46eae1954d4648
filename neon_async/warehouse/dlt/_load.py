"""The Arrow tables of one run, as dlt merges them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import dlt
import pyarrow as pa

from neon_async.warehouse import arrow, tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from neon_async import Change, Deleted, Merged
    from neon_async.warehouse.tables import Table

DELETED: Final = "neon_deleted"
SEQUENCE: Final = "neon_sequence"
_COLUMNS: Final[Any] = {
    # dlt deletes rows with a true hard_delete, and of one key keeps the first in the order of
    # dedup_sort (dlt documentation, Merge loading).
    DELETED: {"data_type": "bool", "hard_delete": True},
    SEQUENCE: {"data_type": "bigint", "dedup_sort": "desc"},
}


class Load:
    """What one run gives to dlt.

    dlt collects a whole run before it merges it, and an account may have changed more than once
    meanwhile. Of rows with the same key the latest counts. Rows of children are replaced by
    account: an account that lost some says so with rows that are marked as deleted.
    """

    def __init__(self, layout: tables.RecordTables, names: tables.Names) -> None:
        self._layout = layout
        self._names: tables.Names = names
        self._sequence = 0
        self._announced: set[str] = set()
        # How many rows of an account this run has given to a child table at most.
        self._most: dict[str, dict[int, int]] = {table.name: {} for table in layout.children}

    def items(self, changes: Iterable[Change[Any]]) -> Iterator[Any]:
        """Yield the tables for some changes, each marked with its name."""
        self._sequence += 1
        state = tables.net(changes)
        ends: list[Deleted | Merged] = [*state.deleted, *state.merged]
        rows = arrow.record_batch(self._layout.records, state.upserted, self._names)
        yield from self._item(self._layout.records, rows, [(change.id,) for change in ends])
        for child in self._layout.children:
            rows = arrow.record_batch(child, state.upserted, self._names)
            yield from self._item(child, rows, self._removed(child, rows, state.ids))
        if self._layout.merges is not None:
            rows = arrow.record_batch(self._layout.merges, state.merged, self._names)
            yield from self._item(self._layout.merges, rows, [])

    def _removed(
        self, child: Table, rows: pa.RecordBatch, ids: Iterable[int]
    ) -> list[tuple[int, ...]]:
        """Return keys that these records have no longer, at least one for each without rows."""
        most = self._most[child.name]
        counts = Counter(_values(rows, 0))
        removed: list[tuple[int, ...]] = []
        for record_id in ids:
            count = counts[record_id]
            before = most.get(record_id, 0)
            removed += [(record_id, place) for place in range(count, max(before, 1))]
            if count > before:
                most[record_id] = count
        return removed

    def _item(
        self, table: Table, rows: pa.RecordBatch, removed: list[tuple[int, ...]]
    ) -> Iterator[Any]:
        if not rows.num_rows and not removed:
            return
        keys = table.key(self._names)
        tombstones = pa.Table.from_pylist(
            [dict(zip(keys, values, strict=True)) for values in removed], rows.schema
        )
        merged = pa.concat_tables([pa.Table.from_batches([rows]), tombstones])
        # Tombstones have a key and nothing else, so that no column but those of the key may be
        # required.
        flags = [False] * rows.num_rows + [True] * len(removed)
        merged = merged.append_column(DELETED, pa.array(flags, pa.bool_()))
        merged = merged.append_column(SEQUENCE, pa.array([self._sequence] * len(flags), pa.int64()))
        if table.name in self._announced:
            yield dlt.mark.with_table_name(merged, table.name)
            return
        self._announced.add(table.name)
        hints = dlt.mark.make_hints(
            table_name=table.name,
            write_disposition="merge",
            primary_key=list(keys),
            # Of a child table all rows of an account go before its new ones come.
            merge_key=[keys[0]] if len(keys) > 1 else None,
            columns=_COLUMNS,
        )
        yield dlt.mark.with_hints(merged, hints, create_table_variant=True)


def _values(rows: Any, column: int) -> list[int]:  # noqa: ANN401 - whose types are incomplete
    values: list[int] = rows.column(column).to_pylist()
    return values
