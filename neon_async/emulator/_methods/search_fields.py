"""What searches know of accounts and activities, field by field.

The names are those of v1's pages and of public programs; a real organization has many more, and
may have renamed these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from neon_async.emulator._state.data import INDIVIDUAL
from neon_async.emulator._wire.messages import addresses, inner

if TYPE_CHECKING:
    from neon_async.emulator._state.store import Document
    from neon_async.emulator._wire.messages import Value

Column = Callable[["Document"], list[str]]
"""Returns a record's values of a field; one that is shown has at most one."""


def text(value: Value) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at(*path: str) -> Column:
    return lambda document: [text(inner(document["record"], *path))]


def _contact(*path: str) -> Column:
    return _at("primaryContact", *path)


def _address(*path: str) -> Column:
    def column(document: Document) -> list[str]:
        # Searches show one address of a record: its primary one.
        primary = [a for a in addresses(document["record"]) if a.get("isPrimaryAddress")]
        return [text(inner(address, *path)) for address in primary[:1]]

    return column


def _full_name(document: Document) -> list[str]:
    contact = inner(document["record"], "primaryContact")
    names = (text(inner(contact, name)) for name in ("firstName", "middleName", "lastName"))
    return [" ".join(filter(None, names))]


def _account_type(document: Document) -> list[str]:
    return ["Individual" if document["kind"] == INDIVIDUAL else "Organization"]


def _emails(document: Document) -> list[str]:
    contact = inner(document["record"], "primaryContact")
    return [text(inner(contact, f"email{position}")) for position in (1, 2, 3)]


ACCOUNT_COLUMNS: dict[str, Column] = {
    "Account ID": _at("accountId"),
    "Account Type": _account_type,
    "First Name": _contact("firstName"),
    "Middle Name": _contact("middleName"),
    "Last Name": _contact("lastName"),
    "Full Name (F)": _full_name,
    "Preferred Name": _contact("preferredName"),
    "Prefix": _contact("prefix"),
    "Suffix": _contact("suffix"),
    "Company Name": _at("organizationName"),
    "Email 1": _contact("email1"),
    "Email 2": _contact("email2"),
    "Email 3": _contact("email3"),
    "Phone 1": _contact("phone1"),
    "Phone 2": _contact("phone2"),
    "Phone 3": _contact("phone3"),
    "Gender": _contact("gender", "name"),
    "Deceased": _contact("deceased"),
    "Address Line 1": _address("addressLine1"),
    "Address Line 2": _address("addressLine2"),
    "City": _address("city"),
    "State": _address("state", "code"),
    "Zip Code": _address("zipCode"),
    "Country": _address("country", "name"),
    "Login Name": _at("login", "username"),
    "Source": _at("source", "name"),
    "Account Created Date/Time": _at("createdDateTime"),
    "Account Last Modified Date/Time": _at("lastModifiedDateTime"),
}
ACTIVITY_COLUMNS: dict[str, Column] = {
    "Activity ID": _at("activityId"),
    "Account ID": _at("clientId"),
    "Activity Subject": _at("subject"),
    "Activity Note": _at("note"),
    "Activity Start Date/Time": _at("startDateTime"),
    "Activity End Date/Time": _at("endDateTime"),
    "Activity Status": _at("activityStatus", "name"),
    "Activity Priority": _at("activityPriority"),
    "System User ID": _at("systemUserId"),
    "Activity Created Date/Time": _at("createdDateTime"),
    "Activity Last Modified Date/Time": _at("lastModifiedDateTime"),
}
# Criteria that are no columns: any of an account's e-mail addresses.
ACCOUNT_CRITERIA: dict[str, Column] = {"Email": _emails}


def custom_field(number: str) -> Column:
    """Return the column of a custom field: its text, or the ids of its options."""

    def column(document: Document) -> list[str]:
        data = inner(document["record"], "customFieldDataList", "customFieldData")
        entries = [entry for entry in data or () if text(inner(entry, "fieldId")) == number]
        values = (inner(entry, "fieldValue") or inner(entry, "fieldOptionId") for entry in entries)
        return [text(value) for value in values]

    return column
