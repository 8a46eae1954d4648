"""Records, changes and search results as flat rows with fixed columns.

```python
from neon_async.warehouse import tables

page = await neon.sync_accounts(time_from=last_week).first_page()
for row in tables.ACCOUNTS.rows(page.accounts, names="snake"):
    print(row["account_id"], row["primary_contact_first_name"])
```

A table is a constant: `ACCOUNTS` with its child tables `ADDRESSES` and `CUSTOM_FIELDS`, which are
joined by `accountId` and in the order of `position`, `DELETIONS` and `MERGES`; `ACTIVITIES` with
`ACTIVITY_CUSTOM_FIELDS` and `ACTIVITY_DELETIONS`. `ACCOUNT_TABLES` and `ACTIVITY_TABLES` hold those
that belong together, and turn the changes of a feed's batch into the rows of them all.

Columns are named by the paths of v1's JSON names (`primaryContact.firstName`), or, with
`names="snake"`, as databases like it (`primary_contact_first_name`). Every row has every column.
A value is text, a whole number, a truth value, a date or an aware datetime in UTC, or None. Lists
that have no table of their own are JSON in a text column.

No value is lost or bent: one that does not fit its column (an odd value, a number beyond 64 bits,
text with a NUL character, a time before the year 1) is None there, and stands in the column
`extra`, a JSON object by path, together with the fields that v1 does not document.
"""

import functools
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from neon_async import (
    Account,
    AccountsPage,
    ActivitiesPage,
    Activity,
    Address,
    CustomFieldData,
    Deleted,
    IndividualAccount,
    InvalidRequestError,
    Merged,
    OrganizationAccount,
)
from neon_async.models import Model
from neon_async.warehouse._cells import EXTRA, Kind, fit, flat, plan
from neon_async.warehouse._record_tables import NetChanges, RecordTables, net
from neon_async.warehouse._search import search_table
from neon_async.warehouse._table import Column, Names, Objects, Row, Table
from neon_async.warehouse.fields import snake

__all__ = [
    "ACCOUNTS",
    "ACCOUNT_TABLES",
    "ACTIVITIES",
    "ACTIVITY_CUSTOM_FIELDS",
    "ACTIVITY_DELETIONS",
    "ACTIVITY_TABLES",
    "ADDRESSES",
    "CUSTOM_FIELDS",
    "DELETIONS",
    "MERGES",
    "Column",
    "Kind",
    "Names",
    "NetChanges",
    "RecordTables",
    "Row",
    "Table",
    "for_page",
    "net",
    "search_table",
    "snake",
]


_Object: TypeAlias = tuple[tuple[object, ...], Model]


def for_page(page: object) -> RecordTables:
    """Return the tables of the records on a page.

    Args:
        page: an `AccountsPage` or `ActivitiesPage`.

    Raises:
        InvalidRequestError: it is no page of records that have tables.
    """
    if isinstance(page, AccountsPage):
        return ACCOUNT_TABLES
    if isinstance(page, ActivitiesPage):
        return ACTIVITY_TABLES
    raise InvalidRequestError(f"there are no tables for {type(page).__name__}", parameter="page")


def _account(account: Account) -> list[_Object]:
    individual = isinstance(account, IndividualAccount)
    return [(("individual" if individual else "organization",), account)]


def _activity(activity: Activity) -> list[_Object]:
    return [((), activity)]


def _addresses(account: Account) -> list[_Object]:
    contact = account.primary_contact
    return _children(account, (contact.addresses if contact else None) or ())


def _custom_fields(record: Account | Activity) -> list[_Object]:
    return _children(record, record.custom_field_data_list or ())


def _children(record: Account | Activity, items: Sequence[Model]) -> list[_Object]:
    if not items:
        return []
    key = fit("integer", record.id)
    return [((key, position), item) for position, item in enumerate(items)]


def _of_objects(
    owner: str, part: str, columns: tuple[Column, ...], before: int, objects: Objects
) -> Table:
    """Return a table with a row for each object, whose first `before` columns are not its own."""
    names = tuple(column.name for column in columns[:before])
    return Table(owner, part, columns, functools.partial(_rows, names, objects), objects)


def _rows(names: tuple[str, ...], objects: Objects, record: Any) -> Iterator[Row]:  # noqa: ANN401 - any record
    for before, item in objects(record):
        yield dict(zip(names, before, strict=True)) | flat(item)


def _deletion(key: str, change: Deleted) -> Iterator[Row]:
    yield {key: fit("integer", change.id), "provisional": change.provisional}


def _merge(change: Merged) -> Iterator[Row]:
    yield {
        "accountId": fit("integer", change.old),
        "currentAccountId": fit("integer", change.new),
        "provisional": change.provisional,
    }


def _columns(cls: type[Any], key: str = "", prefix: str = "") -> Iterator[Column]:
    steps = plan(cls, prefix)
    leaves: dict[str, Kind] = {path: kind for _, path, kind in steps.leaves}
    for field in steps.known.values():
        path = prefix + field.name
        if path in leaves:
            yield Column(path, leaves[path], key=path == key)
        elif any(inner == f"{path}." for _, inner in steps.nested):
            yield from _columns(field.kind, key, f"{path}.")


def _distinct(*columns: Column) -> tuple[Column, ...]:
    return tuple({column.name: column for column in columns}.values())


_EXTRA = Column(EXTRA, "text")
_PROVISIONAL = Column("provisional", "boolean")
_OF_ACCOUNT = Column("accountId", "integer", key=True)
_OF_ACTIVITY = Column("activityId", "integer", key=True)
_POSITION = Column("position", "integer", key=True)
_CUSTOM_FIELD = (_POSITION, *_columns(CustomFieldData), _EXTRA)

ACCOUNTS = _of_objects(
    "accounts",
    "",
    _distinct(
        Column("kind", "text"),
        *_columns(IndividualAccount, "accountId"),
        *_columns(OrganizationAccount, "accountId"),
        _EXTRA,
    ),
    1,
    _account,
)
"""Accounts; `kind` says whether it is an `individual` or an `organization`."""

ADDRESSES = _of_objects(
    "accounts", "addresses", (_OF_ACCOUNT, _POSITION, *_columns(Address), _EXTRA), 2, _addresses
)
"""The addresses of accounts."""

CUSTOM_FIELDS = _of_objects(
    "accounts", "custom_fields", (_OF_ACCOUNT, *_CUSTOM_FIELD), 2, _custom_fields
)
"""The custom fields of accounts."""

DELETIONS = Table(
    "accounts",
    "deletions",
    (_OF_ACCOUNT, _PROVISIONAL),
    functools.partial(_deletion, "accountId"),
)
"""Accounts that were deleted, or merged where the feed was not asked to look that up."""

MERGES = Table(
    "accounts",
    "merges",
    (_OF_ACCOUNT, Column("currentAccountId", "integer"), _PROVISIONAL),
    _merge,
)
"""Accounts that were merged into others: the id that is gone, and the one that it is now."""

ACTIVITIES = _of_objects(
    "activities", "", (*_columns(Activity, "activityId"), _EXTRA), 0, _activity
)
"""Activities."""

ACTIVITY_CUSTOM_FIELDS = _of_objects(
    "activities", "custom_fields", (_OF_ACTIVITY, *_CUSTOM_FIELD), 2, _custom_fields
)
"""The custom fields of activities."""

ACTIVITY_DELETIONS = Table(
    "activities",
    "deletions",
    (_OF_ACTIVITY, _PROVISIONAL),
    functools.partial(_deletion, "activityId"),
)
"""Activities that were deleted."""

ACCOUNT_TABLES = RecordTables(ACCOUNTS, (ADDRESSES, CUSTOM_FIELDS), DELETIONS, MERGES)
"""All tables of accounts."""

ACTIVITY_TABLES = RecordTables(ACTIVITIES, (ACTIVITY_CUSTOM_FIELDS,), ACTIVITY_DELETIONS, None)
"""All tables of activities."""
