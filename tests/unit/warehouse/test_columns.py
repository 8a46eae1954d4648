"""Columns that are read at once have what the rows have."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async import Activity, Deleted, IndividualAccount, OrganizationAccount
from neon_async.warehouse import _columns, arrow, tables
from neon_async.warehouse._columns import columns_of
from tests.support.strategies import models, usual

BEFORE_UTC = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8)))


class Moment(datetime):
    """A time of a class of its own."""


ACCOUNTS = models(IndividualAccount) | models(OrganizationAccount)
ACTIVITIES = models(Activity)


def lists(records: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """A page of records, usual ones and some with unknown fields."""
    return st.lists(records | records.map(usual), max_size=3)


def of_rows(table: tables.Table, records: list[Any]) -> Any:
    """The same batch by way of its rows, or the class of the error."""
    try:
        return pa.RecordBatch.from_pylist(list(table.rows(records)), schema=arrow.schema(table))
    except LookupError:
        return LookupError


def batch(table: tables.Table, records: list[Any]) -> Any:
    try:
        return arrow.record_batch(table, records)
    except LookupError:
        return LookupError


@given(accounts=lists(ACCOUNTS), activities=lists(ACTIVITIES))
def test_columns_are_those_of_rows(accounts: list[Any], activities: list[Any]) -> None:
    """Whatever is in the records: values out of range, unknown fields, no id."""
    for family, records in (
        (tables.ACCOUNT_TABLES, accounts),
        (tables.ACTIVITY_TABLES, activities),
    ):
        for table in (family.records, *family.children):
            assert of_rows(table, records) == batch(table, records)


@pytest.mark.parametrize(
    ("account", "is_fast"),
    [
        (IndividualAccount(account_id=1, url="https://example.org"), True),
        (IndividualAccount(account_id=1, extra={"unknown": 1}), True),
        (IndividualAccount(account_id=1, url="a\0b"), False),
        (IndividualAccount(account_id=1, url="\ud800"), False),
        (IndividualAccount(account_id=2**63), False),
        (IndividualAccount(account_id=1, no_solicitation="yes"), False),  # type: ignore[arg-type]
        (IndividualAccount(account_id=1, created_date_time=Moment(2014, 1, 10, tzinfo=UTC)), False),
        (IndividualAccount(account_id=1, created_date_time=BEFORE_UTC), False),
        (IndividualAccount(), False),
    ],
)
def test_odd_one(account: IndividualAccount, is_fast: bool) -> None:  # noqa: FBT001 - a parameter
    """A value that its column can't hold sends the page the long way, an unknown field does not."""
    usual_one = IndividualAccount(account_id=3)

    columns = columns_of(tables.ACCOUNTS, [usual_one, account])

    assert is_fast == (columns is not None)
    assert of_rows(tables.ACCOUNTS, [usual_one, account]) == batch(
        tables.ACCOUNTS, [usual_one, account]
    )


def test_records_of_two_kinds_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The objects of a class are read together, whatever stands between them, and stay in order."""
    numbers: list[int] = []

    def read(table: tables.Table, cls: type[Any], group: _columns._Group) -> list[Any]:
        numbers.append(len(group.items))
        return as_usual(table, cls, group)

    as_usual = _columns._columns
    monkeypatch.setattr(_columns, "_columns", read)
    extra = {"unknown": 1}
    records = [
        cls(account_id=10 * number + kind, extra=extra if number == 1 else {})
        for number in range(4)
        for kind, cls in enumerate((IndividualAccount, OrganizationAccount))
    ]

    columns = columns_of(tables.ACCOUNTS, records)

    assert [3, 3] == numbers
    assert columns is not None
    place = tables.ACCOUNTS.column_names().index("accountId")
    assert [0, 1, 10, 11, 20, 21, 30, 31] == list(columns[place])


def test_other_tables() -> None:
    """Tables of what is no record of v1 are read by their rows."""
    assert columns_of(tables.DELETIONS, [Deleted(1)]) is None
    assert [()] * len(tables.ADDRESSES.columns) == columns_of(tables.ADDRESSES, [])
