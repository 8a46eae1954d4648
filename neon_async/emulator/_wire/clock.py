"""The emulator's time: whole milliseconds since 1970, shown as v1 shows them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

EASTERN = timezone(timedelta(hours=-5))
"""The offset in which the reference pages show the start and end of activities."""

_SHOWN = timezone(timedelta(hours=8))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)", re.ASCII)


class Clock:
    """A clock that can be moved forward by hand.

    Args:
        start: where the clock stands, with a time zone. It then moves only by `advance`.
            A function is asked for the time whenever it is needed; without either, the
            clock runs with the machine's.

    Raises:
        ValueError: the start has no time zone.
    """

    def __init__(self, start: datetime | Callable[[], datetime] | None = None) -> None:
        """Set the clock."""
        if isinstance(start, datetime) and start.tzinfo is None:
            raise ValueError("start: expected a datetime with a time zone, got a naive datetime")
        self._start = start
        self._moved = timedelta()

    def __call__(self) -> datetime:
        """Return the time, in UTC."""
        start = self._start
        if start is None:
            return datetime.now(UTC) + self._moved
        standing = start if isinstance(start, datetime) else start()
        return standing.astimezone(UTC) + self._moved

    def advance(self, seconds: float) -> None:
        """Move the clock forward by so many seconds."""
        self._moved += timedelta(seconds=seconds)


def milliseconds(moment: datetime) -> int:
    """Return an aware datetime as whole milliseconds since 1970, rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def timestamp(at: int, zone: tzinfo = _SHOWN) -> str:
    """Return milliseconds since 1970 as v1 writes them: `2014-01-10T15:50:28.153+08:00`."""
    moment = _EPOCH + timedelta(milliseconds=at)
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


def is_timestamp(text: str) -> bool:
    """Return whether a text is a timestamp that v1 would accept."""
    return parse_timestamp(text) is not None


def parse_timestamp(text: str) -> int | None:
    """Return a timestamp as microseconds since 1970, or None if v1 would not accept it."""
    if not _STAMP.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(microseconds=1)
