"""Rows, and the table that they make."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One figure next to its goal.

    Attributes:
        what: the quantity, and its unit.
        figure: the result.
        goal: the goal, or a dash.
        reached: whether it was; None where there is no goal.
        others: the same for other libraries.
    """

    what: str
    figure: str
    goal: str
    reached: bool | None
    others: str = ""
