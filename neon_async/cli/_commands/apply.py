"""`neon-async apply`: make the changes of a plan."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from neon_async import AsyncClient, EditJournal, InvalidRequestError
from neon_async.cli._bulk import confirmed, edit_many
from neon_async.cli._credentials import credentials
from neon_async.cli._exit import Exit
from neon_async.cli._interrupts import run_async
from neon_async.cli._plan import EditPlan
from neon_async.cli._streams import message, naming


def apply(
    plan: Path,
    /,
    *,
    journal: Path,
    max_refused: int | None = None,
    yes: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
) -> int:
    """Make the changes of a plan, several accounts at once, and keep all other fields.

    ```
    neon-async apply plan.json --journal run.ndjson --yes
    ```

    Each account is edited as by `edit`; one that has changed since the plan is left alone. The
    journal has each edit before it is written. Run the same command again to resume: no account is
    written twice. `neon-async undo run.ndjson` brings everything back. The exit code is 1 if an
    account was not written.

    Args:
        plan: The plan that `plan` saved.
        journal: Where to record the edits; it holds donors' data.
        max_refused: Stop when more accounts than this were not written.
        yes: Write without asking for confirmation.
    """
    with naming(str(plan)):
        loaded = EditPlan.load(plan)
    if not confirmed(f"Change {len(loaded.edits):,} accounts?", yes=yes):
        message("Nothing was written.\n")
        return Exit.OK
    record = EditJournal(journal, plan=loaded.digest)
    code = run_async(_apply, loaded, record, max_refused)
    message(f"To undo: neon-async undo {journal}\n")
    return code


async def _apply(plan: EditPlan, journal: EditJournal, max_refused: int | None) -> Exit:
    async with AsyncClient(**credentials()) as neon:
        if plan.organization != neon.organization:
            raise InvalidRequestError("the plan belongs to another organization")
        return await edit_many(neon, plan.changes(), journal, len(plan.edits), max_refused)
