"""Fields by their path, with values of the field's type."""

from datetime import date
from typing import Any

import pytest

from neon_async import (
    Address,
    CodeName,
    ConsentInformation,
    ConsentStatus,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    InvalidRequestError,
    PhoneType,
    unstructure,
)
from neon_async.cli._assignments import Assignment


def person() -> IndividualAccount:
    addresses = [Address(address_id=7, city="Old"), Address(address_id=8)]
    return IndividualAccount(
        account_id=1,
        primary_contact=Contact(first_name="Old", fax="1", addresses=addresses),
        custom_field_data_list=[CustomFieldData(field_id="22", field_value="red")],
        individual_types=[IdName("1", "Donor")],
    )


@pytest.mark.parametrize(
    ("option", "attribute", "expected"),
    [
        ("url=https://example.org/?a=b", "url", "https://example.org/?a=b"),
        ("individualAccount.url=x", "url", "x"),
        ("noSolicitation=True", "no_solicitation", True),
        ("noSolicitation=false", "no_solicitation", False),
        ("existingOrganizationId=12", "existing_organization_id", 12),
        ("source=3", "source", IdName("3")),
        ("source.name=Web", "source", IdName(name="Web")),
        ("individualTypes=1, 3", "individual_types", [IdName("1"), IdName("3")]),
    ],
)
def test_values_of_accounts(option: str, attribute: str, expected: object) -> None:
    """A value becomes what the model says."""
    account = person()
    Assignment.of_option(option).apply(account)

    assert expected == getattr(account, attribute)


@pytest.mark.parametrize(
    ("option", "attribute", "expected"),
    [
        ("primaryContact.firstName=Jen", "first_name", "Jen"),
        ("primaryContact.dob=1988-10-16", "dob", date(1988, 10, 16)),
        ("primaryContact.phone1Type=mobile", "phone1_type", PhoneType.MOBILE),
        ("primaryContact.gender=F", "gender", CodeName("F")),
        ("primaryContact.deceased=true", "deceased", True),
    ],
)
@pytest.mark.parametrize("account", [person(), IndividualAccount()])
def test_values_of_contacts(
    option: str, attribute: str, expected: object, account: IndividualAccount
) -> None:
    """So do those of the contact, which is made where there is none."""
    Assignment.of_option(option).apply(account)

    assert expected == getattr(account.primary_contact, attribute)


@pytest.mark.parametrize(
    "path", ["primaryContact.addresses[7].city", "primaryContact.addresses.address[7].city"]
)
def test_elements_of_lists(path: str) -> None:
    """An element goes by its id, and the others stay."""
    account = person()
    Assignment.of_option(f"{path}=New").apply(account)
    Assignment.of_option("customFieldDataList[23]=blue").apply(account)
    Assignment.of_option("customFieldDataList[22].fieldOptionId=5").apply(account)

    contact = account.primary_contact
    assert contact is not None
    assert [Address(address_id=7, city="New"), Address(address_id=8)] == contact.addresses
    expected = [
        CustomFieldData(field_id="23", field_value="blue"),
        CustomFieldData(field_id="22", field_option_id="5"),
    ]
    assert expected == account.custom_field_data_list


@pytest.mark.parametrize("account", [person(), IndividualAccount()])
def test_new_addresses(account: IndividualAccount) -> None:
    """A new address gets all that is set of it."""
    for option in ("city=New", "country=1"):
        Assignment.of_option(f"primaryContact.addresses[new].{option}").apply(account)

    contact = account.primary_contact
    assert contact is not None
    assert [Address(city="New", country=IdName("1"))] == (contact.addresses or [])[-1:]
    with pytest.raises(InvalidRequestError, match="no address"):
        Assignment.parse("primaryContact.addresses[new]", None).apply(person())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("primaryContact.fax", "primaryContact.fax"),
        ("source", "source.id"),
        (
            "primaryContact.addresses[7].city",
            "primaryContact.addresses.address.city=7",
        ),
        ("primaryContact.addresses[7]", "primaryContact.addresses.address.addressId=7"),
        ("customFieldDataList[22]", "customFieldDataList.customFieldData.fieldId=22"),
        ("individualTypes", "individualTypes.individualType.id"),
    ],
)
def test_clearing(path: str, name: str) -> None:
    """What is cleared is gone, and named as an edit wants it; nothing else is."""
    account, untouched = person(), person()
    cleared = Assignment.parse(path, None)
    cleared.apply(account)

    assert name in cleared.clears
    assert Assignment.parse(path, "1").clears == set()
    assert path == "source" or unstructure(account) != unstructure(untouched)


def test_consents_are_apart() -> None:
    """A consent is no field of the account."""
    consent = ConsentInformation()
    assignment = Assignment.of_option("consentInformation.emailConsentStatus=given")
    assignment.apply(consent)

    assert assignment.concerns_consent
    assert not Assignment.of_option("url=x").concerns_consent
    assert ConsentInformation(email_consent_status=ConsentStatus.GIVEN) == consent


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("url", "expects PATH=VALUE"),
        ("=x", "expects PATH=VALUE"),
        ("primaryContact[.url=x", "JSON names"),
        ("url=", "use --clear"),
        ("nothing=x", r"unknown field 'nothing' \[nothing\]"),
        ("firstName=x", r"unknown field 'firstName'; did you mean primaryContact\.firstName"),
        ("first_name=x", r"did you mean primaryContact\.firstName"),
        ("frstName=x", r"did you mean primaryContact\.firstName"),
        ("zzz=x", r"unknown field 'zzz' "),
        ("primaryContact.first_name=x", "unknown field .*; did you mean firstName"),
        ("primaryContact=x", "this is an object"),
        ("individualAccount=x", "this is an object"),
        ("url[7]=x", "is not a list"),
        ("url.part=x", "has no fields"),
        ("source.code=x", "id, name"),
        ("source.id.id=x", "id, name"),
        ("login.password=canary", "history"),
        ("individualTypes[1]=x", "whole list"),
        ("primaryContact.addresses=x", "in brackets"),
        ("primaryContact.addresses.city=x", "in brackets"),
        ("primaryContact.addresses[9].city=x", "no address with this id"),
        ("primaryContact.addresses[7]=x", "this is an object"),
        ("primaryContact.dob=canary", "such as 2014-01-10"),
        ("primaryContact.phone1Type=canary", "HOME, WORK, MOBILE"),
        ("noSolicitation=canary", "true or false"),
        ("existingOrganizationId=canary", "whole number"),
        ("lastModifiedDateTime=2026-01-01", "v1 sets this one"),
    ],
)
def test_refusals(option: str, said: str) -> None:
    """What can't be meant is refused with the reason, without the value."""
    with pytest.raises(InvalidRequestError, match=said) as caught:
        Assignment.of_option(option).apply(person())

    assert "canary" not in str(caught.value)


def test_values_are_not_shown() -> None:
    """The value is a donor's, and not in the representation."""
    assignment: Any = Assignment.of_option("url=canary")

    assert "canary" not in repr(assignment)
