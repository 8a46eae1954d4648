"""Writes to a server with a state, read back from it."""

from datetime import date
from typing import Any

import attrs
import pytest

from neon_async import APIError, AsyncClient, InvalidRequestError, unstructure
from neon_async.emulator import Emulator, Quirks
from neon_async.models import (
    Address,
    CodeName,
    ConsentInformation,
    ConsentStatus,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    MergeHistory,
    OrganizationAccount,
    PhoneType,
)
from tests.support import accounts

COMPANY = OrganizationAccount(
    organization_name="Example & Söhne +1",
    primary_contact=Contact(
        first_name="Jen",
        last_name="O'Neil",
        phone1="0422938473",
        phone1_type=PhoneType.WORK,
        gender=CodeName("F", "Female"),
        addresses=[
            Address(is_primary_address=True, city="Akron", zip_code="06489"),
            Address(city="Graz", country=IdName("14", "Austria"), address_line1="Platz 1"),
        ],
    ),
    custom_field_data_list=[
        CustomFieldData(field_id="22", field_value="EXAMPLETEXT"),
        CustomFieldData(field_id="45", field_option_id="47"),
        CustomFieldData(field_id="53", field_option_id="15"),
        CustomFieldData(field_id="53", field_option_id="17"),
    ],
)


async def test_a_new_organization(emulator: Emulator, neon: AsyncClient) -> None:
    """What was sent is what is read back, addresses and custom fields in their places."""
    consent = ConsentInformation(email_consent_status=ConsentStatus.GIVEN)
    new = await neon.create_organization_account(COMPANY, consent=consent)
    account = await neon.retrieve_organization_account(new)
    contact = account.primary_contact
    assert contact is not None
    assert contact.addresses is not None

    assert (new, "Example & Söhne +1") == (account.account_id, account.organization_name)
    assert ("0422938473", PhoneType.WORK) == (contact.phone1, contact.phone1_type)
    assert [("Akron", "06489"), ("Graz", "")] == [
        (address.city, address.zip_code or "") for address in contact.addresses
    ]
    assert [
        ("22", None, "EXAMPLETEXT"),
        ("45", "47", None),
        ("53", "15", None),
        ("53", "17", None),
    ] == [
        (entry.field_id, entry.field_option_id or None, entry.field_value or None)
        for entry in account.custom_field_data_list or []
    ]
    assert "GIVEN" == (emulator.consent(new) or {})["emailConsentStatus"]


async def test_what_is_read_can_be_written_back(emulator: Emulator, neon: AsyncClient) -> None:
    """Read and update, with one change: that change is the only difference."""
    account_id = emulator.account_ids()[0]
    account = await neon.retrieve_individual_account(account_id)
    before = emulator.account(account_id)
    assert account.primary_contact is not None
    account.primary_contact.preferred_name = "Changed"
    account.organization_name = None if account.existing_organization_id else ""
    await neon.update_individual_account(account)
    after = emulator.account(account_id)

    assert before is not None
    assert after is not None
    assert before["primaryContact"] | {"preferredName": "Changed"} == (
        before["primaryContact"] | after["primaryContact"]
    )
    assert "Changed" == after["primaryContact"]["preferredName"]


def at_two_places(emulator: Emulator, dated: int) -> int:
    addresses: list[dict[str, Any]] = [
        {"city": "Akron", "isPrimaryAddress": True},
        {"city": "Graz", "isPrimaryAddress": False},
    ]
    addresses[dated]["startDate"] = "2020-01-02"
    contact = {"firstName": "A", "lastName": "B", "addresses": {"address": addresses}}
    return emulator.create_individual(primaryContact=contact)


async def test_dates_of_one_address(emulator: Emulator, neon: AsyncClient) -> None:
    """Where blank dates are refused, a date of the first address needs none, and stays its own."""
    emulator.quirks = Quirks(blank_dates_refused=True)
    account_id = at_two_places(emulator, 0)
    edit = await neon.edit_individual_account(
        account_id,
        lambda account: attrs.evolve(account, url="https://example.org/"),
        accept_loss=["consentInformation"],
    )
    undone = await edit.undo()

    assert edit.written
    assert [("Akron", date(2020, 1, 2)), ("Graz", None)] == [
        (address.city, address.start_date) for address in undone.after.contact.addresses or []
    ]


async def test_dates_of_a_later_address(emulator: Emulator, neon: AsyncClient) -> None:
    """A date of the second needs a blank before it; where that is refused, nothing is written."""
    emulator.quirks = Quirks(blank_dates_refused=True)
    account_id = at_two_places(emulator, 1)
    before = emulator.account(account_id)
    with pytest.raises(APIError) as caught:
        await neon.edit_individual_account(
            account_id,
            lambda account: attrs.evolve(account, url="https://example.org/"),
            accept_loss=["consentInformation"],
        )

    assert "startDate must not be blank" in caught.value.server_message
    assert before == emulator.account(account_id)


async def test_what_is_omitted_or_blank_is_deleted(emulator: Emulator, neon: AsyncClient) -> None:
    """An update replaces the record, as documented."""
    account_id = emulator.create_individual(
        primaryContact={"firstName": "A", "lastName": "B", "phone1": "1", "title": "BA"}, url="x"
    )
    account = await neon.retrieve_individual_account(account_id)
    assert account.primary_contact is not None
    contact = attrs.evolve(account.primary_contact, phone1=None, title="")
    await neon.update_individual_account(
        IndividualAccount(account_id=account_id, primary_contact=contact)
    )
    after = await neon.retrieve_individual_account(account_id)
    assert after.primary_contact is not None

    assert not after.url
    assert not after.primary_contact.phone1
    assert not after.primary_contact.title
    assert "A" == after.primary_contact.first_name


async def test_merge_history(emulator: Emulator, neon: AsyncClient) -> None:
    """A merged account leads to the current one."""
    old, current, other = emulator.account_ids()[:3]
    emulator.merge_accounts(old, current)

    assert MergeHistory(old, current, [old]) == await neon.retrieve_duplicate_merge_history(old)
    assert MergeHistory(other, other, []) == await neon.retrieve_duplicate_merge_history(other)


async def test_lists(emulator: Emulator, neon: AsyncClient) -> None:
    """Every list is what the organization has."""
    lists = emulator.lists
    expected: list[tuple[Any, Any]] = [
        (await neon.list_prefixes(), lists.prefixes),
        (await neon.list_genders(), lists.genders),
        (await neon.list_states(), lists.states),
        (await neon.list_countries(), lists.countries),
        (await neon.list_address_types(), lists.address_types),
        (await neon.list_sources(), lists.sources),
        (await neon.list_individual_types(), lists.individual_types),
        (await neon.list_organization_types(), lists.organization_types),
    ]
    fields = await neon.list_custom_fields("Account")

    assert all(len(found) > 1 for found, _ in expected)
    assert [unstructure(list(found)) for found, _ in expected] == [
        list(entries) for _, entries in expected
    ]
    assert {"22", "45"} <= {field.field_id for field in fields}


# A broken rule, and the parameters with which the server itself can be asked about it.
RULES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"contact": {"first_name": ""}}, [("primaryContact.firstName", "")]),
    ({"contact": {"last_name": ""}}, [("primaryContact.lastName", "")]),
    (
        {"existing_organization_id": 10008, "organization_name": "x"},
        [("existingOrganizationId", "10008"), ("organizationName", "x")],
    ),
    (
        {"contact": {"addresses": 2 * [Address(is_primary_address=True)]}},
        2 * [("primaryContact.addresses.address.isPrimaryAddress", "true")],
    ),
    (
        {"custom_field_data_list": 2 * [CustomFieldData(field_id="22", field_value="x")]},
        2
        * [
            ("customFieldDataList.customFieldData.fieldId", "22"),
            ("customFieldDataList.customFieldData.fieldOptionId", ""),
            ("customFieldDataList.customFieldData.fieldValue", "x"),
        ],
    ),
    (
        {"individual_types": 2 * [IdName(id="1")]},
        2 * [("individualTypes.individualType.id", "1")],
    ),
    (
        {"custom_field_data_list": 2 * [CustomFieldData(field_id="53", field_option_id="15")]},
        2
        * [
            ("customFieldDataList.customFieldData.fieldId", "53"),
            ("customFieldDataList.customFieldData.fieldOptionId", "15"),
            ("customFieldDataList.customFieldData.fieldValue", ""),
        ],
    ),
]


@pytest.mark.parametrize(("given", "pairs"), RULES)
async def test_refusals_are_those_of_the_server(
    given: dict[str, Any], pairs: list[tuple[str, str]], emulator: Emulator, neon: AsyncClient
) -> None:
    """What is refused before sending, the server refuses with the same code."""
    account_id = emulator.account_ids()[0]
    contact_id = (emulator.account(account_id) or {})["primaryContact"]["contactId"]
    contact = {"contact_id": contact_id} | given.get("contact", {})
    account = accounts.person(**given | {"account_id": account_id, "contact": contact})
    with pytest.raises(InvalidRequestError) as refused:
        await neon.update_individual_account(account)

    sent = dict.fromkeys(name for name, _ in pairs)
    required = [
        ("accountId", account_id),
        ("primaryContact.contactId", contact_id),
        ("primaryContact.firstName", "A"),
        ("primaryContact.lastName", "B"),
    ]
    raw = [(name, value) for name, value in required if name not in sent] + list(pairs)
    with pytest.raises(APIError) as answered:
        await neon.call(
            "account/updateIndividualAccount",
            [(f"individualAccount.{name}", value) for name, value in raw],
        )
    assert refused.value.code == answered.value.code
