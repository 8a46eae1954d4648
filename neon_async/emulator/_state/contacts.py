"""Synthetic primary contacts and their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neon_async.emulator._state.random import SeededRandom
from neon_async.emulator._state.sample_data import (
    DEPARTMENTS,
    FIRST_NAMES,
    FOREIGN_PLACES,
    LAST_NAMES,
    PLACES,
    PREFIXES,
    STREET_KINDS,
    STREETS,
    SUFFIXES,
    TITLES,
)

if TYPE_CHECKING:
    from neon_async.emulator._state.lists import ReferenceLists

CONTACT_OFFSET = 1651
"""A contact's id minus its account's id, as on the reference page."""

ADDRESSES_EACH = 4
"""Address ids set aside for each synthetic account; none has so many addresses."""

_ADDRESS_COUNTS = (0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3)
_SHIPPING_EVERY = 5 * ADDRESSES_EACH
_PHONE_TYPES = ("HOME", "WORK", "MOBILE")


def _phone(rng: SeededRandom) -> str:
    # 555-01xx is set aside for fiction.
    area, line = rng.below(700) + 201, rng.below(100)
    return f"{area}55501{line:02}" if rng.once_in(3) else f"{area} 555-01{line:02}"


def _day(rng: SeededRandom, first_year: int, years: int) -> str:
    return f"{first_year + rng.below(years)}-{rng.below(12) + 1:02}-{rng.below(28) + 1:02}"


class Contacts:
    """Makes the contact of an account from the seed and the account's id."""

    def __init__(self, seed: int, lists: ReferenceLists) -> None:
        self._seed = seed
        self._genders = [{"code": entry["code"], "name": entry["name"]} for entry in lists.genders]
        self._states = {entry["code"]: dict(entry) for entry in lists.states}
        self._countries = {entry["id"]: dict(entry) for entry in lists.countries}
        self._address_types = [dict(entry) for entry in lists.address_types]

    def names(self, account_id: int) -> tuple[dict[str, str], str, str]:
        """Return gender, first and last name of an account's contact."""
        rng = SeededRandom(self._seed, account_id, 1)
        gender = rng.pick(self._genders)
        return gender, rng.pick(FIRST_NAMES[gender["code"]]), rng.pick(LAST_NAMES)

    def contact(self, account_id: int, *, emails: int) -> dict[str, Any]:
        """Return the contact with at most so many e-mail addresses."""
        gender, first, last = self.names(account_id)
        rng = SeededRandom(self._seed, account_id, 2)
        contact: dict[str, Any] = {
            "contactId": account_id + CONTACT_OFFSET,
            "firstName": first,
            "lastName": last,
            "middleName": rng.pick(("", "", "J.", "Q.")),
        }
        if rng.once_in(3):
            contact |= self._forms_of_address(rng, gender["code"], first, last)
        for position in range(1, 1 + rng.below(emails + 1)):
            # Addresses are ASCII whatever the name is written in.
            contact[f"email{position}"] = f"person{account_id}.{position}@example.org"
        self._add_phones(contact, rng)
        if rng.once_in(4):
            contact["dob"] = _day(rng, 1930, 75)
        contact["gender"] = gender
        contact["deceased"] = rng.once_in(40)
        if rng.once_in(5):
            contact["title"] = rng.pick(TITLES)
            contact["department"] = rng.pick(DEPARTMENTS)
        contact["addresses"] = {"address": self._addresses(account_id)}
        return contact

    @staticmethod
    def _forms_of_address(rng: SeededRandom, code: str, first: str, last: str) -> dict[str, str]:
        prefix = PREFIXES[code]
        forms = {"prefix": prefix, "salutation": f"Dear {prefix} {last}"}
        if rng.once_in(4):
            forms["suffix"] = rng.pick(SUFFIXES)
        if rng.once_in(2):
            forms["preferredName"] = f"{first[:2]}-{first[:2]}"
        return forms

    @staticmethod
    def _add_phones(contact: dict[str, Any], rng: SeededRandom) -> None:
        for position in range(1, 1 + rng.pick((0, 1, 1, 1, 1, 2, 2, 3))):
            contact[f"phone{position}"] = _phone(rng)
            contact[f"phone{position}Type"] = rng.pick(_PHONE_TYPES)
        if rng.once_in(6):
            contact["fax"] = _phone(rng)

    def _addresses(self, account_id: int) -> list[dict[str, Any]]:
        rng = SeededRandom(self._seed, account_id, 3)
        first = account_id * ADDRESSES_EACH
        count = rng.pick(_ADDRESS_COUNTS)
        return [self._address(rng, first + position, position) for position in range(count)]

    def _address(self, rng: SeededRandom, number: int, position: int) -> dict[str, Any]:
        # Few are for shipping: individuals that have one can't be written back completely.
        shipping = position == 1 and number % _SHIPPING_EVERY == 1
        address: dict[str, Any] = {
            "addressId": number,
            "isPrimaryAddress": position == 0,
            "isShippingAddress": shipping,
            "addressType": self._address_types[position],
            "addressLine1": f"{rng.below(900) + 1} {rng.pick(STREETS)} {rng.pick(STREET_KINDS)}",
        }
        if rng.once_in(8):
            address |= {f"addressLine{line}": f"Part {line}" for line in (2, 3, 4)}
        if rng.once_in(6):
            self._put_abroad(address, rng)
        else:
            self._put_home(address, rng)
        if shipping:
            address["shippingCompanyName"] = "Example Parcels"
            address["shippingDeliverTo"] = "The porter"
        if position == 1:
            address["startDate"] = _day(rng, 2010, 5)
            address["endDate"] = _day(rng, 2015, 5)
        return address

    def _put_home(self, address: dict[str, Any], rng: SeededRandom) -> None:
        state, city, county, zip_code = rng.pick(PLACES)
        address |= {"city": city, "state": self._states[state], "province": ""}
        if rng.once_in(3):
            address["county"] = county
        address |= {"country": self._countries["1"], "zipCode": zip_code}
        if rng.once_in(4):
            address["zipCodeSuffix"] = f"{rng.below(10000):04}"

    def _put_abroad(self, address: dict[str, Any], rng: SeededRandom) -> None:
        country, city, province, zip_code = rng.pick(FOREIGN_PLACES)
        address |= {
            "city": city,
            "province": province,
            "country": self._countries[country],
            "zipCode": zip_code,
        }
