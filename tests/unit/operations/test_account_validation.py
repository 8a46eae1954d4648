"""Reading and writing single accounts: the rules of the pages, and what replies mean."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest

from neon_async.errors import (
    InvalidRequestError,
)
from neon_async.models import (
    Address,
    ConsentInformation,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    Login,
    OrganizationAccount,
)
from neon_async.operations import (
    CreateIndividualAccount,
    CreateOrganizationAccount,
    Operation,
    UpdateIndividualAccount,
    UpdateOrganizationAccount,
)
from tests.support import accounts

MARIA = "Maria Secret"
TWO_PRIMARY = [Address(is_primary_address=True), Address(is_primary_address=True)]
_CUSTOM = "customFieldDataList.customFieldData"


def fields(*entries: tuple[str | None, str | None, str | None]) -> list[CustomFieldData]:
    return [
        CustomFieldData(field_id=field, field_option_id=option, field_value=value)
        for field, option, value in entries
    ]


def refused(operation: Operation[Any]) -> InvalidRequestError:
    with pytest.raises(InvalidRequestError) as caught:
        operation.params()
    assert operation.name == caught.value.operation
    assert None is caught.value.__context__
    return caught.value


# What is given beyond the required, the parameter below the root, the code on the update page, and
# the one on the create page.
BROKEN_RULES: list[tuple[dict[str, Any], str, int, int]] = [
    ({"login": Login(username="fake")}, "login.password", 10013, 10062),
    ({"login": Login(username="fake", password="")}, "login.password", 10013, 10062),
    ({"login": Login(password="fake")}, "login.username", 10011, 10060),
    ({"login": Login(org_id="fake")}, "login.username", 10011, 10060),
    (
        {"contact": {"addresses": TWO_PRIMARY}},
        "primaryContact.addresses.address.isPrimaryAddress",
        10023,
        10023,
    ),
    (
        {"custom_field_data_list": fields(("22", None, "a"), ("22", None, "b"))},
        f"{_CUSTOM}.fieldId",
        10021,
        10021,
    ),
    (
        {"custom_field_data_list": fields(("22", "", "a"), ("22", None, "b"))},
        f"{_CUSTOM}.fieldId",
        10021,
        10021,
    ),
    (
        {"custom_field_data_list": fields(("22", "1", None), ("22", None, "b"))},
        f"{_CUSTOM}.fieldId",
        10021,
        10021,
    ),
    (
        {"custom_field_data_list": fields(("22", "1", None), ("22", "1", None))},
        f"{_CUSTOM}.fieldOptionId",
        10020,
        10020,
    ),
    ({"custom_field_data_list": fields((None, "1", None))}, f"{_CUSTOM}.fieldId", 10015, 10064),
    ({"custom_field_data_list": fields((" ", "1", None))}, f"{_CUSTOM}.fieldId", 10015, 10064),
]


@pytest.mark.parametrize(("given", "name", "code", "_code"), BROKEN_RULES)
def test_rules_of_an_update(given: dict[str, Any], name: str, code: int, _code: int) -> None:
    """A broken rule is refused with the page's parameter and code."""
    error = refused(UpdateIndividualAccount(accounts.person(**given)))

    assert (f"individualAccount.{name}", code) == (error.parameter, error.code)


@pytest.mark.parametrize(("given", "name", "_code", "code"), BROKEN_RULES)
def test_rules_of_a_new_organization(
    given: dict[str, Any], name: str, _code: int, code: int
) -> None:
    """The same rules hold, with the codes of this page where it has its own."""
    contact = Contact(**given.get("contact", {}))
    rest = {attribute: value for attribute, value in given.items() if attribute != "contact"}
    account = OrganizationAccount(organization_name="x", primary_contact=contact, **rest)
    error = refused(CreateOrganizationAccount(account))

    assert (f"organizationAccount.{name}", code) == (error.parameter, error.code)


TYPES: list[tuple[list[IdName], str]] = [
    ([IdName()], "required"),
    ([IdName(id="")], "required"),
    ([IdName(id="1"), IdName(id="1")], "duplicated"),
    ([IdName(name="a"), IdName(id="1"), IdName(name="a")], "duplicated"),
]


@pytest.mark.parametrize(("types", "problem"), TYPES)
def test_rules_about_types(types: list[IdName], problem: str) -> None:
    """A type needs an id or a name, and is given once."""
    individual = refused(UpdateIndividualAccount(accounts.person(individual_types=types)))
    new = OrganizationAccount(organization_name="x", organization_types=types)
    organization = refused(CreateOrganizationAccount(new))

    codes = {"required": (10005, 10051), "duplicated": (10022, 10070)}
    assert codes[problem] == (individual.code, organization.code)
    assert "individualAccount.individualTypes.individualType.id" == individual.parameter
    assert "organizationAccount.organizationTypes.organizationType.id" == organization.parameter


@pytest.mark.parametrize("blank", [None, "", " "])
@pytest.mark.parametrize(
    ("attribute", "name", "code"),
    [
        ("account_id", "accountId", 10030),
        ("contact_id", "primaryContact.contactId", 10024),
        ("first_name", "primaryContact.firstName", 10001),
        ("last_name", "primaryContact.lastName", 10002),
    ],
)
def test_what_an_update_needs(attribute: str, name: str, code: int, blank: str | None) -> None:
    """What the page requires is missed by name and code, absent or blank."""
    given = {attribute: blank}
    account = accounts.person(**given if attribute == "account_id" else {"contact": given})
    error = refused(UpdateIndividualAccount(account))

    assert (f"individualAccount.{name}", code) == (error.parameter, error.code)
    assert "a value is required" in str(error)


def test_an_update_needs_a_contact() -> None:
    """Without any contact, its id is what is missed first."""
    assert 10024 == refused(UpdateIndividualAccount(IndividualAccount(account_id=1))).code


@pytest.mark.parametrize("name", [None, "", " \t"])
def test_a_new_organization_needs_a_name(name: str | None) -> None:
    """The one parameter that its page requires."""
    error = refused(CreateOrganizationAccount(OrganizationAccount(organization_name=name)))

    assert ("organizationAccount.organizationName", 10050) == (error.parameter, error.code)


def test_one_organization_or_the_other() -> None:
    """An individual is linked to an organization or names one, and not both."""
    both = accounts.person(existing_organization_id=5, organization_name="x")
    error = refused(UpdateIndividualAccount(both))

    assert ("individualAccount.existingOrganizationId", 10004) == (error.parameter, error.code)
    linked = accounts.person(existing_organization_id=5, organization_name="")
    assert ("individualAccount.organizationName", "") in UpdateIndividualAccount(linked).params()


def test_several_options_of_one_field() -> None:
    """A field with several chosen options is given once for each."""
    chosen = fields(("45", "1", None), ("45", "2", None), ("22", None, "text"))

    assert UpdateIndividualAccount(accounts.person(custom_field_data_list=chosen)).params()


@pytest.mark.parametrize("primary", [[], [True], [False, True], [False, None]])
def test_at_most_one_primary_address(primary: list[bool | None]) -> None:
    """None or one of the addresses may be the primary one."""
    addresses = [Address(is_primary_address=one) for one in primary]

    assert UpdateIndividualAccount(accounts.person(contact={"addresses": addresses})).params()


@pytest.mark.parametrize(
    "operation",
    [
        UpdateIndividualAccount(OrganizationAccount()),  # type: ignore[arg-type]
        UpdateIndividualAccount(None),  # type: ignore[arg-type]
        CreateIndividualAccount({}),  # type: ignore[arg-type]
        CreateOrganizationAccount(IndividualAccount()),  # type: ignore[arg-type]
        UpdateOrganizationAccount("x"),  # type: ignore[arg-type]
    ],
)
def test_the_wrong_kind_of_account(operation: Operation[int]) -> None:
    """Anything but the account that the operation is about is refused by name."""
    error = refused(operation)

    root = "organizationAccount" if "Organization" in operation.name else "individualAccount"
    assert root == error.parameter
    assert f"expected {root[0].upper()}{root[1:]}, got " in str(error)


@pytest.mark.parametrize("bad", ["text", ["text"], [None], {"a": 1}, 5])
def test_rules_leave_wrong_types_to_their_own_refusal(bad: Any) -> None:
    """What is no list of the right objects is refused by its type, and never breaks a check."""
    places: list[dict[str, Any]] = [
        {"custom_field_data_list": bad},
        {"individual_types": bad},
        {"login": bad},
        {"contact": {"addresses": bad}},
    ]

    errors = [refused(UpdateIndividualAccount(accounts.person(**place))) for place in places]
    assert 4 == len([error for error in errors if ": expected " in str(error)])


@pytest.mark.parametrize("status", ["", "YES", "given ", 1, True])
@pytest.mark.parametrize(
    "name",
    [
        "emailConsentStatus",
        "phoneConsentStatus",
        "mailConsentStatus",
        "smsConsentStatus",
        "dataSharingConsentStatus",
    ],
)
def test_consent_has_three_values(name: str, status: Any) -> None:
    """Anything but GIVEN, DECLINED and NOT_ASKED is refused, a blank included."""
    attribute = re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)
    consent = ConsentInformation(**{attribute: status})

    for operation in (
        UpdateIndividualAccount(accounts.person(), consent),
        CreateOrganizationAccount(OrganizationAccount(organization_name="x"), consent),
    ):
        error = refused(operation)
        assert f"consentInformation.{name}" == error.parameter
        assert "expected one of GIVEN, DECLINED, NOT_ASKED, got " in str(error)


def test_consent_is_optional() -> None:
    """Without consents, and with none of them filled, nothing of them is sent."""
    without = UpdateIndividualAccount(accounts.person()).params()

    assert without == UpdateIndividualAccount(accounts.person(), ConsentInformation()).params()
    wrong = UpdateIndividualAccount(accounts.person(), "GIVEN")  # type: ignore[arg-type]
    assert "consentInformation" == refused(wrong).parameter


CREATIONS: list[Any] = [
    partial(
        CreateIndividualAccount, accounts.person(account_id=None, contact={"contact_id": None})
    ),
    partial(CreateOrganizationAccount, OrganizationAccount(organization_name="x")),
]


@pytest.mark.parametrize("given", ["false", 0, 1])
@pytest.mark.parametrize("create", CREATIONS)
def test_truth_values_are_not_guessed(create: Any, given: Any) -> None:
    """The text `"false"` would be true, and v1 would send an e-mail."""
    error = refused(create(send_acknowledge_email=given))

    assert "sendAcknowledgeEmail" == error.parameter


@pytest.mark.parametrize("create", CREATIONS)
def test_origin_detail_is_text(create: Any) -> None:
    """The App ID is sent as it is, if it can be."""
    assert ("originDetail", "") in create(origin_detail="").params()
    assert "originDetail" == refused(create(origin_detail="\0")).parameter


@pytest.mark.parametrize("create", CREATIONS)
def test_what_a_creation_has_besides_its_account(create: Any) -> None:
    """Origin, e-mail and consents follow the account, in this order."""
    consent = ConsentInformation(sms_consent_status="DECLINED")
    whole = create(consent=consent, origin_detail="fake-app", send_acknowledge_email=True)

    assert [
        *create().params(),
        ("originDetail", "fake-app"),
        ("sendAcknowledgeEmail", "true"),
        ("consentInformation.smsConsentStatus", "DECLINED"),
    ] == whole.params()


def test_operations_without_a_page_take_the_same_parameters() -> None:
    """A new individual has no ids; an update of an organization has them."""
    person = accounts.person(account_id=None, contact={"contact_id": None})
    company = OrganizationAccount(account_id=7, organization_name="x", source=IdName("1"))

    assert [
        ("individualAccount.primaryContact.firstName", "A"),
        ("individualAccount.primaryContact.lastName", "B"),
    ] == CreateIndividualAccount(person).params()
    assert [
        ("organizationAccount.accountId", "7"),
        ("organizationAccount.organizationName", "x"),
        ("organizationAccount.source.id", "1"),
    ] == UpdateOrganizationAccount(company).params()
    with_ids = refused(CreateIndividualAccount(accounts.person()))
    assert "individualAccount.primaryContact.contactId" == with_ids.parameter
