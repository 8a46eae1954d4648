"""Progress of pulls on stderr: bars on a terminal, elsewhere plain lines or nothing."""

import contextlib
from collections.abc import Callable, Generator
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from neon_async import Progress
from neon_async.cli._streams import message

_ROOM_FOR_WORDS: Final = 40
_ROOM_FOR_A_BAR: Final = 70

Report = Callable[[Progress], None]


@contextlib.contextmanager
def progress_bars() -> Generator[Callable[[str], Report]]:
    """Show one bar for each name that the function inside is called with."""
    console = Console(stderr=True)
    with Bars(*_columns(console.width), console=console) as bars:

        def start(name: str) -> Report:
            task = bars.add_task(name, total=None, records=0)

            def report(progress: Progress) -> None:
                bars.update(
                    task,
                    completed=progress.pages_done,
                    total=progress.pages_total,
                    records=progress.items_done,
                )

            return report

        yield start


def _columns(width: int) -> list[ProgressColumn]:
    """Return what a terminal has room for: the counts first, then the bar and the time."""
    counts = [TextColumn("{task.description}"), MofNCompleteColumn()]
    if width < _ROOM_FOR_WORDS:
        return [*counts, TextColumn("{task.fields[records]:,}")]
    if width < _ROOM_FOR_A_BAR:
        return [*counts, TextColumn("{task.fields[records]:,} records")]
    records = TextColumn("pages, {task.fields[records]:,} records")
    return [counts[0], BarColumn(), counts[1], records, TimeRemainingColumn()]


def plain_lines(name: str, *, every: int = 10) -> Report:
    """Write a line to stderr each time that another `every` percent of the pages are there."""
    reported = -1

    def report(progress: Progress) -> None:
        nonlocal reported
        share = 100 * progress.pages_done // max(progress.pages_total or 0, 1)
        if share // every > reported:
            reported = share // every
            message(
                f"{name}: {progress.pages_done} of {progress.pages_total} pages, "
                f"{progress.items_done:,} records\n"
            )

    return report
