"""Undo the edits of a journal."""

import json
from collections.abc import Iterable
from pathlib import Path

import attrs

from neon_async import AccountChange, ConsentInformation, EditJournal
from neon_async.cli._bulk import BulkOptions, confirmed, edit_many
from neon_async.cli._common import CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._exit_codes import Exit
from neon_async.cli._not_found import NoSuchRecordError
from neon_async.cli._streams import message


def is_journal(line: bytes) -> bool:
    try:
        return "journal" in json.loads(line)
    except (ValueError, TypeError):
        return False


@attrs.frozen
class UndoOptions:
    """Which edits of a journal to undo, and how.

    Attributes:
        account_ids: the accounts; all when empty.
    """

    account_ids: tuple[int, ...]
    consent: ConsentInformation | None
    accept_loss: tuple[str, ...]


def undo_journal(
    file: Path,
    own: Path,
    options: UndoOptions,
    bulk: BulkOptions,
    common: CommonOptions,
    *,
    yes: bool,
) -> Exit:
    """Undo the edits of a journal from the last to the first, and return the exit code.

    Args:
        file: the journal.
        own: where to record that.
        options: which edits, and how.
        bulk: the options of many edits.
        common: the common options.
        yes: whether it was confirmed.
    """
    journal = EditJournal(file)
    edits = [edit.account_id for edit in journal.edits(options.account_ids)]
    missing = sorted({*options.account_ids}.difference(edits))
    if missing:
        raise NoSuchRecordError(f"{file} has no edit of account {missing[0]}")
    if not confirmed(f"Undo {len(edits):,} edits?", yes=yes):
        message("Nothing was written.\n")
        return Exit.OK
    changes = (
        AccountChange.to_undo(edit, consent=options.consent, accept_loss=options.accept_loss)
        for edit in journal.edits(options.account_ids)
    )
    record = EditJournal(own, plan=journal.digest())
    return run_async(_undo, changes, record, len(edits), bulk, common)


async def _undo(
    changes: Iterable[AccountChange],
    journal: EditJournal,
    total: int,
    bulk: BulkOptions,
    common: CommonOptions,
) -> Exit:
    async with connect(common, max_concurrency=bulk.concurrency) as neon:
        return await edit_many(neon, changes, journal, total, bulk=bulk, common=common)
