"""Single values, where the converter's tests don't reach: rounding, ranges and spellings."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given

from neon_async._wire import scalars
from neon_async._wire.iso8601 import format_timestamp
from neon_async._wire.scalars import StructureError, format_parameter
from tests.support import clock_change, strategies

EAST = timezone(timedelta(hours=8))
MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("moment", "down", "up"),
    [
        (
            datetime(2014, 1, 10, 15, 50, 28, 153000, tzinfo=EAST),
            "2014-01-10T15:50:28.153+08:00",
            "2014-01-10T15:50:28.153+08:00",
        ),
        (
            datetime(2014, 1, 10, 15, 50, 28, 153001, tzinfo=UTC),
            "2014-01-10T15:50:28.153+00:00",
            "2014-01-10T15:50:28.154+00:00",
        ),
        (
            datetime(2014, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
            "2014-12-31T23:59:59.999+00:00",
            "2015-01-01T00:00:00.000+00:00",
        ),
        # An offset with seconds, as before standard time, is none that v1 could read.
        (
            datetime(1880, 1, 1, 0, 0, 30, tzinfo=timezone(timedelta(seconds=30))),
            "1880-01-01T00:00:00.000+00:00",
            "1880-01-01T00:00:00.000+00:00",
        ),
    ],
)
def test_parameters_have_milliseconds(moment: datetime, down: str, up: str) -> None:
    """A range is sent in milliseconds, its beginning rounded down and its end rounded up."""
    assert down == format_parameter(moment)
    assert up == format_parameter(moment, up=True)


def test_rounding_in_the_hour_that_comes_twice() -> None:
    """When the clock is set back, a rounded time stays in the second of the two hours."""
    half_past = clock_change.SECOND + timedelta(0)
    assert 0 == half_past.fold  # arithmetic forgets it, so rounding must not be arithmetic

    moment = clock_change.SECOND.replace(microsecond=1)

    assert "2014-11-02T01:30:00.000-05:00" == format_parameter(moment)
    assert "2014-11-02T01:30:00.001-05:00" == format_parameter(moment, up=True)


@given(moment=strategies.moments)
def test_rounding_only_widens(moment: datetime) -> None:
    """Neither end of a range moves by a millisecond, and neither moves inward."""
    try:
        down, up = format_parameter(moment), format_parameter(moment, up=True)
        before, after = datetime.fromisoformat(down), datetime.fromisoformat(up)
        assert before <= moment <= after
        assert max(moment - before, after - moment) < MILLISECOND
    except OverflowError:
        assert moment.year in {1, 9999}


@pytest.mark.parametrize("microsecond", [0, 1, 999, 1_000, 1_001, 153_000, 153_153, 999_999])
def test_timestamps_keep_microseconds(microsecond: int) -> None:
    """Digits beyond the third are written wherever there are any."""
    moment = datetime(2014, 1, 10, 15, 50, 28, microsecond, EAST)
    digits = 6 if microsecond % 1_000 else 3

    assert f"2014-01-10T15:50:28.{f'{microsecond:06}'[:digits]}+08:00" == format_timestamp(moment)


@given(moment=strategies.moments)
def test_timestamps_come_back(moment: datetime) -> None:
    """A timestamp in JSON loses nothing, its offset included."""
    back = scalars.timestamp(format_timestamp(moment), datetime)

    assert (moment, moment.utcoffset()) == (back, back.utcoffset())


@pytest.mark.parametrize("value", ["", "now", "2014-01-10", "2014-01-10T15:50:28", None, 5, [], {}])
def test_timestamps_need_an_offset(value: Any) -> None:
    """Without an offset nobody knows when it was."""
    with pytest.raises(StructureError, match="a timestamp with an offset"):
        scalars.timestamp(value, datetime)


@pytest.mark.parametrize(
    "value",
    [
        "1988-10-16",
        "1988-10-16Z",
        "1988-10-16-05:00",
        "1988-10-16+0800",
        "1988-10-16T05:00:00.000+0000",
        "1988-10-16T23:00:00.000-0500",
        "1988-10-16T00:00:00",
    ],
)
def test_dates_are_taken_as_written(value: str) -> None:
    """A day with an offset or a time is that day: no time zone moves a birthday."""
    assert date(1988, 10, 16) == scalars.calendar_date(value, date)


@pytest.mark.parametrize(
    "value",
    ["1988-10", "19881016", "1988-10-16 05:00", "1988-10-16x", "1988-10-16T", "\uff11988-10-16"],
)
def test_other_dates_are_refused(value: str) -> None:
    """Three spellings are known, and no others are guessed at."""
    with pytest.raises(StructureError, match="a date"):
        scalars.calendar_date(value, date)


@pytest.mark.parametrize(("value", "expected"), [(5, 5), ("5", 5), (" 007 ", 7), ("-1", -1)])
def test_whole_numbers(value: Any, expected: int) -> None:
    """A number may come as its digits."""
    assert expected == scalars.integer(value, int)


@pytest.mark.parametrize("value", [-(2**63), 2**63 - 1, str(2**63 - 1)])
def test_whole_numbers_have_64_bits(value: Any) -> None:
    """The ends of what v1 can count to are numbers."""
    assert int(value) == scalars.integer(value, int)


@pytest.mark.parametrize(
    "value",
    ["٣", "1e3", "0x1", "1.0", "9" * 20, "9" * 19, 2**63, -(2**63) - 1, "", 1.0, True, None],
)
def test_other_numbers_are_refused(value: Any) -> None:
    """Nothing but ASCII digits of a 64-bit number is a number."""
    with pytest.raises(StructureError, match="a whole number"):
        scalars.integer(value, int)


@pytest.mark.parametrize(("value", "expected"), [(0, "0"), (-7, "-7"), (2**53, str(2**53))])
def test_whole_numbers_are_text(value: int, expected: str) -> None:
    """The older serializer made numbers of digits: they are taken back."""
    assert expected == scalars.text(value, str)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, 1.0, 5551.5, 2**53 + 1, -(2**53) - 1, True, None, ["x"]]
)
def test_inexact_numbers_are_not_text(value: Any) -> None:
    """A number that may have lost digits must not pass for the text that it once was."""
    with pytest.raises(StructureError, match="expected text"):
        scalars.text(value, str)


@pytest.mark.parametrize("value", ["\ud83d", "x\udcfcy"])
def test_half_a_surrogate_pair_is_no_text(value: str) -> None:
    """What can be written nowhere can't be an attribute; a whole pair can."""
    with pytest.raises(StructureError, match="half of a surrogate pair"):
        scalars.text(value, str)
    assert "😀ü" == scalars.text("😀ü", str)


def test_paths_grow_from_the_inside() -> None:
    """A mismatch is told each key and index on its way out."""
    mismatch = StructureError.of("text", 5).under("city").under("address[0]").under("addresses")

    assert "addresses.address[0].city" == mismatch.path
    assert "list[0]" == StructureError("x").under("[0]").under("list").path
