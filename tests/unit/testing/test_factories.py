"""Factories of obviously fake records, by themselves and into an emulator."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from neon_async import (
    Activity,
    AsyncClient,
    Contact,
    IdName,
    IndividualAccount,
    OrganizationAccount,
)
from neon_async.emulator import Emulator
from neon_async.testing import (
    MakeActivity,
    MakeIndividual,
    MakeOrganization,
    make_activity,
    make_individual,
    make_organization,
)

WHEN = datetime(2021, 2, 3, 4, 5, 6, tzinfo=UTC)
MAKERS = [
    (make_individual, IndividualAccount),
    (make_organization, OrganizationAccount),
    (make_activity, Activity),
]


@pytest.mark.parametrize(("make", "kind"), MAKERS)
def test_plain_objects(make: Callable[..., Any], kind: type[Any]) -> None:
    """Without an emulator they are objects like any other, each with an id of its own."""
    one, other = make(), make()

    assert isinstance(one, kind)
    id_field = "activity_id" if kind is Activity else "account_id"
    assert 990_000 < getattr(one, id_field) < getattr(other, id_field)
    assert one.last_modified_date_time is not None


@pytest.mark.parametrize(("make", "kind"), MAKERS)
def test_every_field_can_be_given(make: Callable[..., Any], kind: type[Any]) -> None:
    """Whatever the model has can be overridden, and blanked."""
    for field in attrs.fields(kind):
        blank: Any = {} if field.name == "extra" else None
        assert blank == getattr(make(**{field.name: None}), field.name)
    assert len(attrs.fields(kind)) > 1


@pytest.mark.parametrize(("make", "kind"), MAKERS)
def test_misspelled_fields_are_refused(make: Callable[..., Any], kind: type[Any]) -> None:
    """A name that the model does not have is an error, with an emulator and without."""
    del kind
    with pytest.raises(TypeError, match="frist_name"):
        make(frist_name="Ada")
    with Emulator(0, 0) as emulator, pytest.raises(TypeError, match="frist_name"):
        make(emulator, frist_name="Ada")


def test_fields_of_the_contact() -> None:
    """A field that only a contact has goes there, into a given contact too."""
    ada = make_individual(first_name="Ada", email2="ada@example.org", organization_name="Fund")
    given = make_organization(primary_contact=Contact(title="Head"), department="Events")

    assert ada.primary_contact is not None
    assert ("Ada", "ada@example.org") == (
        ada.primary_contact.first_name,
        ada.primary_contact.email2,
    )
    assert "Fund" == ada.organization_name
    assert Contact(title="Head", department="Events") == given.primary_contact


async def test_records_are_in_the_emulator(
    neon_client: AsyncClient,
    make_individual: MakeIndividual,
    make_organization: MakeOrganization,
    make_activity: MakeActivity,
) -> None:
    """What the fixtures make is what the client then finds, by id and by time."""
    ada = make_individual(first_name="Ada", account_id=77)
    fund = make_organization(last_modified_date_time=WHEN)
    call = make_activity(subject="Call Ada")

    assert 77 == ada.account_id
    assert WHEN == fund.last_modified_date_time
    assert ada == await neon_client.retrieve_individual_account(77)
    assert fund.account_id is not None
    assert fund == await neon_client.retrieve_organization_account(fund.account_id)
    found = await neon_client.sync_accounts(time_from=WHEN).collect()
    assert [77, fund.account_id] == [account.account_id for account in found]
    assert [call] == await neon_client.sync_activities(time_from=WHEN).collect()


async def test_records_can_be_written_back(
    neon_client: AsyncClient, make_individual: MakeIndividual
) -> None:
    """A person that was made is complete enough for an update, which keeps what it sends."""
    ada = make_individual()

    await neon_client.update_individual_account(ada)

    assert ada.account_id is not None
    after = await neon_client.retrieve_individual_account(ada.account_id)
    assert ada.primary_contact == after.primary_contact
    assert ada.individual_types == after.individual_types


def test_what_is_none_is_not_there() -> None:
    """In an emulator too, None leaves out what a record otherwise has."""
    with Emulator(0, 0) as emulator:
        ada = make_individual(
            emulator, last_name=None, no_solicitation=None, last_modified_date_time=None
        )
        fund = make_organization(emulator, primary_contact=None, source=IdName(id="1"))
        call = make_activity(emulator, note=None, last_modified_date_time=None)

        stored = emulator.account(ada.account_id or 0) or {}
        assert set() == {"noSolicitation", "lastModifiedDateTime"} & stored.keys()
        assert "lastName" not in stored["primaryContact"]
        assert fund.primary_contact is None
        assert IdName(id="1") == fund.source
        assert (None, None) == (call.note, call.last_modified_date_time)


def test_an_id_is_used_once() -> None:
    """Two records with one id are an error, not an update."""
    with Emulator(0, 0) as emulator:
        make_activity(emulator, activity_id=7)
        with pytest.raises(ValueError, match="7"):
            make_activity(emulator, activity_id=7)


def test_records_do_not_depend_on_earlier_tests() -> None:
    """Each emulator numbers its records anew."""
    names: list[Any] = []
    for _ in range(2):
        with Emulator(0, 0) as emulator:
            names.append((make_individual(emulator).primary_contact or Contact()).last_name)

    assert names[0] == names[1]


def test_a_caller_may_wait_for_nothing(neon_emulator: Emulator, neon_environment: str) -> None:
    """The fixtures also work without any event loop."""
    assert neon_environment.startswith("http://127.0.0.1:")
    assert [] == neon_emulator.account_ids()
