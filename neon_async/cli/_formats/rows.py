"""Records as flat rows of typed values, in a table with child tables."""

import enum
import functools
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, cast

import attrs

from neon_async import (
    Account,
    Activity,
    Address,
    CustomFieldData,
    IndividualAccount,
    OrganizationAccount,
)
from neon_async.cli._formats.fields import Field, fields
from neon_async.cli._json import dumps
from neon_async.models import Model

_KINDS = {int: "integer", bool: "boolean", date: "date", datetime: "timestamp"}
_EXTRA = "extra"
# Lists that are tables of their own.
_CHILDREN = {"primaryContact.addresses", "customFieldDataList"}

Row = dict[str, object]


@attrs.frozen
class Table:
    """A table: its name behind the records' own, or "", its columns, and the rows of records.

    Attributes:
        name: "" for the records themselves, else the child table's name.
        columns: the kind of each column: text, integer, boolean, date or timestamp.
        of: yields the rows of one record.
    """

    name: str
    columns: dict[str, str]
    of: Callable[[Any], Iterator[Row]]

    def rows(self, records: Sequence[Model]) -> Iterator[Row]:
        """Yield the rows of records."""
        for record in records:
            yield from self.of(record)


_fields = functools.cache(fields)


def _columns(cls: type[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for field in fields(cls).values():
        path = prefix + field.name
        if _is_nested(field):
            yield from _columns(field.kind, f"{path}.")
        elif path not in _CHILDREN:
            yield path, "text" if field.item else _KINDS.get(field.kind, "text")


def _is_nested(field: Field) -> bool:
    return field.item is None and issubclass(field.kind, Model)


def _row(record: Model, **first: object) -> Row:
    """Return a record's values by path, and as JSON what it has that no column is for."""
    extra: dict[str, Any] = {}
    values = dict(_values(record, extra))
    return {**first, **values, _EXTRA: dumps(extra).decode() if extra else None}


def _values(record: Any, extra: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:  # noqa: ANN401 - any model
    for name, value in record.extra.items():
        extra[prefix + name] = value
    for field in _fields(record.__class__).values():
        path = prefix + field.name
        value = getattr(record, field.attribute)
        if value is None or path in _CHILDREN:
            continue
        if _is_nested(field):
            yield from _values(value, extra, f"{path}.")
        else:
            yield path, _cell(value)


def _cell(value: object) -> object:
    if isinstance(value, list):
        items = cast("list[Model]", value)
        return dumps(items).decode()
    return value.value if isinstance(value, enum.Enum) else value


def _account(account: Account) -> Iterator[Row]:
    individual = isinstance(account, IndividualAccount)
    yield _row(account, kind="individual" if individual else "organization")


def _addresses(account: Account) -> Iterator[Row]:
    contact = account.primary_contact
    yield from _children(account, (contact.addresses if contact else None) or ())


def _custom_fields(record: Account | Activity) -> Iterator[Row]:
    yield from _children(record, record.custom_field_data_list or ())


def _children(record: Account | Activity, items: Sequence[Model]) -> Iterator[Row]:
    if isinstance(record, Activity):
        parent: Row = {"activityId": record.activity_id}
    else:
        parent = {"accountId": record.account_id}
    for position, item in enumerate(items):
        yield _row(item, **parent, position=position)


def _activity(activity: Activity) -> Iterator[Row]:
    yield _row(activity)


_LAST = {_EXTRA: "text"}
_POSITION = {"position": "integer"}
_OF_ACCOUNT = {"accountId": "integer"} | _POSITION
_OF_ACTIVITY = {"activityId": "integer"} | _POSITION
_CUSTOM_FIELD = dict(_columns(CustomFieldData)) | _LAST
_ACCOUNT = dict((*_columns(IndividualAccount), *_columns(OrganizationAccount)))

TABLES: dict[str, tuple[Table, ...]] = {
    "accounts": (
        Table("", {"kind": "text"} | _ACCOUNT | _LAST, _account),
        Table("addresses", _OF_ACCOUNT | dict(_columns(Address)) | _LAST, _addresses),
        Table("custom_fields", _OF_ACCOUNT | _CUSTOM_FIELD, _custom_fields),
    ),
    "activities": (
        Table("", dict(_columns(Activity)) | _LAST, _activity),
        Table("custom_fields", _OF_ACTIVITY | _CUSTOM_FIELD, _custom_fields),
    ),
}
"""The tables of each kind of records."""
