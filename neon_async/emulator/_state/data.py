"""Synthetic accounts and activities: each is a function of the seed and its id alone."""

from __future__ import annotations

from typing import Any

import attrs

from neon_async.emulator._state.contacts import Contacts
from neon_async.emulator._state.index import Base
from neon_async.emulator._state.lists import ReferenceLists
from neon_async.emulator._state.random import SeededRandom
from neon_async.emulator._state.record_cache import RecordCache
from neon_async.emulator._state.sample_data import (
    ACTIVITY_STATUSES,
    NOTES,
    ORGANIZATION_KINDS,
    ORGANIZATION_WORDS,
    SUBJECTS,
    USERS,
)
from neon_async.emulator._wire.clock import EASTERN, timestamp

INDIVIDUAL = "individual"
ORGANIZATION = "organization"

FIRST_ACCOUNT = 10_001
FIRST_ACTIVITY = 501

_START = 1_389_340_228_153
"""2014-01-10T15:50:28.153+08:00, the time in the examples of the reference pages."""

_SPAN = 10 * 365 * 86_400_000
_HOUR = 3_600_000
_HOUSEHOLD = 8
"""One account in so many is an organization: the last one of each eight."""

_DAY = 86_400_000


def timeline(first: int, count: int) -> Base:
    """Return ids with one change an hour, or closer together if that takes over ten years."""
    return Base(first, count, _START, max(1, min(_HOUR, _SPAN // max(1, count))))


@attrs.define
class Accounts:
    """The synthetic accounts.

    Attributes:
        base: their ids and last-modified times.
    """

    seed: int
    base: Base
    # Its own lists: those of the emulator may be changed, and these records must not.
    _lists: ReferenceLists = attrs.field(factory=ReferenceLists, init=False)
    _contacts: Contacts = attrs.field(init=False)
    _cache: RecordCache = attrs.field(factory=RecordCache, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Prepare what all records share."""
        self._contacts = Contacts(self.seed, self._lists)

    def kind(self, account_id: int) -> str:
        index = account_id - self.base.first
        return ORGANIZATION if index % _HOUSEHOLD == _HOUSEHOLD - 1 else INDIVIDUAL

    def document(self, account_id: int) -> dict[str, Any]:
        """Return the account as it is stored, with everything that can be retrieved."""
        record = self.summary(account_id) | self._details(account_id)
        return {"kind": self.kind(account_id), "record": record, "consent": {}}

    def summary(self, account_id: int) -> dict[str, Any]:
        """Return the account as syncAccounts shows it. Parts of it are shared: don't change it."""
        modified = self.base.modified(account_id)
        known = self._cache.get(account_id, modified)
        if known is not None:
            return known
        return self._cache.put(account_id, modified, self._summary(account_id, modified))

    def _summary(self, account_id: int, modified: int | None) -> dict[str, Any]:
        rng = SeededRandom(self.seed, account_id, 4)
        record: dict[str, Any] = {}
        if modified is not None:
            record["lastModifiedDateTime"] = timestamp(modified)
        record["lastModifiedBy"] = rng.pick(USERS)
        record["accountId"] = account_id
        if self.kind(account_id) == ORGANIZATION:
            return record | self._organization(account_id, rng)
        record["primaryContact"] = self._contacts.contact(account_id, emails=3)
        self._add_common(record, rng)
        types = self._lists.individual_types[: rng.pick((0, 0, 1, 2))]
        record["individualTypes"] = {"individualType": types}
        return record

    def _organization(self, account_id: int, rng: SeededRandom) -> dict[str, Any]:
        words = rng.pick(ORGANIZATION_WORDS), rng.pick(ORGANIZATION_KINDS)
        record: dict[str, Any] = {
            "organizationName": f"{' '.join(words)} {account_id}",
            "primaryContact": self._contacts.contact(account_id, emails=1),
            # The first of the seven individuals before it: an account that is there in any case.
            "primaryContactAccountId": account_id - _HOUSEHOLD + 1,
        }
        self._add_common(record, rng)
        types = self._lists.organization_types[: rng.pick((0, 1, 1, 2))]
        record["organizationTypes"] = {"organizationType": types}
        return record

    def _add_common(self, record: dict[str, Any], rng: SeededRandom) -> None:
        record["noSolicitation"] = rng.once_in(10)
        record["customFieldDataList"] = {"customFieldData": _custom_fields(rng)}
        record["source"] = rng.pick(self._lists.sources) if rng.once_in(2) else {}

    def _details(self, account_id: int) -> dict[str, Any]:
        rng = SeededRandom(self.seed, account_id, 5)
        age = rng.below(365 * _DAY)
        details: dict[str, Any] = {
            "createdDateTime": timestamp(_START + self._elapsed(account_id) - age),
            "createdBy": rng.pick(USERS),
        }
        if rng.once_in(4):
            details["url"] = f"https://person{account_id}.example.org/"
        if rng.once_in(8):
            details["login"] = {"username": f"user{account_id}"}
        if self.kind(account_id) == INDIVIDUAL:
            details |= self._ties(account_id, rng)
        return details

    def _elapsed(self, account_id: int) -> int:
        return (account_id - self.base.first) * self.base.step

    def _ties(self, account_id: int, rng: SeededRandom) -> dict[str, Any]:
        ties: dict[str, Any] = {}
        organization_id = account_id - (account_id - self.base.first) % _HOUSEHOLD + _HOUSEHOLD - 1
        if rng.once_in(3):
            if rng.once_in(2) and organization_id in self.base.ids:
                ties["existingOrganizationId"] = organization_id
            else:
                ties["organizationName"] = f"{rng.pick(ORGANIZATION_WORDS)} Self-Employed"
        if rng.once_in(6):
            ties["facebookPage"] = f"https://social.example.org/f/{account_id}"
        if rng.once_in(6):
            ties["twitterPage"] = f"https://social.example.org/t/{account_id}"
        return ties


def _custom_fields(rng: SeededRandom) -> list[dict[str, str]]:
    fields: list[dict[str, str]] = []
    if rng.once_in(4):
        fields.append({"fieldId": "22", "fieldValue": rng.pick(("Oak", "Elm & Ash", "+1"))})
    if rng.once_in(4):
        fields.append({"fieldId": "24", "fieldValue": f"{rng.below(10_000):05}"})
    if rng.once_in(3):
        fields.append({"fieldId": "45", "fieldOptionId": rng.pick(("46", "47", "48"))})
    if rng.once_in(6):
        fields.extend({"fieldId": "53", "fieldOptionId": option} for option in ("15", "17"))
    return fields


@attrs.define
class Activities:
    """The synthetic activities.

    Attributes:
        base: their ids and last-modified times.
        accounts: the accounts that they are about.
    """

    seed: int
    base: Base
    accounts: Base = attrs.Factory(lambda: timeline(FIRST_ACCOUNT, 0))
    _cache: RecordCache = attrs.field(factory=RecordCache, init=False, repr=False)

    def document(self, activity_id: int) -> dict[str, Any]:
        return {"record": self.summary(activity_id)}

    def summary(self, activity_id: int) -> dict[str, Any]:
        modified = self.base.start + (activity_id - self.base.first) * self.base.step
        known = self._cache.get(activity_id, modified)
        if known is not None:
            return known
        return self._cache.put(activity_id, modified, self._summary(activity_id, modified))

    def _summary(self, activity_id: int, modified: int) -> dict[str, Any]:
        rng = SeededRandom(self.seed, activity_id, 6)
        # The page's times come without milliseconds, and activities start at full hours.
        created = modified - rng.below(300 * _DAY)
        start = (modified + rng.below(30 * _DAY)) // _HOUR * _HOUR
        end = start + (1 + rng.below(4)) * _HOUR
        record = {
            "createdDateTime": timestamp(created - created % 1000),
            "createdBy": rng.pick(USERS),
            "lastModifiedDateTime": timestamp(modified),
            "activityId": activity_id,
            "subject": rng.pick(SUBJECTS),
            "note": rng.pick(NOTES),
            "startDateTime": timestamp(start, EASTERN),
            "endDateTime": timestamp(end, EASTERN),
            "systemUserId": 101_130 + rng.below(5),
            "activityStatus": rng.pick(ACTIVITY_STATUSES),
            "activityPriority": rng.pick(("NORMAL", "NORMAL", "HIGH", "LOW")),
        }
        # These two are on the page of List Activities and not on that of Sync Activities.
        if self.accounts.count:
            record["clientId"] = self.accounts.first + rng.below(self.accounts.count)
        fields: list[dict[str, str]] = []
        if rng.once_in(3):
            fields.append({"fieldId": "70", "fieldOptionId": rng.pick(("71", "72"))})
        if rng.once_in(6):
            fields.append({"fieldId": "73", "fieldValue": "Send the annual report"})
        return record | {"customFieldDataList": {"customFieldData": fields}}
