"""An edit from its first reading to its last: what is refused, what is sent, what comes of it."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest

from neon_async import (
    Address,
    AsyncClient,
    CodeName,
    ConsentInformation,
    IdName,
    IndividualAccount,
    InvalidRequestError,
    NotFoundError,
    OrganizationAccount,
    VerificationError,
)
from tests.support import account_server
from tests.support.edits import ADDRESS, READ, RESET, WRITE, addresses, methods, put, to
from tests.support.full_records import create

if TYPE_CHECKING:
    from neon_async.emulator import Emulator


async def test_the_way_of_an_edit(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """It reads, reads again, writes once, reads back, and says what it did."""
    start = anyio.current_time()
    done = await neon.edit_individual_account(
        person, to("https://example.org/new"), accept_loss=RESET
    )

    assert [READ, READ, WRITE, READ] == methods(emulator)
    assert ("https://example.org/?a=1&b=2", "https://example.org/new") == (
        done.before.url,
        done.after.url,
    )
    assert (person, True, True, False) == (
        done.account_id,
        done.written,
        done.verified,
        done.dry_run,
    )
    assert done.gap is not None
    assert 0 < done.gap <= anyio.current_time() - start


async def test_an_organization_keeps_its_primary_contact(
    neon: AsyncClient, emulator: Emulator
) -> None:
    """What has no parameter is seen to be still there."""
    account_id = create(emulator, "organization", primaryContactAccountId=10001)

    def change(account: OrganizationAccount) -> None:
        account.organization_name = "Renamed"

    done = await neon.edit_organization_account(account_id, change, accept_loss=RESET)

    assert "Renamed" == done.after.organization_name
    assert 10001 == done.after.primary_contact_account_id


@pytest.mark.parametrize("way", ["returned", "in place", "both"])
async def test_ways_to_change(way: str, neon: AsyncClient, person: int) -> None:
    """The change may return another account or change its copy; what it returns wins."""
    seen: list[IndividualAccount] = []

    def change(account: IndividualAccount) -> IndividualAccount | None:
        seen.append(account)
        if way != "returned":
            account.url = "https://example.org/in-place"
        return None if way == "in place" else attrs.evolve(account, url="https://example.org/new")

    done = await neon.edit_individual_account(person, change, accept_loss=RESET)

    expected = "in-place" if way == "in place" else "new"
    assert f"https://example.org/{expected}" == done.after.url
    assert done.before is not seen[0]
    assert "https://example.org/?a=1&b=2" == done.before.url


async def test_the_account_sent_is_a_copy(neon: AsyncClient, person: int) -> None:
    """What a change keeps of its account, and alters later, alters nothing."""
    kept: list[IndividualAccount] = []

    def change(account: IndividualAccount) -> None:
        account.url = "https://example.org/new"
        kept.append(account)

    done = await neon.edit_individual_account(person, change, dry_run=True, accept_loss=RESET)
    kept[0].url = "https://example.org/later"

    assert "https://example.org/new" == done.after.url


async def _waits(account: IndividualAccount) -> IndividualAccount:
    return account


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_waits, "regular function"),
        (lambda _: OrganizationAccount(), "must return IndividualAccount or None, got Organ"),
        (lambda _: 5, "must return IndividualAccount or None, got int"),
    ],
)
async def test_functions_that_are_no_change(
    change: Any, problem: str, neon: AsyncClient, emulator: Emulator, person: int
) -> None:
    """Coroutine functions and other results are refused."""
    with pytest.raises(InvalidRequestError, match=problem):
        await neon.edit_individual_account(person, change, accept_loss=RESET)

    assert [READ] == methods(emulator)


async def test_an_error_of_the_change(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """It reaches the caller as it is, and nothing is written."""
    with pytest.raises(ZeroDivisionError):
        await neon.edit_individual_account(person, lambda _: 1 / 0, accept_loss=RESET)  # type: ignore[arg-type,return-value]

    assert [READ] == methods(emulator)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"allow_clear": "fax"}, "a list of names"),
        ({"accept_loss": "login.username"}, "a list of names"),
        ({"accept_loss": [5]}, "a list of names"),
        ({"allow_clear": None}, "a list of names"),
        ({"accept_loss": None}, "a list of names"),
        ({"on_conflict": "ignore"}, "'raise' or 'retry'"),
        ({"account_id": 0}, "positive"),
    ],
)
async def test_unusable_options(
    options: dict[str, Any], problem: str, neon: AsyncClient, emulator: Emulator
) -> None:
    """They are refused before anything is sent."""
    given = {"account_id": 10001, "change": to("x"), **options}

    with pytest.raises(InvalidRequestError, match=problem):
        await neon.edit_individual_account(**given)

    assert [] == methods(emulator)


def twice(account: Any) -> None:
    addresses(account).append(copy.deepcopy(addresses(account)[1]))


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "parameter", "code"),
    [
        (put("account_id", 9), "accountId", None),
        (put("primary_contact.contact_id", 9), "primaryContact.contactId", None),
        (put("last_modified_date_time", NOW), "lastModifiedDateTime", None),
        (put("last_modified_by", "me"), "lastModifiedBy", None),
        (put("created_date_time", None), "createdDateTime", None),
        (put("created_by", "me"), "createdBy", None),
        (put("extra", {"shoeSize": 44}), "shoeSize", None),
        (put("primary_contact.addresses.0.extra", {"x": 1}), f"{ADDRESS}[0].x", None),
        (put("primary_contact.addresses.0.address_id", 9), f"{ADDRESS}.addressId", 10037),
        (twice, f"{ADDRESS}.addressId", 10037),
        (put("primary_contact.addresses.0.province", "x"), f"{ADDRESS}.province", None),
        (put("primary_contact.addresses.0.is_shipping_address", value=True), None, None),
        (put("primary_contact", None), "primaryContact.contactId", 10024),
        (put("organization_name", "x"), "existingOrganizationId", 10004),
        (put("source", IdName("3", "Web")), "source.id", None),
        (put("primary_contact.first_name", ""), "primaryContact.firstName", 10001),
        (put("primary_contact.dob", "yesterday"), "primaryContact.dob", None),
    ],
)
async def test_changes_that_are_refused(
    *,
    change: Any,
    parameter: str | None,
    code: int | None,
    neon: AsyncClient,
    emulator: Emulator,
    person: int,
) -> None:
    """The error names the parameter, and nothing is written."""
    with pytest.raises(InvalidRequestError) as caught:
        await neon.edit_individual_account(person, change, accept_loss=RESET)

    name = parameter or f"{ADDRESS}.isShippingAddress"
    assert f"individualAccount.{name}" == caught.value.parameter
    assert code == (caught.value.code and caught.value.code.value)
    assert [READ] == methods(emulator)


async def test_nothing_to_change(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """Without a difference nothing is written, so that no consent is reset either."""
    done = await neon.edit_individual_account(person, lambda account: account, accept_loss=RESET)

    assert [READ] == methods(emulator)
    assert (False, (), "no differences") == (done.written, done.diff.entries, str(done.diff))


async def test_a_dry_run(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """It reads once and says what would be sent."""
    done = await neon.edit_individual_account(
        person, to("https://example.org/new"), dry_run=True, accept_loss=RESET
    )

    assert [READ] == methods(emulator)
    assert ("https://example.org/new", False, True) == (
        done.after.url,
        done.written,
        done.dry_run,
    )
    with pytest.raises(InvalidRequestError, match="wrote nothing"):
        await done.undo()


async def test_a_new_address(neon: AsyncClient, person: int) -> None:
    """It is told apart from the others, and gets its id from v1."""

    def change(account: IndividualAccount) -> None:
        addresses(account).append(
            Address(address_line1="9 New St", state=CodeName(code="KS"), country=IdName(id="1"))
        )

    done = await neon.edit_individual_account(person, change, accept_loss=RESET)

    (added,) = done.diff.changes
    assert ("address added", f"individualAccount.{ADDRESS}.addressId") == (
        added.kind,
        added.parameter,
    )
    assert addresses(done.after)[2].address_id is not None
    assert CodeName("KS", "Kansas") == addresses(done.after)[2].state


async def test_consents(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """They are set when given, and the diff says which are reset; alone they are a change."""
    given = ConsentInformation(email_consent_status="GIVEN", sms_consent_status="DECLINED")

    done = await neon.edit_individual_account(
        person, lambda account: account, consent=given, accept_loss=RESET
    )

    assert {
        "emailConsentStatus": "GIVEN",
        "phoneConsentStatus": "NOT_ASKED",
        "mailConsentStatus": "NOT_ASKED",
        "smsConsentStatus": "DECLINED",
        "dataSharingConsentStatus": "NOT_ASKED",
    } == emulator.consent(person)
    assert [
        ("consent set", "consentInformation.emailConsentStatus", "GIVEN"),
        ("consent reset", "consentInformation.phoneConsentStatus", "NOT_ASKED"),
        ("consent reset", "consentInformation.mailConsentStatus", "NOT_ASKED"),
        ("consent set", "consentInformation.smsConsentStatus", "DECLINED"),
        ("consent reset", "consentInformation.dataSharingConsentStatus", "NOT_ASKED"),
    ] == [(entry.kind, entry.parameter, entry.new) for entry in done.diff]
    assert 2 == len(done.diff.changes)


async def test_consents_alone_can_be_nothing(neon: AsyncClient, person: int) -> None:
    """An object without any consent in it asks for nothing."""
    consent = ConsentInformation()

    done = await neon.edit_individual_account(
        person, lambda _: None, consent=consent, accept_loss=RESET
    )

    assert done.written is False


async def test_no_such_account(neon: AsyncClient) -> None:
    """The answer to the reading reaches the caller."""
    with pytest.raises(NotFoundError):
        await neon.edit_individual_account(999_999, to("x"), accept_loss=RESET)


async def test_a_link_may_show_the_name() -> None:
    """That a linked organization's name is shown after the link was set is as it should be."""
    linked = account_server.person()
    linked.added = {"organizationName": "Examples"}

    done = await linked.edit(put("existing_organization_id", 5))

    assert (5, "Examples", True) == (
        done.after.existing_organization_id,
        done.after.organization_name,
        done.verified,
    )


def named_options() -> account_server.FakeAccountServer:
    """A record that shows the names of chosen options, as replies may."""
    chosen = [("45", "47", "Blue"), ("53", "15", "One"), ("53", "17", "Two")]
    names = "fieldId", "fieldOptionId", "fieldValue"
    data = [dict(zip(names, triple, strict=True)) for triple in chosen]
    return account_server.person(customFieldDataList={"customFieldData": data})


OPTION, VALUE = (f"custom_field_data_list.0.field_{name}" for name in ("option_id", "value"))


@pytest.mark.parametrize(
    ("path", "new", "sent"),
    [
        ("url", "https://example.org/", ["47 Blue", "15 One", "17 Two"]),
        (OPTION, "48", ["48 ", "15 One", "17 Two"]),
        (VALUE, None, None),
        (VALUE, "Red", ["47 Red", "15 One", "17 Two"]),
        ("custom_field_data_list.2.field_option_id", "16", ["47 Blue", "15 One", "16 "]),
    ],
)
async def test_the_name_of_an_option(path: str, new: str | None, sent: list[str] | None) -> None:
    """It goes with its option, so that no option is sent beside the name of another."""
    record = named_options()

    done = await record.edit(put(path, new))

    assert done.written == (sent is not None)
    if sent is not None:
        data = record.sent["individualAccount"]["customFieldDataList"]["customFieldData"]
        assert sent == [f"{one['fieldOptionId']} {one['fieldValue']}" for one in data]


async def test_the_name_of_an_option_is_verified() -> None:
    """Where v1 does not take another name for the same option, that is said."""
    record = named_options()
    record.added = copy.deepcopy(record.payload["individualAccount"])

    with pytest.raises(VerificationError, match=r"(?m)customFieldData\.fieldValue$"):
        await record.edit(put(VALUE, "Red"))
