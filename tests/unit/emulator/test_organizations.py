"""createOrganizationAccount, updateOrganizationAccount and retrieveOrganizationAccount."""

from typing import Any

import pytest

from neon_async.emulator import Emulator
from tests.support.emulator_caller import Caller

CREATE, UPDATE = "account/createOrganizationAccount", "account/updateOrganizationAccount"
RETRIEVE = "account/retrieveOrganizationAccount"
INDIVIDUAL, SYNTHETIC = 10_001, 10_008
ACCOUNT, CONTACT = "organizationAccount.", "organizationAccount.primaryContact."
ADDRESS = f"{CONTACT}addresses.address."
TYPE = f"{ACCOUNT}organizationTypes.organizationType."
NAME = (f"{ACCOUNT}organizationName", "Acme & Söhne")
WHO = (f"{ACCOUNT}accountId", str(SYNTHETIC)), NAME


async def retrieved(api: Caller, number: int) -> dict[str, Any]:
    payload = await api(RETRIEVE, ("accountId", str(number)))
    found: dict[str, Any] = payload["organizationAccount"]
    return found


async def test_create_with_a_name_only(emulator: Emulator, api: Caller) -> None:
    """The name is all that an organization needs."""
    payload = await api(CREATE, NAME)

    number = payload["accountId"]
    assert {
        "operationResult": "SUCCESS",
        "responseMessage": "organization account created.",
        "responseDateTime": "2024-05-06T15:08:09.010+08:00",
        "accountId": emulator.account_ids()[-1],
    } == payload
    assert {
        "lastModifiedDateTime": "2024-05-06T15:08:09.010+08:00",
        "lastModifiedBy": "API User",
        "accountId": number,
        "organizationName": "Acme & Söhne",
        "primaryContact": {
            "contactId": number + 1651,
            "firstName": "",
            "lastName": "",
            "middleName": "",
            "deceased": False,
            "addresses": {"address": []},
        },
        "noSolicitation": False,
        "customFieldDataList": {"customFieldData": []},
        "source": {},
        "organizationTypes": {"organizationType": []},
        "createdDateTime": "2024-05-06T15:08:09.010+08:00",
        "createdBy": "API User",
    } == await retrieved(api, number)


async def test_create_stores_addresses_with_shipping(api: Caller) -> None:
    """Organizations document the shipping fields, and need no primary address."""
    pairs = [
        (f"{ADDRESS}isShippingAddress", "true"),
        (f"{ADDRESS}shippingCompanyName", "Example Parcels"),
        (f"{ADDRESS}shippingDeliverTo", "The porter"),
        (f"{ADDRESS}addressType.name", "Work"),
        (f"{CONTACT}email1", "acme@example.org"),
        (f"{CONTACT}email2", "undocumented@example.org"),
        ("originDetail", "fake-app"),
        ("sendAcknowledgeEmail", "false"),
    ]

    payload = await api(CREATE, NAME, *pairs)

    contact = (await retrieved(api, payload["accountId"]))["primaryContact"]
    (address,) = contact["addresses"]["address"]
    assert "email2" not in contact
    assert {
        "addressId": address["addressId"],
        "isPrimaryAddress": False,
        "isShippingAddress": True,
        "addressType": {"id": "2", "name": "Work"},
        "province": "",
        "shippingCompanyName": "Example Parcels",
        "shippingDeliverTo": "The porter",
    } == address


@pytest.mark.parametrize(
    ("pairs", "codes"),
    [
        ([(f"{TYPE}id", "1"), (f"{TYPE}id", "")], [10051]),
        ([(f"{TYPE}id", "99")], [10053]),
        ([(f"{TYPE}name", "?")], [10058]),
        ([(f"{TYPE}id", "1"), (f"{TYPE}name", "School")], [10059]),
        ([(f"{TYPE}id", "1"), (f"{TYPE}id", "1")], [10070]),
        ([(f"{CONTACT}contactId", "1")], [10054]),
        ([(f"{CONTACT}contactId", "x")], [10054]),
        ([(f"{ADDRESS}addressType.id", "99")], [10055]),
        ([(f"{ADDRESS}state.name", "?")], [10056]),
        ([(f"{ADDRESS}country.id", "9999")], [10057]),
        ([(f"{ACCOUNT}login.password", "fake-password")], [10060]),
        ([(f"{ACCOUNT}login.username", "acme")], [10062]),
        ([(f"{ACCOUNT}source.name", "?")], [10063]),
        ([(f"{CONTACT}gender.code", "?")], [10007]),
        (
            [
                (f"{ADDRESS}isPrimaryAddress", "true"),
                (f"{ADDRESS}city", "A"),
                (f"{ADDRESS}isPrimaryAddress", "true"),
                (f"{ADDRESS}city", "B"),
            ],
            [10023],
        ),
    ],
)
@pytest.mark.parametrize("path", [CREATE, UPDATE])
async def test_documented_rules_have_their_codes(
    emulator: Emulator, api: Caller, path: str, pairs: list[tuple[str, str]], codes: list[int]
) -> None:
    """A broken rule is answered with its code, and changes nothing."""
    before = emulator.account(SYNTHETIC), emulator.account_ids()
    required = WHO if path == UPDATE else (NAME,)

    assert codes == await api.codes(path, *required, *pairs)
    assert before == (emulator.account(SYNTHETIC), emulator.account_ids())


async def test_name_is_required(api: Caller) -> None:
    """An organization without a name is refused."""
    assert [10050] == await api.codes(CREATE)
    assert [10050] == await api.codes(UPDATE, WHO[0], (NAME[0], ""))


async def test_types_can_be_missing_altogether(emulator: Emulator, api: Caller) -> None:
    """When the organization has no types to choose from, naming one has its code."""
    emulator.lists.organization_types.clear()

    assert [10052] == await api.codes(CREATE, NAME, (f"{TYPE}id", "1"))


async def test_types_are_named_by_either_half_or_both(api: Caller) -> None:
    """Id, name, or both that agree; a single blank is none."""
    pairs = [
        (f"{TYPE}id", "1"),
        (f"{TYPE}name", ""),
        (f"{TYPE}id", ""),
        (f"{TYPE}name", "company"),
        (f"{TYPE}id", "3"),
        (f"{TYPE}name", "School"),
    ]

    created = await api(CREATE, NAME, *pairs)
    blank = await api(CREATE, NAME, (f"{TYPE}id", ""))

    types = (await retrieved(api, created["accountId"]))["organizationTypes"]
    assert ["1", "2", "3"] == [entry["id"] for entry in types["organizationType"]]
    types = (await retrieved(api, blank["accountId"]))["organizationTypes"]
    assert {"organizationType": []} == types


async def test_login_names_are_taken_once(api: Caller) -> None:
    """An organization's login name is unique, too."""
    login = (f"{ACCOUNT}login.username", "acme"), (f"{ACCOUNT}login.password", "fake-password")
    await api(CREATE, NAME, *login)

    assert [10061] == await api.codes(CREATE, NAME, *login)


async def test_a_person_can_be_the_company_contact(api: Caller) -> None:
    """The contact of an individual links the organization to that account."""
    payload = await api(CREATE, NAME, (f"{CONTACT}contactId", str(INDIVIDUAL + 1651)))

    found = await retrieved(api, payload["accountId"])
    assert INDIVIDUAL == found["primaryContactAccountId"]


async def test_update_deletes_what_is_omitted(emulator: Emulator, api: Caller) -> None:
    """The danger of updates is the same; what no parameter says is kept."""
    before = emulator.account(SYNTHETIC) or {}

    payload = await api(UPDATE, *WHO, (f"{CONTACT}contactId", str(SYNTHETIC + 1651)))

    assert ("Account updated.", SYNTHETIC) == (payload["responseMessage"], payload["accountId"])
    kept = "createdDateTime", "createdBy", "primaryContactAccountId"
    assert {
        "lastModifiedDateTime": "2024-05-06T15:08:09.010+08:00",
        "lastModifiedBy": "API User",
        "accountId": SYNTHETIC,
        "organizationName": "Acme & Söhne",
        "primaryContact": {
            "contactId": SYNTHETIC + 1651,
            "firstName": "",
            "lastName": "",
            "middleName": "",
            "deceased": False,
            "addresses": {"address": []},
        },
        "noSolicitation": False,
        "customFieldDataList": {"customFieldData": []},
        "source": {},
        "organizationTypes": {"organizationType": []},
        **{name: before[name] for name in kept},
    } == emulator.account(SYNTHETIC)


async def test_update_of_an_organization_made_by_hand(emulator: Emulator, api: Caller) -> None:
    """One without a linked person stays so."""
    number = emulator.create_organization()

    await api(UPDATE, (f"{ACCOUNT}accountId", str(number)), NAME)

    assert "primaryContactAccountId" not in (emulator.account(number) or {})


@pytest.mark.parametrize("number", ["", "x", "99", str(INDIVIDUAL)])
async def test_account_id_must_be_an_organization(api: Caller, number: str) -> None:
    """A missing id, and one that is no organization's, have the codes of account ids."""
    expected = 10132 if number else 10131

    assert [expected] == await api.codes(RETRIEVE, ("accountId", number))
    assert [expected] == await api.codes(UPDATE, (f"{ACCOUNT}accountId", number), NAME)
