"""Records, changes and search results as Arrow tables: for pandas, Polars, DuckDB and Parquet.

```python
from neon_async.warehouse import arrow

accounts = await arrow.read(neon.sync_accounts(time_from=last_week), names="snake")
frame = accounts.to_pandas()  # or polars.from_arrow(accounts)
```

Columns and values are those of `neon_async.warehouse.tables`: text is `string`, whole numbers
`int64`, truth values `bool`, dates `date32[day]`, times `timestamp[us, tz=UTC]`. The columns of a
primary key are not nullable.

`read` holds a whole table; `batches` one page at a time. `from_page` and `from_changes` return all
tables of a page, or of a feed's batch, at once. For synchronous code there are `blocking_batches`
and `blocking_read`.

It needs pyarrow: pip install 'neon-async[arrow]'.
"""

import functools
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any, Self, TypeAlias, cast

try:
    import pyarrow as pa
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "neon_async.warehouse.arrow needs pyarrow: pip install 'neon-async[arrow]'", name="pyarrow"
    ) from None

from neon_async import (
    Account,
    AccountsPage,
    ActivitiesPage,
    Activity,
    Change,
    Deleted,
    Paginator,
    SearchPage,
)
from neon_async._pipeline.secrecy import guarded
from neon_async.blocking import BlockingPaginator
from neon_async.warehouse import tables
from neon_async.warehouse._columns import columns_of
from neon_async.warehouse.tables import Names, RecordTables, Table

__all__ = [
    "BlockingRecordBatches",
    "Page",
    "RecordBatches",
    "batches",
    "blocking_batches",
    "blocking_read",
    "from_changes",
    "from_page",
    "read",
    "record_batch",
    "schema",
]

Page: TypeAlias = AccountsPage | ActivitiesPage | SearchPage
"""A page whose records have a table."""

_TYPES: dict[str, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    # Microseconds, as in datetime: 64 bits of nanoseconds end in the year 2262.
    "timestamp": pa.timestamp("us", tz="UTC"),
}


@guarded
def schema(table: Table, names: Names = "v1") -> pa.Schema:
    """Return the columns of a table.

    Args:
        table: one of `neon_async.warehouse.tables`.
        names: how columns are named.
    """
    return _schema(table, names)


# One schema serves every page; each search may have columns of its own, hence the bound.
@functools.lru_cache(maxsize=64)
def _schema(table: Table, names: Names) -> pa.Schema:
    return pa.schema(
        [
            pa.field(column.spelled(names), _TYPES[column.kind], nullable=not column.key)
            for column in table.columns
        ]
    )


@guarded
def record_batch(table: Table, records: Iterable[Any], names: Names = "v1") -> pa.RecordBatch:
    """Return the rows of records.

    ```python
    from neon_async.warehouse import arrow, tables

    page = await neon.sync_accounts(time_from=last_week).first_page()
    addresses = arrow.record_batch(tables.ADDRESSES, page.accounts)
    ```

    Args:
        table: one of `neon_async.warehouse.tables`.
        records: what `table.rows` takes.
        names: how columns are named.

    Raises:
        LookupError: a record has no id.
    """
    return _batch(table, records, names)


@guarded
def from_page(
    page: AccountsPage | ActivitiesPage, names: Names = "v1"
) -> dict[str, pa.RecordBatch]:
    """Return all tables of a page, by their names: `accounts`, `account_addresses` and so on.

    The ids of deleted records are in `account_deletions` or `activity_deletions`.

    Args:
        page: a page of `sync_accounts` or `sync_activities`.
        names: how columns are named.

    Raises:
        InvalidRequestError: it is another page.
    """
    family = tables.for_page(page)
    records: dict[str, Iterable[Any]] = {
        table.name: page.items for table in (family.records, *family.children)
    }
    records[family.deletions.name] = map(Deleted, page.deleted_ids)
    return {table.name: _batch(table, records.get(table.name, ()), names) for table in family}


@guarded
def from_changes(
    family: RecordTables,
    changes: Iterable[Change[Account] | Change[Activity]],
    names: Names = "v1",
) -> dict[str, pa.RecordBatch]:
    """Return all tables of the net changes of a batch, by their names, also those without a row.

    See `RecordTables.rows` for how to apply them.

    Args:
        family: `tables.ACCOUNT_TABLES` or `tables.ACTIVITY_TABLES`.
        changes: `batch.changes`.
        names: how columns are named.

    Raises:
        LookupError: a record has no id.
    """
    state = tables.net(changes)
    records: dict[str, Iterable[Any]] = {"deletions": state.deleted, "merges": state.merged}
    return {
        table.name: _batch(table, records.get(table.part, state.upserted), names)
        for table in family
    }


def _batch(table: Table, records: Iterable[Any], names: Names) -> pa.RecordBatch:
    columns: Any = _schema(table, names)  # pyarrow's types of fields and arrays are incomplete
    records = list(records)
    values = columns_of(table, records)
    if values is None:
        return pa.RecordBatch.from_pylist(list(table.rows(records, names)), schema=columns)
    # pyarrow infers the type null for a column without values, which no other batch would have.
    arrays: Any = [
        pa.nulls(len(column), field.type)
        if column.count(None) == len(column)
        else pa.array(column, type=field.type)
        for column, field in zip(values, columns, strict=True)
    ]
    batches: Any = pa.RecordBatch
    batch: pa.RecordBatch = batches.from_arrays(arrays, schema=columns)
    return batch


class _PageConverter:
    """Turns pages into record batches of one schema."""

    def __init__(self, table: Table | None, names: Names) -> None:
        self.table = table
        self.names: Names = names
        # A page that could not be converted is not lost: the next step tries it again.
        self.waiting: Any = None

    def batch(self, page: Any) -> pa.RecordBatch:  # noqa: ANN401 - any page, `for_page` refuses others
        if self.table is None:
            # The first page of a search says which fields it has.
            is_search = isinstance(page, SearchPage)
            self.table = (
                tables.search_table(page.rows) if is_search else tables.for_page(page).records
            )
        converted = _batch(self.table, page.items, self.names)
        self.waiting = None
        return converted


class RecordBatches(AsyncIterator[pa.RecordBatch]):
    """Record batches, one a page (see `batches`)."""

    def __init__(self, pages: AsyncIterator[Any], table: Table | None, names: Names) -> None:
        """Take the pages."""
        self._pages = pages
        self._converter = _PageConverter(table, names)

    def __aiter__(self) -> Self:
        """Return the iterator itself."""
        return self

    @guarded
    async def __anext__(self) -> pa.RecordBatch:
        """Return the records of the next page.

        Raises:
            NeonError: as for the pages; the step may be repeated as theirs may.
        """
        if self._converter.waiting is None:
            self._converter.waiting = await anext(self._pages)
        return self._converter.batch(self._converter.waiting)


class BlockingRecordBatches(Iterator[pa.RecordBatch]):
    """Record batches, one a page (see `blocking_batches`)."""

    def __init__(self, pages: Iterator[Any], table: Table | None, names: Names) -> None:
        """Take the pages."""
        self._pages = pages
        self._converter = _PageConverter(table, names)

    @guarded
    def __next__(self) -> pa.RecordBatch:
        """Return the records of the next page.

        Raises:
            NeonError: as for the pages.
        """
        if self._converter.waiting is None:
            self._converter.waiting = next(self._pages)
        return self._converter.batch(self._converter.waiting)


@guarded
def batches(
    source: Paginator[Any, Any] | AsyncIterable[Page],
    table: Table | None = None,
    names: Names = "v1",
) -> RecordBatches:
    """Iterate over record batches of one schema, one a page.

    ```python
    from neon_async.warehouse import arrow

    async for batch in arrow.batches(neon.sync_accounts(time_from=last_week)):
        print(batch.num_rows)
    ```

    Pages are requested one after the other. To request the next ones meanwhile, pass them:

    ```python
    from neon_async.warehouse import arrow

    async with neon.sync_accounts(time_from=last_week).lookahead_pages() as pages:
        async for batch in arrow.batches(pages):
            print(batch.num_rows)
    ```

    Args:
        source: what `sync_accounts`, `sync_activities` or a search returns, or its pages.
        table: which table; by default that of the records themselves, and for a search the one
            with the fields of its first page, whose `extra` has those that only later pages have.
        names: how columns are named.
    """
    pages: Any = cast("Any", source)
    if isinstance(source, Paginator):
        pages = pages.pages()
    return RecordBatches(aiter(pages), table, names)


@guarded
def blocking_batches(
    source: BlockingPaginator[Any, Any] | Iterable[Page],
    table: Table | None = None,
    names: Names = "v1",
) -> BlockingRecordBatches:
    """Iterate over record batches in synchronous code (see `batches`).

    Args:
        source: what a method of `blocking.client` returns, or its pages.
        table: as for `batches`.
        names: how columns are named.
    """
    pages: Any = cast("Any", source)
    if isinstance(source, BlockingPaginator):
        pages = pages.pages()
    return BlockingRecordBatches(iter(pages), table, names)


@guarded
async def read(
    paginator: Paginator[Any, Any], table: Table | None = None, names: Names = "v1"
) -> pa.Table:
    """Return all records as one table, with the next pages requested meanwhile.

    ```python
    from neon_async.warehouse import arrow

    frame = (await arrow.read(neon.sync_accounts(time_from=last_week))).to_pandas()
    ```

    Args:
        paginator: what `sync_accounts`, `sync_activities` or a search returns.
        table: as for `batches`.
        names: how columns are named.

    Raises:
        NeonError: as for the iteration; nothing is returned then, never a part.
    """
    async with paginator.lookahead_pages() as pages:
        reader = RecordBatches(aiter(pages), table, names)
        # There is a batch at least: an iteration has a first page, if only one without records.
        return pa.Table.from_batches([batch async for batch in reader])


@guarded
def blocking_read(
    paginator: BlockingPaginator[Any, Any], table: Table | None = None, names: Names = "v1"
) -> pa.Table:
    """Return all records as one table in synchronous code (see `read`).

    Args:
        paginator: what a method of `blocking.client` returns.
        table: as for `batches`.
        names: how columns are named.

    Raises:
        NeonError: as for the iteration; nothing is returned then, never a part.
    """
    with paginator.lookahead_pages() as pages:
        return pa.Table.from_batches(list(BlockingRecordBatches(pages, table, names)))
