"""`neon-async plan`: what a spreadsheet would change."""

from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter

from neon_async import InvalidRequestError
from neon_async.cli._commands.undo import DIFF_COLUMNS, DIFF_STYLES, losses
from neon_async.cli._common import COMMON, CONCURRENCY, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._exit import undecided_advice
from neon_async.cli._exit_codes import Exit
from neon_async.cli._files import check_place
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._plan import EditPlan
from neon_async.cli._planning import Planner, PlanOptions
from neon_async.cli._sheet import Problems, SheetRow, path_of, read_sheet
from neon_async.cli._streams import message
from neon_async.cli._values import AtLeastOne, FilePath

_MOST_ROWS = 20
Paths = Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)]
Flag = Annotated[bool, Parameter(negative=(), show_default=False)]


def plan(
    file: FilePath,
    /,
    *,
    output: Annotated[FilePath, Parameter(("--output", "-o"))],
    clear: Paths = (),
    reset_consents: Flag = False,
    accept_loss: Paths = (),
    concurrency: Annotated[AtLeastOne, CONCURRENCY] = 5,
    common: CommonOptions = COMMON,
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
        concurrency: Accounts to read at once. NeonCRM limits requests at once, and does not publish
            the limit.
        common: The common options.
    """
    problems = Problems()
    cleared = {path_of(column) for column in clear}
    rows = read_sheet(file, problems)
    unused = sorted(cleared.difference(*(row.cells for row in rows[:1])))
    if unused:
        raise InvalidRequestError(f"{file} has no column {unused[0]}", parameter="--clear")
    check_place(output)
    accepted = losses(accept_loss, reset_consents=reset_consents)
    options = PlanOptions(cleared, accepted, problems, concurrency)
    planner, organization = run_async(_plan, rows, options, common)
    problems.check(file)
    edits = tuple(edit for _, edit in sorted(planner.edits.items()))
    EditPlan(organization, accepted, edits).save(output)
    answer(
        ("accountId", *DIFF_COLUMNS),
        [(edit.account_id, *entry) for edit in edits for entry in edit.diff],
        styles=DIFF_STYLES,
    )
    common.note("".join(f"{line}\n" for line in _summary(planner)))
    message("".join(f"{line}\n" for line in _left_to_decide(planner)))
    common.note(f"The plan is in {output}\n")
    return Exit.FAILED if planner.stale else Exit.OK


async def _plan(
    rows: list[SheetRow], options: PlanOptions, common: CommonOptions
) -> tuple[Planner, str]:
    async with connect(common, max_concurrency=options.concurrency) as neon:
        planner = Planner(neon, options)
        await planner.plan(rows)
        return planner, neon.organization


def _summary(planner: Planner) -> Iterator[str]:
    yield f"{len(planner.edits):,} to change, {planner.unchanged:,} unchanged"
    for (path, mangling), count in sorted(planner.mangled.items()):
        yield f"unchanged but for {mangling}: {count:,} cells of {path}"
    for path, count in sorted(planner.ignored.items()):
        yield f"ignored, since an edit can't set it: {count:,} cells of {path}"


def _left_to_decide(planner: Planner) -> Iterator[str]:
    undecided = [edit.undecided for edit in planner.edits.values() if edit.undecided]
    if planner.stale:
        numbers = ", ".join(str(row.number) for row in planner.stale[:_MOST_ROWS])
        more = ", …" if len(planner.stale) > _MOST_ROWS else ""
        yield f"left out, since the accounts changed after the pull: rows {numbers}{more}"
    if undecided:
        accounts = "1 account" if len(undecided) == 1 else f"{len(undecided):,} accounts"
        yield f"{accounts} would be refused: decide first, and plan again"
        paths = dict.fromkeys(path for paths in undecided for path in paths)
        yield from undecided_advice(paths, how="a column {}, with GIVEN or DECLINED,")
