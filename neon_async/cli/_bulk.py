"""Run many edits from the command line: progress, limits, and what became of them."""

import contextlib
import sys
from collections.abc import Callable, Generator, Iterable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from neon_async import (
    AccountChange,
    AsyncClient,
    EditJournal,
    EditOutcome,
    EditStatus,
    InvalidRequestError,
    NeonError,
)
from neon_async.cli._exit import Exit
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._progress import on_terminal
from neon_async.cli._streams import message

_DONE = {EditStatus.WRITTEN, EditStatus.UNCHANGED}


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask for confirmation on a terminal, unless it was given.

    Raises:
        InvalidRequestError: there is no terminal to ask on.
    """
    if yes:
        return True
    if not sys.stdin.isatty():
        raise InvalidRequestError("nothing was written: not a terminal; pass --yes to confirm")
    message(f"{question} [y/N] ")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


async def edit_many(
    neon: AsyncClient,
    changes: Iterable[AccountChange],
    journal: EditJournal,
    total: int,
    max_refused: int | None = None,
) -> Exit:
    """Make the changes, show what was not written, and return the exit code.

    Raises:
        NeonError: more than `max_refused` accounts were not written, or the run ended early.
        OSError: the journal can't be written.
    """
    failed: list[EditOutcome] = []
    edits = neon.edit_many(changes, journal=journal)
    async with edits as outcomes:
        try:
            with _progress(total) as advance:
                async for outcome in outcomes:
                    advance(outcomes.skipped + outcomes.counts.total())
                    if outcome.status not in _DONE:
                        failed.append(outcome)
                    _check_limit(len(failed), max_refused)
        except BaseException as error:
            error.add_note(f"to resume, run the same command again: {journal.path} has all so far")
            raise
        finally:
            _show(failed)
    counts = journal.counts()
    listed = ", ".join(f"{counts[status]:,} {status}" for status in EditStatus if counts[status])
    message(f"{listed or 'nothing to do'}.\n")
    return Exit.OK if _DONE.issuperset(counts) else Exit.FAILED


def _check_limit(failed: int, max_refused: int | None) -> None:
    if max_refused is not None and failed > max_refused:
        raise NeonError(f"stopped: more than {max_refused} accounts were not written")


def _show(failed: list[EditOutcome]) -> None:
    """Print the accounts that were not written, and why."""
    if failed:
        rows = [(outcome.account_id, outcome.status, str(outcome.error)) for outcome in failed]
        answer(("accountId", "status", "reason"), rows)


@contextlib.contextmanager
def _progress(total: int) -> Generator[Callable[[int], None]]:
    """Show a bar on a terminal."""
    if not on_terminal():
        yield lambda _: None
        return
    columns = (
        TextColumn("edits"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task("edits", total=total)
        yield lambda done: bars.update(task, completed=done)
