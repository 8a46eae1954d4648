"""After a creation whose reply was lost: what was created is found, or nothing is claimed."""

from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from neon_async import (
    Address,
    AsyncClient,
    CodeName,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    InvalidRequestError,
    Login,
    NeonError,
    OrganizationAccount,
    OutcomeUnknownError,
    RecoveredId,
)
from neon_async._writing import recovery
from neon_async.emulator import Emulator
from neon_async.models import AccountsPage
from neon_async.operations import CreateOrganizationAccount, SyncAccounts
from tests.support.edits import methods

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async.operations import Operation

NOW = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
CREATE = "createOrganizationAccount"
COMPANY = OrganizationAccount(
    organization_name="Example Foundation",
    primary_contact=Contact(
        first_name="Ada",
        gender=CodeName(code="F"),
        addresses=[Address(city="Akron", state=CodeName(name="Ohio"), is_primary_address=True)],
    ),
    login=Login(username="ada", password="fake-password"),
    custom_field_data_list=[CustomFieldData(field_id="22", field_value="x")],
    organization_types=[IdName(name="School")],
)
COMPANY_WITHOUT_LOGIN = attrs.evolve(COMPANY, login=None)
PERSON = IndividualAccount(primary_contact=Contact(first_name="Ada", last_name="Example"))


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator whose clock stands still, so that whatever is made is made in time."""
    with Emulator(16, 0, clock=NOW) as emulator:
        yield emulator


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look as often as ever, but without waiting."""
    monkeypatch.setattr(recovery, "_WAITS", (0.0, 0.0, 0.0))


async def find(neon: AsyncClient, account: OrganizationAccount = COMPANY) -> int:
    return await neon.create_organization_account(account, on_unknown="find")


async def test_an_answer_needs_no_search(neon: AsyncClient, emulator: Emulator) -> None:
    """The id that v1 answers with is just that."""
    created = await find(neon)

    assert (False, [CREATE]) == (isinstance(created, RecoveredId), methods(emulator))


async def test_a_created_organization_is_found(neon: AsyncClient, emulator: Emulator) -> None:
    """The only account that says all that was sent is the one; there is no second create."""
    emulator.create_organization(organizationName="Example Foundation")
    emulator.create_organization(organizationName="Another Foundation")
    emulator.create_individual(organizationName="Example Foundation")
    emulator.fail_next(method=CREATE, drop=True, processed=True)

    found = await find(neon)

    assert isinstance(found, RecoveredId)
    assert max(emulator.account_ids()) == found
    # The server's clock, the rows, and the two that have the name.
    reads = [*["syncAccounts"] * 2, *["retrieveOrganizationAccount"] * 2]
    assert [CREATE, *reads] == methods(emulator)


async def test_a_created_person_is_found(neon: AsyncClient, emulator: Emulator) -> None:
    """Individuals are found by their names."""
    emulator.create_individual(primaryContact={"firstName": "Bob", "lastName": "Example"})
    emulator.fail_next(method="createIndividualAccount", drop=True, processed=True)

    found = await neon.create_individual_account(PERSON, on_unknown="find")

    assert isinstance(found, RecoveredId)
    assert max(emulator.account_ids()) == found


async def test_nothing_is_found(neon: AsyncClient, emulator: Emulator) -> None:
    """What was not created is looked for three times, and then the outcome is still unknown."""
    emulator.fail_next(method=CREATE, drop=True)

    with pytest.raises(OutcomeUnknownError, match=r"(?m)may be it: none\)$") as caught:
        await find(neon)

    assert () == caught.value.found
    assert [CREATE, *["syncAccounts"] * 4] == methods(emulator)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - it was made here
    assert ((), str(caught.value)) == (again.found, str(again))


async def test_what_comes_late_is_found(emulator: Emulator) -> None:
    """The request may still be under way when the connection is gone."""
    async with emulator.client() as neon:
        late = Late(neon, emulator)

        found = await recovery.create_or_find(late, CreateOrganizationAccount(COMPANY))

        assert max(emulator.account_ids()) == found


@attrs.define
class Late:
    """A sender whose creation is carried out at the second look."""

    neon: AsyncClient
    emulator: Emulator
    looks: int = 0

    async def send(self, operation: Operation[Any], /) -> Any:
        if isinstance(operation, SyncAccounts):
            self.looks += 1
            if self.looks == 3:
                await self.neon.create_organization_account(COMPANY)
        elif isinstance(operation, CreateOrganizationAccount):
            raise OutcomeUnknownError(CREATE, datetime.now(UTC), "test")
        return await self.neon.send(operation)


async def test_twins_are_told(neon: AsyncClient, emulator: Emulator) -> None:
    """Two accounts that say the same can't be told apart, and both are named."""
    await neon.create_organization_account(attrs.evolve(COMPANY, login=None))
    emulator.fail_next(method=CREATE, drop=True, processed=True)

    with pytest.raises(OutcomeUnknownError) as caught:
        await find(neon, attrs.evolve(COMPANY, login=None))

    assert tuple(emulator.account_ids()[-2:]) == caught.value.found
    assert " ".join(map(str, caught.value.found or ())) in str(caught.value)


@attrs.define
class Busy:
    """A sender whose creation's reply is lost, while accounts are deleted between two pages."""

    neon: AsyncClient
    emulator: Emulator
    going: list[int]
    looks: int = 0

    async def send(self, operation: Operation[Any], /) -> Any:
        if isinstance(operation, CreateOrganizationAccount):
            await self.neon.send(operation)
            raise OutcomeUnknownError(CREATE, datetime.now(UTC), "test")
        self.looks += 1
        if self.looks > 2 and self.going:
            self.emulator.delete_account(self.going.pop())
        return await self.neon.send(operation)


@pytest.mark.parametrize("page_size_limit", [2, 10, 200])
async def test_no_twin_is_missed(page_size_limit: int) -> None:
    """In an organization where much happens, a twin does not slip from page to page unseen."""
    with Emulator(0, 0, clock=NOW, page_size_limit=page_size_limit) as emulator:
        others = [emulator.create_organization(organizationName="Another") for _ in range(10)]
        async with emulator.client() as neon:
            twin = await neon.create_organization_account(COMPANY_WITHOUT_LOGIN)

            with pytest.raises(OutcomeUnknownError) as caught:
                await recovery.create_or_find(
                    Busy(neon, emulator, others), CreateOrganizationAccount(COMPANY_WITHOUT_LOGIN)
                )

        assert (twin, max(emulator.account_ids())) == caught.value.found


def contact(**more: Any) -> dict[str, Any]:
    """Another contact for the account that was created."""
    made = attrs.evolve(copy.deepcopy(COMPANY.primary_contact) or Contact(), **more)
    return {"primary_contact": made}


@pytest.mark.parametrize(
    "other",
    [
        {"organization_name": "Example foundation"},
        {"url": "https://example.org/"},
        {"no_solicitation": True},
        {"login": Login(username="bob", password="fake-password")},
        {"custom_field_data_list": [CustomFieldData(field_id="22", field_value="y")]},
        {"organization_types": [IdName(name="School"), IdName(name="Sponsor")]},
        contact(first_name="Bob"),
        contact(gender=CodeName(code="M")),
        contact(addresses=[Address(city="Akron", is_primary_address=True)]),
        contact(addresses=None),
    ],
    ids=str,
)
async def test_all_that_was_sent_must_be_there(
    other: dict[str, Any], neon: AsyncClient, emulator: Emulator
) -> None:
    """An account that was made in the same seconds with other data is not the one."""
    await neon.create_organization_account(COMPANY)
    emulator.fail_next(method=CREATE, drop=True)

    with pytest.raises(OutcomeUnknownError) as caught:
        await find(neon, attrs.evolve(COMPANY, **other))

    assert () == caught.value.found


async def test_what_v1_adds_does_not_matter(neon: AsyncClient, emulator: Emulator) -> None:
    """More than was sent may be in the record, such as defaults."""
    created = await neon.create_organization_account(COMPANY)
    emulator.change_account(
        created,
        source={"id": "1", "name": "Website"},
        customFieldDataList={
            "customFieldData": [
                {"fieldId": "22", "fieldValue": "x"},
                {"fieldId": "45", "fieldOptionId": "46"},
            ]
        },
    )
    emulator.fail_next(method=CREATE, drop=True)

    assert created == await find(neon)


@pytest.mark.parametrize(("ago", "found"), [(0, True), (0.5, True), (60, False)])
async def test_an_older_account_is_not_the_one(
    *, ago: float, found: bool, neon: AsyncClient, emulator: Emulator
) -> None:
    """One that was made before, and only changed since, can be told by when it was created."""
    created = await neon.create_organization_account(COMPANY)
    at = NOW - timedelta(seconds=ago)
    emulator.change_account(created, createdDateTime=at.isoformat(timespec="milliseconds"))
    emulator.fail_next(method=CREATE, drop=True)

    if found:
        assert created == await find(neon)
    else:
        with pytest.raises(OutcomeUnknownError):
            await find(neon)


async def test_an_account_without_a_time_may_be_it(neon: AsyncClient, emulator: Emulator) -> None:
    """Where v1 does not say when an account was created, that it changed since has to do."""
    created = await neon.create_organization_account(COMPANY)
    emulator.change_account(created, createdDateTime=None)
    emulator.fail_next(method=CREATE, drop=True)

    assert created == await find(neon)


@pytest.mark.parametrize("hours", [-30, 30])
async def test_the_server_clock_counts(hours: int) -> None:
    """The times of the window are the server's, whatever this machine's clock says."""
    ahead = timedelta(hours=hours)
    with Emulator(8, 0, clock=lambda: datetime.now(UTC) + ahead) as emulator:
        async with emulator.client() as neon:
            emulator.fail_next(method=CREATE, drop=True, processed=True)

            assert isinstance(await find(neon), RecoveredId)


@pytest.mark.parametrize("method", ["syncAccounts", "retrieveOrganizationAccount"])
async def test_a_search_can_fail(method: str, neon: AsyncClient, emulator: Emulator) -> None:
    """Then the error is that of the creation, and says nothing of what might be there."""
    emulator.fail_next(method=CREATE, drop=True, processed=True)
    emulator.fail_next(method=method, code=5)

    with pytest.raises(OutcomeUnknownError) as caught:
        await find(neon)

    assert (None, CREATE) == (caught.value.found, caught.value.operation)
    assert "may be it" not in str(caught.value)


@attrs.define
class Timeless:
    """A sender that does not say when a creation was sent, or when it replied."""

    sent_at: datetime | None

    async def send(self, operation: Operation[Any], /) -> Any:
        if isinstance(operation, SyncAccounts):
            return AccountsPage()
        raise OutcomeUnknownError(CREATE, self.sent_at, "test")


@pytest.mark.parametrize("sent_at", [None, datetime(2026, 1, 1, tzinfo=UTC)])
async def test_without_a_time_there_is_no_search(sent_at: datetime | None) -> None:
    """An account that is not known to be new could be anybody's."""
    with pytest.raises(OutcomeUnknownError) as caught:
        await recovery.create_or_find(Timeless(sent_at), CreateOrganizationAccount(COMPANY))

    assert caught.value.found is None


@pytest.mark.parametrize("create", ["organization", "individual"])
async def test_without_being_asked_nobody_looks(
    create: str, neon: AsyncClient, emulator: Emulator
) -> None:
    """By default the error comes at once."""
    emulator.fail_next(drop=True, processed=True)

    creation = (
        neon.create_organization_account(COMPANY)
        if create == "organization"
        else neon.create_individual_account(PERSON)
    )

    with pytest.raises(OutcomeUnknownError) as caught:
        await creation

    assert (None, 1) == (caught.value.found, len(emulator.requests))


async def test_there_are_two_ways(neon: AsyncClient, emulator: Emulator) -> None:
    """Another word for `on_unknown` is refused with nothing sent."""
    with pytest.raises(InvalidRequestError, match="'raise' or 'find'"):
        await neon.create_organization_account(COMPANY, on_unknown="look")  # type: ignore[arg-type]

    assert [] == methods(emulator)


async def test_other_errors_are_answers(neon: AsyncClient, emulator: Emulator) -> None:
    """What v1 refuses was not created, so that there is nothing to look for."""
    emulator.fail_next(method=CREATE, code=10053)

    with pytest.raises(NeonError, match="10053"):
        await find(neon)

    assert [CREATE] == methods(emulator)
