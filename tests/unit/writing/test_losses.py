"""What can't be sent back as it was read is refused, with nothing sent."""

from __future__ import annotations

from typing import Any

import pytest

from neon_async import (
    AsyncClient,
    IndividualAccount,
    InvalidRequestError,
    Login,
    LossyReadError,
    ProtocolError,
    VerificationError,
)
from neon_async._writing import INDIVIDUAL, ORGANIZATION
from neon_async._writing.reading import parse_reading
from neon_async.emulator import Emulator, Quirks
from tests.support import account_server
from tests.support.account_server import FakeAccountServer
from tests.support.edits import RESET, put
from tests.support.full_records import create

WITH_TIME = "1988-10-16T05:00:00.000+0000"
FLAGS = ("isShippingAddress", "shippingCompanyName", "shippingDeliverTo")


def rename(account: Any) -> None:
    account.url = "https://example.org/"


def address(**more: Any) -> dict[str, Any]:
    return {"contact": {"addresses": {"address": [{"addressId": 7}, {"addressId": 8, **more}]}}}


def custom(**more: Any) -> dict[str, Any]:
    return {"customFieldDataList": {"customFieldData": {"fieldId": "22", "fieldValue": "x"} | more}}


ADDRESS = "primaryContact.addresses.address[1]"
CUSTOM = "customFieldDataList.customFieldData[0]"
INDIVIDUALS: list[tuple[dict[str, Any], list[str]]] = [
    # fields that the package does not know
    ({"shoeSize": "44"}, ["shoeSize"]),
    ({"shoeSize": 0}, ["shoeSize"]),
    ({"flag": False}, ["flag"]),
    ({"organizationTypes": {"organizationType": [{"id": "1"}]}}, ["organizationTypes"]),
    ({"primaryContactAccountId": 9}, ["primaryContactAccountId"]),
    ({"contact": {"nick": [{"x": ["", 1]}]}}, ["primaryContact.nick"]),
    (address(floor="3"), [f"{ADDRESS}.floor"]),
    ({"contact": {"addresses": {"address": [], "hidden": 3}}}, ["primaryContact.addresses.hidden"]),
    (custom(fieldName="Nickname"), [f"{CUSTOM}.fieldName"]),
    ({"source": {"id": "3", "rank": "1"}}, ["source.rank"]),
    (
        {"individualTypes": {"individualType": [{"id": "1", "rank": "1"}]}},
        ["individualTypes.individualType[0].rank"],
    ),
    ({"login": {"lastSeen": "today"}}, ["login.lastSeen"]),
    # text that came as a number
    ({"contact": {"phone1": 422938473}}, ["primaryContact.phone1"]),
    ({"contact": {"fax": 15}}, ["primaryContact.fax"]),
    (address(zipCode=6489), [f"{ADDRESS}.zipCode"]),
    (address(country={"id": 1, "name": "USA"}), [f"{ADDRESS}.country.id"]),
    (address(addressType={"id": "", "name": 5}), [f"{ADDRESS}.addressType.name"]),
    (custom(fieldId=22, fieldOptionId=47), [f"{CUSTOM}.fieldId", f"{CUSTOM}.fieldOptionId"]),
    (
        {"individualTypes": {"individualType": {"id": 1}}},
        ["individualTypes.individualType[0].id"],
    ),
    # dates that depend on the zone
    ({"contact": {"dob": WITH_TIME}}, ["primaryContact.dob"]),
    (
        address(startDate=WITH_TIME, endDate=WITH_TIME),
        [f"{ADDRESS}.startDate", f"{ADDRESS}.endDate"],
    ),
    # what the update has no parameter for, or does not accept
    (address(isShippingAddress=True), [f"{ADDRESS}.isShippingAddress"]),
    (address(shippingCompanyName="x"), [f"{ADDRESS}.shippingCompanyName"]),
    (address(confirmDelete=True), [f"{ADDRESS}.confirmDelete"]),
    (address(shippingCompanyName="x\0"), [f"{ADDRESS}.shippingCompanyName"]),
    (address(shippingCompanyName=["x"]), [f"{ADDRESS}.shippingCompanyName"]),
    (address(province="x", state={"code": "OH"}), [f"{ADDRESS}.province"]),
    ({"contact": {"phone2Type": "Fax"}}, ["primaryContact.phone2Type"]),
    ({"contact": {"title": "a\0b"}}, ["primaryContact.title"]),
    ({"source": {"id": "3\0", "name": "Event"}}, ["source.id"]),
    (
        {"individualTypes": {"individualType": [{"id": "1"}, {"id": "3\0", "name": "Member"}]}},
        ["individualTypes.individualType[1].id"],
    ),
    ({"existingOrganizationId": 0}, ["existingOrganizationId"]),
    ({"existingOrganizationId": 5, "organizationName": "x"}, ["organizationName"]),
    ({"login": {"username": "ada", "orgId": 5}}, ["login.username", "login.orgId"]),
    # elements that nothing names
    ({"contact": {"addresses": {"address": {"city": "x"}}}}, [f"{ADDRESS[:-3]}[0].addressId"]),
    (custom(fieldId=""), [f"{CUSTOM}.fieldId"]),
]
ORGANIZATIONS: list[tuple[dict[str, Any], list[str]]] = [
    ({"primaryContact": {"email2": "x@example.org"}}, ["primaryContact.email2"]),
    ({"individualTypes": {"individualType": [{"id": "1"}]}}, ["individualTypes"]),
    ({"twitterPage": "x"}, ["twitterPage"]),
]
LOSSLESS = [
    {"contact": {"dob": "1988-10-16-05:00", "phone1Type": "Home", "gender": {}}},
    {"source": {"id": "", "name": "Event"}, "login": {}, "createdBy": 5, "unknown": {"a": [""]}},
    {"source": {"id": "3", "name": 5}, "individualTypes": {"individualType": [{}, {"id": "1"}]}},
    {"customFieldDataList": {"customFieldData": [{"fieldId": "22", "fieldValue": ""}, {}]}},
    {"contact": {"addresses": {"address": [{"addressId": "7", "isShippingAddress": "false"}, {}]}}},
    {"contact": {"addresses": [{"addressId": 7, "state": {}, "province": "x"}]}},
    {"contact": {"addresses": [{"addressId": 7, "confirmDelete": False}]}},
    {"customFieldDataList": "", "individualTypes": {"individualType": []}},
]


@pytest.mark.parametrize(
    ("book", "paths"),
    [
        *((account_server.person(**fields), paths) for fields, paths in INDIVIDUALS),
        *((account_server.company(**fields), paths) for fields, paths in ORGANIZATIONS),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else "",
)
async def test_refused(book: FakeAccountServer, paths: list[str]) -> None:
    """The error names each path, and whoever accepts all of them may edit."""
    book = FakeAccountServer(book.payload)

    for missing in range(len(paths)):
        with pytest.raises(LossyReadError) as caught:
            await book.edit(rename, accept_loss=paths[:missing])
        assert tuple(paths[missing:]) == caught.value.paths
    assert {book.kind.retrieve.path} == {f"account/{name}" for name in book.requests}
    await book.edit(rename, accept_loss=paths, verify=False)

    (sent,) = book.sent.values()
    assert "https://example.org/" == sent["url"]


@pytest.mark.parametrize("fields", LOSSLESS)
async def test_lossless(fields: dict[str, Any]) -> None:
    """What says nothing, or can be said in another way without loss, is no reason to refuse."""
    done = await account_server.person(**fields).edit(rename)

    assert ["individualAccount.url"] == [entry.parameter for entry in done.diff.changes]


async def test_a_path_without_indexes_stands_for_all_elements() -> None:
    """What holds for every address can be accepted beforehand, with or without the root."""
    shipping = address(**dict.fromkeys(FLAGS, "true"))
    names = {f"individualAccount.primaryContact.addresses.address.{flag}" for flag in FLAGS}

    done = await account_server.person(**shipping).edit(rename, accept_loss=names)

    assert {f"individualAccount.{ADDRESS}.{flag}" for flag in FLAGS} == {
        entry.parameter for entry in done.diff if "loss accepted" == entry.kind
    }


SHIPPING = {"isShippingAddress": "true", "shippingCompanyName": "x", "shippingDeliverTo": "y"}
EMAILS = {"email2": "2@example.org", "email3": "3@example.org"}
SHIPPING_PATHS = [f"{ADDRESS}.{name}" for name in SHIPPING]
EMAIL_PATHS = [f"primaryContact.{name}" for name in EMAILS]


@pytest.mark.parametrize("ignored", [False, True])
async def test_what_the_other_page_lists_is_sent(*, ignored: bool) -> None:
    """With its loss accepted it is sent as it is, and v1 may take or ignore it."""
    person = account_server.person(**address(**SHIPPING))
    company = account_server.company(primaryContact={"contactId": 2, **EMAILS})
    if ignored:
        contact = person.payload["individualAccount"]["primaryContact"]
        addresses = {"address": [{"addressId": 7}, {"addressId": 8}]}
        person.added = {"primaryContact": contact | {"addresses": addresses}}
        company.added = {"primaryContact": {"contactId": 2}}

    edits = [
        await person.edit(rename, accept_loss=SHIPPING_PATHS),
        await company.edit(rename, accept_loss=EMAIL_PATHS),
    ]

    sent = person.sent["individualAccount"]["primaryContact"]["addresses"]["address"]
    assert {"addressId": "8", **SHIPPING} == sent[1]
    assert {"contactId": "2", **EMAILS} == company.sent["organizationAccount"]["primaryContact"]
    lines = [entry for done in edits for entry in done.diff if entry.kind == "loss accepted"]
    assert 5 == len(lines)
    assert {"is not on the update's page, so that v1 may ignore it although it is sent"} == {
        entry.new for entry in lines
    }
    assert all(done.verified for done in edits)


async def test_what_the_other_page_lists_is_not_changed() -> None:
    """An edit may take a flag back, and otherwise only send it as it was."""
    person = account_server.person(**address(**SHIPPING))
    change = put("primary_contact.addresses.1.shipping_deliver_to", "Bob")

    with pytest.raises(InvalidRequestError, match="no such parameter"):
        await person.edit(change, accept_loss=SHIPPING_PATHS)
    done = await person.edit(
        put("primary_contact.addresses.1.is_shipping_address", value=False),
        accept_loss=SHIPPING_PATHS,
    )

    assert ["changed"] == [entry.kind for entry in done.diff.changes]


async def test_what_is_given_up_is_not_sent() -> None:
    """The change gets, and v1 is sent, the account without it; the rest stays as it was."""
    given = {"existingOrganizationId": 5, "organizationName": "x", "login": {"username": "ada"}}
    seen: list[IndividualAccount] = []
    book_ = account_server.person(**given, contact={"phone1": 123})

    def change(account: IndividualAccount) -> None:
        seen.append(account)
        rename(account)

    done = await book_.edit(
        change,
        accept_loss={"organizationName", "login.username", "primaryContact.phone1"},
    )

    assert (None, None, 5) == (
        seen[0].organization_name,
        seen[0].login,
        seen[0].existing_organization_id,
    )
    sent = book_.sent["individualAccount"]
    assert {"organizationName", "login"}.isdisjoint(sent)
    assert "123" == sent["primaryContact"]["phone1"]
    assert "x" == done.before.organization_name


async def test_the_other_half_of_a_pair_is_sent() -> None:
    """Of an entry whose id can't be sent, the name is."""
    types = [{"id": "1"}, {"id": "3\0", "name": "Member"}, {"id": "4\0"}]
    book_ = account_server.person(
        source={"id": "3\0", "name": "Event"}, individualTypes={"individualType": types}
    )

    await book_.edit(
        rename, accept_loss={"source.id", "individualTypes.individualType.id"}, verify=False
    )

    sent = book_.sent["individualAccount"]
    assert {"name": "Event"} == sent["source"]
    expected = [{"id": "1", "name": ""}, {"id": "", "name": "Member"}]
    assert expected == sent["individualTypes"]["individualType"]


async def test_losses_inside_of_what_is_given_up() -> None:
    """They are named all the same."""
    book_ = account_server.person(**custom(fieldId="", fieldValue="a\0b"))

    with pytest.raises(LossyReadError) as caught:
        await book_.edit(rename, accept_loss=[f"{CUSTOM}.fieldId"])

    assert (f"{CUSTOM}.fieldValue",) == caught.value.paths


async def test_a_login_stays_with_its_password() -> None:
    """Whoever accepts the loss of a login can give a whole one instead."""
    book_ = account_server.person(login={"username": "ada"})

    def change(account: IndividualAccount) -> None:
        account.login = Login(username="ada", password="fake-password")

    done = await book_.edit(change, accept_loss={"login.username"})

    assert {"username": "ada", "password": "fake-password"} == (
        book_.sent["individualAccount"]["login"]
    )
    assert "fake-password" not in str(done.diff)


async def test_an_address_that_doubles_is_seen() -> None:
    """What may become of an address without an id is accepted, but not overlooked."""
    person = account_server.person(contact={"addresses": {"address": [{"city": "Graz"}]}})
    contact = person.payload["individualAccount"]["primaryContact"]
    doubled = {"address": [{"addressId": number, "city": "Graz"} for number in (7, 8)]}
    person.added = {"primaryContact": contact | {"addresses": doubled}}

    with pytest.raises(VerificationError, match=r"(?m)addressId$"):
        await person.edit(rename, accept_loss={f"{ADDRESS[:-3]}[0].addressId"})


def test_a_reading_stays_as_it_is() -> None:
    """Making a copy that can be sent takes nothing out of the reading itself."""
    payload = account_server.person(url="x", login={"username": "ada"}).payload
    record = parse_reading(INDIVIDUAL, 1, payload)

    found = record.losses()
    without = record.without(found)

    assert (None, Login(username="ada")) == (without.login, record.account.login)
    assert ["login.username"] == [loss.path for loss in found] == [x.path for x in record.losses()]


@pytest.mark.parametrize(
    ("payload", "kind", "path"),
    [
        ({"organizationAccount": {"accountId": 1}}, INDIVIDUAL, "organizationAccount"),
        ({"individualAccount": {"accountId": 1}}, ORGANIZATION, "individualAccount"),
    ],
)
async def test_the_wrong_kind(payload: dict[str, Any], kind: Any, path: str) -> None:
    """A reply with an account of the other kind can't be accepted, and nothing advises it."""
    book_ = FakeAccountServer(payload)

    with pytest.raises(LossyReadError) as caught:
        await book_.edit(rename, kind=kind, accept_loss={path})

    assert ((path,), "") == (caught.value.paths, caught.value.advice)
    assert 1 == len(book_.requests)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize(
    ("account", "said"), [({"accountId": 7}, "the id 7"), ({"url": "x"}, "no id")]
)
async def test_another_account(*, account: dict[str, Any], said: str, dry_run: bool) -> None:
    """A reply that holds another account than the one asked for is refused, and says which."""
    book_ = FakeAccountServer({"individualAccount": account})

    with pytest.raises(ProtocolError, match=f"account 1, got .*{said}.*resolve_account") as caught:
        await book_.edit(rename, dry_run=dry_run)

    assert "individualAccount.accountId" == caught.value.path
    assert 1 == len(book_.requests)


async def test_replies_of_2012_are_refused_for_their_numbers(
    neon: AsyncClient, emulator: Emulator
) -> None:
    """Where v1 writes text as numbers, leading zeros may be gone, and nothing is sent."""
    account_id = create(emulator, "individual")
    emulator.quirks = Quirks(legacy_json=True)

    with pytest.raises(LossyReadError) as caught:
        await neon.edit_individual_account(account_id, rename, accept_loss=RESET)

    assert {
        "primaryContact.phone1",
        "primaryContact.addresses.address[0].zipCode",
        "primaryContact.addresses.address[0].country.id",
        "source.id",
        "customFieldDataList.customFieldData[1].fieldOptionId",
    } <= set(caught.value.paths)
    assert ["retrieveIndividualAccount"] == [request.method for request in emulator.requests]


async def test_planted_records_are_refused(neon: AsyncClient, emulator: Emulator) -> None:
    """Over the wire as well: the log shows the reading, and nothing after it."""
    planted = {"addressId": None, "city": "Graz"}
    account_id = create(
        emulator,
        "individual",
        primaryContact={"addresses": {"address": [planted]}, "fax": 12},
        shoeSize=44,
    )

    with pytest.raises(LossyReadError) as caught:
        await neon.edit_individual_account(account_id, rename, accept_loss=RESET)

    assert {"shoeSize", "primaryContact.fax", "primaryContact.addresses.address[0].addressId"} == (
        set(caught.value.paths)
    )
    assert ["retrieveIndividualAccount"] == [request.method for request in emulator.requests]
