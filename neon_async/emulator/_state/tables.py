"""Donations, events, memberships and attendees: small tables, made from the seed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import attrs

from neon_async.emulator._state.random import SeededRandom
from neon_async.emulator._state.sample_data import CAMPAIGNS, FUNDS, PURPOSES

if TYPE_CHECKING:
    from neon_async.emulator._state.data import Accounts

DONATIONS, EVENTS, MEMBERSHIPS, ATTENDEES = 60, 12, 30, 5
FIRST_DONATION, FIRST_EVENT, FIRST_MEMBERSHIP, FIRST_ATTENDEE = 3001, 401, 2001, 701

_EVENTS = ("Summer concert", "Open day", "Garden party", "Lecture")
_TERMS = (("505", "Individual", 50.0), ("506", "Family", 90.0), ("507", "Student", 20.5))
_START = date(2014, 1, 10)

Row = dict[str, str]


@attrs.define
class Tables:
    """What the searches of donations, events and memberships find. The rows may be changed.

    Attributes:
        donations: rows of listDonations, by field.
        events: rows of listEvents, by field.
        memberships: rows of listMemberships, by field.
        history: the memberships as listMembershipHistory has them.
        attendees: the attendees of each event, by its id.
    """

    donations: list[Row] = attrs.field(factory=list[Row])
    events: list[Row] = attrs.field(factory=list[Row])
    memberships: list[Row] = attrs.field(factory=list[Row])
    history: list[dict[str, Any]] = attrs.field(factory=list[dict[str, Any]])
    attendees: dict[int, list[dict[str, Any]]] = attrs.field(
        factory=dict[int, list[dict[str, Any]]]
    )

    @classmethod
    def seeded(cls, seed: int, people: Accounts) -> Tables:
        """Make the tables. Without accounts there are no donors, and only events are left."""
        tables = cls(events=[_event(seed, FIRST_EVENT + index) for index in range(EVENTS)])
        if people.base.count:
            tables.donations += [
                _donation(seed, people, FIRST_DONATION + i) for i in range(DONATIONS)
            ]
            tables.history += [
                _membership(seed, people, FIRST_MEMBERSHIP + i) for i in range(MEMBERSHIPS)
            ]
            tables.memberships += [_membership_row(row, people) for row in tables.history]
            for index in range(EVENTS):
                first = FIRST_ATTENDEE + index * ATTENDEES
                numbers = range(first, first + ATTENDEES)
                tables.attendees[FIRST_EVENT + index] = [
                    _attendee(seed, people, n) for n in numbers
                ]
        return tables


def _day(random: SeededRandom) -> date:
    return _START + timedelta(days=random.below(3650))


def _person(people: Accounts, account_id: int) -> tuple[str, str]:
    contact = people.summary(account_id)["primaryContact"]
    return contact["firstName"], contact["lastName"]


def _account(random: SeededRandom, people: Accounts) -> int:
    return people.base.first + random.below(people.base.count)


def _donation(seed: int, people: Accounts, number: int) -> Row:
    random = SeededRandom(seed, number, 11)
    account_id = _account(random, people)
    first, last = _person(people, account_id)
    campaign, fund, purpose = random.pick(CAMPAIGNS), random.pick(FUNDS), random.pick(PURPOSES)
    return {
        "Donation ID": str(number),
        "Account ID": str(account_id),
        "First Name": first,
        "Last Name": last,
        "Donation Amount": f"{random.below(500) + 5}.00",
        "Donation Date": _day(random).isoformat(),
        "Donation Status": random.pick(("Succeeded", "Succeeded", "Pending")),
        "Campaign ID": campaign["id"],
        "Campaign Name": campaign["name"],
        "Fund Name": fund["name"],
        "Purpose": purpose["name"],
    }


def _event(seed: int, number: int) -> Row:
    random = SeededRandom(seed, number, 12)
    day = _day(random)
    campaign = random.pick(CAMPAIGNS)
    return {
        "Event ID": str(number),
        "Event Name": f"{random.pick(_EVENTS)} {number}",
        "Event Category Name": random.pick(("Music", "Learning")),
        "Event Start Date": day.isoformat(),
        "Event Start Time": f"{random.below(10) + 9:02}:00:00",
        "Event End Date": (day + timedelta(days=random.below(2))).isoformat(),
        "Event End Time": "22:00:00",
        "Event Summary": "",
        "Campaign ID": campaign["id"],
        "Campaign Name": campaign["name"],
        "Total Revenue": f"{random.below(900)}.50",
    }


def _membership(seed: int, people: Accounts, number: int) -> dict[str, Any]:
    random = SeededRandom(seed, number, 13)
    term_id, name, fee = random.pick(_TERMS)
    start = _day(random)
    return {
        "accountId": _account(random, people),
        "membershipTerm": {
            "termInfo": {"id": term_id, "name": name},
            "isParentTerm": False,
            "childTerms": {"idNamePair": []},
        },
        "autoRenewal": random.once_in(3),
        "customFieldDataList": {"customFieldData": []},
        "membershipId": number,
        "membershipName": name,
        "termDuration": "1 YEAR",
        "fee": fee,
        "transactionDate": f"{start.isoformat()}T12:00:00.000+00:00",
        "termStartDate": start.isoformat(),
        "termEndDate": (start + timedelta(days=364)).isoformat(),
        "enrollmentType": random.pick(("JOIN", "RENEW")),
        "status": "SUCCEED",
    }


def _membership_row(membership: dict[str, Any], people: Accounts) -> Row:
    first, last = _person(people, membership["accountId"])
    return {
        "Membership ID": str(membership["membershipId"]),
        "Account ID": str(membership["accountId"]),
        "First Name": first,
        "Last Name": last,
        "Full Name (F)": f"{first} {last}",
        "Membership Name": membership["membershipName"],
        "Membership Cost": f"{membership['fee']:.2f}",
        "Membership Start Date": membership["termStartDate"],
        "Membership Expiration Date": membership["termEndDate"],
        "Membership Enrollment Type": membership["enrollmentType"],
    }


def _attendee(seed: int, people: Accounts, number: int) -> dict[str, Any]:
    random = SeededRandom(seed, number, 14)
    account_id = _account(random, people)
    first, last = _person(people, account_id)
    attendee: dict[str, Any] = {
        "registrantAccountId": account_id,
        "registrantName": f"{first} {last}",
        "registrationStatus": "SUCCEED",
        # As on the page; the schema says that it is a date.
        "registrationDate": f"{_day(random):%m/%d/%Y}",
        "attendeeId": number,
        "attendeeFirstName": first,
        "attendeeLastName": last,
        "markedAttended": random.once_in(2),
    }
    if random.once_in(2):
        attendee["attendeeAccountId"] = account_id
    return attendee
