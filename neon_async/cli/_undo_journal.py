"""Undo the edits of a journal."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path

from neon_async import AccountChange, AsyncClient, ConsentInformation, EditJournal
from neon_async.cli._bulk import confirmed, edit_many
from neon_async.cli._credentials import credentials
from neon_async.cli._exit import Exit
from neon_async.cli._interrupts import run_async
from neon_async.cli._streams import message


def is_journal(line: bytes) -> bool:
    """Whether a file that begins with this line is a journal."""
    try:
        return "journal" in json.loads(line)
    except (ValueError, TypeError):
        return False


def undo_journal(
    file: Path,
    own: Path,
    account_ids: Collection[int],
    consent: ConsentInformation | None,
    accept_loss: Iterable[str],
    *,
    yes: bool,
) -> Exit:
    """Undo the edits of a journal from the last to the first, and return the exit code.

    Args:
        file: the journal.
        own: where to record that.
        account_ids: the accounts; all when empty.
        consent: the consents to set.
        accept_loss: what may be lost.
        yes: whether it was confirmed.
    """
    journal = EditJournal(file)
    total = sum(1 for _ in journal.edits(account_ids))
    if not confirmed(f"Undo {total:,} edits?", yes=yes):
        message("Nothing was written.\n")
        return Exit.OK
    changes = (
        AccountChange.to_undo(edit, consent=consent, accept_loss=accept_loss)
        for edit in journal.edits(account_ids)
    )
    return run_async(_undo, changes, EditJournal(own, plan=journal.digest()), total)


async def _undo(changes: Iterable[AccountChange], journal: EditJournal, total: int) -> Exit:
    async with AsyncClient(**credentials()) as neon:
        return await edit_many(neon, changes, journal, total)
