"""The activity methods that write.

Whether v1 keeps what an update omits is on no page. Here it is deleted, as with accounts, so that
a client that omits what it means to keep is found out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.emulator._methods.account_writes import API_USER
from neon_async.emulator._methods.accounts import identifier
from neon_async.emulator._methods.activities import existing_activity
from neon_async.emulator._methods.checks import INDIVIDUAL_CODES, Check, choice
from neon_async.emulator._methods.field_checks import custom_fields
from neon_async.emulator._state.store import StoredRow
from neon_async.emulator._wire.clock import EASTERN, parse_timestamp, timestamp
from neon_async.emulator._wire.codes import malformed
from neon_async.emulator._wire.messages import parse_id, parse_number

if TYPE_CHECKING:
    from neon_async.emulator._state.state import EmulatorState
    from neon_async.emulator._wire.messages import Fields, Json

PRIORITIES = ("High", "Normal", "Low")
"""How requests spell the priorities; replies have them in capitals."""

_SYSTEM_USER = 101_130
_KEPT = ("createdDateTime", "createdBy")


def add_activity(state: EmulatorState, fields: Fields) -> Json:
    activity = fields.below("Activity.")
    now_text = state.now_text()
    return _store(state, activity, None, {"createdDateTime": now_text, "createdBy": API_USER})


def update_activity(state: EmulatorState, fields: Fields) -> Json:
    activity = fields.below("Activity.")
    number = identifier(activity.text("activityId"), 10200, 10201)
    before = existing_activity(state, number)
    return _store(state, activity, number, {name: before[name] for name in _KEPT if name in before})


def _store(state: EmulatorState, fields: Fields, number: int | None, kept: Json) -> Json:
    # The page has no codes for custom fields of activities; these are those of accounts.
    check = Check(state, INDIVIDUAL_CODES, component="ACTIVITY")
    record = _record(state, fields)
    record["customFieldDataList"] = {"customFieldData": custom_fields(check, fields)}
    check.finish()
    number = state.new_activity_id() if number is None else number
    now = state.now()
    complete = {
        **kept,
        "lastModifiedDateTime": timestamp(now),
        "lastModifiedBy": API_USER,
        "activityId": number,
        **record,
    }
    state.store.commit([(state.store.activities, StoredRow(number, now, {"record": complete}))])
    return {"activityId": number}


def _record(state: EmulatorState, fields: Fields) -> Json:
    """Return the record of a request, whose problems have no documented codes."""
    record: Json = {"subject": _needed(fields, "subject"), "note": fields.text("note")}
    # The page's sample has activities' times in -05:00, whatever was sent.
    record["startDateTime"] = _moment(fields, "startDateTime", _needed(fields, "startDateTime"))
    if end := fields.text("endDateTime"):
        record["endDateTime"] = _moment(fields, "endDateTime", end)
    if offset := fields.text("timeZoneOffset"):
        record["timeZoneOffset"] = _number(fields, "timeZoneOffset", parse_number(offset))
    record["clientId"] = _account(state, fields)
    user = fields.text("systemUserId") or str(_SYSTEM_USER)
    record["systemUserId"] = _number(fields, "systemUserId", parse_id(user))
    record["activityStatus"] = _status(state, fields)
    record["activityPriority"] = _priority(fields)
    if key := fields.text("encryptedIosCalendarKey"):
        record["encryptedIosCalendarKey"] = key
    return record


def _needed(fields: Fields, name: str) -> str:
    value = fields.text(name)
    if not value:
        raise malformed(f"{fields.prefix}{name} is required.")
    return value


def _moment(fields: Fields, name: str, text: str) -> str:
    at = parse_timestamp(text)
    if at is None:
        raise malformed(f"{fields.prefix}{name} must be a time like 2014-01-10T15:50:28.153+08:00.")
    return timestamp(at // 1000, EASTERN)


def _number(fields: Fields, name: str, number: int | None) -> int:
    if number is None:
        raise malformed(f"{fields.prefix}{name} must be a whole number.")
    return number


def _account(state: EmulatorState, fields: Fields) -> int:
    number = parse_id(_needed(fields, "clientId"))
    if number is None or state.account(number) is None:
        raise malformed(f"{fields.prefix}clientId is not the id of an account.")
    return number


def _priority(fields: Fields) -> str:
    _needed(fields, "activityPriority")
    return choice(fields, "activityPriority", PRIORITIES).upper()


def _status(state: EmulatorState, fields: Fields) -> Json:
    number, name = fields.text("activityStatus.id"), fields.text("activityStatus.name")
    for entry in state.lists.activity_statuses if number or name else ():
        fits = not name or entry["name"].casefold() == name.casefold()
        if fits and number in {"", entry["id"]}:
            return dict(entry)
    raise malformed(f"{fields.prefix}activityStatus is not one of the organization's.")
