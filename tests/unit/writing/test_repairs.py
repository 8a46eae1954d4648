"""A change that sets what would be lost decides about it."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from neon_async import (
    Address,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    InvalidRequestError,
    Login,
    LossyReadError,
)
from tests.support import account_server
from tests.support.edits import put

WITH_TIME = "1988-10-16T05:00:00.000+0000"
DATA = "customFieldDataList.customFieldData"
ADDRESS = "primaryContact.addresses.address"


def address(**more: Any) -> dict[str, Any]:
    return {"contact": {"addresses": {"address": [{"addressId": 7}, {"addressId": 8, **more}]}}}


def custom(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"customFieldDataList": {"customFieldData": list(entries)}}


def turned_around(account: Any) -> Any:
    """A change that puts addresses into another order, and gives the second a proper code."""
    contact: Contact = account.primary_contact
    one, other = contact.addresses or []
    mended = [attrs.evolve(other, zip_code="06489"), one]
    return attrs.evolve(account, primary_contact=attrs.evolve(contact, addresses=mended))


def without_first(attribute: str) -> Any:
    def change(account: Any) -> None:
        holder = account.primary_contact if attribute == "addresses" else account
        getattr(holder, attribute).pop(0)

    return change


def new_account(account: Any) -> Any:
    return IndividualAccount(account_id=1, primary_contact=account.primary_contact, url="x")


def new_address(account: Any) -> None:
    account.primary_contact.addresses[1] = Address(address_id=8, city="Graz")


LOGIN = Login(username="ada", password="fake-password")
ENTRY = CustomFieldData(field_id="22", field_value="007")
REPAIRS: list[tuple[dict[str, Any], Any, Any]] = [
    ({"contact": {"phone1": 5}}, put("primary_contact.phone1", "05"), ()),
    ({"contact": {"phone2Type": "Fax"}}, put("primary_contact.phone2_type", "WORK"), ()),
    ({"contact": {"firstName": "A\0da"}}, put("primary_contact.first_name", "Ada"), ()),
    (address(zipCode=6489), turned_around, ()),
    ({"login": {"username": "ada"}}, put("login", LOGIN), ()),
    ({"source": {"id": 3}}, put("source", IdName(name="Web")), ()),
    ({"source": {"id": 3, "name": "Web"}}, put("source", IdName("4")), ()),
    (custom({"fieldId": "22", "fieldValue": 7}), put("custom_field_data_list", [ENTRY]), ()),
    (
        custom({"fieldId": "53", "fieldOptionId": 15}, {"fieldId": "53", "fieldOptionId": "16"}),
        without_first("custom_field_data_list"),
        [f"{DATA}.fieldOptionId=15"],
    ),
    (
        {"individualTypes": {"individualType": [{"id": 1}, {"id": "3"}]}},
        without_first("individual_types"),
        ["individualTypes.individualType.id=1"],
    ),
    (
        {"contact": {"addresses": {"address": [{"addressId": 7, "floor": "3"}]}}},
        without_first("addresses"),
        [f"{ADDRESS}.addressId=7"],
    ),
    (
        {"contact": {"addresses": {"address": [{"addressId": 7, "zipCode": ["06489"]}]}}},
        without_first("addresses"),
        [f"{ADDRESS}.addressId=7"],
    ),
    ({"contact": {"phone2Type": "Fax"}}, put("primary_contact.phone2_type", None), ["phone2Type"]),
]


@pytest.mark.parametrize(("fields", "change", "cleared"), REPAIRS)
async def test_repairs(fields: dict[str, Any], change: Any, cleared: list[str]) -> None:
    """Another value, a whole login or a deletion that is allowed leaves nothing to be lost."""
    record = account_server.person(**fields)
    with pytest.raises(LossyReadError):
        await record.edit(put("url", "https://example.org/"))

    done = await record.edit(change, allow_clear=[*cleared, "primaryContact.phone2Type"])

    assert done.written
    assert "loss accepted" not in {entry.kind for entry in done.diff}


@pytest.mark.parametrize(
    ("fields", "change", "path"),
    [
        ({"contact": {"phone1": 5}}, put("primary_contact.phone2", "5"), "primaryContact.phone1"),
        (
            {"contact": {"dob": WITH_TIME}},
            lambda account: attrs.evolve(account, url="x"),
            "primaryContact.dob",
        ),
        (
            custom({"fieldId": 53, "fieldOptionId": "15"}),
            put("custom_field_data_list.0.field_option_id", "16"),
            f"{DATA}[0].fieldId",
        ),
        (
            {"individualTypes": {"individualType": [{"id": 1}]}},
            lambda account: account.individual_types.append(IdName("3")),
            "individualTypes.individualType[0].id",
        ),
        ({"shoeSize": "44"}, new_account, "shoeSize"),
        (address(floor="3"), new_address, f"{ADDRESS}[1].floor"),
        (
            {"contact": {"firstName": "A\0da"}},
            put("primary_contact.middle_name", "B."),
            "primaryContact.firstName",
        ),
    ],
)
async def test_no_repairs(fields: dict[str, Any], change: Any, path: str) -> None:
    """What the change leaves as it was would be lost, also where it makes new objects of it."""
    with pytest.raises(LossyReadError) as caught:
        await account_server.person(**fields).edit(change)

    assert (path,) == caught.value.paths


@pytest.mark.parametrize("dry_run", [False, True])
async def test_what_the_page_requires(*, dry_run: bool) -> None:
    """A name that can't be sent is lost, and not missing by the change's fault."""
    record = account_server.person(contact={"firstName": "A\0da"})
    accepted = ["primaryContact.firstName"]

    if dry_run:
        plan = await record.edit(put("url", "https://example.org/"), dry_run=True)
        assert tuple(accepted) == plan.undecided
    with pytest.raises(InvalidRequestError, match="required") as caught:
        await record.edit(put("url", "x"), accept_loss=accepted, dry_run=dry_run)

    assert "individualAccount.primaryContact.firstName" == caught.value.parameter
    with pytest.raises(InvalidRequestError, match="text"):
        await record.edit(put("primary_contact.first_name", 5), dry_run=dry_run)


async def test_undoing_a_repair() -> None:
    """What the repair replaced can't be written back: its loss has to be accepted then."""
    record = account_server.person(login={"username": "ada"})

    def change(account: IndividualAccount) -> None:
        account.login, account.url = Login(username="eve", password="fake-password"), "x"

    done = await record.edit(change, verify=False)
    account = record.payload["individualAccount"]
    assert {"username": "eve", "password": "fake-password"} == account["login"]
    del account["login"]["password"]

    with pytest.raises(LossyReadError) as caught:
        await record.undo(done)
    undone = await record.undo(done, accept_loss=caught.value.paths)

    assert ("login.username",) == caught.value.paths
    assert ["loss accepted", "deleted"] == [entry.kind for entry in undone.diff][:2]
    assert {"login", "url"}.isdisjoint(record.sent["individualAccount"])


async def test_undo_without_addresses() -> None:
    """An edit that removed all addresses is undone where a reply without any has no list."""
    record = account_server.person(
        contact={"addresses": {"address": [{"addressId": 7, "city": "Graz"}]}}
    )
    done = await record.edit(
        without_first("addresses"), allow_clear=[f"{ADDRESS}.addressId"], verify=False
    )
    assert "addresses" not in record.payload["individualAccount"]["primaryContact"]

    undone = await record.undo(done)

    assert [None] == [one.address_id for one in undone.after.primary_contact.addresses]
