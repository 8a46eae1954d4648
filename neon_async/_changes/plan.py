"""Plan what a run has to read, once the server has reported its time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import anyio
import attrs

from neon_async._changes.protocol import EARLIEST, LATEST, SECOND, SLACK, to_micros
from neon_async._wire.type_guards import is_number
from neon_async.errors import CheckpointError, ErrorCode, InvalidRequestError
from neon_async.operations._validation import require, require_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async._changes.checkpoint import Checkpoint

# Ranges that are closer would share records at their ends, which count for one range only.
_APART = 4 * SLACK
_FOREVER = 1e10
# What the lookback is by default: a twelfth of the time since the last run, within these bounds. A
# clock that was wrong for a while between two runs, and is right again, shows in nothing else.
_SHORTEST, _LONGEST, _SHARE = 900 * SECOND, 7200 * SECOND, 12
# Clocks that differ by less do not matter: requests take time.
_TOLERANCE = 5 * SECOND


@attrs.frozen
class Window:
    """How far back and how close to the present a run reads, in microseconds.

    Attributes:
        since: where to begin without a checkpoint.
        lag: how long the server may take to show a change.
        lookback: how far before the last run's end to begin; None for a twelfth of the time since
            then, at least 15 minutes and at most 2 hours.
    """

    since: int
    until: int | None
    lag: int
    lookback: int | None

    @classmethod
    def of(
        cls, since: datetime, until: datetime | None, *, lag: float, lookback: float | None
    ) -> Self:
        """Return the window that a caller describes, with durations in seconds."""
        begin = _instant(since, "since")
        end = None if until is None else _instant(until, "until")
        if end is not None and end < begin:
            code = ErrorCode.RANGE_REVERSED
            raise InvalidRequestError("must not be before since", parameter="until", code=code)
        back = None if lookback is None else _duration(lookback, "lookback")
        return cls(begin, end, _duration(lag, "lag"), back)

    def looking_back(self, elapsed: int) -> int:
        """Return how far before the last run's end to begin, so long after it."""
        if self.lookback is not None:
            return self.lookback
        return min(max(_SHORTEST, elapsed // _SHARE), _LONGEST)

    def start(self, checkpoint: Checkpoint, elapsed: int = 0) -> int:
        """Return the oldest last-modified time that the run has to read, so long after the last."""
        begun = min((low for low, _ in checkpoint.pending), default=checkpoint.to)
        return max(EARLIEST, min(begun, checkpoint.to - self.looking_back(elapsed)))


def _instant(moment: datetime, name: str) -> int:
    what = "a datetime with a time zone"
    require_type(moment, datetime, what, name)
    require(moment.utcoffset() is not None, what, moment, name)
    # Nearer to the ends of what a datetime can be, another zone's clock may be in no year at all.
    return min(max(EARLIEST, to_micros(moment)), LATEST)


def _duration(seconds: float, name: str) -> int:
    is_valid = is_number(seconds) and 0 <= seconds < _FOREVER
    require(is_valid, "a number of seconds, 0 or more", seconds, name)
    return round(seconds * SECOND)


@attrs.frozen
class Plan:
    """The ranges that a run reads, and what follows them.

    Attributes:
        ranges: ranges of last-modified times in order, both ends included, apart from each other.
        to: what the checkpoint stands for when they have been read.
        settled: what was changed before can be seen, and can't be joined by more.
        set_back: by how many microseconds the server's clock went back behind the checkpoint since
            the last run; 0 where the checkpoint lies in the past.
    """

    ranges: tuple[tuple[int, int], ...]
    to: int
    settled: int
    set_back: int = 0

    @classmethod
    def make(cls, checkpoint: Checkpoint, window: Window, now: int, client: int) -> Plan:
        """Plan a run that resumes from a checkpoint.

        Args:
            checkpoint: where to resume.
            window: how far back and how close to the present to read.
            now: the server's time.
            client: the client's time.
        """
        drift, ahead = checkpoint.drift_until(now, client), checkpoint.to - now
        if ahead > drift:
            raise CheckpointError(
                "the checkpoint, or the time to begin with, lies in the server's future: what "
                "changes until then would be missed"
            )
        # Each request asks for one second more, which has to be settled as well.
        settled = now - window.lag - SLACK
        high = settled if window.until is None else min(window.until, settled)
        back = window.looking_back(checkpoint.elapsed_until(now, client))
        # A clock that went back gives times that were read before to what changes next.
        back += drift if drift > _TOLERANCE else 0
        low = max(EARLIEST, min(checkpoint.to, now) - back)
        fresh = [(low, high)] if low <= high else []
        if ahead <= 0 and drift <= _TOLERANCE:
            return cls(
                merge_ranges([*checkpoint.pending, *fresh]), max(checkpoint.to, high), settled
            )
        # After a clock went back, nothing behind the end is known to have been read: neither what
        # is pending there, nor what has changed since, up to where the last run had read.
        pending = [(begin, min(end, high)) for begin, end in checkpoint.pending if begin <= high]
        return cls(merge_ranges([*pending, *fresh]), high, settled, drift if ahead > 0 else 0)

    @property
    def start(self) -> int:
        """The oldest last-modified time that is asked for."""
        return self.ranges[0][0] if self.ranges else self.settled

    @property
    def end(self) -> int:
        """Later changes are provisional."""
        return self.ranges[-1][1] if self.ranges else self.settled

    @property
    def open_ended(self) -> bool:
        """Whether the last range ends where nothing is settled yet, and not before."""
        return bool(self.ranges) and self.ranges[-1][1] == self.settled

    def covers(self, time: int | None) -> bool:
        """Return whether a record with this last-modified time is in one of the ranges."""
        if time is None:
            return True
        for low, high in self.ranges:  # noqa: SIM110 - for each record: `any` takes thrice as long
            if low <= time <= high:
                return True
        return False

    def provisional(self, time: int | None) -> bool:
        """Return whether a record with this last-modified time will be delivered again."""
        return time is not None and time > self.end


def merge_ranges(ranges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the ranges in order, as few as they can be without touching."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low - merged[-1][1] <= _APART:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


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
