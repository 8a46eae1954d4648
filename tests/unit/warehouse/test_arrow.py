"""Arrow schemas and record batches of pages, changes and searches, for async and sync code."""

import contextlib
import subprocess
import sys
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import pytest

from neon_async import (
    AccountsPage,
    Activity,
    AsyncClient,
    Deleted,
    EventAttendeesPage,
    IndividualAccount,
    InvalidRequestError,
    Merged,
    OrganizationAccount,
    RetryPolicy,
    SearchPage,
    SearchRow,
    ServiceUnavailableError,
    Upserted,
    blocking,
)
from neon_async.emulator import Emulator
from neon_async.warehouse import tables

pa = pytest.importorskip("pyarrow", reason="pyarrow has no wheel for this Python")
arrow = pytest.importorskip("neon_async.warehouse.arrow", reason="pyarrow is missing")

SINCE = datetime(1990, 1, 1, tzinfo=UTC)


@pytest.fixture
def emulator() -> Emulator:
    """An organization with a few pages of accounts."""
    return Emulator(accounts=30, activities=5)


def addresses(emulator: Emulator) -> int:
    accounts = [emulator.account(number) or {} for number in emulator.account_ids()]
    return sum(len(account["primaryContact"]["addresses"]["address"]) for account in accounts)


@pytest.mark.parametrize("names", ["v1", "snake"])
@pytest.mark.parametrize("table", [*tables.ACCOUNT_TABLES, *tables.ACTIVITY_TABLES], ids=repr)
def test_schema(table: tables.Table, names: tables.Names) -> None:
    """Each kind of column has its type, and only a key can't be null."""
    schema = arrow.schema(table, names)

    assert list(table.column_names(names)) == schema.names
    assert list(table.key(names)) == [field.name for field in schema if not field.nullable]
    types = {
        "text": pa.string(),
        "integer": pa.int64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us", tz="UTC"),
    }
    assert [types[column.kind] for column in table.columns] == schema.types


def test_extreme_times() -> None:
    """The first and the last moment that Python knows fit into a column."""
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    activity = Activity(activity_id=1, start_date_time=first, end_date_time=last)
    (row,) = arrow.record_batch(tables.ACTIVITIES, [activity]).to_pylist()

    assert [first, last] == [row["startDateTime"], row["endDateTime"]]


def test_page() -> None:
    """A page becomes all of its tables, each with its schema, also without a row."""
    page = AccountsPage(
        individual_accounts=[IndividualAccount(account_id=1)],
        organization_accounts=[OrganizationAccount(account_id=2)],
        deleted_account_ids=[3],
    )
    found = arrow.from_page(page, names="snake")

    assert [table.name for table in tables.ACCOUNT_TABLES] == [*found]
    assert [1, 2] == found["accounts"]["account_id"].to_pylist()
    assert [{"account_id": 3, "provisional": False}] == found["account_deletions"].to_pylist()
    assert 0 == found["account_addresses"].num_rows == found["account_merges"].num_rows
    assert arrow.schema(tables.ADDRESSES, "snake") == found["account_addresses"].schema
    with pytest.raises(InvalidRequestError, match="no tables for EventAttendeesPage"):
        arrow.from_page(EventAttendeesPage())


def test_changes() -> None:
    """The net changes of a batch become all tables of their kind."""
    changes = [Upserted(IndividualAccount(account_id=1)), Deleted(1), Merged(2, 3)]
    found = arrow.from_changes(tables.ACCOUNT_TABLES, changes)

    assert 0 == found["accounts"].num_rows
    assert [{"accountId": 1, "provisional": False}] == found["account_deletions"].to_pylist()
    merged = {"accountId": 2, "currentAccountId": 3, "provisional": False}
    assert [merged] == found["account_merges"].to_pylist()
    family = tables.ACTIVITY_TABLES
    empty = arrow.from_changes(family, [], names="snake")
    assert {t.name: arrow.schema(t, "snake") for t in family} == {
        name: batch.schema for name, batch in empty.items()
    }


async def test_batches(emulator: Emulator) -> None:
    """There is a record batch for each page, of any table, also in a look-ahead."""
    async with emulator.client() as neon:
        accounts = neon.sync_accounts(time_from=SINCE, page_size=10)
        found = [batch async for batch in arrow.batches(accounts)]
        snake = [batch async for batch in arrow.batches(accounts, tables.ADDRESSES, names="snake")]
        async with accounts.lookahead_pages() as pages:
            ahead = [batch async for batch in arrow.batches(pages)]
        activities = await arrow.read(neon.sync_activities(time_from=SINCE))

    assert 3 == len(found)
    assert emulator.account_ids() == sorted(pa.Table.from_batches(found)["accountId"].to_pylist())
    assert found == ahead
    assert addresses(emulator) == sum(batch.num_rows for batch in snake)
    assert arrow.schema(tables.ADDRESSES, "snake") == snake[0].schema
    assert emulator.activity_ids() == sorted(activities["activityId"].to_pylist())
    assert arrow.schema(tables.ACTIVITIES) == activities.schema


async def test_search(emulator: Emulator) -> None:
    """A search has a column for each of its fields."""
    async with emulator.client() as neon:
        search = neon.search_accounts(
            [("Account ID", "GREATER_THAN", "1")],
            output_fields=["Account ID", "First Name"],
            page_size=10,
        )
        found = await arrow.read(search, names="snake")

    assert ["id", "account_id", "first_name", "extra"] == found.schema.names
    assert emulator.account_ids() == sorted(found["id"].to_pylist())
    assert list(map(str, found["id"].to_pylist())) == found["account_id"].to_pylist()


async def test_fields_of_later_pages() -> None:
    """The schema is that of the first page; fields that come later are in `extra`."""

    async def pages() -> AsyncGenerator[Any]:
        yield SearchPage(rows=[SearchRow(1, (("A", "x"),))])
        yield SearchPage(rows=[SearchRow(2, (("B", "y"),))])

    generator = pages()
    found = [batch async for batch in arrow.batches(generator)]

    assert [
        {"id": 1, "A": "x", "extra": None},
        {"id": 2, "A": None, "extra": '{"B":"y"}'},
    ] == pa.Table.from_batches(found).to_pylist()


async def test_failed_steps_lose_nothing(emulator: Emulator) -> None:
    """A step that failed may be repeated, and then brings the page that it was about."""
    emulator.fail_next(method="syncAccounts", code=2, delay=0.0)
    emulator.fail_next(method="syncAccounts", code=2, delay=0.0)
    async with emulator.client(retry=RetryPolicy(attempts=1)) as neon:
        found = arrow.batches(neon.sync_accounts(time_from=SINCE, page_size=20))
        with pytest.raises(ServiceUnavailableError):
            await anext(found)
        with pytest.raises(ServiceUnavailableError):
            await anext(found)
        assert 20 == (await anext(found)).num_rows
        assert 10 == (await anext(found)).num_rows
        with pytest.raises(StopAsyncIteration):
            await anext(found)


async def test_pages_that_no_table_takes() -> None:
    """A page that can't be converted is not skipped: each further step refuses it again."""

    async def pages() -> AsyncGenerator[Any]:
        yield EventAttendeesPage()

    async with contextlib.aclosing(pages()) as source:
        batches = arrow.batches(source)
        for _ in range(2):
            with pytest.raises(InvalidRequestError, match="EventAttendeesPage"):
                await anext(batches)
    found = arrow.blocking_batches([EventAttendeesPage()])
    for _ in range(2):
        with pytest.raises(InvalidRequestError, match="EventAttendeesPage"):
            next(found)


def test_synchronous_code(emulator: Emulator) -> None:
    """In synchronous code the same lines have another name."""

    def connect() -> AsyncClient:
        return emulator.client()

    with blocking.client(connect) as neon:
        accounts = neon.sync_accounts(time_from=SINCE, page_size=10)
        found = list(arrow.blocking_batches(accounts))
        table = arrow.blocking_read(accounts, names="snake")
        with accounts.lookahead_pages() as pages:
            ahead = list(arrow.blocking_batches(pages, tables.ADDRESSES))

    assert [10, 10, 10] == [batch.num_rows for batch in found]
    assert emulator.account_ids() == sorted(table["account_id"].to_pylist())
    assert addresses(emulator) == sum(batch.num_rows for batch in ahead)


async def test_pandas(emulator: Emulator) -> None:
    """One line leads to a data frame of pandas, whose times keep their zone."""
    pytest.importorskip("pandas", reason="pandas has no wheel for this Python")
    async with emulator.client() as neon:
        frame = (await arrow.read(neon.sync_accounts(time_from=SINCE), names="snake")).to_pandas()

    assert emulator.account_ids() == sorted(frame["account_id"].to_list())
    assert "UTC" == str(frame["last_modified_date_time"].dt.tz)


async def test_polars(emulator: Emulator) -> None:
    """One line leads to a data frame of Polars."""
    polars = pytest.importorskip("polars", reason="Polars has no wheel for this Python")
    async with emulator.client() as neon:
        frame = polars.from_arrow(await arrow.read(neon.sync_accounts(time_from=SINCE)))

    assert emulator.account_ids() == sorted(frame["accountId"].to_list())
    assert frame.schema["lastModifiedDateTime"] == polars.Datetime("us", "UTC")


@pytest.mark.parametrize(
    ("module", "code", "said"),
    [
        ("pyarrow", 1, "neon_async.warehouse.arrow needs pyarrow: pip install 'neon-async[arrow]'"),
        ("cyclopts", 0, ""),
    ],
)
def test_extra(module: str, code: int, said: str) -> None:
    """It needs pyarrow, and says so, but nothing of the command line."""
    program = f"import sys; sys.modules[{module!r}] = None; import neon_async.warehouse.arrow"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, text=True
    )

    assert code == done.returncode, done.stderr
    assert said in done.stderr
