"""What a diff tells apart, and how it looks."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest

from neon_async import (
    AccountDiff,
    Address,
    CodeName,
    Contact,
    CustomFieldData,
    Difference,
    DifferenceKind,
    IdName,
    IndividualAccount,
    Login,
    PhoneType,
)
from neon_async._writing.compare import compare, equal_ignoring_order, same_reference, with_new_ids

BASE = IndividualAccount(
    primary_contact=Contact(
        phone1_type=PhoneType.HOME,
        gender=CodeName("F", "Female"),
        addresses=[Address(address_id=7, address_type=IdName("1", "Home"), city="Akron")],
    ),
    source=IdName("3", "Event"),
    custom_field_data_list=[
        CustomFieldData(field_id="22", field_value="x"),
        CustomFieldData(field_id="53", field_option_id="15"),
        CustomFieldData(field_id="53", field_option_id="17"),
    ],
    individual_types=[IdName("1", "Donor")],
)


def evolved(**more: Any) -> IndividualAccount:
    """The account with other attributes; `contact` and `address` are those of its parts."""
    contact = BASE.primary_contact or Contact()
    address = attrs.evolve((contact.addresses or [])[0], **more.pop("address", {}))
    contact = attrs.evolve(contact, **{"addresses": [address], **more.pop("contact", {})})
    return attrs.evolve(BASE, primary_contact=contact, **more)


CUSTOM = BASE.custom_field_data_list or []
ADDRESS = "primaryContact.addresses.address"
DATA = "customFieldDataList.customFieldData"
NEW = Address(city="Graz")


@pytest.mark.parametrize(
    ("new", "rows"),
    [
        (evolved(), []),
        (evolved(url="", no_solicitation=False), []),
        (evolved(contact={"phone1_type": "Home"}), []),
        (evolved(source=IdName(id="3")), []),
        (evolved(source=IdName(name="event")), []),
        (evolved(individual_types=[IdName(name="donor")]), []),
        (evolved(custom_field_data_list=[*reversed(CUSTOM)]), []),
        (evolved(url="x"), [("set", "url", "", "-", "x")]),
        (evolved(no_solicitation=True), [("set", "noSolicitation", "", "-", "true")]),
        (
            evolved(contact={"phone1_type": "work"}),
            [("changed", "primaryContact.phone1Type", "", "HOME", "WORK")],
        ),
        (
            evolved(contact={"dob": date(2000, 1, 2)}),
            [("set", "primaryContact.dob", "", "-", "2000-01-02")],
        ),
        (evolved(source=IdName(name="Web")), [("changed", "source.name", "", "3 Event", "Web")]),
        (evolved(source=None), [("deleted", "source.id", "", "3 Event", "-")]),
        (
            evolved(address={"address_type": IdName(name="Work"), "zip_code": "1"}),
            [
                # This one name the page spells with a capital.
                ("changed", f"{ADDRESS}.addressType.Name", "7", "1 Home", "Work"),
                ("set", f"{ADDRESS}.zipCode", "7", "-", "1"),
            ],
        ),
        (
            evolved(address={"address_id": 8, "address_line1": "9 St", "zip_code": "5"}),
            [
                ("address removed", f"{ADDRESS}.addressId", "7", "Akron", "-"),
                ("address added", f"{ADDRESS}.addressId", "", "-", "9 St, 5, Akron"),
            ],
        ),
        (
            evolved(contact={"addresses": None}),
            [("address removed", f"{ADDRESS}.addressId", "7", "Akron", "-")],
        ),
        (
            evolved(individual_types=[IdName("2"), IdName(name="Member")]),
            [
                ("deleted", "individualTypes.individualType.id", "1", "1 Donor", "-"),
                ("set", "individualTypes.individualType.id", "2", "-", "2"),
                ("set", "individualTypes.individualType.name", "", "-", "Member"),
            ],
        ),
        (
            evolved(custom_field_data_list=[CustomFieldData(field_id="22", field_value="x ")]),
            [
                ("custom field changed", f"{DATA}.fieldValue", "22", "x", "x"),
                ("custom field deleted", f"{DATA}.fieldId", "53", "15, 17", "-"),
            ],
        ),
        (
            evolved(
                custom_field_data_list=[
                    *CUSTOM[:2],
                    CustomFieldData(field_id="45", field_option_id="46", field_value="S"),
                    CustomFieldData(field_id="50", field_value=" "),
                ]
            ),
            [
                ("custom field deleted", f"{DATA}.fieldOptionId", "53", "17", "-"),
                ("custom field set", f"{DATA}.fieldOptionId", "45", "-", "46 S"),
            ],
        ),
        (
            evolved(login=Login(username="ada", password="fake-password")),
            [
                ("set", "login.username", "", "-", "ada"),
                ("set", "login.password", "", "***", "***"),
            ],
        ),
    ],
)
def test_differences(new: IndividualAccount, rows: list[tuple[str, ...]]) -> None:
    """Each is named by the parameter of the page, with the id of its element."""
    found = compare(BASE, new)

    assert rows == [
        (
            entry.kind.value,
            entry.parameter.removeprefix("individualAccount."),
            entry.element,
            *entry.row[2:],
        )
        for entry in found
    ]


def test_a_table() -> None:
    """Columns are aligned, values are one short line, and nothing else is printed."""
    root = "individualAccount"
    diff = AccountDiff(
        (
            Difference(DifferenceKind.SET, f"{root}.url", None, "two\n lines \x1b[0m" + "x" * 50),
            Difference(DifferenceKind.CHANGED, f"{root}.{ADDRESS}.city", "a", "b", "7"),
            Difference(
                DifferenceKind.ADDRESS_ADDED, f"{root}.{ADDRESS}.addressId", None, Address()
            ),
            Difference(DifferenceKind.CONSENT_RESET, "consentInformation.x", None, "NOT_ASKED"),
        )
    )
    city = f"{root}.{ADDRESS}.city (7)"
    width = len(f"{root}.{ADDRESS}.addressId")

    assert [
        f"change         {'parameter':{width}}  old      new",
        f"set            {f'{root}.url':{width}}  -        two lines ?[0m{'x' * 25}…",
        f"changed        {city:{width}}  a        b",
        f"address added  {f'{root}.{ADDRESS}.addressId':{width}}  -        an address",
        f"consent reset  {'consentInformation.x':{width}}  unknown  NOT_ASKED",
    ] == str(diff).splitlines()


def test_a_diff_is_a_collection() -> None:
    """It can be counted and gone through, and is false when it is empty."""
    entry = Difference(DifferenceKind.DELETED, "individualAccount.url", "x")
    diff = AccountDiff((entry,))

    assert ([entry], 1, (entry,), (entry,)) == ([*diff], len(diff), diff.changes, diff.deletions)
    assert not AccountDiff()
    assert "no differences" == str(AccountDiff())


def test_representations_show_no_values() -> None:
    """A diff may be logged; its values are printed by `str` alone."""
    entry = Difference(DifferenceKind.CHANGED, "individualAccount.url", "before", "after")

    assert "individualAccount.url" in repr(AccountDiff((entry,)))
    assert "before" not in repr(AccountDiff((entry,)))
    assert "after" not in repr(entry)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (IdName("1", "a"), IdName("1", "b"), True),
        (IdName("1"), IdName(name="a"), False),
        (IdName(), IdName(), False),
        (CodeName("oh"), CodeName("OH", "Ohio"), True),
        (IdName("", "a"), IdName("1", "A"), True),
    ],
)
def test_pairs_agree(one: Any, other: Any, *, expected: bool) -> None:
    """By the first half that both have, in any case."""
    assert expected == same_reference(one, other)


def test_new_addresses_get_their_ids() -> None:
    """Each of them is the first that says the same and that was not there before."""
    sent = IndividualAccount(
        primary_contact=Contact(addresses=[Address(address_id=7), NEW, NEW, Address(city="Wien")])
    )
    shown = [Address(address_id=number, city="Graz") for number in (9, 8, 10)]
    read = IndividualAccount(primary_contact=Contact(addresses=[*shown, Address(address_id=7)]))

    expected = with_new_ids(sent, read).primary_contact or Contact()

    assert [7, 9, 8, None] == [address.address_id for address in expected.addresses or []]
    assert sent == with_new_ids(sent, IndividualAccount())


def test_versions_are_the_same_in_any_order() -> None:
    """All that is in a record counts, but for what is to be ignored."""
    moved = evolved(last_modified_by="x")

    assert equal_ignoring_order(BASE, evolved(custom_field_data_list=[*reversed(CUSTOM)]))
    assert not equal_ignoring_order(BASE, moved)
    assert equal_ignoring_order(BASE, moved, ignoring=["last_modified_by"])
    assert not equal_ignoring_order(BASE, evolved(address={"extra": {"x": 1}}))
