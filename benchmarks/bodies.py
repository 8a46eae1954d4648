"""The replies that everything is measured with: accounts with every documented field filled."""

from __future__ import annotations

import functools
import gzip
from typing import Any

import orjson

PAGE_SIZE = 200
# So many pages differ from each other; later pages repeat their accounts, and are pages of their
# own by their page block alone.
VARIANTS = 8
# Custom fields of an account on a page of 2 MB.
MANY_FIELDS = 145

_STATES = [("OH", "Ohio"), ("IL", "Illinois"), ("NY", "New York"), ("CA", "California")]


def account(n: int, fields: int = 3) -> dict[str, Any]:
    """Return the n-th account, about 2 KB of JSON with three custom fields."""
    return {
        "accountId": 126240 + n,
        "lastModifiedDateTime": f"2014-05-07T{n % 24:02}:{n % 60:02}:28.{n % 1000:03}+08:00",
        "lastModifiedBy": f"Editor {n % 40}",
        "createdDateTime": f"2013-01-24T{n % 24:02}:{n % 60:02}:28.{n % 1000:03}-06:00",
        "createdBy": f"Editor {n % 40}",
        "primaryContact": _contact(n),
        "noSolicitation": False,
        "url": f"https://example.org/people/{n}",
        "login": {"username": f"user{n}", "orgId": "example"},
        "customFieldDataList": {
            "customFieldData": [
                {"fieldId": str(80 + i), "fieldOptionId": str(n % 7), "fieldValue": f"Value {n}"}
                for i in range(fields)
            ]
        },
        "source": {"id": str(n % 12), "name": f"Source {n % 12}"},
        "existingOrganizationId": 5000 + n % 300,
        "organizationName": f"Example Organization {n % 300}",
        "individualTypes": {"individualType": [{"id": str(n % 5), "name": f"Type {n % 5}"}]},
        "twitterPage": f"https://example.org/t/{n}",
        "facebookPage": f"https://example.org/f/{n}",
    }


def _contact(n: int) -> dict[str, Any]:
    return {
        "contactId": 127891 + n,
        "firstName": f"First{n}",
        "lastName": f"Last{n}",
        "middleName": "M.",
        "prefix": "Mrs.",
        "suffix": "Jr.",
        "preferredName": f"Nick{n}",
        "salutation": f"Dear First{n}",
        "email1": f"person{n}@example.org",
        "email2": f"person{n}.work@example.org",
        "email3": f"person{n}.home@example.org",
        "phone1": f"555 010-{n % 10000:04}",
        "phone1Type": "HOME",
        "phone2": f"555 011-{n % 10000:04}",
        "phone2Type": "WORK",
        "phone3": f"555 012-{n % 10000:04}",
        "phone3Type": "MOBILE",
        "fax": f"555 013-{n % 10000:04}",
        "dob": f"19{n % 90 + 10}-{n % 12 + 1:02}-{n % 28 + 1:02}",
        "gender": {"code": "F", "name": "Female"},
        "deceased": False,
        "title": f"Director {n % 9}",
        "department": f"Department {n % 20}",
        "addresses": {"address": [_address(n)]},
    }


def _address(n: int) -> dict[str, Any]:
    code, name = _STATES[n % len(_STATES)]
    return {
        "addressId": 76325 + n,
        "isPrimaryAddress": True,
        "isShippingAddress": False,
        "shippingCompanyName": f"Example Company {n % 50}",
        "shippingDeliverTo": f"Gate {n % 8}",
        "addressType": {"id": "1", "name": "Home"},
        "addressLine1": f"{n % 900} Example Avenue",
        "addressLine2": f"Floor {n % 30}",
        "addressLine3": f"Suite {n % 400}",
        "addressLine4": f"Box {n % 1000}",
        "city": f"City {n % 700}",
        "state": {"code": code, "name": name},
        "province": "",
        "county": f"County {n % 90}",
        "country": {"id": "1", "name": "United States of America"},
        "zipCode": f"{n % 100000:05}",
        "zipCodeSuffix": f"{n % 10000:04}",
        "startDate": "2010-01-01",
        "endDate": "2030-12-31",
    }


@functools.cache
def _accounts(first: int, fields: int) -> bytes:
    reply = {
        "operationResult": "SUCCESS",
        "responseDateTime": "2014-05-10T15:54:38.506+08:00",
        "individualAccounts": {
            "individualAccount": [account(n, fields) for n in range(first, first + PAGE_SIZE)]
        },
        "organizationAccounts": {"organizationAccount": []},
        "deletedAccountList": {"accountId": []},
    }
    return orjson.dumps({"syncAccountsResponse": reply}).removesuffix(b"}}")


def page(number: int, pages: int, *, variants: int = VARIANTS, fields: int = 3) -> bytes:
    """Return one page of syncAccounts, as bytes.

    Args:
        number: the page.
        pages: how many there are.
        variants: how many of them differ by more than their page block.
        fields: custom fields of each account.
    """
    block = {
        "currentPage": number,
        "pageSize": PAGE_SIZE,
        "totalPage": pages,
        "totalResults": pages * PAGE_SIZE,
    }
    first = number % variants * PAGE_SIZE
    return _accounts(first, fields) + b',"page":' + orjson.dumps(block) + b"}}"


@functools.lru_cache(maxsize=4 * VARIANTS)
def zipped_accounts(number: int, pages: int) -> bytes:
    """Return one page compressed."""
    return gzip.compress(page(number, pages), 6)


def older(reply: Any) -> Any:
    """Spell JSON as the replies of 2012 did: digits as numbers, lists of one collapsed."""
    if isinstance(reply, dict):
        return {key: older(value) for key, value in reply.items() if value not in ("", [], None)}
    if isinstance(reply, list):
        return older(reply[0]) if len(reply) == 1 else [older(value) for value in reply]
    if isinstance(reply, str) and reply.isdigit():
        return int(reply)
    if reply in {"HOME", "WORK", "MOBILE"}:
        return reply.capitalize()
    return reply


SMALL = orjson.dumps(
    {"smallResponse": {"operationResult": "SUCCESS", "text": "x" * 1950, "userSessionId": "fake"}}
)
