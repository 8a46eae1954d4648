"""Points in time as whole microseconds since 1970, which compare as instants in any zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

MILLISECOND = 1_000
SECOND = 1_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(instant: int) -> datetime:
    """Return microseconds since 1970 as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=instant)


EARLIEST = to_micros(datetime(1900, 1, 1, tzinfo=UTC))
"""No record was changed before it; databases refuse dates that are much older."""

LATEST = to_micros(datetime(9999, 1, 1, tzinfo=UTC))
"""No record will be changed after it."""
