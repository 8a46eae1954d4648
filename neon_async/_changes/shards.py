"""Which spans are to be walked, and in which order: the oldest first."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import attrs

from neon_async._changes.plan import joined
from neon_async._changes.protocol import Steps
from neon_async._changes.shard import Span
from neon_async._changes.split_points import NARROW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from neon_async._changes.protocol import Answer, Query


@attrs.define(eq=False)
class Job:
    """A span on its way."""

    span: Span
    steps: Steps[None]


class Schedule:
    """The spans of some ranges, from those that wait to those that have been seen.

    Attributes:
        waiting: the spans that were not begun.
    """

    def __init__(self, ranges: Iterable[tuple[int, int]], times: Iterable[int] = ()) -> None:
        """Make a span of each range, divided at those of the times that lie in it."""
        dividers = sorted(times)
        self.waiting = deque(
            Span(low, high) for ends in ranges for low, high in _divided(*ends, dividers)
        )
        self._unseen = set(self.waiting)

    def begin(self) -> tuple[Job, Query]:
        """Take the oldest waiting span, and return its first query."""
        span = self.waiting.popleft()
        job = Job(span, span.walk())
        return job, next(job.steps)

    def go_on(self, job: Job, answer: Answer) -> Query | None:
        """Take the answer to a span's query, and return its next one, if there is one."""
        try:
            return job.steps.send(answer)
        except StopIteration:
            if job.span.done:
                self._unseen.discard(job.span)
            return None

    def left(self) -> tuple[tuple[int, int], ...]:
        """Return what of the ranges is not known to have been seen."""
        return joined((span.reached, span.high) for span in self._unseen)

    def clear(self) -> None:
        """Note that everything has been seen."""
        self.waiting.clear()
        self._unseen.clear()


def _divided(low: int, high: int, dividers: Iterable[int]) -> Iterator[tuple[int, int]]:
    for time in dividers:
        if low + NARROW <= time <= high - NARROW:
            yield low, time
            low = time
    yield low, high
