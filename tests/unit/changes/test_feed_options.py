"""Arguments of feeds that are refused before anything is sent."""

import inspect
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from neon_async import ErrorCode, FileCheckpoint, InvalidRequestError
from neon_async._changes import ACCOUNTS, ACTIVITIES, Window
from neon_async._changes.protocol import SECOND, to_micros
from tests.support import clock_change
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer

EAST = timezone(timedelta(hours=8))
WEST = timezone(timedelta(hours=-8))
NAIVE = datetime(2024, 1, 1)  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"since": NAIVE}, "since"),
        ({"until": NAIVE}, "until"),
        ({"until": SINCE - timedelta(seconds=1)}, "until"),
        ({"workers": 0}, "workers"),
        ({"workers": 1.5}, "workers"),
        ({"workers": True}, "workers"),
        ({"page_size": 0}, "page_size"),
        ({"lag": -1}, "lag"),
        ({"lag": math.nan}, "lag"),
        ({"lookback": math.inf}, "lookback"),
        ({"checkpoint": b"{}"}, "checkpoint"),
        ({"checkpoint": {"schema": 1}}, "checkpoint"),
        ({"checkpoint": Path("accounts.json")}, "checkpoint"),
    ],
)
def test_unusable_arguments(options: dict[str, Any], parameter: str) -> None:
    """The error names the argument, for both kinds of feed."""
    client = ChangeClient(FakeChangeServer())
    given: dict[str, Any] = {"since": SINCE} | options
    for feed in (client.account_changes, client.activity_changes):
        with pytest.raises(InvalidRequestError) as caught:
            feed(**given)
        assert parameter == caught.value.parameter


@pytest.mark.parametrize("kind", ["account", "activity"])
def test_every_option_arrives(kind: str) -> None:
    """Both kinds of feed hand on all that they are given."""
    client: Any = ChangeClient(FakeChangeServer())
    start = client.account_changes if kind == "account" else client.activity_changes
    given: dict[str, Any] = {
        "until": SINCE + timedelta(hours=1),
        "checkpoint": FileCheckpoint("file"),
        "workers": 3,
        "lag": 7.0,
        "lookback": 8.0,
        "page_size": 9,
        "on_unreadable": print,
    }
    more = {"merges": True} if kind == "account" else {}
    parameters = [*inspect.signature(start).parameters]

    feed = start(SINCE, **given, **more)

    assert ["since", *given, *more] == sorted(parameters, key=["since", *given, *more].index)
    settings = feed._settings
    begin = to_micros(SINCE)
    window = Window(begin, begin + 3600 * SECOND, 7 * SECOND, 8 * SECOND)
    assert (window, 3, print) == (settings.window, settings.workers, settings.on_unreadable)
    assert 9 == settings.page_size
    assert (kind == "account") == (settings.resolve is not None)
    assert settings.record_type is (ACCOUNTS if kind == "account" else ACTIVITIES)
    assert given["checkpoint"].path == feed._committer._store.path


@pytest.mark.parametrize(
    "options",
    [
        {"since": datetime.min.replace(tzinfo=EAST)},
        {"since": datetime.min.replace(tzinfo=UTC), "until": datetime.max.replace(tzinfo=WEST)},
    ],
    ids=str,
)
async def test_all_of_time(options: dict[str, Any]) -> None:
    """The first and the last moment of any zone stand for the beginning and the end of time."""
    world = FakeChangeServer()
    world.create()
    world.tick(100)

    async with ChangeClient(world).account_changes(**options) as changes:
        assert 1 == len([change async for change in changes])

    assert "2024-" in changes.checkpoint


async def test_range_in_the_hour_that_comes_twice() -> None:
    """While the clock is set back, `since` and `until` are instants, whatever the clock shows."""
    client = ChangeClient(FakeChangeServer())

    feed = client.account_changes(clock_change.FIRST, until=clock_change.SECOND)

    assert to_micros(clock_change.FIRST) < to_micros(clock_change.SECOND)
    assert "2014-11-02T05:45:00" in feed.checkpoint
    with pytest.raises(InvalidRequestError, match="before since"):
        client.account_changes(clock_change.SECOND, until=clock_change.FIRST)


def test_reversed_range_has_its_code() -> None:
    """`until` before `since` is what v1 refuses with a code of its own."""
    with pytest.raises(InvalidRequestError) as caught:
        ChangeClient(FakeChangeServer()).account_changes(SINCE, until=SINCE - timedelta(days=1))

    assert ErrorCode.RANGE_REVERSED is caught.value.code


@pytest.mark.parametrize("name", ["page_size", "max_concurrency"])
def test_defaults_are_checked(name: str) -> None:
    """The client's own numbers have to be positive."""
    with pytest.raises(InvalidRequestError, match="expected a positive integer, got"):
        ChangeClient(FakeChangeServer(), **{name: 0})


async def test_page_size() -> None:
    """A feed can have other pages than the client."""
    world = FakeChangeServer()
    async with ChangeClient(world).account_changes(SINCE, page_size=7) as changes:
        assert [] == [change async for change in changes]

    assert 7 == world.requests[0].page_size  # type: ignore[attr-defined]
