"""What is given to a write has nothing beyond documented fields: it would be lost."""

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async import (
    Activity,
    Address,
    CodeName,
    ConsentInformation,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    InvalidRequestError,
    Login,
    OrganizationAccount,
    structure,
)
from neon_async.emulator import Emulator
from neon_async.models import Model
from neon_async.operations import (
    AddActivity,
    CreateIndividualAccount,
    CreateOrganizationAccount,
    UpdateActivity,
    UpdateIndividualAccount,
    UpdateOrganizationAccount,
)
from tests.support import strategies

CANARY = "canary.donor@example.org"
OPERATIONS: dict[str, tuple[Any, Any, str]] = {
    "create person": (CreateIndividualAccount, IndividualAccount, "individualAccount"),
    "update person": (UpdateIndividualAccount, IndividualAccount, "individualAccount"),
    "create organization": (CreateOrganizationAccount, OrganizationAccount, "organizationAccount"),
    "update organization": (UpdateOrganizationAccount, OrganizationAccount, "organizationAccount"),
}
ADDRESSES = [Address(city="Exampleton"), Address(extra={"cty": CANARY})]
PLACES: dict[str, tuple[dict[str, Any], str, str]] = {
    "root": ({"extra": {"ulr": CANARY}}, "ulr", "did you mean url?"),
    "blank": ({"extra": {"phone": ""}}, "phone", "its value would be lost"),
    "contact": (
        {"primary_contact": Contact(extra={"emial1": CANARY})},
        "primaryContact.emial1",
        "did you mean email1?",
    ),
    "address": (
        {"primary_contact": Contact(addresses=ADDRESSES)},
        "primaryContact.addresses.address[1].cty",
        "did you mean city?",
    ),
    "pair": (
        {"primary_contact": Contact(gender=CodeName("F", extra={"text": CANARY}))},
        "primaryContact.gender.text",
        "unknown field 'text'",
    ),
    "login": ({"login": Login(extra={"user": CANARY})}, "login.user", "unknown field"),
    "source": ({"source": IdName("1", extra={"code": CANARY})}, "source.code", "unknown field"),
    "custom field": (
        {"custom_field_data_list": [CustomFieldData(extra={"fieldid": CANARY})]},
        "customFieldDataList.customFieldData[0].fieldid",
        "did you mean fieldId?",
    ),
    "wrapper": (
        {"custom_field_data_list": [], "extra": {"customFieldDataList": {"customFields": []}}},
        "customFieldDataList.customFields",
        "did you mean customFieldData?",
    ),
    "odd value": (
        {"primary_contact": Contact(extra={"dob": CANARY})},
        "primaryContact.dob",
        "not of the documented type",
    ),
    "odd list": (
        {"primary_contact": Contact(extra={"addresses": CANARY})},
        "primaryContact.addresses",
        "not of the documented type",
    ),
    "no name": ({"extra": {CANARY: CANARY}}, "…", "unknown field '…'"),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize(("fields", "path", "said"), PLACES.values(), ids=PLACES)
def test_refusals(operation: Any, fields: Any, path: str, said: str) -> None:
    """Each write refuses what is unknown, wherever it is, with its path and without its value."""
    made, cls, root = operation
    with pytest.raises(InvalidRequestError) as caught:
        made(cls(**fields)).params()

    error = caught.value
    assert (f"{root}.{path}", made(None).name) == (error.parameter, error.operation)
    assert said in str(error)
    assert CANARY not in str(error)


@pytest.mark.parametrize(("made", "cls", "_root"), OPERATIONS.values(), ids=OPERATIONS)
def test_consents(made: Any, cls: Any, _root: str) -> None:
    """Consents have no unknown field either."""
    person = Contact(first_name="Ada", last_name="Example")
    account = cls(primary_contact=person, organization_name="Example Fund")
    if made in {UpdateIndividualAccount, UpdateOrganizationAccount}:
        account.account_id, person.contact_id = 1, 2

    with pytest.raises(InvalidRequestError) as caught:
        made(account, ConsentInformation(extra={"smsConsent": "GIVEN"})).params()

    assert "consentInformation.smsConsent" == caught.value.parameter
    assert "did you mean smsConsentStatus?" in str(caught.value)


@pytest.mark.parametrize("made", [AddActivity, UpdateActivity])
@pytest.mark.parametrize(
    ("fields", "path", "said"),
    [
        ({"extra": {"subjet": CANARY}}, "subjet", "did you mean subject?"),
        ({"extra": {"startDateTime": CANARY}}, "startDateTime", "not of the documented type"),
        (
            {"activity_status": IdName("1", extra={"code": CANARY})},
            "activityStatus.code",
            "unknown",
        ),
    ],
)
def test_activities(made: Any, fields: Any, path: str, said: str) -> None:
    """Writes of activities refuse what is unknown, too."""
    with pytest.raises(InvalidRequestError) as caught:
        made(Activity(activity_id=1, **fields)).params()

    assert (caught.value.parameter or "").endswith(f".{path}")
    assert said in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_misspelt_field_is_named_before_the_missing_one() -> None:
    """The field that was meant is missing; the error says why."""
    with pytest.raises(InvalidRequestError, match="did you mean organizationName"):
        CreateOrganizationAccount(OrganizationAccount(extra={"organisationName": "Fund"})).params()


def test_beside_what_is_no_model() -> None:
    """An unknown field is named before an element that is no model."""
    addresses: Any = ["Exampleton", Address(extra={"cty": CANARY})]
    operation = UpdateIndividualAccount(
        IndividualAccount(account_id=1, primary_contact=Contact(addresses=addresses))
    )

    with pytest.raises(InvalidRequestError, match="did you mean city") as caught:
        operation.params()

    path = "individualAccount.primaryContact.addresses.address[1].cty"
    assert path == caught.value.parameter


def test_an_attribute_that_is_set_wins() -> None:
    """An odd value that came in place of an attribute is no obstacle once the attribute is set."""
    person = Contact(
        first_name="Ada",
        last_name="Example",
        email1="ada@example.org",
        addresses=[],
        extra={"email1": ["odd"], "addresses": [5]},
    )

    params = CreateIndividualAccount(IndividualAccount(primary_contact=person)).params()

    assert ("individualAccount.primaryContact.email1", "ada@example.org") in params
    assert "odd" not in str(params)


async def test_nothing_is_sent() -> None:
    """A client refuses before its first request, creates with recovery included."""
    emulator = Emulator(accounts=0, activities=0)
    body = {"primaryContact": {"firstName": "Typo", "lastName": "Example", "emial1": CANARY}}
    person = structure(body, IndividualAccount)
    fund = OrganizationAccount(organization_name="Fund", extra={"phone": CANARY})
    async with emulator.client() as neon:
        for write in (
            neon.create_individual_account(person),
            neon.create_individual_account(person, on_unknown="find"),
            neon.update_individual_account(attrs.evolve(person, account_id=10_001)),
            neon.create_organization_account(fund),
            neon.update_organization_account(attrs.evolve(fund, account_id=10_001)),
        ):
            with pytest.raises(InvalidRequestError, match="unknown field"):
                await write

        assert [] == [*emulator.requests]


def holds_more(model: Any) -> bool:
    """Whether there is anything in the `extra` of a model, or of one in it."""
    values = [getattr(model, field.name) for field in attrs.fields(type(model))]
    inner = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return bool(model.extra) or any(holds_more(one) for one in inner if isinstance(one, Model))


@given(
    st.sampled_from([*OPERATIONS.values()]).flatmap(
        lambda case: st.tuples(st.just(case), strategies.models(case[1]))
    )
)
def test_whatever_an_account_holds(case: tuple[tuple[Any, Any, str], Any]) -> None:
    """An account is refused for an unknown field exactly where it has one."""
    (made, _, _), account = case
    said = ""
    try:
        made(account).params()
    except InvalidRequestError as error:
        said = str(error)

    assert holds_more(account) == ("unknown field" in said)
