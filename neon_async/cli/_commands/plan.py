"""`neon-async plan`: what a spreadsheet would change."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from neon_async import AsyncClient, InvalidRequestError
from neon_async.cli._commands.undo import DIFF_COLUMNS, losses
from neon_async.cli._credentials import credentials
from neon_async.cli._exit import Exit, undecided_advice
from neon_async.cli._files import check_place
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._interrupts import run_async
from neon_async.cli._plan import EditPlan
from neon_async.cli._planning import Planner
from neon_async.cli._sheet import Problems, SheetRow, path_of, read_sheet
from neon_async.cli._streams import message

_MOST_ROWS = 20
Paths = Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)]
Flag = Annotated[bool, Parameter(negative=(), show_default=False)]


def plan(
    file: Path,
    /,
    *,
    output: Path,
    clear: Paths = (),
    reset_consents: Flag = False,
    accept_loss: Paths = (),
) -> int:
    """Plan the changes of a spreadsheet, without writing anything to an account.

    Pull accounts as CSV, edit them in a spreadsheet, save it as CSV, and plan:

    ```
    neon-async pull accounts --from 2014-01-01Z --format csv --output accounts.csv
    neon-async plan accounts.csv --output plan.json --reset-consents
    neon-async apply plan.json --journal run.ndjson
    ```

    Each row is an account, with its id in the column accountId. Other columns are named as `pull`
    names them, or in snake case (primary_contact_first_name), or as for `edit`:
    customFieldDataList[22], primaryContact.addresses[40008].city,
    consentInformation.emailConsentStatus. A cell that is empty, as it was, or only what a
    spreadsheet makes of it is no change. A row without an id is refused, since a plan never creates
    accounts. A row whose account was modified after the pull is left out.

    Args:
        file: The spreadsheet, saved as CSV in UTF-8.
        output: Where to save the plan, which holds donors' data.
        clear: Column whose empty cells delete the field; may be repeated.
        reset_consents: Let v1 reset the consents that are not set.
        accept_loss: Path of something that may be lost, as a refusal names it; may be repeated.
    """
    problems = Problems()
    cleared = {path_of(column) for column in clear}
    rows = read_sheet(file, problems)
    unused = sorted(cleared.difference(*(row.cells for row in rows[:1])))
    if unused:
        raise InvalidRequestError(f"{file} has no column {unused[0]}", parameter="--clear")
    check_place(output)
    accepted = losses(accept_loss, reset_consents=reset_consents)
    planner, organization = run_async(_plan, rows, cleared, accepted, problems)
    problems.check(file)
    edits = tuple(edit for _, edit in sorted(planner.edits.items()))
    EditPlan(organization, accepted, edits).save(output)
    answer(
        ("accountId", *DIFF_COLUMNS),
        [(edit.account_id, *entry) for edit in edits for entry in edit.diff],
    )
    message("".join(f"{line}\n" for line in _summary(planner, output)))
    return Exit.FAILED if planner.stale else Exit.OK


async def _plan(
    rows: list[SheetRow], clear: set[str], accept_loss: tuple[str, ...], problems: Problems
) -> tuple[Planner, str]:
    async with AsyncClient(**credentials()) as neon:
        planner = Planner(neon, clear, accept_loss, problems)
        await planner.plan(rows)
        return planner, neon.organization


def _summary(planner: Planner, output: Path) -> Iterator[str]:
    undecided = [edit.undecided for edit in planner.edits.values() if edit.undecided]
    yield f"{len(planner.edits):,} to change, {planner.unchanged:,} unchanged"
    for (path, mangling), count in sorted(planner.mangled.items()):
        yield f"unchanged but for {mangling}: {count:,} cells of {path}"
    for path, count in sorted(planner.ignored.items()):
        yield f"ignored, since an edit can't set it: {count:,} cells of {path}"
    if planner.stale:
        numbers = ", ".join(str(row.number) for row in planner.stale[:_MOST_ROWS])
        more = ", …" if len(planner.stale) > _MOST_ROWS else ""
        yield f"left out, since the accounts changed after the pull: rows {numbers}{more}"
    if undecided:
        yield f"{len(undecided):,} accounts would be refused: decide first, and plan again"
        yield from undecided_advice(dict.fromkeys(path for paths in undecided for path in paths))
    yield f"The plan is in {output}"
