"""Checks of custom fields, and of account types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.emulator._state.lists import MULTIPLE_TYPES, OPTION_TYPES
from neon_async.emulator._wire.codes import malformed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async.emulator._methods.checks import Check
    from neon_async.emulator._wire.messages import Fields, Json

TRIPLE = ("fieldId", "fieldOptionId", "fieldValue")
_PREFIX = "customFieldDataList.customFieldData."


def custom_fields(check: Check, fields: Fields) -> list[Json]:
    groups = fields.groups(_PREFIX, TRIPLE)
    # Both pages: a parameter without data "must be included, left blank".
    if groups and len(groups[0].values) < len(TRIPLE):
        raise malformed("A custom field needs all of fieldId, fieldOptionId and fieldValue.")
    entries: list[Json] = []
    for group in groups:
        if group.placeholders or any(group.text(name) for name in TRIPLE):
            data = _custom_field(check, group)
            if data is not None:
                _add(check, entries, data)
    return entries


def _custom_field(check: Check, group: Fields) -> Json | None:
    codes = check.codes
    number, option, value = (group.text(name) for name in TRIPLE)
    field = _definition(check, number)
    options: list[Json] = [] if field is None else field["fieldOptions"]["fieldOption"]
    code = None
    if not number:
        code = codes.field_required
    elif field is None:
        code = codes.field_invalid
    # Text fields have a value, and those with a choice an option.
    elif field["dataType"] not in OPTION_TYPES:
        if value:
            return {"fieldId": number, "fieldValue": value}
        code = codes.value_required
    elif not option:
        code = codes.option_required
    elif all(entry["id"] != option for entry in options):
        code = codes.option_invalid
    else:
        return {"fieldId": number, "fieldOptionId": option}
    check.failed(code)
    return None


def _definition(check: Check, number: str) -> Json | None:
    # Of accounts: "You cannot add data to Individual custom fields."
    fields = check.state.lists.custom_fields
    mine = (field for field in fields if field["component"] == check.component)
    return next((field for field in mine if str(field["fieldId"]) == number), None)


def _add(check: Check, entries: list[Json], data: Json) -> None:
    same = [other for other in entries if other["fieldId"] == data["fieldId"]]
    field = _definition(check, data["fieldId"])
    # Several options of a field are several triples with one fieldId (both pages).
    if same and field is not None and field["dataType"] not in MULTIPLE_TYPES:
        check.failed(10021)
    elif data in same:
        check.failed(10020)
    entries.append(data)


def individual_types(check: Check, fields: Fields) -> list[Json]:
    groups = _type_groups(fields, "individualTypes.individualType.")
    return _distinct(check, (_individual_type(check, group) for group in groups), 10022)


def _individual_type(check: Check, group: Fields) -> Json | None:
    if not _named(group):
        check.failed(10005)
        return None
    return check.pair(group, "", check.state.lists.individual_types, 10006)


def organization_types(check: Check, fields: Fields) -> list[Json]:
    groups = _type_groups(fields, "organizationTypes.organizationType.")
    return _distinct(check, (_organization_type(check, group) for group in groups), 10070)


def _organization_type(check: Check, group: Fields) -> Json | None:
    types = check.state.lists.organization_types
    number, name = group.text("id"), group.text("name")
    by_id = [entry for entry in types if entry["id"] == number]
    by_name = [entry for entry in types if entry["name"].casefold() == name.casefold()]
    code = None
    if not _named(group):
        code = 10051
    elif not types:
        code = 10052
    elif number and not by_id:
        code = 10053
    elif name and not by_name:
        code = 10058
    # Code 10059, "Organization type is invalid": an id and a name of different types.
    elif number and name and by_id != by_name:
        code = 10059
    if code is not None:
        check.failed(code)
        return None
    return dict((by_id or by_name)[0])


def _distinct(check: Check, entries: Iterable[Json | None], twice: int) -> list[Json]:
    types: list[Json] = []
    for entry in entries:
        if entry is not None and entry in types:
            check.failed(twice)
        elif entry is not None:
            types.append(entry)
    return types


def _type_groups(fields: Fields, prefix: str) -> list[Fields]:
    """Return the groups, without a single blank one, which deletes."""
    groups = fields.groups(prefix, ("id", "name"))
    return [group for group in groups if group.placeholders or _named(group)]


def _named(group: Fields) -> bool:
    return bool(group.text("id") or group.text("name"))
