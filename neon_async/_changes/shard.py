"""The pieces into which a range is divided, and how far each has been seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from neon_async._changes.keyset import keyset
from neon_async._changes.protocol import SLACK

if TYPE_CHECKING:
    from neon_async._changes.protocol import Steps


@attrs.define(eq=False)
class Span:
    """A piece of a range, both ends included, that one walk goes through.

    Attributes:
        low: its beginning.
        high: its end.
        reached: all that is older has been seen.
        done: whether all of it has been seen.
        doubtful: whether something after `reached` may have been missed.
    """

    low: int
    high: int
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

    def walk(self) -> Steps[None]:
        """See every record of the span."""
        return keyset(self.low - SLACK, self.high + SLACK, self)
