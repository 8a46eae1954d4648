"""The pieces into which a range is divided, and how far each has been seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from neon_async._changes._keyset import keyset
from neon_async._changes._moments import SECOND
from neon_async._changes._query import SLACK, Query

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async._changes._query import Steps

# Dividing what is narrower would cost more requests than it saves.
_NARROW = 8 * SECOND


@attrs.define(eq=False)
class Span:
    """A piece of a range, both ends included, that one walk goes through.

    Attributes:
        low: its beginning.
        high: its end.
        total: about how many records it holds, or None while that is not known.
        reached: all that is older has been seen.
        done: whether all of it has been seen.
        doubtful: whether something after `reached` may have been missed.
    """

    low: int
    high: int
    total: int | None = None
    reached: int = attrs.field(default=attrs.Factory(lambda self: self.low, takes_self=True))
    done: bool = False
    doubtful: bool = False

    def reach(self, instant: int) -> None:
        """Note that all that is older than `instant` has been seen."""
        if not self.doubtful:
            self.reached = min(max(self.reached, instant), self.high)
            self.done |= instant >= self.high

    def doubt(self) -> None:
        """Note that something may have been missed, so that it has to be read another time."""
        self.doubtful = True

    def walk(self, most: int | None, spawn: Callable[[Span], None]) -> Steps[None]:
        """See every record of the span, or hand parts of it on.

        Args:
            most: records in a span that is not divided, or None to divide none.
            spawn: called with each part that is left to another walk.
        """
        if most is not None:
            yield from self._divide(most, spawn)
        yield from keyset(self.low - SLACK, self.high + SLACK, self)

    def _divide(self, most: int, spawn: Callable[[Span], None]) -> Steps[None]:
        """Halve the span, counting, until there is not too much in it."""
        if self.total is None:
            self.total = (yield Query(self.low - SLACK, self.high + SLACK, count=True)).total
        while self.total > most and self.high - self.low > _NARROW:
            middle = (self.low + self.high) // 2
            answer = yield Query(self.low - SLACK, middle + SLACK, count=True)
            if answer.complete:
                self.reach(middle)
                self.low = middle
            else:
                # The totals serve to divide evenly: what changes meanwhile does not matter.
                spawn(Span(middle, self.high, max(0, self.total - answer.total)))
                self.high, self.total = middle, answer.total
