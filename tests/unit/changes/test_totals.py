"""Servers whose totals count deleted records as well, which no page says."""

from collections.abc import Callable
from typing import Literal, TypeVar

import attrs
import pytest

from neon_async import AccountsPage, Deleted, Upserted
from neon_async._changes.fetch import Fetcher
from neon_async._changes.protocol import SECOND, PageRequest, to_micros
from neon_async._changes.record_type import ACCOUNTS
from neon_async.operations import Operation, SyncAccounts
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer

T = TypeVar("T")
Listing = Literal["on every page", "behind the records"]


@attrs.define
class Counting(FakeChangeServer):
    """Counts deleted records; lists them on every page, or on pages of their own."""

    listing: Listing = "on every page"

    def _accounts(self, asked: SyncAccounts) -> AccountsPage:
        page = super()._accounts(asked)
        info = page.page
        assert info is not None
        size, gone = info.page_size, page.deleted_account_ids
        total = info.total_results + len(gone)
        page.page = attrs.evolve(info, total_results=total, total_page=-(-total // size))
        if self.listing == "behind the records":
            before = max(0, (asked.page - 1) * size - info.total_results)
            room = size - len(page.items)
            page.deleted_account_ids = gone[before : before + room]
        return page


def organization(listing: Listing, *, alive: int, deleted: int) -> Counting:
    """Records that changed 40 seconds apart, and others that were deleted in between."""
    world = Counting(listing=listing)
    now, world.now = world.now, to_micros(SINCE)
    numbers = [world.create() for _ in range(deleted)]
    for step in range(max(alive, deleted)):
        world.tick(20)
        if step < alive:
            world.create()
        world.tick(20)
        if step < deleted:
            world.delete(numbers[step])
    world.now = max(now, world.now + 100 * SECOND)
    return world


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("listing", ["on every page", "behind the records"])
@pytest.mark.parametrize(("alive", "deleted"), [(5, 1), (0, 1), (10, 1), (60, 30), (3, 30)])
async def test_records_and_deletions_are_complete(
    listing: Listing, alive: int, deleted: int, workers: int
) -> None:
    """What the total says more than there are records is found out, and nothing is lost."""
    world = organization(listing, alive=alive, deleted=deleted)
    client = ChangeClient(world, page_size=10)

    async with client.account_changes(SINCE, workers=workers) as changes:
        seen = [change async for change in changes]

    upserted = {change.record.account_id for change in seen if isinstance(change, Upserted)}
    assert world.rows.keys() == upserted
    assert world.deleted.keys() == {change.id for change in seen if isinstance(change, Deleted)}
    assert changes.certificate.proven
    assert len(world.requests) < 80


def joining(world: FakeChangeServer) -> None:
    world.create()


def leaving(world: FakeChangeServer) -> None:
    if world.rows:
        world.edit(min(world.rows))


@pytest.mark.parametrize("change", [joining, leaving])
async def test_changes_are_not_taken_for_deletions(
    change: Callable[[FakeChangeServer], None],
) -> None:
    """Where records come and go between the replies, nothing is concluded from their numbers."""
    world = organization("on every page", alive=4, deleted=2)
    before = set(world.rows)
    world.on_request = lambda: change(world)

    async with ChangeClient(world, page_size=10).account_changes(SINCE) as changes:
        seen = [change async for change in changes]

    upserted = {change.record.account_id for change in seen if isinstance(change, Upserted)}
    assert set() == before - upserted


class Pageless(ChangeClient):
    """A client of a server that leaves the page block out where deleted ids are ignored."""

    async def send(self, operation: Operation[T], /) -> T:
        result = await super().send(operation)
        if isinstance(operation, SyncAccounts) and operation.ignore_deleted:
            assert isinstance(result, AccountsPage)
            result.page = None
        return result


async def test_count_without_a_total() -> None:
    """It says nothing about whether totals hold deleted records, so that none is corrected."""
    world = organization("on every page", alive=4, deleted=2)
    fetcher = Fetcher(Pageless(world), ACCOUNTS, 10)

    fetched = await fetcher.fetch(PageRequest(to_micros(SINCE)))

    assert (4, 6) == (len(fetched.result.ids), fetched.result.total)


class Capped(FakeChangeServer):
    """Lists no more deleted ids than a page has room for."""

    def _accounts(self, asked: SyncAccounts) -> AccountsPage:
        page = super()._accounts(asked)
        del page.deleted_account_ids[asked.page_size or 10 :]
        return page


def capped(*, seconds_apart: float, alive: int) -> FakeChangeServer:
    """Records, and thirty that were deleted at certain intervals."""
    world = Capped()
    now, world.now = world.now, to_micros(SINCE)
    numbers = [world.create() for _ in range(30)]
    for _ in range(alive):
        world.tick(40)
        world.create()
    for number in numbers:
        world.tick(seconds_apart)
        world.delete(number)
    world.now = max(now, world.now + 100 * SECOND)
    return world


@pytest.mark.parametrize("alive", [3, 60])
async def test_lists_of_deleted_ids_that_end_with_the_page(alive: int) -> None:
    """They are asked for by shorter ranges, until none fills a page."""
    world = capped(seconds_apart=20, alive=alive)

    async with ChangeClient(world, page_size=10).account_changes(SINCE, lookback=0) as changes:
        seen = [change async for change in changes]

    assert world.deleted.keys() == {change.id for change in seen if isinstance(change, Deleted)}
    assert changes.certificate.proven


@pytest.mark.parametrize("alive", [3, 60])
async def test_more_deleted_at_once_than_are_listed(alive: int) -> None:
    """Then nobody knows how many there are, and nothing is proven."""
    world = capped(seconds_apart=0, alive=alive)

    async with ChangeClient(world, page_size=10).account_changes(SINCE) as changes:
        [_ async for _ in changes]

    assert "reconcile finds them" in changes.certificate.reason
    assert "unproven" == changes.certificate.verdict


@pytest.mark.parametrize("size", [1, 10])
async def test_lists_that_fill_a_page_by_chance(size: int) -> None:
    """A list that does not change with the size of the page is complete; that is asked once."""
    world = FakeChangeServer()
    for number in [world.create() for _ in range(size)]:
        world.delete(number)
    world.tick(100)

    async with ChangeClient(world, page_size=size).account_changes(SINCE) as changes:
        seen = [change async for change in changes]

    assert [Deleted(number) for number in range(1, size + 1)] == seen
    assert changes.certificate.proven
    syncs = [asked for asked in world.requests if isinstance(asked, SyncAccounts)]
    assert 2 == len([asked for asked in syncs if not asked.ids])


async def test_more_is_deleted_while_the_feed_reads() -> None:
    """A list that fills a page is taken for cut the second time, too."""
    world = capped(seconds_apart=20, alive=60)
    before = {*world.deleted}
    doomed = sorted(world.rows)[:15]

    def delete() -> None:
        if len(world.requests) > 40 and doomed:
            while doomed:
                world.tick(10)
                world.delete(doomed.pop())

    world.on_request = delete
    async with ChangeClient(world, page_size=10).account_changes(SINCE, lookback=0) as changes:
        seen = [change async for change in changes]

    assert 15 == len(world.deleted.keys() - before)
    assert world.deleted.keys() == {change.id for change in seen if isinstance(change, Deleted)}


async def test_missing_records_are_not_taken_for_deletions() -> None:
    """As many records that are counted and not shown as are deleted: the run is incomplete."""

    class Hiding(FakeChangeServer):
        def _accounts(self, asked: SyncAccounts) -> AccountsPage:
            page = super()._accounts(asked)
            shown = [one for one in page.individual_accounts if one.account_id != 3]
            return attrs.evolve(page, individual_accounts=shown)

    world = Hiding()
    for second in range(5):
        world.create(at=to_micros(SINCE) + 10 * second * SECOND)
    world.delete(1)
    world.tick(100)

    async with ChangeClient(world, page_size=10).account_changes(SINCE) as changes:
        assert 4 == len([change async for change in changes])

    assert "incomplete" == changes.certificate.verdict
