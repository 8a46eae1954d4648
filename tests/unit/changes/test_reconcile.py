"""What no range of time can show, found by asking for ids."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import attrs
import pytest

from neon_async import (
    AccountsPage,
    ConnectError,
    IndividualAccount,
    NotFoundError,
    OrganizationAccount,
    PageInfo,
    PaginationError,
    PermissionDeniedError,
    ProtocolError,
    Reconciliation,
    ValidationError,
)
from neon_async._changes.reconcile import _first_of
from neon_async._paging.existing import existing_ids
from neon_async.emulator import Emulator, Quirks
from neon_async.operations import Operation, SyncAccounts
from tests.support.change_server import ChangeClient, FakeChangeServer

T = TypeVar("T")


def populated(count: int) -> FakeChangeServer:
    world = FakeChangeServer()
    for _ in range(count):
        world.create()
    return world


async def test_differences_are_found() -> None:
    """Known ids without an account are unexpected, accounts that nobody knows are missing."""
    world = populated(5)
    world.create(timeless=True)
    world.delete(2)

    found = await ChangeClient(world).reconcile([1, 2, 3, 9])

    assert Reconciliation(unexpected=(2, 9), missing=(4, 5, 6), checked=9 + 200) == found


async def test_accounts_above_all_that_is_known() -> None:
    """The search goes on above the highest known id as long as it finds something."""
    world = FakeChangeServer()
    for _ in range(450):
        world.create(timeless=True)

    found = await ChangeClient(world).reconcile([1])

    assert tuple(range(2, 451)) == found.missing
    assert 1 + 4 * 200 >= found.checked


class Sorting(ChangeClient):
    """A client of a server that does with the order asked for what it likes."""

    def __init__(
        self, world: FakeChangeServer, sort: Callable[[SyncAccounts], SyncAccounts]
    ) -> None:
        super().__init__(world)
        self._sort = sort

    async def send(self, operation: Operation[T], /) -> T:
        if isinstance(operation, SyncAccounts):
            operation = self._sort(operation)  # type: ignore[assignment]
        return await super().send(operation)


def ignoring(operation: SyncAccounts) -> SyncAccounts:
    return attrs.evolve(operation, sort_column=None, sort_direction=None)


def ignoring_direction(operation: SyncAccounts) -> SyncAccounts:
    return attrs.evolve(operation, sort_direction=None)


def refusing(operation: SyncAccounts) -> SyncAccounts:
    if operation.sort_column is not None:
        raise ValidationError(1)
    return operation


def only_one_a_page(operation: SyncAccounts) -> SyncAccounts:
    return operation if operation.ids else attrs.evolve(operation, page_size=1)


def with_gap() -> FakeChangeServer:
    """A page of accounts, 1 to 200, and as many a thousand ids above them."""
    world = populated(400)
    for number in range(201, 401):
        world.rows[1000 + number] = world.rows.pop(number)
    return world


@pytest.mark.parametrize(
    "sort", [ignoring, ignoring_direction, refusing, only_one_a_page, lambda asked: asked]
)
async def test_no_order_is_relied_on(sort: Callable[[SyncAccounts], SyncAccounts]) -> None:
    """The highest id is found behind a gap, whether or not the server can be asked for it."""
    found = await Sorting(with_gap(), sort).reconcile(range(1, 201))

    assert tuple(range(1201, 1401)) == found.missing


async def test_what_has_nothing_to_do_with_sorting() -> None:
    """Another error on the way to the highest id is the caller's."""

    def forbid(_: SyncAccounts) -> SyncAccounts:
        raise PermissionDeniedError(5)

    with pytest.raises(PermissionDeniedError):
        await Sorting(populated(3), forbid).reconcile([1])


async def test_certain_ids() -> None:
    """With ids given, no others are asked for, except those that are known."""
    world = populated(9)

    found = await ChangeClient(world).reconcile([1, 20], ids=range(2, 5))

    assert Reconciliation(unexpected=(20,), missing=(2, 3, 4), checked=5) == found


@pytest.mark.parametrize("sort", [refusing, lambda operation: operation])
async def test_nothing_at_all(sort: Callable[[SyncAccounts], SyncAccounts]) -> None:
    """An organization without accounts can be compared, too."""
    found = await Sorting(FakeChangeServer(), sort).reconcile([])

    assert Reconciliation((), (), 200) == found


async def test_what_has_just_changed_is_no_difference() -> None:
    """Differences are asked for again before they are told."""
    world = populated(3)

    def change() -> None:
        if len(world.requests) == 3:
            world.delete(3)
            world.restore(4)

    world.on_request = change
    found = await ChangeClient(world, max_concurrency=1).reconcile([1, 2, 4])

    assert ((), ()) == (found.unexpected, found.missing)


async def test_errors_come_out_bare() -> None:
    """The error of one of several requests ends all."""
    world = populated(3)

    def fail() -> None:
        if len(world.requests) == 3:
            raise ConnectError("the connection broke")

    world.on_request = fail
    with pytest.raises(ConnectError, match="the connection broke"):
        await ChangeClient(world).reconcile(range(1, 5000), workers=3)
    assert len(world.requests) < 10


async def test_imports_of_the_emulator() -> None:
    """Imports without a last-modified time are missing in a copy that a feed has made."""
    quirks = Quirks(unmodified=3)
    with Emulator(accounts=20, activities=0, quirks=quirks) as emulator:
        async with emulator.client() as neon:
            since = datetime(2000, 1, 1, tzinfo=UTC)
            async with neon.account_changes(since) as changes:
                known = [change.record.account_id or 0 async for change in changes]  # type: ignore[union-attr]

            found = await neon.reconcile(known, ids=range(10_001, 10_101))

    assert Reconciliation((), (10_001, 10_002, 10_003), 100) == found


class Answering(ChangeClient):
    """A client of a server with pages of its own."""

    def __init__(
        self,
        *,
        existing: int,
        most: int | None,
        shown: int | None = None,
        refused: int | None = None,
    ) -> None:
        super().__init__(FakeChangeServer())
        self._refused = refused
        self._existing = range(1, existing + 1)
        self._most = most
        self._shown = shown

    async def send(self, operation: Operation[T], /) -> T:
        assert isinstance(operation, SyncAccounts)
        if self._refused in operation.ids:
            raise NotFoundError(10132)
        found = [one for one in operation.ids if one in self._existing]
        size = len(found) if self._most is None else self._most
        ids = found[:size] if self._shown is None else [self._shown]
        block = None if self._most is None else PageInfo(1, size, 1, len(found))
        return AccountsPage(  # type: ignore[return-value]
            individual_accounts=[IndividualAccount(account_id=one) for one in ids], page=block
        )


@pytest.mark.parametrize("most", [3, None])
async def test_small_pages(most: int | None) -> None:
    """A query that was not answered completely is divided, and so is one without a page block."""
    client = Answering(existing=50, most=most)

    found = await existing_ids(client, SyncAccounts, range(1, 71))

    assert set(range(1, 51)) == found


async def test_server_that_refuses_ids_that_are_gone() -> None:
    """An error about an id is narrowed down to that id."""
    client = Answering(existing=8, most=20, refused=7)

    found = await existing_ids(client, SyncAccounts, range(1, 21))

    assert {1, 2, 3, 4, 5, 6, 8} == found


async def test_other_records_are_no_answer() -> None:
    """A server that ignores the ids must not be taken to say that they are gone."""
    with pytest.raises(ProtocolError, match="records that were not asked for: 99"):
        await existing_ids(Answering(existing=3, most=9, shown=99), SyncAccounts, [1, 2])


async def test_record_that_is_counted_and_not_shown() -> None:
    """A record can't be told to be gone when the server counts it."""
    with pytest.raises(PaginationError, match="total includes a record that it does not return"):
        await existing_ids(Answering(existing=3, most=0), SyncAccounts, [1, 2])


@pytest.mark.parametrize(
    ("individuals", "organizations", "highest"),
    [
        ([9], [], None),
        ([9], [7], None),
        ([9, 5], [], 9),
        ([9, 5], [7], 9),
        ([9, 5], [7, 8], None),
        ([5, 9], [7], None),
    ],
)
def test_highest_id_of_a_page_that_is_not_all(
    individuals: list[int], organizations: list[int], highest: int | None
) -> None:
    """Only a group of several shows an order, and each that does has to be in it."""
    page = AccountsPage(
        individual_accounts=[IndividualAccount(account_id=number) for number in individuals],
        organization_accounts=[OrganizationAccount(account_id=number) for number in organizations],
        page=PageInfo(1, 200, 2, 201),
    )

    assert highest == _first_of(page)
