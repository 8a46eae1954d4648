"""The journal of many edits: a file in which each is on the disk before it is written."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from neon_async._pipeline.secrecy import guarded
from neon_async._writing.account_change import EditStatus
from neon_async._writing.journal_lines import OPEN, JournalIndex, Key, read_edit
from neon_async.operations._validation import require_type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from neon_async._writing.result import AnyEdit


class EditJournal:
    """A file of what `edit_many` writes, for resuming and for undoing.

    It is NDJSON that only its owner may read: a header with the fingerprint of the organization
    and of the plan; before each write a line with the account before and after, and with what was
    decided about losses and consents; after it a line with its status. It holds donors' data.

    Attributes:
        path: the file; a link is followed.
        plan: what the changes come from, such as a digest of a file. A journal of another plan is
            refused; `""` for changes that have none.
    """

    def __init__(self, path: str | os.PathLike[str], *, plan: str = "") -> None:
        """Keep the path of a file that need not exist, in a directory that must.

        Args:
            path: the file.
            plan: what the changes come from.
        """
        require_type(path, (str, os.PathLike), "the path of a file", "path")
        self.path: Path = Path(os.path.realpath(path))
        self.plan: str = plan

    def __repr__(self) -> str:
        """Show the path."""
        return f"EditJournal({str(self.path)!r})"

    @guarded
    def edits(self, account_ids: Collection[int] = ()) -> Iterator[AnyEdit]:
        """Return what was written, or may have been, from the last edit to the first.

        Each can be undone, in this order: `AccountChange.to_undo(edit)`. The file is read once, and
        a line again for each edit.

        Args:
            account_ids: the accounts; all when empty.

        Raises:
            InvalidRequestError: it is not a journal, or damaged.
            OSError: it can't be read.
        """
        index = self._index()
        keys = [
            key
            for key in reversed(index.begun)
            if index.states.get(key, EditStatus.UNKNOWN) in {EditStatus.WRITTEN, *OPEN}
            and (not account_ids or key[0] in account_ids)
        ]
        return map(_EditReader(self.path, index).edit, keys)

    @guarded
    def counts(self) -> Counter[EditStatus]:
        """Count the changes by their status, with those that have no end as `UNKNOWN`.

        Raises:
            InvalidRequestError: it is not a journal, or damaged.
            OSError: it can't be read.
        """
        index = self._index()
        ended = Counter(index.states.values())
        ended[EditStatus.UNKNOWN] += len(index.begun.keys() - index.states.keys())
        return +ended

    def _index(self) -> JournalIndex:
        with self.path.open("rb") as file:
            return JournalIndex.read(file, self.path)

    @guarded
    def digest(self) -> str:
        """Return a digest of the whole lines of the file, as the `plan` of its undoing.

        Raises:
            OSError: it can't be read.
        """
        content = self.path.read_bytes()
        return hashlib.sha256(content[: content.rfind(b"\n") + 1]).hexdigest()


@attrs.frozen
class _EditReader:
    """Reads edits from their places."""

    path: Path
    index: JournalIndex = attrs.field(repr=False)

    @guarded
    def edit(self, key: Key) -> AnyEdit:
        with self.path.open("rb") as file:
            return read_edit(file, self.index.begun[key], self.index.states.get(key))
