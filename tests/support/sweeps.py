"""Sweeps over products of cases: all of them in the thorough profile, else an even share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def share(cases: Iterable[T], *turns: int, of: int = 2) -> list[T]:
    """Return each case that has its turn; all of them in the thorough profile.

    Turns are the numbers of what the cases are combined with, such as a fault and an event loop.
    As they are added up, each case meets each fault on some event loop, and each event loop with
    some fault. Of two things with two values each, one counts twice: `share(cases, fault,
    2 * get + trio, of=4)`.

    Args:
        cases: what is combined with something else, in an order that stays.
        turns: the numbers of what it is combined with here.
        of: into how many shares the cases are divided.
    """
    every = [*cases]
    chosen = every if THOROUGH else every[sum(turns) % of :: of]
    if not chosen:
        raise ValueError(f"{len(every)} cases are too few for {of} shares")
    return chosen
