"""Dates and timestamps from tables, compared with `isoformat`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async._wire import iso8601
from neon_async._wire.iso8601 import format_date, format_timestamp

OFFSETS = st.integers(-24 * 60 + 1, 24 * 60 - 1).map(lambda minutes: timedelta(minutes=minutes))


@given(day=st.dates())
def test_dates(day: date) -> None:
    """A date of any year is spelled as Python spells it."""
    assert day.isoformat() == format_date(day)


@given(moment=st.datetimes(), offset=OFFSETS, rest=st.integers(0, 999))
def test_timestamps(moment: datetime, offset: timedelta, rest: int) -> None:
    """A timestamp has milliseconds, and more digits only where they say something."""
    moment = moment.replace(tzinfo=timezone(offset))
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    assert whole.isoformat(timespec="milliseconds") == format_timestamp(whole)
    if rest:
        odd = whole + timedelta(microseconds=rest)
        assert odd.isoformat(timespec="microseconds") == format_timestamp(odd)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2014, 1, 10, 15, 50, 28, 153000, UTC), "2014-01-10T15:50:28.153+00:00"),
        (datetime(2014, 11, 2, 1, 30, tzinfo=ZoneInfo("America/New_York"), fold=1),
         "2014-11-02T01:30:00.000-05:00"),
        (datetime(1850, 1, 1, tzinfo=ZoneInfo("America/New_York")),
         "1850-01-01T00:00:00.000-04:56:02"),
        (datetime(2014, 1, 1), "2014-01-01T00:00:00.000"),  # noqa: DTZ001 - it is the point
    ],
)  # fmt: skip
def test_zones(moment: datetime, text: str) -> None:
    """An offset is that of the moment, down to its seconds, and a naive moment has none."""
    assert text == format_timestamp(moment)


def test_a_zone_without_a_hash() -> None:
    """A zone of the caller's own need not be one that a dictionary takes."""

    class Local(ZoneInfo):
        __hash__ = None  # type: ignore[assignment]

    moment = datetime(2014, 1, 10, 15, 50, 28, 153000, Local("Europe/Kyiv"))

    assert "2014-01-10T15:50:28.153+02:00" == format_timestamp(moment)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ever new days can't fill the memory."""
    monkeypatch.setattr(iso8601, "_MOST_DAYS", 2)
    monkeypatch.setattr(iso8601, "_days", days := iso8601._Days())
    first = date(2014, 1, 1)

    texts = [format_date(first + timedelta(days=number % 5)) for number in range(10)]

    assert [f"2014-01-0{number % 5 + 1}" for number in range(10)] == texts
    assert len(days) <= 2
