"""Models as parameters: the documented names in order, positions aligned, blanks kept."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async import structure
from neon_async._wire.form import Form
from neon_async.models import (
    Address,
    CodeName,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    Login,
    OrganizationAccount,
    PhoneType,
)
from neon_async.operations import CreateOrganizationAccount, UpdateIndividualAccount
from tests.support import accounts, forms, samples, strategies
from tests.support.enumerations import Number, Text

UPDATE = "updateIndividualAccount"
CREATE = "createOrganizationAccount"
CONTACT = "individualAccount.primaryContact"
ADDRESS = f"{CONTACT}.addresses.address"


def update(**more: Any) -> list[tuple[str, str]]:
    """What an update sends beyond what the page requires."""
    required = UpdateIndividualAccount(accounts.person()).params()
    sent = UpdateIndividualAccount(accounts.person(**more)).params()
    return [pair for pair in sent if pair not in required]


def at_home(*addresses: Address) -> list[tuple[str, str]]:
    sent = update(contact={"addresses": list(addresses)})
    return [(name.removeprefix(f"{ADDRESS}."), value) for name, value in sent]


def test_every_parameter_of_an_update() -> None:
    """All pairs leave in the order of the page."""
    operation = UpdateIndividualAccount(accounts.INDIVIDUAL, accounts.CONSENT)

    assert accounts.INDIVIDUAL_PAIRS + accounts.CONSENT_PAIRS == operation.params()


def test_every_parameter_of_a_new_organization() -> None:
    """All pairs leave in the order of the page."""
    operation = CreateOrganizationAccount(
        accounts.ORGANIZATION,
        accounts.CONSENT,
        origin_detail="fake-app",
        send_acknowledge_email=True,
    )
    own = [("originDetail", "fake-app"), ("sendAcknowledgeEmail", "true")]

    assert accounts.ORGANIZATION_PAIRS + own + accounts.CONSENT_PAIRS == operation.params()


def test_names_are_exactly_the_documented_ones() -> None:
    """What can be sent has the names of the page, and each of its names can be sent."""
    updates = [
        UpdateIndividualAccount(account, accounts.CONSENT).params()
        for account in (accounts.INDIVIDUAL, accounts.INDIVIDUAL_BY_NAME)
    ]
    create = CreateOrganizationAccount(
        accounts.ORGANIZATION, accounts.CONSENT, origin_detail="a", send_acknowledge_email=False
    )

    assert {name for pairs in updates for name, _ in pairs} == set(samples.parameters(UPDATE))
    assert {name for name, _ in create.params()} == set(samples.parameters(CREATE))


@given(sent=strategies.sendable(IndividualAccount, UPDATE))
def test_updates_are_read_as_they_were_meant(sent: tuple[IndividualAccount, set[str]]) -> None:
    """What an independent reader makes of the form is the account that was given."""
    account, names = sent
    pairs = UpdateIndividualAccount(account).params()
    read = forms.parse(Form.encode(pairs).content)

    assert account == structure(read["individualAccount"], IndividualAccount)
    assert names == {name for name, _ in pairs}


@given(sent=strategies.sendable(OrganizationAccount, CREATE))
def test_new_organizations_are_read_as_they_were_meant(
    sent: tuple[OrganizationAccount, set[str]],
) -> None:
    """What an independent reader makes of the form is the account that was given."""
    account, names = sent
    pairs = CreateOrganizationAccount(account).params()
    read = forms.parse(Form.encode(pairs).content)

    assert account == structure(read["organizationAccount"], OrganizationAccount)
    assert names == {name for name, _ in pairs}


ADDRESSES = st.builds(
    Address,
    address_id=st.none() | strategies.ids,
    is_shipping_address=st.none() | st.just(value=False),
    address_type=st.none() | st.builds(IdName, name=strategies.words),
    address_line1=st.none() | strategies.text,
    city=st.none() | strategies.text,
    country=st.none() | st.builds(IdName, id=strategies.words),
    state=st.none() | st.builds(CodeName, code=strategies.words),
    start_date=st.none() | st.dates(),
)


@given(addresses=st.lists(ADDRESSES, max_size=4))
def test_positions_stay_aligned(addresses: list[Address]) -> None:
    """However addresses differ, each sends the same names, and no value moves to another one."""
    pairs = UpdateIndividualAccount(accounts.person(contact={"addresses": addresses})).params()
    sent = Counter(name for name, _ in pairs if name.startswith(ADDRESS))
    read = forms.parse(Form.encode(pairs).content)["individualAccount"]["primaryContact"]
    back = structure(read, Contact).addresses or []
    dated = [index for index, address in enumerate(addresses, 1) if address.start_date]

    assert max(dated, default=0) == sent.pop(f"{ADDRESS}.startDate", 0)
    assert set() == set(sent.values()) - {len(addresses)}
    expected = list(map(without_blanks, addresses))
    while not sent and expected and not expected[-1]:
        expected.pop()  # with nothing but dates, the last ones that say nothing are not sent
    assert expected == list(map(without_blanks, back))


def without_blanks(thing: Any) -> dict[str, Any]:
    """The values of an object; blank, false and absent are no values."""
    values = attrs.asdict(thing, filter=lambda field, value: field.init and bool(value))
    return {name: value for name, value in values.items() if value}


def test_both_halves_of_addresses_stay_aligned() -> None:
    """One address goes by the id of its country, the other by its name: both send both."""
    assert [
        ("country.id", "1"),
        ("country.name", ""),
        ("country.id", ""),
        ("country.name", "Iraq"),
    ] == at_home(Address(country=IdName(id="1")), Address(country=IdName(name="Iraq")))


def test_dates_are_blank_only_before_another_date() -> None:
    """One client found blank dates refused, so one is sent only where it keeps a position."""
    first, second = Address(city="A", start_date=date(2020, 1, 2)), Address(city="B")

    assert [
        ("city", "A"),
        ("startDate", "2020-01-02"),
        ("city", "B"),
    ] == at_home(first, second)
    assert [
        ("city", "B"),
        ("startDate", ""),
        ("city", "A"),
        ("startDate", "2020-01-02"),
    ] == at_home(second, first)


def test_address_type_has_a_capital_on_one_page() -> None:
    """The update page spells `addressType.Name` so, and the other one does not."""
    assert [("addressType.Name", "Home")] == at_home(Address(address_type=IdName(name="Home")))
    create = OrganizationAccount(
        organization_name="x",
        primary_contact=Contact(addresses=[Address(address_type=IdName(name="Home"))]),
    )

    assert "organizationAccount.primaryContact.addresses.address.addressType.name" in dict(
        CreateOrganizationAccount(create).params()
    )


def test_custom_fields_send_all_three_keys() -> None:
    """As on the page, a text field has a blank option and a select field a blank value."""
    path = "individualAccount.customFieldDataList.customFieldData"
    only_text = update(custom_field_data_list=[CustomFieldData(field_id="22", field_value="x")])
    chosen = [CustomFieldData(field_id="45", field_option_id=option) for option in ("1", "2")]

    assert [
        (f"{path}.fieldId", "22"),
        (f"{path}.fieldOptionId", ""),
        (f"{path}.fieldValue", "x"),
    ] == (only_text)
    assert ["45", "1", "", "45", "2", ""] == [
        value for _, value in update(custom_field_data_list=chosen)
    ]


def test_absent_is_not_sent_and_blank_is() -> None:
    """None and empty lists send nothing; a blank text is sent, and deletes."""
    assert [] == update(url=None, individual_types=[], contact={"addresses": []})
    assert [("individualAccount.url", "")] == update(url="")
    assert [("individualAccount.source.id", "")] == update(source=IdName(id=""))


def test_read_only_fields_are_not_sent() -> None:
    """What v1 keeps itself goes nowhere."""
    now = datetime(2026, 1, 1, tzinfo=UTC)

    assert [] == update(
        last_modified_date_time=now, last_modified_by="x", created_date_time=now, created_by="x"
    )


def test_blank_phone_types_are_left_out() -> None:
    """v1 refuses a blank phone type, and blanks a missing one."""
    assert [] == update(contact={"phone1_type": ""})
    assert [(f"{CONTACT}.phone1Type", "Mobile")] == update(contact={"phone1_type": "mobile"})
    assert [(f"{CONTACT}.phone1Type", "Home")] == update(contact={"phone1_type": PhoneType.HOME})


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"id": "102", "name": "Iraq"}, [("individualAccount.source.id", "102")]),
        ({"id": 102}, [("individualAccount.source.id", "102")]),
        ({"name": "Iraq"}, [("individualAccount.source.name", "Iraq")]),
        ({"id": "", "name": "Iraq"}, [("individualAccount.source.name", "Iraq")]),
        ({"id": None, "name": "Iraq"}, [("individualAccount.source.name", "Iraq")]),
        ({"id": "", "name": ""}, []),
        ({}, []),
    ],
)
def test_pairs_of_a_reply_go_back_by_one_half(
    reply: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """A pair that v1 sent is consistent, so one half says it all; never a blank one."""
    assert expected == update(source=structure(reply, IdName))


def test_login_of_a_reply() -> None:
    """A login without anything in it sends nothing."""
    assert [] == update(login=structure({}, Login))
    assert [] == update(login=Login())


def test_a_new_organization_may_have_both_halves() -> None:
    """Its page does not say "either", so both leave."""
    account = OrganizationAccount(
        organization_name="x",
        source=IdName("1", "Web"),
        primary_contact=Contact(gender=CodeName(), dob=date(1985, 10, 13)),
        primary_contact_account_id=7,
    )

    assert [
        ("organizationAccount.organizationName", "x"),
        ("organizationAccount.primaryContact.dob", "1985-10-13"),
        ("organizationAccount.source.id", "1"),
        ("organizationAccount.source.name", "Web"),
    ] == CreateOrganizationAccount(account).params()


class Loud(str):
    """Text that prints as something else."""

    __slots__ = ()

    def __str__(self) -> str:
        return "not me"


@pytest.mark.parametrize("value", [Text.A, Loud("a")])
def test_subclasses_of_text_leave_as_their_value(value: str) -> None:
    """A member of an enumeration prints as its name, which is not what is meant."""
    sent = update(url=value, source=IdName(value))

    assert b"individualAccount.url=a&individualAccount.source.id=a" == Form.encode(sent).content


def test_subclasses_of_whole_numbers_leave_as_their_value() -> None:
    """And so do ids."""
    assert [("individualAccount.existingOrganizationId", "5")] == update(
        existing_organization_id=Number.FIVE
    )
