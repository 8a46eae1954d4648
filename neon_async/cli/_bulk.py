"""Run many edits from the command line: progress, limits, and what became of them."""

import contextlib
import sys
from collections.abc import Callable, Generator, Iterable
from typing import TYPE_CHECKING, Annotated

import attrs
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from neon_async import (
    AccountChange,
    EditJournal,
    EditOutcome,
    EditStatus,
    InvalidRequestError,
    NeonError,
)
from neon_async.cli._common import CONCURRENCY, CommonOptions
from neon_async.cli._exit_codes import Exit
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._messages import describe
from neon_async.cli._streams import message
from neon_async.cli._values import AtLeastOne, OptionalAtLeastZero

if TYPE_CHECKING:
    from neon_async import AsyncClient

_DONE = {EditStatus.WRITTEN, EditStatus.UNCHANGED}


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class BulkOptions:
    """Options of many edits.

    Attributes:
        max_refused: Stop when more accounts than this were not written.
        concurrency: Accounts to edit at once. NeonCRM limits requests at once, and does not publish
            the limit.
    """

    max_refused: Annotated[OptionalAtLeastZero, Parameter(show_default=False)] = None
    concurrency: Annotated[AtLeastOne, CONCURRENCY] = 5


BULK = BulkOptions()
"""The defaults."""


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask for confirmation on a terminal, unless it was given."""
    if yes:
        return True
    # A pipe that happens to begin with "y" is no consent of a person.
    if not sys.stdin.isatty():
        raise InvalidRequestError("nothing was written: not a terminal; pass --yes to confirm")
    message(f"{question} [y/N] ")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


async def edit_many(
    neon: "AsyncClient",
    changes: Iterable[AccountChange],
    journal: EditJournal,
    total: int,
    *,
    bulk: BulkOptions,
    common: CommonOptions,
) -> Exit:
    """Make the changes, show what was not written, and return the exit code.

    Raises:
        NeonError: more than `bulk.max_refused` accounts were not written, or the run ended early.
        OSError: the journal can't be written.
    """
    failed: list[EditOutcome] = []
    edits = neon.edit_many(changes, journal=journal)
    async with edits as outcomes:
        try:
            with _progress(total, shown=common.watched) as advance:
                async for outcome in outcomes:
                    advance(outcomes.skipped + outcomes.counts.total())
                    if outcome.status not in _DONE:
                        failed.append(outcome)
                    _check_limit(len(failed), bulk.max_refused)
        except BaseException as error:
            error.add_note(f"to resume, run the same command again: {journal.path} has all so far")
            raise
        finally:
            _show(failed)
    # Those of the journal: a run that was resumed has skipped what an earlier one wrote.
    counts = journal.counts()
    listed = ", ".join(f"{counts[status]:,} {status}" for status in EditStatus if counts[status])
    common.note(f"{listed or 'nothing to do'}.\n")
    return Exit.OK if _DONE.issuperset(counts) else Exit.FAILED


def _check_limit(failed: int, max_refused: int | None) -> None:
    if max_refused is not None and failed > max_refused:
        raise NeonError(f"stopped: more than {max_refused} accounts were not written")


def _show(failed: list[EditOutcome]) -> None:
    """Print the accounts that were not written, and why."""
    if failed:
        rows = [
            (outcome.account_id, outcome.status, outcome.error and describe(outcome.error))
            for outcome in failed
        ]
        answer(("accountId", "status", "reason"), rows)


@contextlib.contextmanager
def _progress(total: int, *, shown: bool) -> Generator[Callable[[int], None]]:
    """Show a bar, if somebody watches."""
    if not shown:
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
