"""Which spans are to be walked, and in which order: the oldest first."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import attrs

from neon_async._changes._moments import SECOND
from neon_async._changes._plan import joined
from neon_async._changes._query import Query, Steps
from neon_async._changes._spans import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from neon_async._changes._query import Answer

# A span costs about two requests more: so they are few, but for walks so long that one that
# takes its time, at the end, would keep the others waiting.
_SPANS_PER_WORKER = 4
_PAGES_PER_SPAN = 50
_FEWEST_PAGES = 4
_NARROW = 8 * SECOND


def probes(query: Query, first: Answer, workers: int) -> list[Query]:
    """Return what to ask for the times at which to divide what `query` asks for.

    They are pages at even distances. What is on them matters to nothing but the evenness of the
    spans, so that it does no harm if pages shift or are not sorted.

    Args:
        query: the range, without an end.
        first: the answer to its first page.
        workers: how many spans can be walked at once.
    """
    spans = min(
        max(workers, first.pages // _PAGES_PER_SPAN),
        _SPANS_PER_WORKER * workers,
        first.pages // _FEWEST_PAGES,
    )
    if workers == 1:
        return []
    return [
        attrs.evolve(query, page=1 + first.pages * number // spans) for number in range(1, spans)
    ]


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
        if low + _NARROW <= time <= high - _NARROW:
            yield low, time
            low = time
    yield low, high
