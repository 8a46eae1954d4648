"""Spell dates and timestamps as newer replies do, from tables of their parts.

`isoformat` formats number after number, and takes three times as long.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

_HOURS = [f"T{number:02}:" for number in range(24)]
_MINUTES = [f"{number:02}:" for number in range(60)]
_SECONDS = [f"{number:02}" for number in range(60)]
_MILLISECONDS = {number * 1000: f".{number:03}" for number in range(1000)}
_QUARTERS = range(15, 14 * 60 + 1, 15)  # of an hour, in minutes: the offsets of time zones in use
# By zone and not by offset: a zone remembers its hash, and an offset is made for each question.
_ZONES = {timezone(timedelta(0)): "+00:00"} | {
    timezone(timedelta(minutes=minutes * factor)): f"{sign}{minutes // 60:02}:{minutes % 60:02}"
    for minutes in _QUARTERS
    for sign, factor in (("+", 1), ("-", -1))
}
# Days of 20 years and more. Records are about people who live and what they do.
_MOST_DAYS = 8192


class _Days(dict[int, str]):
    """The dates that were spelled before, by their ordinals."""

    def __missing__(self, ordinal: int) -> str:
        if len(self) >= _MOST_DAYS:
            self.clear()
        return self.setdefault(ordinal, date.fromordinal(ordinal).isoformat())


_days = _Days()


def format_timestamp(moment: datetime) -> str:
    """Spell a timestamp as newer replies do, with as many digits as it needs beyond three."""
    try:
        return (
            f"{_days[moment.toordinal()]}{_HOURS[moment.hour]}{_MINUTES[moment.minute]}"
            f"{_SECONDS[moment.second]}{_MILLISECONDS[moment.microsecond]}"
            f"{_ZONES[moment.tzinfo]}"  # type: ignore[index]
        )
    except (KeyError, TypeError):  # TypeError: a zone of the caller's own may have no hash
        return moment.isoformat(
            timespec="microseconds" if moment.microsecond % 1000 else "milliseconds"
        )


def format_date(day: date) -> str:
    """Spell a date."""
    return _days[day.toordinal()]
