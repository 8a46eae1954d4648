"""Which spans are to be walked, and in which order: the oldest first."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import attrs

from neon_async._changes._plan import joined
from neon_async._changes._query import Steps
from neon_async._changes._spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async._changes._query import Answer, Query

# Several spans for each worker, since none are even; but no spans of a few pages.
_SPANS_PER_WORKER = 4
_PAGES_PER_SPAN = 4


def most_in_a_span(first: Answer, workers: int) -> int | None:
    """Return how many records a span may hold before it is divided; None not to divide any."""
    most = max(_PAGES_PER_SPAN * first.size, first.total // (_SPANS_PER_WORKER * workers))
    return most if workers > 1 and first.total > most else None


@attrs.define(eq=False)
class Job:
    """A span on its way."""

    span: Span
    steps: Steps[None]

    def __lt__(self, other: Job) -> bool:
        """Order by time."""
        return self.span.low < other.span.low


class Schedule:
    """The spans of some ranges, from those that wait to those that have been seen.

    Attributes:
        waiting: a heap of the spans that were not begun.
    """

    def __init__(self, ranges: Iterable[tuple[int, int]], most: int | None) -> None:
        """Make a span of each range, to be divided into spans of `most` records or fewer."""
        self.waiting: list[Job] = []
        self._most = most
        self._unseen: set[Span] = set()
        for low, high in ranges:
            self._add(Span(low, high))

    def begin(self) -> tuple[Job, Query]:
        """Take the oldest waiting span, and return its first query."""
        job = heapq.heappop(self.waiting)
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

    def _add(self, span: Span) -> None:
        self._unseen.add(span)
        heapq.heappush(self.waiting, Job(span, span.walk(self._most, self._add)))
