"""Checks of the primary contact, and of its addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.emulator._methods.checks import Check, choice, day, filled, flag, put_texts
from neon_async.emulator._wire.codes import malformed
from neon_async.emulator._wire.messages import addresses, parse_id

if TYPE_CHECKING:
    from neon_async.emulator._wire.messages import Fields, Json

PHONE_TYPES = ("Home", "Work", "Mobile")
SHIPPING_TEXTS = ("shippingCompanyName", "shippingDeliverTo")
LINES = ("addressLine1", "addressLine2", "addressLine3", "addressLine4", "city")
_AREAS = ("zipCode", "zipCodeSuffix")
_DATES = ("startDate", "endDate")
_ADDRESS = frozenset(
    (
        "addressId",
        "isPrimaryAddress",
        "addressType.id",
        "addressType.name",
        "addressType.Name",
        *LINES,
        "state.code",
        "state.name",
        "province",
        "county",
        "country.id",
        "country.name",
        *_AREAS,
        *_DATES,
    )
)
_SHIPPING = frozenset(("isShippingAddress", *SHIPPING_TEXTS))


def contact(check: Check, fields: Fields, *, emails: int, shipping: bool) -> Json:
    """Return the contact that a request describes, without its id.

    Args:
        check: collects the problems.
        fields: the parameters below `primaryContact.`.
        emails: how many e-mail addresses this kind of account has.
        shipping: whether the page documents the shipping fields of addresses.
    """
    record: Json = {"firstName": "", "lastName": "", "middleName": ""}
    put_texts(record, fields, ("firstName", "lastName", "middleName", "prefix", "suffix"))
    put_texts(record, fields, ("preferredName", "salutation"))
    # The page of individuals has three e-mail addresses.
    put_texts(record, fields, [f"email{position}" for position in range(1, emails + 1)])
    for phone in ("phone1", "phone2", "phone3"):
        put_texts(record, fields, (phone,))
        filled(fields, f"{phone}Type")
        if kind := choice(fields, f"{phone}Type", PHONE_TYPES):
            # Replies have had HOME since 2014, where requests say Home.
            record[f"{phone}Type"] = kind.upper()
    put_texts(record, fields, ("fax",))
    if born := day(fields, "dob"):
        record["dob"] = born
    genders = check.state.lists.genders
    if gender := check.pair(fields, "gender.", genders, check.codes.gender, "code"):
        record["gender"] = gender
    record["deceased"] = flag(fields, "deceased")
    put_texts(record, fields, ("title", "department"))
    record["addresses"] = {"address": _addresses(check, fields, shipping=shipping)}
    return record


def _addresses(check: Check, fields: Fields, *, shipping: bool) -> list[Json]:
    names = _ADDRESS | _SHIPPING if shipping else _ADDRESS
    known: list[Json] = [
        _address(check, group, shipping=shipping)
        for group in fields.groups("addresses.address.", names, may_end=_DATES)
        if any(group.text(name) for name in names)
    ]
    ids = [address["addressId"] for address in known if "addressId" in address]
    # On no page, but two states of one address can't both be stored.
    if len(set(ids)) < len(ids):
        raise malformed("The same addressId was given twice.")
    primary = sum(address.get("isPrimaryAddress") is True for address in known)
    # The page of organizations does not ask for a primary address.
    if primary > 1 or (known and primary == 0 and not shipping):
        check.failed(10023)
    return known


def _address(check: Check, group: Fields, *, shipping: bool) -> Json:
    before = _known(check, group)
    blank = all(not group.text(name) for name in group.values if name != "addressId")
    if before is not None and blank:
        # "This address ID should be used instead of the address fields below."
        return before
    record: Json = {}
    if before is not None:
        record["addressId"] = before["addressId"]
    record["isPrimaryAddress"] = flag(group, "isPrimaryAddress")
    # The page of individuals has no parameters for shipping.
    record["isShippingAddress"] = False
    types = check.state.lists.address_types
    if kind := check.pair(group, "addressType.", types, check.codes.address_type):
        record["addressType"] = kind
    put_texts(record, group, LINES)
    _put_area(check, record, group)
    _put_shipping(record, group, before, shipping=shipping)
    may_be_blank = not check.state.quirks.blank_dates_refused
    # Not in `put_texts`: a blank date is refused, where a blank text deletes.
    for name in _DATES:
        if date_text := day(group, name, may_be_blank=may_be_blank):
            record[name] = date_text
    return record


def _known(check: Check, group: Fields) -> Json | None:
    """Return the contact's own address with the id that was given."""
    text = group.text("addressId")
    if not text:
        return None
    address_id = parse_id(text)
    for address in addresses(check.before):
        if address_id is not None and address.get("addressId") == address_id:
            return address
    exists = address_id is not None and check.state.owner_of_address(address_id) is not None
    # Code 10037 is for another contact's address, 10036 for one that does not exist.
    check.failed(10037 if exists else 10036)
    return None


def _put_area(check: Check, record: Json, group: Fields) -> None:
    lists = check.state.lists
    if state := check.pair(group, "state.", lists.states, check.codes.state, "code"):
        record["state"] = state
    stated = group.text("state.code") or group.text("state.name")
    # Update page, province: ignored if a state is sent.
    record["province"] = "" if stated else group.text("province")
    put_texts(record, group, ("county",))
    if country := check.pair(group, "country.", lists.countries, check.codes.country):
        record["country"] = country
    put_texts(record, group, _AREAS)


def _put_shipping(record: Json, group: Fields, before: Json | None, *, shipping: bool) -> None:
    if shipping:
        record["isShippingAddress"] = flag(group, "isShippingAddress")
        put_texts(record, group, SHIPPING_TEXTS)
    elif before is not None:
        # No parameter of an individual's update can say these, so it can't delete them.
        record |= {name: before[name] for name in _SHIPPING if name in before}
