"""The emulator's time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from neon_async.emulator import Clock
from neon_async.emulator._wire.clock import EASTERN, milliseconds, parse_timestamp, timestamp

NOON = datetime(2024, 2, 29, 12, tzinfo=timezone(timedelta(hours=2)))


def test_clock_stands_until_it_is_moved() -> None:
    """A clock with a start moves only by hand."""
    clock = Clock(NOON)
    assert NOON == clock()

    clock.advance(1.5)

    assert NOON + timedelta(seconds=1.5) == clock()
    assert UTC == clock().tzinfo


def test_clock_asks_a_function() -> None:
    """A clock can show the time of another, and still be moved."""
    clock = Clock(lambda: NOON)
    clock.advance(60)

    assert NOON + timedelta(minutes=1) == clock()


def test_clock_runs_by_itself() -> None:
    """Without a start, the clock shows the machine's time."""
    before = datetime.now(UTC)

    shown = Clock()()

    assert before <= shown <= datetime.now(UTC)


def test_clock_refuses_a_naive_start() -> None:
    """A start without a time zone would be guessed at."""
    with pytest.raises(ValueError, match="time zone"):
        Clock(datetime(2024, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text",
    [
        "2014-01-10T15:50:28.153+08:00",
        "2014-01-10T15:50:28.153+0800",
        "2014-01-10T07:50:28.153Z",
        "2014-01-10T07:50:28.153000Z",
        "2014-01-10T02:50:28.153-05:00",
    ],
)
def test_timestamps_are_instants(text: str) -> None:
    """However its offset is written, a timestamp is the same instant."""
    assert 1_389_340_228_153_000 == parse_timestamp(text)


@pytest.mark.parametrize(
    "text",
    [
        "2014-01-10",
        "2014-01-10T15:50:28.153",
        "2014-01-10T15:50:28.153 08:00",
        "2014-02-30T00:00:00Z",
    ],
)
def test_other_texts_are_no_timestamps(text: str) -> None:
    """Without a time, an offset or a place in the calendar it is refused."""
    assert parse_timestamp(text) is None


def test_timestamps_are_written_as_on_the_pages() -> None:
    """Times have milliseconds and an offset with a colon."""
    at = milliseconds(datetime(2014, 1, 10, 7, 50, 28, 153_999, tzinfo=UTC))

    assert "2014-01-10T15:50:28.153+08:00" == timestamp(at)
    assert "2014-01-10T02:50:28.153-05:00" == timestamp(at, EASTERN)
