"""How runs end: within their bounds, and after records were deleted and brought back."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from neon_async import Deleted, Merged, Upserted, Verdict
from neon_async._changes.protocol import SECOND, to_micros
from neon_async.operations import Operation, SyncAccounts
from neon_async.operations._sync import Sync
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer, Row
from tests.support.replica import Replica
from tests.unit.changes.test_feed import spread_out


def scattered() -> FakeChangeServer:
    """Crowds of records months apart, on a server that does not sort: halving takes long."""
    world = FakeChangeServer(unsorted=True)
    for month in reversed(range(12)):
        for third in reversed(range(3)):
            world.create(at=to_micros(SINCE) + month * 28 * 86_400 * SECOND + third * SECOND // 3)
    world.now = to_micros(SINCE) + 366 * 86_400 * SECOND
    return world


async def test_run_that_takes_too_many_requests() -> None:
    """It ends, says so, and the next ones resume, until all is there and proven."""
    world, replica, checkpoint, runs = scattered(), Replica(), None, 0
    verdict = Verdict.UNPROVEN
    while verdict is not Verdict.PROVEN:
        requests = len(world.requests)
        feed = ChangeClient(world).account_changes(SINCE, checkpoint=checkpoint, workers=1)
        async with feed as changes:
            async for batch in changes.batches(10):
                for change in batch.changes:
                    replica.take(change)
                checkpoint = batch.checkpoint
        verdict, runs = changes.certificate.verdict, runs + 1
        # Of at most 18 pages, in one shard for each range that is pending.
        assert len(world.requests) - requests <= 3 * 18 + 8 * 2 + 100 + 5
        if runs == 1:
            assert "the server does not keep the order of its pages" == changes.certificate.reason
            assert json.loads(checkpoint or "")["pending"]

    assert {number: row.version for number, row in world.rows.items()} == replica.versions
    assert 1 < runs < 10


def before_request(world: FakeChangeServer, number: int, act: Callable[[], None]) -> None:
    """Let something happen before the request with this number, from 0."""
    world.on_request = lambda: act() if len(world.requests) == number else None


async def test_record_that_is_brought_back_meanwhile() -> None:
    """It is deleted, then there again, and that is proven."""
    world = spread_out(12)
    world.delete(1)
    before_request(world, 5, lambda: world.restore(1))

    async with ChangeClient(world, page_size=5).account_changes(SINCE, workers=1) as changes:
        seen = [change async for change in changes]

    assert Deleted(1) == seen[0]
    back = [change for change in seen if isinstance(change, Upserted) and change.id == 1]
    assert [(True, str(world.rows[1].version))] == [
        (change.provisional, change.record.last_modified_by) for change in back
    ]
    assert changes.certificate.proven


@pytest.mark.parametrize("again", [True, False])
async def test_record_that_was_brought_back_before(*, again: bool) -> None:
    """It stays in the list of deleted ones, so that whether it exists is asked at the end, too."""
    world = spread_out(12)
    world.delete(1)
    world.restore(1)
    world.tick(100)

    def delete() -> None:
        last = world.requests[-1] if world.requests else None
        if isinstance(last, SyncAccounts) and last.sort_direction == "DESC" and again:
            world.rows.pop(1, None)

    world.on_request = delete
    async with ChangeClient(world, page_size=5).account_changes(SINCE, workers=1) as changes:
        [_ async for _ in changes]

    assert (not again) == changes.certificate.proven
    assert again == bool(changes.certificate.reason)


async def test_id_of_a_merge() -> None:
    """It is the id that is gone."""
    assert 3 == Merged(3, 4).id
    assert (3, 4) == (Merged(3, 4).old_id, Merged(3, 4).new_id)


async def test_pages_that_no_total_confirms_are_read_again_if_need_be() -> None:
    """While records leave, pages are noted; a record that a page lacked comes with the halves."""

    class Forgetful(FakeChangeServer):
        """Leaves a record out of the first page of its range in time."""

        forgot = 0

        def _accounts(self, asked: SyncAccounts):  # type: ignore[no-untyped-def]  # noqa: ANN202
            page = super()._accounts(asked)
            shown = [one for one in page.individual_accounts if one.account_id != 8]
            if self.forgot < 2 and len(shown) < len(page.individual_accounts) and asked.time_to:
                self.forgot += 1
                page.individual_accounts = shown
            return page

    world = Forgetful()
    for number in range(40):
        world.create(at=to_micros(SINCE) + number * 10 * SECOND)
    edits = iter(range(40, 20, -1))

    def edit() -> None:
        if len(world.requests) < 9:
            world.edit(next(edits))

    world.on_request = edit
    async with ChangeClient(world, page_size=5).account_changes(SINCE, workers=1) as changes:
        seen = {change.id async for change in changes}

    assert set(range(1, 41)) == seen
    assert changes.certificate.proven


async def test_deleted_record_that_a_page_still_shows() -> None:
    """A page of a node that is behind brings nothing back: whether the record exists is asked."""

    class Behind(FakeChangeServer):
        """Shows a deleted record, changed just before, on one page of what has changed."""

        shown = 0

        def _found(self, asked: Sync[Any]) -> list[int]:
            numbers = super()._found(asked)
            if asked.ids or asked.time_to or len(self.requests) < 5 or self.shown:
                return numbers
            self.shown += 1
            self.rows[1] = Row(self.now, 99)
            return [*numbers, 1]

        def answer(self, operation: Operation[Any]) -> Any:
            result = super().answer(operation)
            self.rows.pop(1, None)
            return result

    world = Behind()
    for number in range(12):
        world.create(at=to_micros(SINCE) + number * 10 * SECOND)
    world.delete(1)

    async with ChangeClient(world, page_size=5).account_changes(SINCE, workers=1) as changes:
        seen = [change async for change in changes]

    assert 1 == world.shown
    assert [Deleted(1)] == [change for change in seen if change.id == 1]
