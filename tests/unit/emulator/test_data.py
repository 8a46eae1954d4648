"""Synthetic people."""

import re
from typing import Any

import orjson
import pytest

from neon_async.emulator import Emulator, ReferenceLists
from neon_async.emulator._state.data import (
    FIRST_ACCOUNT,
    INDIVIDUAL,
    Accounts,
    Activities,
    timeline,
)

PEOPLE = Accounts(7, timeline(FIRST_ACCOUNT, 600))
DOCUMENTS = [PEOPLE.document(number) for number in PEOPLE.base.ids]


def names(text: str) -> list[str]:
    return text.split()


ADDRESS_FIELDS = [
    "addressId",
    "isPrimaryAddress",
    "isShippingAddress",
    "shippingCompanyName",
    "shippingDeliverTo",
    "addressType.id",
    "addressType.name",
    "addressLine1",
    "addressLine2",
    "addressLine3",
    "addressLine4",
    "city",
    "state.code",
    "state.name",
    "province",
    "county",
    "country.id",
    "country.name",
    "zipCode",
    "zipCodeSuffix",
    "startDate",
    "endDate",
]
CONTACT_FIELDS = [
    "contactId",
    "firstName",
    "lastName",
    "middleName",
    "prefix",
    "suffix",
    "preferredName",
    "salutation",
    "email1",
    "phone1",
    "phone1Type",
    "phone2",
    "phone2Type",
    "phone3",
    "phone3Type",
    "fax",
    "dob",
    "gender.code",
    "gender.name",
    "deceased",
    "title",
    "department",
]
COMMON_FIELDS = [
    "accountId",
    "lastModifiedDateTime",
    "lastModifiedBy",
    "createdDateTime",
    "createdBy",
    "noSolicitation",
    "url",
    "login.username",
    "source.id",
    "source.name",
    "customFieldDataList.customFieldData.fieldId",
    "customFieldDataList.customFieldData.fieldOptionId",
    "customFieldDataList.customFieldData.fieldValue",
]
INDIVIDUAL_FIELDS = [
    "primaryContact.email2",
    "primaryContact.email3",
    "existingOrganizationId",
    "organizationName",
    "facebookPage",
    "twitterPage",
    "individualTypes.individualType.id",
    "individualTypes.individualType.name",
]
ORGANIZATION_FIELDS = [
    "organizationName",
    "primaryContactAccountId",
    "organizationTypes.organizationType.id",
    "organizationTypes.organizationType.name",
]


def paths(value: Any, prefix: str = "") -> set[str]:
    """Return the dotted names of everything in a record that is not blank."""
    if isinstance(value, dict):
        found = (paths(inner, f"{prefix}.{name}") for name, inner in value.items())
        return set().union(*found)
    if isinstance(value, list):
        return set().union(*(paths(item, prefix) for item in value))
    return set() if value == "" else {prefix.removeprefix(".")}


@pytest.mark.parametrize("kind", ["individual", "organization"])
def test_every_documented_field_occurs(kind: str) -> None:
    """A pull of a few hundred records meets everything that the pages document."""
    documented = {
        *COMMON_FIELDS,
        *(f"primaryContact.{name}" for name in CONTACT_FIELDS),
        *(f"primaryContact.addresses.address.{name}" for name in ADDRESS_FIELDS),
        *(INDIVIDUAL_FIELDS if kind == INDIVIDUAL else ORGANIZATION_FIELDS),
    }
    records = [one["record"] for one in DOCUMENTS if one["kind"] == kind]

    assert documented == set().union(*map(paths, records))


def test_records_depend_on_seed_and_id_only() -> None:
    """The same seed makes the same people, in any order; another makes others."""
    again = Accounts(7, timeline(FIRST_ACCOUNT, 600))

    assert DOCUMENTS[::-1] == [again.document(number) for number in reversed(again.base.ids)]
    assert DOCUMENTS[0] != Accounts(8, timeline(FIRST_ACCOUNT, 600)).document(FIRST_ACCOUNT)


def test_a_larger_organization_begins_with_the_same_people() -> None:
    """How many others there are changes nobody."""
    larger = Accounts(7, timeline(FIRST_ACCOUNT, 6000))

    assert [one["record"] for one in DOCUMENTS[:592]] == [
        larger.document(one["record"]["accountId"])["record"] for one in DOCUMENTS[:592]
    ]


def test_last_modified_times_follow_the_ids() -> None:
    """Sorting by id sorts by time, also when ten years have to be divided finely."""
    for count in (600, 2_000_000):
        base = timeline(1, count)
        ids = [1, 2, 3, count // 2, count]
        times = [base.modified(number) or 0 for number in ids]
        assert sorted(set(times)) == times
        assert times[-1] - times[0] <= 10 * 366 * 86_400_000


def test_nobody_exists() -> None:
    """Addresses of people are in example.org, and phone numbers are set aside for fiction."""
    text = orjson.dumps(DOCUMENTS).decode()

    assert {"example.org"} == set(re.findall(r"(?:@|social\.|//person\d+\.)(example\.\w+)", text))
    assert [] == re.findall(r'"(?:phone\d|fax)":"(?!\d{3} ?555-?01\d\d")[^"]*"', text)


def test_ids_lead_to_records_that_exist() -> None:
    """Every reference between records, and every entry of a list, can be followed."""
    lists = ReferenceLists()
    kinds = {one["record"]["accountId"]: one["kind"] for one in DOCUMENTS}
    assert {"individual", "organization"} == {*kinds.values()}
    for record in (one["record"] for one in DOCUMENTS):
        assert "organization" == kinds.get(record.get("existingOrganizationId"), "organization")
        assert "individual" == kinds.get(record.get("primaryContactAccountId"), "individual")
        assert record["source"] in [{}, *lists.sources]
        for field in record["customFieldDataList"]["customFieldData"]:
            assert field["fieldId"] in {str(known["fieldId"]) for known in lists.custom_fields}


def test_contacts_with_addresses_have_one_primary_address() -> None:
    """The rule of the update page holds for what is there to begin with."""
    for one in DOCUMENTS:
        addresses = one["record"]["primaryContact"]["addresses"]["address"]
        primary = [address["isPrimaryAddress"] for address in addresses]
        assert [index == 0 for index in range(len(addresses))] == primary


def test_activities_have_the_shape_of_the_page() -> None:
    """An activity has the fields of the reference page, in order, and those of the schema."""
    calendar = Activities(7, timeline(501, 100), PEOPLE.base)
    records = [calendar.document(number)["record"] for number in calendar.base.ids]

    assert [
        "createdDateTime",
        "createdBy",
        "lastModifiedDateTime",
        "activityId",
        "subject",
        "note",
        "startDateTime",
        "endDateTime",
        "systemUserId",
        "activityStatus",
        "activityPriority",
        "clientId",
        "customFieldDataList",
    ] == list(records[0])
    assert {record["clientId"] for record in records} <= set(PEOPLE.base.ids)
    fields = {
        field["fieldId"]
        for record in records
        for field in record["customFieldDataList"]["customFieldData"]
    }
    assert {"70", "73"} == fields
    assert {"NORMAL", "HIGH", "LOW"} == {record["activityPriority"] for record in records}
    assert all(re.fullmatch(r".*T\d\d:00:00\.000-05:00", one["startDateTime"]) for one in records)


def test_activities_without_accounts() -> None:
    """Where there is no account, activities are about none."""
    calendar = Activities(7, timeline(501, 1))

    assert "clientId" not in calendar.document(501)["record"]


def test_changed_lists_leave_people_alone() -> None:
    """The lists of an emulator can be emptied without changing its synthetic records."""
    with Emulator(50) as emulator, Emulator(50) as other:
        emulator.lists.sources.clear()
        emulator.lists.individual_types[0]["name"] = "Renamed"

        assert [other.account(one) for one in other.account_ids()] == [
            emulator.account(one) for one in emulator.account_ids()
        ]


def test_records_are_the_same_when_they_are_remembered() -> None:
    """A record is what it was, also when others made it forgotten, and nobody else's."""
    people, calendar = Accounts(7, PEOPLE.base), Activities(7, timeline(501, 5))
    for kind, first in ((people, FIRST_ACCOUNT), (calendar, 501)):
        kind._cache.limit = 3
        computed = [kind.summary(number) for number in range(first, first + 5)]
        for _ in range(2):
            assert computed == [kind.summary(number) for number in range(first, first + 5)]
        kind.summary(first)["lastModifiedBy"] = "somebody"
        assert computed[0] == kind.summary(first)


def test_remembered_time_may_be_taken_away() -> None:
    """A quirk without last-modified times holds for records that were shown with theirs."""
    people = Accounts(7, timeline(FIRST_ACCOUNT, 5))
    with_time = people.summary(FIRST_ACCOUNT)
    people.base.unmodified = 1

    without = people.summary(FIRST_ACCOUNT)

    assert "lastModifiedDateTime" in with_time
    assert {key: value for key, value in with_time.items() if key != "lastModifiedDateTime"} == (
        without
    )
