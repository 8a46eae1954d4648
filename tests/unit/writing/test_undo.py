"""What is known after a write, and the way back."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from neon_async import (
    AccountEdit,
    Address,
    AsyncClient,
    ConflictError,
    ConsentInformation,
    Contact,
    CustomFieldData,
    IndividualAccount,
    InvalidRequestError,
    LossyReadError,
    OrganizationAccount,
    OutcomeUnknownError,
    VerificationError,
    structure,
    unstructure,
)
from neon_async.emulator import Quirks
from tests.support import account_server
from tests.support.edits import (
    ADDRESS,
    READ,
    RESET,
    WRITE,
    addresses,
    drop_last_address,
    methods,
    put,
    to,
)
from tests.support.full_records import create
from tests.unit.writing.test_every_field import standing

if TYPE_CHECKING:
    from neon_async.emulator import Emulator

NEW = "https://example.org/new"


NOT_ASKED = {
    f"{channel}ConsentStatus": "NOT_ASKED"
    for channel in ("email", "phone", "mail", "sms", "dataSharing")
}


def written(account_id: int) -> bytes:
    """A reply that says that an account was written."""
    return b'{"r": {"operationResult": "SUCCESS", "accountId": %d}}' % account_id


def rework(account: Any) -> None:
    """A change of nearly everything."""
    contact = account.primary_contact
    contact.first_name, contact.fax, contact.dob = "Jen", None, None
    contact.addresses[0].zip_code = "12345"
    contact.addresses.append(Address(address_line1="9 New St", city="Wien"))
    account.custom_field_data_list = [CustomFieldData(field_id="24", field_value="007")]
    account.source = None
    account.url = NEW


CLEARS = {
    "primaryContact.fax",
    "primaryContact.dob",
    "source.id",
    "customFieldDataList.customFieldData.fieldId",
}


@pytest.mark.parametrize("name", ["individual", "organization"])
async def test_undo(name: str, neon: AsyncClient, emulator: Emulator) -> None:
    """The account is as it was before, and undoing that brings the edit back."""
    account_id = create(emulator, name)
    before = standing(emulator.account(account_id))
    done: AccountEdit[Any]
    if name == "individual":
        done = await neon.edit_individual_account(
            account_id, rework, allow_clear=CLEARS, accept_loss=RESET
        )
    else:
        done = await neon.edit_organization_account(
            account_id, rework, allow_clear=CLEARS, accept_loss=RESET
        )
    after = standing(emulator.account(account_id))

    undone = await done.undo()

    assert before == standing(emulator.account(account_id))
    assert {"address removed", "custom field deleted", "custom field set"} < {
        entry.kind for entry in undone.diff
    }
    await undone.undo()
    again = standing(emulator.account(account_id))
    # Addresses are never given an id that one had before.
    again["primaryContact"]["addresses"]["address"][2]["addressId"] = after["primaryContact"][
        "addresses"
    ]["address"][2]["addressId"]
    assert after == again


async def test_a_removed_address_comes_back_as_a_new_one(neon: AsyncClient, person: int) -> None:
    """Its old id would be refused."""
    removed = {f"{ADDRESS}.addressId"}
    done = await neon.edit_individual_account(
        person, drop_last_address, allow_clear=removed, accept_loss=RESET
    )

    undone = await done.undo()

    old, new = addresses(done.before)[1], addresses(undone.after)[1]
    assert old.address_id != new.address_id
    assert old == attrs.evolve(new, address_id=old.address_id)


async def test_undo_to_an_account_without_addresses(
    neon: AsyncClient, emulator: Emulator, person: int
) -> None:
    """A reply that lacks the list altogether can be returned to."""
    emulator.change_account(person, primaryContact={"addresses": None})
    first = Address(address_line1="9 New St", city="Wien", is_primary_address=True)
    done = await neon.edit_individual_account(
        person, put("primary_contact.addresses", [first]), accept_loss=RESET
    )

    undone = await done.undo()

    assert done.before.primary_contact is not None
    assert None is done.before.primary_contact.addresses
    assert [] == addresses(undone.after)


async def test_undo_from_an_account_without_addresses(
    neon: AsyncClient, emulator: Emulator, person: int
) -> None:
    """Removed addresses come back, also where replies then lack the list altogether."""
    done = await neon.edit_individual_account(
        person,
        put("primary_contact.addresses", []),
        allow_clear={f"{ADDRESS}.addressId"},
        accept_loss=RESET,
        verify=False,
    )
    emulator.change_account(person, primaryContact={"addresses": None})

    undone = await done.undo()

    cities = [address.city for address in addresses(done.before)]
    assert cities == [address.city for address in addresses(undone.after)]


async def test_undo_sees_conflicts(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """Whatever changed after the edit, its undoing would overwrite."""
    done = await neon.edit_individual_account(person, to(NEW), accept_loss=RESET)
    emulator.change_account(person, facebookPage="x")
    emulator.requests.clear()

    with pytest.raises(ConflictError, match="since the edit") as caught:
        await done.undo()

    assert done.after == caught.value.before
    assert [READ] == methods(emulator)


@pytest.mark.parametrize("changed", [False, True])
async def test_undo_of_an_unverified_edit(
    *, changed: bool, neon: AsyncClient, emulator: Emulator, person: int
) -> None:
    """Instead of the last reading, what was sent is compared."""
    before = standing(emulator.account(person))
    done = await neon.edit_individual_account(
        person, rework, allow_clear=CLEARS, verify=False, accept_loss=RESET
    )
    assert (False, "Jen", None) == (
        done.verified,
        (done.after.primary_contact or Contact()).first_name,
        addresses(done.after)[2].address_id,
    )
    if changed:
        emulator.change_account(person, facebookPage="x")
        with pytest.raises(ConflictError):
            await done.undo()
    else:
        await done.undo()
        assert before == standing(emulator.account(person))


async def test_undo_keeps_consents(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """What the edit decided about them is done again, unless the undo decides otherwise."""
    given = ConsentInformation(mail_consent_status="GIVEN", sms_consent_status="DECLINED")
    done = await neon.edit_individual_account(person, to(NEW), consent=given, accept_loss=RESET)

    undone = await done.undo()
    assert {**NOT_ASKED, "mailConsentStatus": "GIVEN", "smsConsentStatus": "DECLINED"} == (
        emulator.consent(person)
    )
    again = ConsentInformation(mail_consent_status="DECLINED", email_consent_status="GIVEN")
    await undone.undo(consent=again)

    assert {
        **NOT_ASKED,
        "emailConsentStatus": "GIVEN",
        "mailConsentStatus": "DECLINED",
        "smsConsentStatus": "DECLINED",
    } == emulator.consent(person)


async def test_undo_takes_consents_only(neon: AsyncClient, person: int) -> None:
    """Anything else is refused as in an edit."""
    done = await neon.edit_individual_account(
        person, to(NEW), consent=ConsentInformation(mail_consent_status="GIVEN"), accept_loss=RESET
    )

    with pytest.raises(InvalidRequestError, match="ConsentInformation"):
        await done.undo(consent="GIVEN")  # type: ignore[arg-type]


LOSSES = {
    "consentInformation",
    "login.username",
    "shoeSize",
    "primaryContact.fax",
    f"{ADDRESS}[0].isShippingAddress",
}


async def test_undo_after_accepted_losses(neon: AsyncClient, emulator: Emulator) -> None:
    """What was accepted for the edit is accepted for its undoing, and is not sent then either."""
    account_id = create(
        emulator,
        "individual",
        login={"username": "ada"},
        shoeSize=44,
        primaryContact={
            "addresses": {"address": [{"isShippingAddress": True, "isPrimaryAddress": True}]},
            "fax": 12,
        },
    )
    emulator.quirks = Quirks(keep_login=True)
    done = await neon.edit_individual_account(account_id, to(NEW), accept_loss=LOSSES)

    undone = await done.undo()

    assert "https://example.org/?a=1&b=2" == undone.after.url
    record = emulator.account(account_id)
    assert record is not None
    assert ({"username": "ada"}, False) == (record["login"], "shoeSize" in record)


@pytest.mark.parametrize("way", ["pickle", "json", "copy"])
async def test_a_stored_edit(way: str, emulator: Emulator, person: int) -> None:
    """It can be undone by another client."""
    async with emulator.client() as neon:
        done = await neon.edit_individual_account(person, to(NEW), accept_loss=RESET)
    if way == "pickle":
        stored = pickle.loads(pickle.dumps(done))  # noqa: S301 - it was made here
    elif way == "copy":
        stored = copy.copy(done)
    else:
        stored = AccountEdit(
            account_id=person,
            before=structure(unstructure(done.before), IndividualAccount),
            after=structure(unstructure(done.after), IndividualAccount),
        )
    with pytest.raises(InvalidRequestError, match="undo_edit"):
        await stored.undo()

    async with emulator.client() as neon:
        if way == "json":
            with pytest.raises(LossyReadError) as caught:
                await neon.undo_edit(stored)
            assert tuple(f"consentInformation.{name}" for name in NOT_ASKED) == caught.value.paths
        undone = await neon.undo_edit(stored, accept_loss=RESET if way == "json" else ())

    assert "https://example.org/?a=1&b=2" == undone.after.url


async def test_a_stored_edit_of_a_lossy_account(emulator: Emulator) -> None:
    """Without its diff, what may be lost has to be said again."""
    account_id = create(emulator, "organization", shoeSize=44)
    accepted = {"shoeSize", *RESET}
    async with emulator.client() as neon:
        done = await neon.edit_organization_account(account_id, to(NEW), accept_loss=accepted)
        emulator.change_account(account_id, shoeSize=44)
        after = await neon.retrieve_organization_account(account_id)
        stored: AccountEdit[OrganizationAccount] = AccountEdit(
            account_id=account_id, before=done.before, after=after
        )

        undone = await neon.undo_edit(stored, accept_loss=accepted)

    assert "https://example.org/?a=1&b=2" == undone.after.url


async def test_verification(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """A write that does not do what it says is found out."""
    emulator.fail_next(method=WRITE, body=written(person))

    with pytest.raises(VerificationError, match=r"(?m)individualAccount\.url$") as caught:
        await neon.edit_individual_account(person, to(NEW), accept_loss=RESET)

    error = caught.value
    assert [("changed", NEW, "https://example.org/?a=1&b=2")] == [
        (entry.kind, entry.old, entry.new) for entry in error.differences
    ]
    assert (error.before, True, True) == (
        error.edit.before,
        error.edit.written,
        error.edit.verified,
    )
    # It can be undone as if it had done what it says: here, there is nothing to undo.
    assert (await error.edit.undo()).written is False


@pytest.mark.parametrize(
    ("added", "parameter"),
    [
        ({"addresses": {"address": [{"addressId": 7}, {"addressId": 8}]}}, "addressId"),
        ({"addresses": {"address": [{"addressId": 9}]}}, "addressId"),
        ({"fax": "5"}, "fax"),
        ({"deceased": True}, "deceased"),
        ({"firstName": "ADA"}, "firstName"),
    ],
)
async def test_what_verification_sees(added: dict[str, Any], parameter: str) -> None:
    """An address too many, another id, a value from nowhere, another spelling."""
    person = account_server.person(contact={"addresses": {"address": [{"addressId": 7}]}})
    contact = person.payload["individualAccount"]["primaryContact"]
    person.added = {"primaryContact": contact | added}

    with pytest.raises(VerificationError, match=f"(?m){parameter}$"):
        await person.edit(to(NEW))


async def test_reading_again_can_fail(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """Then the write is known and its effect is not, and it can be undone."""
    emulator.fail_next(2, method=READ)
    emulator.fail_next(method=READ, code=5)

    with pytest.raises(VerificationError, match="ended with PermissionDeniedError") as caught:
        await neon.edit_individual_account(person, to(NEW), accept_loss=RESET)

    assert ((), True, False) == (
        caught.value.differences,
        caught.value.edit.written,
        caught.value.edit.verified,
    )
    undone = await caught.value.edit.undo()
    assert "https://example.org/?a=1&b=2" == undone.after.url


@pytest.mark.parametrize("processed", [False, True])
async def test_an_unknown_outcome(
    *, processed: bool, neon: AsyncClient, emulator: Emulator, person: int
) -> None:
    """The write is not repeated, the error says what it was, and it can be undone in any case."""
    emulator.fail_next(method=WRITE, drop=True, processed=processed)

    with pytest.raises(OutcomeUnknownError) as caught:
        await neon.edit_individual_account(person, to(NEW), accept_loss=RESET)

    assert [READ, READ, WRITE] == methods(emulator)
    edit = caught.value.edit
    assert (None, NEW, ["individualAccount.url"]) == (
        edit.written,
        edit.after.url,
        [entry.parameter for entry in edit.diff.changes],
    )
    undone = await edit.undo()

    assert (processed, "https://example.org/?a=1&b=2") == (undone.written, undone.after.url)
    assert "https://example.org/?a=1&b=2" == (emulator.account(person) or {})["url"]


async def test_errors_can_be_pickled(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """The edit in an error does not hold on to the client."""
    emulator.fail_next(method=WRITE, body=written(person))
    with pytest.raises(VerificationError) as caught:
        await neon.edit_individual_account(person, to(NEW), accept_loss=RESET)

    error = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - it was made here

    assert (str(caught.value), caught.value.edit) == (str(error), error.edit)


async def test_edits_are_undone_in_reverse(neon: AsyncClient, person: int) -> None:
    """The last one first; in another order there is a conflict."""
    first = await neon.edit_individual_account(person, put("twitter_page", "a"), accept_loss=RESET)
    second = await neon.edit_individual_account(person, put("twitter_page", "b"), accept_loss=RESET)
    with pytest.raises(ConflictError):
        await first.undo()

    await second.undo()
    undone = await first.undo()

    assert first.before.twitter_page == undone.after.twitter_page
