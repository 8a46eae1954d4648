"""Records in which every documented field has a value, and other values for each of them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async.emulator import Emulator

Json: TypeAlias = dict[str, Any]
Place: TypeAlias = tuple[str | int, ...]

# The account to be edited and the organization that it may be linked to, as the emulator has them.
ORGANIZATION_IDS = 10008, 10016

_CONTACT: Json = {
    "firstName": "Jennifer",
    "lastName": "Example",
    "middleName": "Q.",
    "prefix": "Mrs.",
    "suffix": "Jr.",
    "preferredName": "Jen",
    "salutation": "Dear Jen & all",
    "email1": "jen1@example.org",
    "phone1": "0422938473",
    "phone1Type": "HOME",
    "phone2": "0422938474",
    "phone2Type": "WORK",
    "phone3": "0422938475",
    "phone3Type": "MOBILE",
    "fax": "149 940-0768",
    "dob": "1985-10-13",
    "gender": {"code": "F", "name": "Female"},
    "deceased": True,
    "title": "BA",
    "department": "Dev",
}
_AT_HOME: Json = {
    "isPrimaryAddress": True,
    "isShippingAddress": False,
    "addressType": {"id": "1", "name": "Home"},
    "addressLine1": "14/29 Mars St",
    "addressLine2": "2",
    "addressLine3": "c/o",
    "addressLine4": "4",
    "city": "Akron",
    "state": {"code": "OH", "name": "Ohio"},
    "province": "",
    "county": "Summit",
    "country": {"id": "1", "name": "United States of America"},
    "zipCode": "06489",
    "zipCodeSuffix": "0001",
    "startDate": "2012-12-23",
    "endDate": "2013-04-21",
}
_ABROAD: Json = {
    "isPrimaryAddress": False,
    "isShippingAddress": False,
    "addressLine1": "Platz 1",
    "city": "Graz",
    "province": "Styria",
    "country": {"id": "14", "name": "Austria"},
    "zipCode": "08010",
}
_COMMON: Json = {
    "noSolicitation": True,
    "url": "https://example.org/?a=1&b=2",
    "customFieldDataList": {
        "customFieldData": [
            {"fieldId": "22", "fieldValue": "EXAMPLETEXT"},
            {"fieldId": "45", "fieldOptionId": "47"},
            {"fieldId": "53", "fieldOptionId": "15"},
            {"fieldId": "53", "fieldOptionId": "17"},
        ]
    },
    "source": {"id": "3", "name": "Event"},
}
_SHIPPING: Json = {
    "isShippingAddress": True,
    "shippingCompanyName": "Example Parcels",
    "shippingDeliverTo": "The porter",
}
INDIVIDUAL: Json = {
    **_COMMON,
    "primaryContact": {
        **_CONTACT,
        "email2": "jen2@example.org",
        "email3": "jen3@example.org",
        "addresses": {"address": [_AT_HOME, _ABROAD]},
    },
    "existingOrganizationId": ORGANIZATION_IDS[0],
    "individualTypes": {
        "individualType": [{"id": "1", "name": "Donor"}, {"id": "3", "name": "Member"}]
    },
    "twitterPage": "https://social.example.org/t/1",
    "facebookPage": "https://social.example.org/f/1",
}
SELF_EMPLOYED: Json = {
    **{name: value for name, value in INDIVIDUAL.items() if name != "existingOrganizationId"},
    "organizationName": "Examples & Sons",
}
ORGANIZATION: Json = {
    **_COMMON,
    "organizationName": "Example Foundation",
    "primaryContact": {
        **_CONTACT,
        "addresses": {"address": [_AT_HOME | _SHIPPING, _ABROAD]},
    },
    "organizationTypes": {
        "organizationType": [{"id": "1", "name": "Foundation"}, {"id": "3", "name": "School"}]
    },
}
RECORDS = {
    "individual": INDIVIDUAL,
    "self-employed": SELF_EMPLOYED,
    "organization": ORGANIZATION,
}

# What a value becomes. Everything else gets another text.
_OTHERS: dict[str, Any] = {
    "gender": {"code": "X", "name": "Unspecified"},
    "source": {"id": "4", "name": "Referral"},
    "addressType": {"id": "2", "name": "Work"},
    "state": {"code": "KS", "name": "Kansas"},
    "country": {"id": "2", "name": "Canada"},
    "individualType": {"id": "4", "name": "Board member"},
    "organizationType": {"id": "4", "name": "Sponsor"},
    "existingOrganizationId": ORGANIZATION_IDS[1],
    "dob": "2001-02-03",
    "startDate": "2001-02-03",
    "endDate": "2030-02-03",
    "phone1Type": "MOBILE",
    "phone2Type": "HOME",
    "phone3Type": "WORK",
    "45": "48",
    "53": "16",
}


def create(emulator: Emulator, name: str, **more: Any) -> int:
    """Put a record into the emulator, and return its id."""
    make = emulator.create_organization if name == "organization" else emulator.create_individual
    return make(**copy.deepcopy(RECORDS[name]) | more)


def places(record: Json) -> list[Place]:
    """Where a record has a value that an edit can change; a pair is one value."""
    return list(_places(record, ()))


def _places(value: Any, place: Place) -> Iterator[Place]:
    if isinstance(value, list):
        for index, element in enumerate(value):
            yield from _places(element, (*place, index))
    elif isinstance(value, dict) and not {"id", "code"} & value.keys():
        for key, inner in value.items():
            yield from _places(inner, (*place, key))
    elif value not in ("", False) and place[-1] not in {"fieldId", "isPrimaryAddress"}:
        yield place


def changed(record: Json, place: Place) -> Json:
    """Return a copy of a record with another value in one place."""
    made = copy.deepcopy(record)
    holder: Any = made
    for step in place[:-1]:
        holder = holder[step]
    old, key = holder[place[-1]], place[-1]
    if key == "fieldOptionId":
        key = holder["fieldId"]
    elif isinstance(key, int):
        key = str(place[-2])
    holder[place[-1]] = not old if isinstance(old, bool) else _OTHERS.get(str(key), "Other & new")
    return made
