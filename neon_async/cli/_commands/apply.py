"""`neon-async apply`: make the changes of a plan."""

import shlex
from typing import Annotated

from cyclopts import Parameter

from neon_async import EditJournal, InvalidRequestError
from neon_async.cli._bulk import BULK, BulkOptions, confirmed, edit_many
from neon_async.cli._common import COMMON, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._exit_codes import Exit
from neon_async.cli._plan import EditPlan
from neon_async.cli._streams import message, naming
from neon_async.cli._values import FilePath


def apply(
    plan: FilePath,
    /,
    *,
    journal: FilePath,
    yes: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    bulk: BulkOptions = BULK,
    common: CommonOptions = COMMON,
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
        yes: Write without asking for confirmation.
        bulk: The options of many edits.
        common: The common options.
    """
    with naming(str(plan)):
        loaded = EditPlan.load(plan)
    if not confirmed(f"Change {len(loaded.edits):,} accounts?", yes=yes):
        message("Nothing was written.\n")
        return Exit.OK
    record = EditJournal(journal, plan=loaded.digest)
    code = run_async(_apply, loaded, record, bulk, common)
    common.note(f"To undo: neon-async undo {shlex.quote(str(journal))}\n")
    return code


async def _apply(
    plan: EditPlan, journal: EditJournal, bulk: BulkOptions, common: CommonOptions
) -> Exit:
    async with connect(common, max_concurrency=bulk.concurrency) as neon:
        if plan.organization != neon.organization:
            raise InvalidRequestError("the plan belongs to another organization")
        changes = plan.changes()
        return await edit_many(neon, changes, journal, len(plan.edits), bulk=bulk, common=common)
