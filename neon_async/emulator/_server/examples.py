"""Requests and replies of every method, made by the methods themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from neon_async.emulator._methods.table import METHODS, ApiMethod
from neon_async.emulator._state.data import (
    FIRST_ACCOUNT,
    FIRST_ACTIVITY,
    INDIVIDUAL,
    Accounts,
    Activities,
    timeline,
)
from neon_async.emulator._state.sessions import OpenSessions
from neon_async.emulator._state.state import EmulatorState
from neon_async.emulator._state.store import Store
from neon_async.emulator._wire.clock import Clock
from neon_async.emulator._wire.messages import Json, form, success

_RECORDS = 64
"""Enough that every field of the synthetic records occurs."""

_SESSION_ID = "0123456789abcdef" * 2
_WHEN = "2014-01-10T15:50:28.153+08:00"
_PERSON, _FUND = str(FIRST_ACCOUNT), str(FIRST_ACCOUNT + 7)

SAMPLES = {
    "individualAccount.accountId": _PERSON,
    "individualAccount.primaryContact.contactId": str(FIRST_ACCOUNT + 1651),
    "individualAccount.primaryContact.firstName": "Jennifer",
    "individualAccount.primaryContact.lastName": "Example",
    "login.apiKey": "your-api-key",
    "login.orgid": "your-organization",
    "Activity.activityId": str(FIRST_ACTIVITY),
    "Activity.activityPriority": "Normal",
    "Activity.activityStatus.name": "Completed",
    "Activity.clientId": _PERSON,
    "Activity.startDateTime": _WHEN,
    "Activity.subject": "Phone call",
    "activityId": str(FIRST_ACTIVITY),
    "eventId": "401",
    "organizationAccount.accountId": _FUND,
    "organizationAccount.organizationName": "Example Fund",
    "searchCriteria.component": "Account",
    "syncAccountTimeFrom": _WHEN,
    "syncActivityTimeFrom": _WHEN,
    "userSessionId": _SESSION_ID,
}
"""A value for each parameter that an example needs."""


def sample(method: ApiMethod) -> dict[str, str]:
    """Return the parameters of an example request."""
    values = {
        parameter.name: SAMPLES[parameter.name]
        for parameter in method.parameters
        if parameter.name in SAMPLES
    }
    if "accountId" in {parameter.name for parameter in method.own}:
        values["accountId"] = _FUND if "Organization" in method.name else _PERSON
    return values


@cache
def replies(path: str) -> tuple[Json, ...]:
    """Return replies of one of the emulator's own methods: the example, and what else occurs."""
    people = Accounts(1, timeline(FIRST_ACCOUNT, _RECORDS))
    calendar = Activities(1, timeline(FIRST_ACTIVITY, _RECORDS), people.base)
    sessions = OpenSessions(SAMPLES["login.orgid"], SAMPLES["login.apiKey"])
    store = Store(None, people, calendar, {})
    state = EmulatorState(
        store, people, sessions, Clock(datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)), 200
    )
    try:
        sessions.resume(_SESSION_ID, state.now())
        return tuple(_reply(state, METHODS[path], more) for more in _variants(METHODS[path]))
    finally:
        store.close()


def _variants(method: ApiMethod) -> list[dict[str, str]]:
    """Return what differs from the sample in further requests."""
    names = {parameter.name for parameter in method.own}
    if "page.pageSize" in names:
        return [{"page.pageSize": "2"}, {"page.pageSize": "200"}]
    if method.name.startswith("retrieve") and method.root.endswith("Response"):
        if "activityId" in names:
            calendar = timeline(FIRST_ACTIVITY, _RECORDS)
            return [{"activityId": str(number)} for number in calendar.ids]
        wanted = INDIVIDUAL if "Individual" in method.name else "organization"
        people = Accounts(1, timeline(FIRST_ACCOUNT, _RECORDS))
        ids = [number for number in people.base.ids if people.kind(number) == wanted]
        return [{"accountId": str(number)} for number in ids]
    return [{}]


def _reply(state: EmulatorState, method: ApiMethod, more: dict[str, str]) -> Json:
    payload = method.answer(state, form(list((sample(method) | more).items())))
    if "userSessionId" in payload:
        payload["userSessionId"] = _SESSION_ID
    return success(method.root, state.now_text(), payload)
