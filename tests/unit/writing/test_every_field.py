"""Every field of the reference pages survives an edit of any other field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from neon_async import AsyncClient, IndividualAccount, OrganizationAccount, structure, unstructure
from neon_async.operations import UpdateIndividualAccount, UpdateOrganizationAccount
from tests.support import samples
from tests.support.edits import RESET
from tests.support.full_records import RECORDS, Json, Place, changed, create, places

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from neon_async.emulator import Emulator

MOVING = {"lastModifiedDateTime", "lastModifiedBy"}
CASES = [(name, place) for name, record in RECORDS.items() for place in places(record)]
# What can't be in an edit: v1 never shows passwords or consents. Ids stand for the names beside.
TYPES = {"individualTypes.individualType.id", "organizationTypes.organizationType.id"}
NOT_SENT = ("login.", "consentInformation.", ".name", ".Name", "originDetail", "sendAck")


def standing(record: Json | None) -> Json:
    """What of a record only an edit may change."""
    assert record is not None
    return {name: value for name, value in record.items() if name not in MOVING}


def editing(neon: AsyncClient, name: str) -> tuple[Callable[..., Awaitable[Any]], type[Any]]:
    if name == "organization":
        return neon.edit_organization_account, OrganizationAccount
    return neon.edit_individual_account, IndividualAccount


# What an edit keeps does not depend on the event loop: each has every other field.
@pytest.mark.parametrize(
    ("anyio_backend", "name", "place"),
    [
        pytest.param(backend, name, place, id=".".join(map(str, [backend, name, *place])))
        for number, backend in enumerate(["asyncio", "trio"])
        for name, place in CASES[number::2]
    ],
)
async def test_others_survive(
    name: str, place: Place, neon: AsyncClient, emulator: Emulator
) -> None:
    """The one field has its new value, and the rest of the record is as before."""
    account_id = create(emulator, name)
    before = standing(emulator.account(account_id))
    edit, cls = editing(neon, name)

    done = await edit(
        account_id,
        lambda account: structure(changed(unstructure(account), place), cls),
        allow_clear=TYPES,
        accept_loss=RESET,
    )

    assert changed(before, place) == standing(emulator.account(account_id))
    # Another type in the place of one is one type less and one more.
    assert (2 if "Types" in str(place[0]) else 1) == len(done.diff.changes)


@pytest.mark.parametrize("name", RECORDS)
async def test_the_primary_address_can_move(
    name: str, neon: AsyncClient, emulator: Emulator
) -> None:
    """That another address becomes the primary one changes two flags and nothing else."""
    account_id = create(emulator, name)
    expected = standing(emulator.account(account_id))
    first, second = expected["primaryContact"]["addresses"]["address"]
    first["isPrimaryAddress"], second["isPrimaryAddress"] = False, True

    def change(account: Any) -> None:
        one, other = account.primary_contact.addresses
        one.is_primary_address, other.is_primary_address = False, True

    await editing(neon, name)[0](account_id, change, accept_loss=RESET)

    assert expected == standing(emulator.account(account_id))


def test_the_records_are_complete() -> None:
    """Together they fill every parameter of the pages that an edit can send."""
    individuals = [structure(RECORDS[name], IndividualAccount) for name in list(RECORDS)[:2]]
    organization = structure(RECORDS["organization"], OrganizationAccount)
    accounts: list[IndividualAccount | OrganizationAccount] = [*individuals, organization]
    for account in accounts:
        account.account_id = 1
        assert account.primary_contact is not None
        account.primary_contact.contact_id = 2
        for number, address in enumerate(account.primary_contact.addresses or []):
            address.address_id = number + 1
    sent = {name for person in individuals for name, _ in UpdateIndividualAccount(person).params()}
    sent |= {name for name, _ in UpdateOrganizationAccount(organization).params()}
    documented = samples.parameters("updateIndividualAccount")
    documented += samples.parameters("createOrganizationAccount")

    assert (
        set() == {name for name in documented if not any(part in name for part in NOT_SENT)} - sent
    )
