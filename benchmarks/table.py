"""Rows of figures beside their goals, and the table that they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = (
    "| what | neon_async | goal | stretch | | client | others, in the same unit |\n"
    "|---|---|---|---|---|---|---|"
)


class Row(NamedTuple):
    """One figure beside its goals.

    Attributes:
        what: the quantity.
        figure: the result with its unit.
        goal: the goal, or a dash.
        stretch: the goal after that, or a dash.
        mark: ✓✓ where the stretch is reached, ✓ the goal, ✗ neither; a question mark where the
            machine does not allow to judge.
        client: seconds of the measured process, and its CPU time.
        others: the same figure of other libraries, or what else explains it.
    """

    what: str
    figure: str
    goal: str = "–"
    stretch: str = "–"
    mark: str = ""
    client: str = ""
    others: str = ""

    def markdown(self) -> str:
        """Return the row as a line of a Markdown table."""
        return f"| {' | '.join(self)} |"


def at_most(
    what: str,
    value: float,
    goal: float,
    stretch: float | None = None,
    *,
    unit: str = "×",
    client: str = "",
    others: str = "",
    judged: bool = True,
) -> Row:
    """Return a row whose figure should be small.

    Args:
        what: the quantity.
        value: the result.
        goal: the most it should be.
        stretch: what it should be after that.
        unit: of the value and its goals.
        client: seconds and CPU time of the measured process.
        others: figures of other libraries, or what else explains it.
        judged: whether the machine allows to judge.
    """
    mark = "✗" if value > goal else "✓" if stretch is None or value > stretch else "✓✓"
    return Row(
        what,
        f"{value:.2f} {unit}",
        f"≤ {goal:g} {unit}",
        "–" if stretch is None else f"≤ {stretch:g} {unit}",
        mark if judged else "?",
        client,
        others,
    )


def at_least(what: str, value: float, goal: float, *, others: str = "", judged: bool = True) -> Row:
    """Return a row whose figure should be large (see `at_most`)."""
    mark = "✓" if value >= goal else "✗"
    return Row(what, f"{value:.2f} ×", f"≥ {goal:g} ×", mark=mark if judged else "?", others=others)


def table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown."""
    return "\n".join([HEAD, *(row.markdown() for row in rows)])
