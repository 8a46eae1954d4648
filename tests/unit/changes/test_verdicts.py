"""What a feed's verdict does to its checkpoint."""

import json
import logging
from typing import Any

import attrs
import pytest

from neon_async import AccountsPage, Verdict
from neon_async._changes.protocol import to_micros
from neon_async.operations import SyncAccounts
from neon_async.operations._sync import Sync
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer


class Hiding(FakeChangeServer):
    """Counts a record that it never shows."""

    def _accounts(self, asked: SyncAccounts) -> AccountsPage:
        page = super()._accounts(asked)
        shown = [one for one in page.individual_accounts if one.account_id != 3]
        return attrs.evolve(page, individual_accounts=shown)


class Shuffling(FakeChangeServer):
    """Has another order for each reply."""

    def _found(self, asked: Sync[Any]) -> list[int]:
        turn = len(self.requests) % 5 + 1
        return sorted(super()._found(asked), key=lambda number: number * turn % 7)


def populated(world: FakeChangeServer) -> ChangeClient:
    for _ in range(6):
        world.create(at=to_micros(SINCE))
    return ChangeClient(world)


def test_earlier_name() -> None:
    """Programs that know the verdict by its earlier name still find it."""
    assert Verdict.INCOMPLETE is Verdict["REFUTED"]
    assert ["proven", "unproven", "incomplete"] == [*Verdict]


async def test_incomplete_run_is_done_again(caplog: pytest.LogCaptureFixture) -> None:
    """The checkpoint stays where the run began when the server has not shown all it counts."""
    client = populated(Hiding())
    feed = client.account_changes(SINCE, workers=1)
    before = feed.checkpoint

    with caplog.at_level(logging.WARNING, "neon_async"):
        async with feed as changes:
            seen = [change async for change in changes]

    assert 5 == len(seen)
    assert Verdict.INCOMPLETE is feed.certificate.verdict
    assert (5, 6) == (feed.certificate.received, feed.certificate.after)
    assert before == feed.checkpoint
    assert "5 received" in caplog.text


class Overcounting(FakeChangeServer):
    """Counts one record more than there is on pages by id, which are for crowds."""

    def _accounts(self, asked: SyncAccounts) -> AccountsPage:
        page = super()._accounts(asked)
        info = page.page
        if asked.sort_column != "accountId" or info is None:
            return page
        more = attrs.evolve(info, total_results=info.total_results + 1)
        return attrs.evolve(page, page=more)


async def test_pages_are_drawn_where_the_order_changes() -> None:
    """Where the order can't be relied on, enough pages show that nothing is missing."""
    async with populated(Shuffling()).account_changes(SINCE, workers=1) as changes:
        seen = [change async for change in changes]

    assert 6 == len({change.id for change in seen})
    assert changes.certificate.proven
    assert [] == json.loads(changes.checkpoint)["pending"]


async def test_doubts_that_stay_are_pending() -> None:
    """What may have been missed at one instant is read again the next time."""
    async with populated(Overcounting()).account_changes(SINCE, workers=1) as changes:
        [change async for change in changes]

    assert Verdict.UNPROVEN is changes.certificate.verdict
    assert "keeps no order" in changes.certificate.reason
    assert json.loads(changes.checkpoint)["pending"]


async def test_missing_records_beside_doubts() -> None:
    """What is missing is missing, whatever the order; the reason names both."""

    class HidingAndShuffling(Hiding, Shuffling):
        pass

    async with populated(HidingAndShuffling()).account_changes(SINCE, workers=1) as changes:
        [change async for change in changes]

    assert Verdict.INCOMPLETE is changes.certificate.verdict
    assert "reports more records than it returned; more records changed at once" in (
        changes.certificate.reason
    )


async def test_server_that_shows_nothing() -> None:
    """Where all records are counted and none is shown, the run ends, and says what is missing."""

    class Mute(FakeChangeServer):
        def _accounts(self, asked: SyncAccounts) -> AccountsPage:
            return attrs.evolve(super()._accounts(asked), individual_accounts=[])

    feed = populated(Mute()).account_changes(SINCE)
    async with feed as changes:
        assert [] == [change async for change in changes]

    assert Verdict.INCOMPLETE is feed.certificate.verdict
    assert (0, 6) == (feed.certificate.received, feed.certificate.after)


async def test_server_that_counts_nothing() -> None:
    """A single page with more records than are counted proves nothing."""

    class Uncounted(FakeChangeServer):
        def _accounts(self, asked: SyncAccounts) -> AccountsPage:
            page = super()._accounts(asked)
            assert page.page is not None
            return attrs.evolve(page, page=attrs.evolve(page.page, total_results=0))

    world = Uncounted()
    populated(world)
    feed = ChangeClient(world, page_size=10).account_changes(SINCE)
    async with feed as changes:
        assert 6 == len([change async for change in changes])

    assert Verdict.UNPROVEN is feed.certificate.verdict
    assert "counts fewer records" in feed.certificate.reason
