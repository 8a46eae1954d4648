"""Timestamps on the command line: ISO 8601 with a time zone."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from cyclopts import Token

from neon_async.errors import InvalidRequestError

EPOCH = datetime(1990, 1, 1, tzinfo=UTC)
"""A time before the first record of any organization."""

# Python reads a zone only behind a time of day.
_DATE_AND_ZONE = re.compile(r"(\d{4}-\d{2}-\d{2})(Z|[+-]\d{2}:?\d{2})")


def aware_time(_: object, tokens: Sequence[Token]) -> datetime:
    """Parse a timestamp such as `2026-01-31Z` or `2026-01-31T15:50:28+08:00`."""
    text = tokens[0].value
    try:
        time = datetime.fromisoformat(_DATE_AND_ZONE.sub(r"\1T00:00:00\2", text))
    except ValueError:
        msg = f"expected a date such as 2014-01-10Z or 2014-01-10T15:50Z, got {text!r}"
        raise ValueError(msg) from None
    # A time without a zone would be another instant on each machine.
    if time.tzinfo is None:
        msg = f"{text} has no time zone; append Z for UTC, or an offset such as -06:00"
        raise ValueError(msg)
    return time


def check_range(since: datetime | None, until: datetime | None) -> None:
    """Refuse a range that ends before it begins."""
    if since is not None and until is not None and since > until:
        raise InvalidRequestError("--from is after --to")
