"""Records, changes and search results as rows of fixed columns, which lose nothing."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async import (
    Account,
    AccountsPage,
    ActivitiesPage,
    Activity,
    Address,
    Change,
    CodeName,
    Contact,
    CustomFieldData,
    Deleted,
    IdName,
    IndividualAccount,
    InvalidRequestError,
    Merged,
    OrganizationAccount,
    PhoneType,
    SearchPage,
    SearchRow,
    Upserted,
    structure,
)
from neon_async.warehouse import tables
from neon_async.warehouse.fields import fields
from neon_async.warehouse.json_text import dumps, dumps_list

ALL = (*tables.ACCOUNT_TABLES, *tables.ACTIVITY_TABLES)
MOMENT = datetime(2026, 1, 31, 15, 50, 28, 153_000, timezone(timedelta(hours=8)))
PERSON = IndividualAccount(
    account_id=1,
    last_modified_date_time=MOMENT,
    no_solicitation=False,
    source=IdName("1", "Web"),
    individual_types=[IdName("2")],
    custom_field_data_list=[CustomFieldData(field_id="7", field_value="seven")],
    primary_contact=Contact(
        first_name="Ada",
        dob=date(1990, 2, 3),
        phone1_type=PhoneType.WORK,
        addresses=[Address(address_id=5, state=CodeName("OH")), Address(city="Exampleton")],
        extra={"new": [1]},
    ),
    extra={"top": None},
)


def present(row: tables.Row) -> tables.Row:
    return {name: value for name, value in row.items() if value is not None}


def test_account() -> None:
    """A value stands under its path, times are in UTC, and what has no column is in `extra`."""
    row, second = tables.ACCOUNTS.rows([PERSON, OrganizationAccount(account_id=2)])

    assert tables.ACCOUNTS.column_names() == tuple(row)
    assert {
        "kind": "individual",
        "accountId": 1,
        "lastModifiedDateTime": datetime(2026, 1, 31, 7, 50, 28, 153_000, UTC),
        "noSolicitation": False,
        "source.id": "1",
        "source.name": "Web",
        "individualTypes": '[{"id":"2"}]',
        "primaryContact.firstName": "Ada",
        "primaryContact.dob": date(1990, 2, 3),
        "primaryContact.phone1Type": "WORK",
        "extra": '{"primaryContact.new":[1],"top":null}',
    } == present(row)
    assert {"kind": "organization", "accountId": 2} == present(second)
    assert str is type(row["primaryContact.phone1Type"])


def test_children() -> None:
    """Rows of lists carry the id of their record and count from 0."""
    assert [
        {"accountId": 1, "position": 0, "addressId": 5, "state.code": "OH"},
        {"accountId": 1, "position": 1, "city": "Exampleton"},
    ] == list(map(present, tables.ADDRESSES.rows([PERSON, OrganizationAccount(account_id=2)])))
    value = {"account_id": 1, "position": 0, "field_id": "7", "field_value": "seven"}
    assert [value] == list(map(present, tables.CUSTOM_FIELDS.rows([PERSON], names="snake")))
    activity = Activity(
        activity_id=3, custom_field_data_list=[CustomFieldData(field_option_id="9")]
    )
    assert [{"activityId": 3, "position": 0, "fieldOptionId": "9"}] == list(
        map(present, tables.ACTIVITY_CUSTOM_FIELDS.rows([activity]))
    )
    assert [{"activityId": 3}] == list(map(present, tables.ACTIVITIES.rows([activity])))


@pytest.mark.parametrize(
    ("record", "path", "value"),
    [
        (Contact(contact_id=2**63), "contactId", 2**63),
        (Contact(contact_id=-(2**63) - 1), "contactId", -(2**63) - 1),
        (Contact(first_name="A\0da"), "firstName", "A\0da"),
        (Contact(first_name="M\ud83d"), "firstName", "M\ud83d"),
        (Contact(first_name=7), "firstName", 7),  # type: ignore[arg-type]
        (Contact(deceased="no"), "deceased", "no"),  # type: ignore[arg-type]
        (Contact(dob=MOMENT), "dob", MOMENT.isoformat()),
        (Contact(extra={"dob": "0000-00-00"}), "dob", "0000-00-00"),
    ],
)
def test_values_out_of_range(record: Contact, path: str, value: object) -> None:
    """What some target can't hold is None in its column, and stands in `extra` under its path."""
    account = IndividualAccount(account_id=1, primary_contact=record)
    (row,) = tables.ACCOUNTS.rows([account])

    assert {f"primaryContact.{path}": value} == json.loads(str(row.pop("extra")))
    assert {"kind": "individual", "accountId": 1} == present(row)


@pytest.mark.parametrize(
    "time",
    [
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime.max.replace(tzinfo=timezone(-timedelta(hours=1))),
        datetime(2026, 1, 31),  # noqa: DTZ001 - that is the point
        "soon",
    ],
)
def test_times_out_of_range(time: Any) -> None:
    """A time that UTC has no year for, or that has no zone, is text in `extra`."""
    (row,) = tables.ACTIVITIES.rows([Activity(activity_id=1, start_date_time=time)])

    text = time if isinstance(time, str) else time.isoformat()
    assert {
        "activityId": 1,
        "extra": json.dumps({"startDateTime": text}, separators=(",", ":")),
    } == (present(row))


def test_extremes_are_in_range() -> None:
    """The largest number, and the first and last moment, are where they belong."""
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    activity = Activity(
        activity_id=2**63 - 1, client_id=-(2**63), start_date_time=first, end_date_time=last
    )
    (row,) = tables.ACTIVITIES.rows([activity])

    assert {
        "activityId": 2**63 - 1,
        "clientId": -(2**63),
        "startDateTime": first,
        "endDateTime": last,
    } == present(row)


def test_set_attributes_replace_odd_values() -> None:
    """An attribute that is set wins over `extra`, where only what stands beside a list counts."""
    beside = {"address": ["x"], "more": 1}
    contact = Contact(
        dob=date(1990, 2, 3),
        addresses=[],
        extra={"dob": "0000-00-00", "addresses": beside, "deceased": "?"},
    )
    types = IndividualAccount(
        account_id=1,
        primary_contact=contact,
        individual_types=[IdName("2")],
        custom_field_data_list=[],
        extra={"individualTypes": {"individualType": 5}, "customFieldDataList": "x"},
    )
    (row,) = tables.ACCOUNTS.rows([types])

    expected = {"primaryContact.addresses": {"more": 1}, "primaryContact.deceased": "?"}
    assert expected == json.loads(str(row["extra"]))
    assert date(1990, 2, 3) == row["primaryContact.dob"]


@pytest.mark.parametrize("table", ALL, ids=repr)
def test_columns(table: tables.Table) -> None:
    """Names are unique and plain in snake case, keys come first, and `extra` is last."""
    names = table.column_names("snake")

    assert len(table.columns) == len({*table.column_names()}) == len({*names})
    assert [] == [name for name in names if not re.fullmatch("[a-z][a-z0-9_]*", name)]
    assert tuple(map(tables.snake, table.key())) == table.key("snake") != ()
    assert "extra" not in names[:-1]
    assert f"Table({table.name}, <{len(names)} columns>)" == repr(table)


def test_names_of_tables() -> None:
    """Tables are called after their records, in the singular before a part."""
    assert [
        *("accounts", "account_addresses", "account_custom_fields"),
        *("account_deletions", "account_merges"),
        *("activities", "activity_custom_fields", "activity_deletions"),
    ] == [table.name for table in ALL]
    assert "account_id" == tables.ACCOUNT_TABLES.id_column("snake")
    assert "activityId" == tables.ACTIVITY_TABLES.id_column()


def attributes(cls: type[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path of each field of a model in v1's names and in those of its attributes."""
    for field in fields(cls).values():
        yield field.name, prefix + field.attribute
        if attrs.has(field.kind):
            for path, attribute in attributes(field.kind, f"{prefix}{field.attribute}_"):
                yield f"{field.name}.{path}", attribute


@pytest.mark.parametrize("cls", [IndividualAccount, OrganizationAccount, Activity])
def test_snake_is_the_path_of_attributes(cls: type[Any]) -> None:
    """A column in snake case is called as the attribute is."""
    pairs = [*attributes(cls)]

    assert pairs
    assert [attribute for _, attribute in pairs] == [tables.snake(path) for path, _ in pairs]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("primaryContact.firstName", "primary_contact_first_name"),
        ("Account ID", "account_id"),
        ("HTMLBody", "html_body"),
        ("Größe (cm)", "größe_cm"),
        ("2nd e-mail", "_2nd_e_mail"),
        ("", "_"),
    ],
)
def test_snake(name: str, expected: str) -> None:
    """Words are small and joined by underscores, whatever parted them."""
    assert expected == tables.snake(name)


def test_record_without_an_id() -> None:
    """A row without its key would be no row of any record."""
    with pytest.raises(LookupError, match="no id for the table accounts"):
        list(tables.ACCOUNTS.rows([IndividualAccount()]))
    with pytest.raises(LookupError, match="no id for the table account_deletions"):
        list(tables.DELETIONS.rows([Deleted(2**63)]))


def test_net_changes() -> None:
    """The last change of an id counts, whatever came before."""
    newer = IndividualAccount(account_id=1, url="https://example.org")
    changes: list[Change[Account]] = [
        *(Upserted(PERSON), Deleted(2), Upserted(OrganizationAccount(account_id=3))),
        *(Deleted(3, provisional=True), Merged(2, 5), Upserted(newer), Deleted(4)),
        Upserted(OrganizationAccount(account_id=4)),
    ]
    state = tables.net(changes)

    assert (newer, OrganizationAccount(account_id=4)) == state.upserted
    assert (Deleted(3, provisional=True),) == state.deleted
    assert (Merged(2, 5),) == state.merged
    assert {1, 2, 3, 4} == {*state.ids}
    rows = tables.ACCOUNT_TABLES.rows(changes, names="snake")
    assert [table.name for table in tables.ACCOUNT_TABLES] == [*rows]
    assert [1, 4] == [row["account_id"] for row in rows["accounts"]]
    assert [] == rows["account_addresses"]
    assert [{"account_id": 3, "provisional": True}] == rows["account_deletions"]
    merged = {"account_id": 2, "current_account_id": 5, "provisional": False}
    assert [merged] == rows["account_merges"]
    assert {name: [] for name in rows} == tables.ACCOUNT_TABLES.rows([])
    assert [{"activityId": 7, "provisional": False}] == (
        tables.ACTIVITY_TABLES.rows([Deleted(7)])["activity_deletions"]
    )


def test_tables_of_a_page() -> None:
    """A page of records has its tables, and one of search results has none before it is read."""
    assert tables.ACCOUNT_TABLES is tables.for_page(AccountsPage())
    assert tables.ACTIVITY_TABLES is tables.for_page(ActivitiesPage())
    with pytest.raises(InvalidRequestError, match="no tables for SearchPage"):
        tables.for_page(SearchPage())


def test_search_results() -> None:
    """Each field is a column; doubles get a number, and what comes later stands in `extra`."""
    first = SearchRow(
        1, (("Account ID", "1"), ("Note", "a"), ("note", "b"), ("E-mail", ""), ("Id", "x"))
    )
    second = SearchRow(2, (("E mail", "c"), ("Account Id", "2")))
    table = tables.search_table([first, second])

    names = ("id", "Account ID", "Note", "note 2", "E-mail", "Id 2", "E mail 2", "extra")
    assert names == table.column_names()
    snakes = ("id", "account_id", "note", "note_2", "e_mail", "id_2", "e_mail_2", "extra")
    assert snakes == table.column_names("snake")
    later = SearchRow(3, (("New", "d"), ("Note", "N\0"), ("Blank", "")))
    assert [
        {"id": 1, "Account ID": "1", "Note": "a", "note 2": "b", "Id 2": "x"},
        {"id": 2, "E mail 2": "c", "Account ID": "2"},
        {"id": 3, "extra": '{"New":"d","Note":"N\\u0000"}'},
    ] == list(map(present, table.rows([first, second, later])))
    assert ("id", "extra") == tables.search_table([]).column_names()
    assert "search" == table.name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec=None), max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([*fields(Contact)]), JSON))
def test_nothing_of_a_contact_is_lost(payload: dict[str, Any]) -> None:
    """Whatever a reply holds for the documented fields is in a typed column, or in `extra`."""
    account = structure({"accountId": 1, "primaryContact": payload}, IndividualAccount)
    (row,) = tables.ACCOUNTS.rows([account])
    found = present(row)
    types = {"text": str, "integer": int, "boolean": bool, "date": date, "timestamp": datetime}

    assert all(
        types[column.kind] is type(found[column.name])
        for column in tables.ACCOUNTS.columns
        if column.name in found
    )
    extra = json.loads(str(found.get("extra", "{}")))
    assert {*account.oddities} - {"primaryContact"} <= {*extra} | {
        name for name in account.oddities if ".addresses.address[" in name
    }
    for name, value in extra.items():
        if name.startswith("primaryContact.") and "." not in name.removeprefix("primaryContact."):
            assert payload[name.removeprefix("primaryContact.")] == value


def test_json_of_odd_values() -> None:
    """JSON takes any number and half a surrogate pair, and models as v1 spells them."""
    assert b'{"a":[{"zipCode":"1"}]}' == dumps({"a": [Address(zip_code="1")]})
    assert b'[18446744073709551616,"\\ud83d",{"zipCode":"1"}]' == (
        dumps([2**64, "\ud83d", Address(zip_code="1")])
    )
    assert b'[{"city":"\\ud83d"}]' == dumps_list([Address(city="\ud83d")])
