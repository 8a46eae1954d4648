"""Rows, and the table that they make."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One figure next to its goal.

    Attributes:
        what: what is measured, and in which unit.
        figure: what came out.
        goal: what was to be reached, or a dash.
        reached: whether it was; None where there is no goal.
        others: the same for other libraries.
    """

    what: str
    figure: str
    goal: str
    reached: bool | None
    others: str = ""
