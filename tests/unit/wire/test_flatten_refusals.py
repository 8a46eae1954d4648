"""Values that can't be sent: refused by name, and never shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from neon_async.errors import ErrorCode, InvalidRequestError
from neon_async.models import Address, CodeName, Contact, IdName, OrganizationAccount
from neon_async.operations import (
    CreateOrganizationAccount,
    UpdateIndividualAccount,
    UpdateOrganizationAccount,
)
from tests.support import accounts

UPDATE = "updateIndividualAccount"


class Later(datetime):
    """A subclass, as other libraries have."""


# What is given, the name below individualAccount, and the reason.
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"url": 5}, "url", "expected text, got int"),
    ({"url": "a\0b"}, "url", "text must not hold a NUL character"),
    ({"url": "a\ud800b"}, "url", "text must not hold lone surrogates"),
    ({"no_solicitation": "true"}, "noSolicitation", "expected bool, got str"),
    ({"source": "Web"}, "source", "expected IdName, got str"),
    ({"source": CodeName("1")}, "source", "expected IdName, got CodeName"),
    ({"source": IdName()}, "source.id", "expected either id or name, got neither"),
    (
        {"source": IdName("1", "Web")},
        "source.id",
        "expected either id or name, got both",
    ),
    ({"source": IdName("\0")}, "source.id", "text must not hold a NUL character"),
    ({"individual_types": "Donor"}, "individualTypes.individualType", "expected list, got str"),
    (
        {"individual_types": ["Donor"]},
        "individualTypes.individualType",
        "expected IdName, got str",
    ),
    ({"primary_contact": "Jen"}, "primaryContact", "expected Contact, got str"),
    (
        {"contact": {"addresses": [Contact()]}},
        "primaryContact.addresses.address",
        "expected Address, got Contact",
    ),
    (
        {"contact": {"dob": "1985-10-13"}},
        "primaryContact.dob",
        "expected date, got str",
    ),
    (
        {"contact": {"dob": datetime(1985, 10, 13, tzinfo=UTC)}},
        "primaryContact.dob",
        "expected date, got datetime",
    ),
    (
        {"contact": {"dob": Later(1985, 10, 13, tzinfo=UTC)}},
        "primaryContact.dob",
        "expected date, got Later",
    ),
    (
        {"contact": {"phone1_type": "Pager"}},
        "primaryContact.phone1Type",
        "expected one of HOME, WORK, MOBILE, got other text",
    ),
    (
        {"contact": {"phone1_type": 1}},
        "primaryContact.phone1Type",
        "expected one of HOME, WORK, MOBILE, got int",
    ),
    (
        {"contact": {"gender": CodeName("F", "Female")}},
        "primaryContact.gender.code",
        "expected either code or name, got both",
    ),
    (
        {"contact": {"addresses": [Address(address_type=IdName("1", "Home"))]}},
        "primaryContact.addresses.address.addressType.id",
        "expected either id or name, got both",
    ),
    (
        {"contact": {"addresses": [Address(is_shipping_address=True)]}},
        "primaryContact.addresses.address.isShippingAddress",
        "the operation has no such parameter, so the value would be lost",
    ),
    (
        {"contact": {"addresses": [Address(shipping_deliver_to="door")]}},
        "primaryContact.addresses.address.shippingDeliverTo",
        "the operation has no such parameter, so the value would be lost",
    ),
]


@pytest.mark.parametrize(("given_", "name", "problem"), REFUSED)
def test_values_that_cannot_be_sent(given_: dict[str, Any], name: str, problem: str) -> None:
    """The error names the parameter and what it expects, and never shows the value."""
    with pytest.raises(InvalidRequestError) as caught:
        UpdateIndividualAccount(accounts.person(**given_)).params()

    assert f"{UPDATE}: {problem} [individualAccount.{name}]" == str(caught.value)
    assert None is caught.value.code
    assert None is caught.value.__context__


@pytest.mark.parametrize("value", [0, -1, True, "5", 5.0, 2**63])
@pytest.mark.parametrize(
    ("attribute", "name", "code"),
    [
        ("account_id", "accountId", ErrorCode.INDIVIDUAL_ACCOUNT_ID_INVALID),
        (
            "existing_organization_id",
            "existingOrganizationId",
            ErrorCode.EXISTING_ORGANIZATION_INVALID,
        ),
        ("contact_id", "primaryContact.contactId", ErrorCode.CONTACT_ID_INVALID),
        ("address_id", "primaryContact.addresses.address.addressId", ErrorCode.ADDRESS_ID_INVALID),
    ],
)
def test_ids_are_positive_whole_numbers(
    attribute: str, name: str, code: ErrorCode, value: Any
) -> None:
    """Anything else is refused by name, with the page's code."""
    given_: dict[str, Any] = {attribute: value}
    if attribute == "contact_id":
        given_ = {"contact": given_}
    if attribute == "address_id":
        given_ = {"contact": {"addresses": [Address(address_id=value)]}}

    with pytest.raises(InvalidRequestError) as caught:
        UpdateIndividualAccount(accounts.person(**given_)).params()

    assert (f"individualAccount.{name}", code) == (caught.value.parameter, caught.value.code)


@pytest.mark.parametrize(
    ("given_", "name", "code"),
    [
        ({"account_id": 0}, "accountId", ErrorCode.ACCOUNT_ID_INVALID),
        (
            {"primary_contact": Contact(contact_id=0)},
            "primaryContact.contactId",
            ErrorCode.COMPANY_CONTACT_ID_INVALID,
        ),
        (
            {"primary_contact": Contact(addresses=[Address(address_id=0)])},
            "primaryContact.addresses.address.addressId",
            None,
        ),
    ],
)
def test_ids_of_an_organization(given_: dict[str, Any], name: str, code: ErrorCode | None) -> None:
    """They are refused with the codes that there are for organizations, and not for persons."""
    account = OrganizationAccount(**{"account_id": 1, "organization_name": "x", **given_})

    with pytest.raises(InvalidRequestError) as caught:
        UpdateOrganizationAccount(account).params()

    assert (f"organizationAccount.{name}", code) == (caught.value.parameter, caught.value.code)


@pytest.mark.parametrize(
    ("given_", "name"),
    [
        ({"account_id": 5}, "accountId"),
        ({"primary_contact": Contact(contact_id=5)}, "primaryContact.contactId"),
        ({"primary_contact": Contact(email2="x@example.org")}, "primaryContact.email2"),
    ],
)
def test_a_new_organization_has_no_such_parameters(given_: dict[str, Any], name: str) -> None:
    """What the page of a new organization does not list is not dropped in silence."""
    account = OrganizationAccount(organization_name="x", **given_)

    with pytest.raises(InvalidRequestError, match="has no such parameter") as caught:
        CreateOrganizationAccount(account).params()

    assert f"organizationAccount.{name}" == caught.value.parameter
