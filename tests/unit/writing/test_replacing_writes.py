"""The methods that replace and create, as documented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from neon_async import AsyncClient, ConsentInformation, Contact, IndividualAccount
from tests.support.full_records import create

if TYPE_CHECKING:
    from neon_async.emulator import Emulator

GIVEN = ConsentInformation(mail_consent_status="GIVEN")


async def test_replacing_a_person(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """What is omitted is deleted, as the page says."""
    account = await neon.retrieve_individual_account(person)
    contact = attrs.evolve(account.primary_contact or Contact(), fax=None, addresses=None)
    account = attrs.evolve(account, primary_contact=contact, url=None)

    assert person == await neon.update_individual_account(account, consent=GIVEN)

    record = emulator.account(person) or {}
    assert {"url"}.isdisjoint(record)
    assert {"address": []} == record["primaryContact"]["addresses"]
    assert "GIVEN" == (emulator.consent(person) or {})["mailConsentStatus"]


async def test_replacing_an_organization(neon: AsyncClient, emulator: Emulator) -> None:
    """So it is for organizations."""
    account_id = create(emulator, "organization")
    account = await neon.retrieve_organization_account(account_id)

    updated = await neon.update_organization_account(attrs.evolve(account, url=None), consent=GIVEN)

    assert account_id == updated
    assert "url" not in (emulator.account(account_id) or {})
    assert "GIVEN" == (emulator.consent(account_id) or {})["mailConsentStatus"]


async def test_creating_a_person(neon: AsyncClient, emulator: Emulator) -> None:
    """A new individual needs a first and a last name."""
    ada = IndividualAccount(primary_contact=Contact(first_name="Ada", last_name="Example"))

    created = await neon.create_individual_account(ada, consent=GIVEN)

    record = emulator.account(created) or {}
    assert ("Ada", created) == (record["primaryContact"]["firstName"], record["accountId"])
    assert "GIVEN" == (emulator.consent(created) or {})["mailConsentStatus"]
