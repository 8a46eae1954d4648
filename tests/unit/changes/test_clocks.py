"""The server's clock beside the client's: within a run, and from one run to the next."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from neon_async import CheckpointError, Deleted, Upserted, Verdict
from neon_async._changes.plan import ClientClock, Clocks
from neon_async._changes.protocol import SECOND, from_micros, to_micros
from neon_async.operations import SyncAccounts
from tests.support.change_server import LATER, SINCE, ChangeClient, FakeChangeServer
from tests.unit.changes.test_feed import spread_out

START = 1_700_000_000 * SECOND


class Times:
    """A client's clocks, set by hand."""

    def __init__(self) -> None:
        self.passed = 100.0
        self.clocks = Clocks(ClientClock(lambda: self.passed, lambda: START))

    def reply(self, server: float, *, sent: float, arrived: float) -> float:
        """Note a reply; return by how much the server's clock has gone back, in seconds."""
        self.passed = arrived
        self.clocks.note(round(sent * SECOND), START + round(server * SECOND))
        return self.clocks.drift / SECOND


def test_clock_that_goes_back() -> None:
    """It shows less time than has passed; and what it showed once counts from then on."""
    times = Times()

    assert 0 == times.reply(50, sent=100, arrived=100)
    assert 0 == times.reply(60, sent=110, arrived=110)
    assert 40 == times.reply(30, sent=120, arrived=120)
    assert 40 == times.reply(95, sent=130, arrived=130)
    assert (START + 95 * SECOND, START) == (times.clocks.server, times.clocks.client)


def test_clock_that_goes_forward() -> None:
    """It makes no difference until it goes back."""
    times = Times()

    assert 0 == times.reply(50, sent=100, arrived=100)
    assert 0 == times.reply(4000, sent=101, arrived=101)
    assert 3948 == times.reply(53, sent=102, arrived=102)


def test_replies_that_wait() -> None:
    """A reply that is looked at late, because the event loop was busy, shows no clock."""
    times = Times()

    assert 0 == times.reply(50, sent=100, arrived=100)
    assert 0 == times.reply(51, sent=101, arrived=190)
    assert 0 == times.reply(52, sent=102, arrived=190)
    assert 0 == times.reply(142, sent=191, arrived=192)


async def test_clocks_of_this_computer() -> None:
    """By default they are those of the event loop and of the system."""
    clock = ClientClock()

    before, wall = clock.monotonic(), clock.wall()

    assert clock.monotonic() >= before
    assert abs(from_micros(wall) - datetime.now(SINCE.tzinfo)) < timedelta(minutes=1)


def stepping(world: FakeChangeServer, seconds: float, at: int) -> Callable[[], None]:
    """Set the server's clock before a request, and let a second pass before each."""

    def happen() -> None:
        world.tick(1)
        if len(world.requests) == at:
            world.step_clock(seconds)

    return happen


async def pulled(world: FakeChangeServer, checkpoint: str | None = None, **options: Any) -> Any:
    """A feed at its end."""
    feed = ChangeClient(world, page_size=10).account_changes(
        SINCE, checkpoint=checkpoint, workers=1, **options
    )
    async with feed as changes:
        feed.seen = [change async for change in changes]  # type: ignore[attr-defined]
    return feed


@pytest.mark.parametrize(("seconds", "proven"), [(-30, True), (-31, False), (-3600, False)])
async def test_clock_that_goes_back_within_a_run(seconds: int, *, proven: bool) -> None:
    """Half a minute or more makes a proof worth nothing; the checkpoint keeps how much it was."""
    world = spread_out(40)
    world.on_request = stepping(world, seconds, 3)

    feed = await pulled(world)

    assert proven == feed.certificate.proven
    # A request takes a second, in which the server may have looked at its clock at any time.
    drift = -seconds - 1
    reason = "" if proven else f"the server's clock went back by {drift} s"
    assert reason == feed.certificate.reason
    assert drift == json.loads(feed.checkpoint)["clock_drift"]


async def test_checkpoint_keeps_both_clocks() -> None:
    """They are those of the latest reply."""
    world = spread_out(40)
    world.on_request = lambda: world.tick(1)

    document = json.loads((await pulled(world)).checkpoint)

    assert 2 == document["schema"]
    assert from_micros(world.now).isoformat() == document["server_time"]
    elapsed = timedelta(microseconds=world.elapsed)
    assert (SINCE + LATER + elapsed).isoformat() == document["client_time"]


async def test_checkpoint_ahead_of_a_clock_that_went_back() -> None:
    """The run goes on, says so, and misses nothing that has changed since; the next one proves."""
    world = spread_out(12)
    first = await pulled(world)
    world.step_clock(-1800)
    world.edit(3)
    world.tick(100)
    world.delete(4)

    second = await pulled(world, first.checkpoint)

    assert Verdict.UNPROVEN is second.certificate.verdict
    assert second.certificate.reason.startswith("the server's clock went back by 18")
    assert Deleted(4, provisional=True) in second.seen or Deleted(4) in second.seen
    assert 3 in {change.id for change in second.seen if isinstance(change, Upserted)}
    # The range of the step is read again, from the request on that plans it.
    asked = [one for one in world.requests if isinstance(one, SyncAccounts) and not one.ids]
    begin = min(one.time_from for one in asked[-4:] if one.time_from)
    assert begin < from_micros(world.now) - timedelta(seconds=1800 + 900)
    world.tick(3600)
    assert (await pulled(world, second.checkpoint)).certificate.proven


async def test_checkpoint_ahead_without_clocks() -> None:
    """One of an earlier version can't say why it lies ahead, so that it is refused."""
    world = spread_out(12)
    document = json.loads((await pulled(world)).checkpoint)
    old = {name: document[name] for name in ("feed", "organization", "to", "pending")}
    world.step_clock(-1800)

    with pytest.raises(CheckpointError, match="server's future"):
        await pulled(world, json.dumps({"schema": 1, **old}))


async def test_lookback_that_only_the_server_knows() -> None:
    """Where more time has passed by its clock, the first page is asked for again, from earlier."""
    world = spread_out(3)
    first = await pulled(world)
    world.step_clock(86_400)
    requests = len(world.requests)

    second = await pulled(world, first.checkpoint)

    lookbacks = [
        to_micros(second_from.time_from)
        for second_from in world.requests[requests:]
        if isinstance(second_from, SyncAccounts) and second_from.time_from
    ]
    assert second.certificate.proven
    assert [(7200 - 900) * SECOND] == [lookbacks[0] - lookbacks[1]]


async def test_incomplete_first_run_remembers_a_clock_that_went_back() -> None:
    """It is done again from where it began, and finds what has got an earlier time than that."""

    class Hiding(FakeChangeServer):
        hidden = True

        def _accounts(self, asked: SyncAccounts) -> Any:
            page = super()._accounts(asked)
            page.individual_accounts = [
                one for one in page.individual_accounts if one.account_id != 3 or not self.hidden
            ]
            return page

    world = Hiding()
    for number in range(40):
        world.create(at=to_micros(SINCE) + number * 10 * SECOND)
    world.on_request = stepping(world, -7200, 3)
    first = await pulled(world)
    world.on_request = lambda: None
    world.hidden = False
    world.edit(5)
    world.tick(100)

    second = await pulled(world, first.checkpoint)

    assert SINCE.isoformat() == json.loads(first.checkpoint)["to"]
    assert 5 in {change.id for change in second.seen}
