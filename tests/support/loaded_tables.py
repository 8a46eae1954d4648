"""What a pipeline should have loaded, and what is in a destination."""

from datetime import UTC, datetime
from typing import Any

import dlt

from neon_async import AsyncClient, blocking
from neon_async.warehouse import tables
from neon_async.warehouse.tables import RecordTables, Table

Rows = dict[tuple[Any, ...], dict[str, object]]

LOADED = [
    (tables.ACCOUNT_TABLES, tables.ACCOUNTS),
    (tables.ACCOUNT_TABLES, tables.ADDRESSES),
    (tables.ACCOUNT_TABLES, tables.CUSTOM_FIELDS),
    (tables.ACTIVITY_TABLES, tables.ACTIVITIES),
    (tables.ACTIVITY_TABLES, tables.ACTIVITY_CUSTOM_FIELDS),
]
EVERYTHING = datetime(2000, 1, 1, tzinfo=UTC)


def expected(connect: Any) -> dict[str, Rows]:
    """Return the rows of every table, by their keys, as a plain pull reads them."""
    with blocking.client(connect) as neon:
        accounts = neon.sync_accounts(time_from=EVERYTHING).collect()
        activities = neon.sync_activities(time_from=EVERYTHING).collect()
    return {
        table.name: keyed(table, table.rows(_records(layout, accounts, activities), "snake"))
        for layout, table in LOADED
    }


def _records(layout: RecordTables, accounts: list[Any], activities: list[Any]) -> list[Any]:
    return accounts if layout is tables.ACCOUNT_TABLES else activities


def loaded(pipeline: dlt.Pipeline) -> dict[str, Rows]:
    """Return the rows of every table in a destination; a table that is not there has none."""
    found: dict[str, Rows] = {table.name: {} for _, table in LOADED}
    there = pipeline.default_schema.data_table_names()
    with pipeline.sql_client() as database:
        for _, table in LOADED:
            if table.name not in there:
                continue
            columns = table.column_names("snake")
            names = ", ".join(map(database.escape_column_name, columns))
            place = database.make_qualified_table_name(table.name)
            with database.execute_query(f"SELECT {names} FROM {place}") as cursor:  # noqa: S608
                rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
            found[table.name] = keyed(table, rows)
            assert len(rows) == len(found[table.name])
    return found


def keyed(table: Table, rows: Any) -> Rows:
    return {tuple(row[name] for name in table.key("snake")): _plain(row) for row in rows}


def _plain(row: dict[str, Any]) -> dict[str, object]:
    return {
        name: value.astimezone(UTC) if isinstance(value, datetime) else value
        for name, value in row.items()
    }


def wrong(pipeline: dlt.Pipeline, connect: Any) -> dict[str, int]:
    """Return how many rows of each table are missing, too many, or out of date."""
    truth, found = expected(connect), loaded(pipeline)
    if "postgres" in str(pipeline.destination):
        # dlt's files for PostgreSQL do not tell an empty text from NULL.
        truth = {name: _without_blanks(rows) for name, rows in truth.items()}
    return {name: _differences(truth[name], found[name]) for name in truth}


def _without_blanks(rows: Rows) -> Rows:
    return {
        key: {name: None if value == "" else value for name, value in row.items()}
        for key, row in rows.items()
    }


def _differences(truth: Rows, found: Rows) -> int:
    return sum(truth.get(key) != found.get(key) for key in {*truth, *found})


def connect_to(base_url: str) -> AsyncClient:
    """Make the client of an emulator on a socket."""
    from neon_async.emulator import API_KEY, ORG_ID  # noqa: PLC0415

    return AsyncClient(org_id=ORG_ID, api_key=API_KEY, base_url=base_url, page_size=50)
