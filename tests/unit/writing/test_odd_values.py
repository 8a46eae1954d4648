"""Odd values in edits: refused, repaired or given up by name, and never sent."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from neon_async import (
    AsyncClient,
    ConsentInformation,
    Contact,
    CustomFieldData,
    IdName,
    InvalidRequestError,
    Login,
    LossyReadError,
    PhoneType,
)
from tests.support import account_server
from tests.support.edits import RESET, put
from tests.support.full_records import create

if TYPE_CHECKING:
    from neon_async.emulator import Emulator

NEW = "https://example.org/new"
DATA = "customFieldDataList.customFieldData"
ADDRESS = "primaryContact.addresses.address"
CANARY = "canary-in-extra"


def address(**more: Any) -> dict[str, Any]:
    return {"contact": {"addresses": {"address": [{"addressId": 7}, {"addressId": 8, **more}]}}}


def custom(**more: Any) -> dict[str, Any]:
    return {"customFieldDataList": {"customFieldData": [{"fieldId": "22", **more}]}}


def in_address(**changes: Any) -> Any:
    def change(account: Any) -> None:
        contact = account.primary_contact
        one, other = contact.addresses
        contact.addresses = [attrs.evolve(other, **changes), one]

    return change


LOGIN = Login(username="ada", password="fake-password")
# What is odd, its path, a change that repairs it, and the line of the diff.
ODD: list[tuple[dict[str, Any], str, Any, tuple[str, ...]]] = [
    (
        {"contact": {"dob": "20014-01-01"}},
        "primaryContact.dob",
        put("primary_contact.dob", date(2014, 1, 1)),
        ("changed", "primaryContact.dob", "20014-01-01", "2014-01-01"),
    ),
    (
        {"contact": {"deceased": "maybe"}},
        "primaryContact.deceased",
        put("primary_contact.deceased", value=False),
        ("changed", "primaryContact.deceased", "maybe", "false"),
    ),
    (
        {"contact": {"firstName": True}},
        "primaryContact.firstName",
        put("primary_contact.first_name", "True"),
        ("changed", "primaryContact.firstName", "true", "True"),
    ),
    (
        {"contact": {"phone1Type": [1]}},
        "primaryContact.phone1Type",
        put("primary_contact.phone1_type", PhoneType.WORK),
        ("changed", "primaryContact.phone1Type", "1", "WORK"),
    ),
    (
        {"contact": {"phone1": 2**60}},
        "primaryContact.phone1",
        put("primary_contact.phone1", "1"),
        ("changed", "primaryContact.phone1", str(2**60), "1"),
    ),
    (
        {"existingOrganizationId": "ten"},
        "existingOrganizationId",
        put("existing_organization_id", 10),
        ("changed", "existingOrganizationId", "ten", "10"),
    ),
    (
        {"source": "Web"},
        "source",
        put("source", IdName(name="Web")),
        ("set", "source.name", "-", "Web"),
    ),
    (
        {"source": {"id": [3], "name": "Web"}},
        "source.id",
        put("source", IdName("3")),
        ("changed", "source.id", "Web", "3"),
    ),
    (
        {"individualTypes": {"individualType": [{"id": "1"}, "3"]}},
        "individualTypes",
        put("individual_types", [IdName("1")]),
        ("set", "individualTypes.individualType.id (1)", "-", "1"),
    ),
    (
        {"login": "ada"},
        "login",
        put("login", LOGIN),
        ("set", "login.username", "-", "ada"),
    ),
    (
        address(startDate="0000-00-00"),
        f"{ADDRESS}[1].startDate",
        in_address(start_date=date(2014, 1, 1)),
        ("changed", f"{ADDRESS}.startDate (8)", "0000-00-00", "2014-01-01"),
    ),
    (
        custom(fieldValue={"a": 1}),
        f"{DATA}[0].fieldValue",
        put("custom_field_data_list", [CustomFieldData(field_id="22", field_value="x")]),
        ("custom field set", f"{DATA}.fieldValue (22)", "-", "x"),
    ),
    (
        custom(fieldValue={"a": 1}),
        f"{DATA}[0].fieldValue",
        put("custom_field_data_list.0.field_value", "x"),
        ("custom field set", f"{DATA}.fieldValue (22)", "-", "x"),
    ),
]


@pytest.mark.parametrize(("fields", "path", "repair", "row"), ODD, ids=[one[1] for one in ODD])
async def test_odd_values(
    fields: dict[str, Any], path: str, repair: Any, row: tuple[str, ...]
) -> None:
    """An edit of another field is refused; one that sets it is not, and shows what it replaces."""
    record = account_server.person(**fields)
    before = record.payload.copy()

    with pytest.raises(LossyReadError, match="documented type") as caught:
        await record.edit(put("url", NEW))
    plan = await record.edit(put("url", NEW), dry_run=True)

    assert ((path,), (path,)) == (caught.value.paths, plan.undecided)
    assert before == record.payload
    done = await record.edit(repair)
    assert (True, ()) == (done.written, done.undecided)
    kind, name, *sides = done.diff.changes[0].row
    assert row == (kind, name.removeprefix("individualAccount."), *sides)
    assert not {"loss accepted", "undecided"} & {entry.kind for entry in done.diff}


@pytest.mark.parametrize(
    ("fields", "path", "change"),
    [
        ({"contact": {"dob": "x"}}, "primaryContact.dob", put("primary_contact.extra", {})),
        ({"contact": {"dob": "x"}}, "primaryContact.dob", put("primary_contact.dob", None)),
        ({"contact": {"fax": 1.5}}, "primaryContact.fax", put("primary_contact.fax", " ")),
        ({"source": "Web"}, "source", put("source", IdName())),
        ({"login": "ada"}, "login", put("login", Login())),
        (
            {"individualTypes": {"individualType": [["x"]]}},
            "individualTypes",
            put("individual_types", [IdName()]),
        ),
        (
            {"contact": {"dob": "x"}},
            "primaryContact.dob",
            put("primary_contact", Contact(contact_id=2, first_name="Ada", last_name="Example")),
        ),
    ],
)
async def test_an_odd_value_is_not_wiped(fields: dict[str, Any], path: str, change: Any) -> None:
    """Whatever leaves nothing in its place is no repair, and wipes it only by name."""
    record = account_server.person(**fields)

    def both(account: Any) -> None:
        change(account)
        account.url = NEW

    with pytest.raises(LossyReadError) as caught:
        await record.edit(both, allow_clear=[path])
    assert (path,) == caught.value.paths

    done = await record.edit(both, accept_loss=[path])

    assert [("loss accepted", f"individualAccount.{path}")] == [
        (entry.kind, entry.parameter) for entry in done.diff if entry.parameter.endswith(path)
    ]
    assert CANARY not in str(record.sent)


async def test_the_change_gets_what_is_odd() -> None:
    """It sees the odd value in `extra`, unless the loss of it was accepted."""
    seen: list[Any] = []

    def change(account: Any) -> None:
        seen.append(account.primary_contact.extra.get("dob"))
        account.url = NEW

    record = account_server.person(contact={"dob": "0000-00-00"})
    await record.edit(change, dry_run=True)
    await record.edit(change, accept_loss=["primaryContact.dob"], dry_run=True)

    assert ["0000-00-00", None] == seen


@pytest.mark.parametrize(
    ("contact", "path"),
    [
        ("somebody", "primaryContact"),
        ({"contactId": "two", "firstName": "Ada", "lastName": "E."}, "primaryContact.contactId"),
        ({"contactId": 2, "firstName": {"a": 1}, "lastName": "E."}, "primaryContact.firstName"),
    ],
)
async def test_odd_values_that_are_required(contact: Any, path: str) -> None:
    """They are lost like others, and not missing by the change's fault."""
    record = account_server.person()
    record.payload["individualAccount"]["primaryContact"] = contact

    with pytest.raises(LossyReadError) as caught:
        await record.edit(put("url", NEW))
    with pytest.raises(InvalidRequestError, match="required"):
        await record.edit(put("url", NEW), accept_loss=[path])

    assert (path,) == caught.value.paths


@pytest.mark.parametrize("odd", [["x"], {"a": 1}, 1.5])
async def test_a_custom_field_without_a_usable_id(odd: Any) -> None:
    """Its value goes with it, since nothing else names it."""
    record = account_server.person(
        customFieldDataList={"customFieldData": [{"fieldId": odd, "fieldValue": "x"}]}
    )

    with pytest.raises(LossyReadError) as caught:
        await record.edit(put("url", NEW))
    await record.edit(put("url", NEW), accept_loss=caught.value.paths)

    assert (f"{DATA}[0].fieldId",) == caught.value.paths
    assert "customFieldDataList" not in record.sent["individualAccount"]


async def test_what_v1_sets_may_be_odd() -> None:
    """It is not sent anyway, so that nothing can be lost of it."""
    record = account_server.person(lastModifiedDateTime="yesterday", createdBy=["x"], accountId="1")

    done = await record.edit(put("url", NEW))

    assert done.verified
    assert ("lastModifiedDateTime", "createdBy") == done.before.oddities


async def test_undoing_a_repair(neon: AsyncClient, emulator: Emulator) -> None:
    """The odd value can't come back: that is refused, and given up by name."""
    account_id = create(emulator, "individual", primaryContact={"dob": "0000-00-00"})
    done = await neon.edit_individual_account(
        account_id, put("primary_contact.dob", date(2014, 1, 1)), accept_loss=RESET
    )

    with pytest.raises(LossyReadError) as caught:
        await done.undo()
    assert ("primaryContact.dob",) == caught.value.paths
    undone = await done.undo(accept_loss=caught.value.paths)

    assert [("loss accepted", "-"), ("deleted", "2014-01-01")] == [
        (entry.kind, entry.row[2]) for entry in undone.diff if entry.parameter.endswith("dob")
    ]


def planted() -> dict[str, Any]:
    """Fields in which everything that an `extra` can hold is the leak detector."""
    odd = {CANARY: CANARY}
    return {
        "shoeSize": CANARY,
        "url": [CANARY],
        "source": {"id": "3", "name": "Event", "rank": CANARY},
        "login": {"username": "ada", "lastSeen": CANARY},
        "contact": {
            "nick": CANARY,
            "dob": CANARY,
            "deceased": CANARY,
            "gender": CANARY,
            "addresses": {
                "hidden": CANARY,
                "address": [
                    {"addressId": 7, "floor": CANARY, "startDate": CANARY, "country": odd},
                    {"addressId": 8, "state": {"code": odd, "name": "Ohio"}},
                ],
            },
        },
        "customFieldDataList": {
            "more": CANARY,
            "customFieldData": [
                {"fieldId": "22", "fieldValue": "x", "fieldName": CANARY},
                {"fieldId": "23", "fieldValue": odd},
            ],
        },
        "individualTypes": {"individualType": [{"id": "1", "rank": CANARY}, {"id": odd}]},
    }


def evolved(account: Any) -> Any:
    """A change that makes most objects anew, with what is in their `extra`."""
    contact = account.primary_contact
    addresses = [attrs.evolve(one) for one in contact.addresses]
    return attrs.evolve(
        account,
        twitter_page="x",
        primary_contact=attrs.evolve(contact, addresses=addresses),
        custom_field_data_list=[attrs.evolve(one) for one in account.custom_field_data_list],
    )


@pytest.mark.parametrize("change", [put("twitter_page", "x"), evolved])
async def test_nothing_in_extra_is_sent(change: Any) -> None:
    """Neither unknown fields nor odd values leave in a write, or in its undoing."""
    record = account_server.person(**planted())
    plan = await record.edit(change, dry_run=True)

    done = await record.edit(change, accept_loss=plan.undecided, verify=False)

    assert 15 < len(plan.undecided)
    assert "x" == record.sent["individualAccount"]["twitterPage"]
    assert CANARY not in str(record.sent)
    assert CANARY in str(done.before.extra)
    assert CANARY not in str(done.after.extra)
    await record.undo(done)
    assert "twitterPage" not in record.sent["individualAccount"]
    assert CANARY not in str(record.sent)


async def test_a_consent_with_something_in_extra() -> None:
    """What has no parameter is refused there, too."""
    consent = ConsentInformation(extra={"faxConsentStatus": "GIVEN"})

    with pytest.raises(InvalidRequestError, match="faxConsentStatus"):
        await account_server.person().edit(put("url", NEW), consent=consent)
