"""Points in time as whole microseconds since 1970, and the comparison of two clocks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import anyio
import attrs

MILLISECOND = 1_000
SECOND = 1_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(timestamp: datetime) -> int:
    """Return an aware datetime as microseconds since 1970."""
    return (timestamp - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return microseconds since 1970 as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=micros)


EARLIEST = to_micros(datetime(1900, 1, 1, tzinfo=UTC))
"""No record was changed before it; databases refuse dates that are much older."""

LATEST = to_micros(datetime(9999, 1, 1, tzinfo=UTC))
"""No record will be changed after it."""


@attrs.frozen
class ClientClock:
    """The clocks of this computer.

    Attributes:
        monotonic: returns seconds since some moment; it never goes back.
        wall: returns the present, in microseconds since 1970.
    """

    # Looked up at each call: tests put a clock of their own in its place.
    monotonic: Callable[[], float] = lambda: anyio.current_time()  # noqa: PLW0108
    wall: Callable[[], int] = lambda: to_micros(datetime.now(UTC))


class Clocks:
    """Compares the server's clock with the client's during a run.

    Attributes:
        drift: by how many microseconds the server's clock went back, at least.
        server: the server's time in the latest reply; None before the first.
        client: the client's time when it came; None before.
    """

    def __init__(self, clock: ClientClock) -> None:
        """Begin without any reply."""
        self._clock = clock
        # How far the server's clock was ahead of the monotonic one, at least.
        self._ahead: int | None = None
        self.drift = 0
        self.server: int | None = None
        self.client: int | None = None

    def monotonic(self) -> int:
        """Return the client's monotonic time in microseconds."""
        return round(self._clock.monotonic() * SECOND)

    def wall(self) -> int:
        """Return the client's time in microseconds since 1970."""
        return self._clock.wall()

    def note(self, sent: int, now: int) -> None:
        """Note the server's time in a reply to what was sent at a monotonic time.

        The server looked at its clock between then and now. Only certain conclusions
        count: a reply that waited for a busy event loop is no clock that went back.
        """
        if self._ahead is not None:
            self.drift = max(self.drift, self._ahead - (now - sent))
        at_least = now - self.monotonic()
        self._ahead = at_least if self._ahead is None else max(self._ahead, at_least)
        self.server, self.client = now, self.wall()
