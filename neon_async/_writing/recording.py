"""Record edits in a journal, while no other run does."""

from __future__ import annotations

import contextlib
import errno
import os
from collections import Counter
from io import FileIO
from typing import TYPE_CHECKING, Final

from neon_async._changes.checkpoint import sync_directory
from neon_async._writing.compare import MOVING, equal_ignoring_order
from neon_async._writing.journal_lines import (
    OPEN,
    JournalIndex,
    Key,
    edit_entry,
    header_line,
    journal_line,
    parse_edit,
    read_edit,
    state_line,
)
from neon_async.errors import InvalidRequestError

if TYPE_CHECKING:
    from pathlib import Path

    from neon_async._writing.account_change import EditOutcome
    from neon_async._writing.journal import EditJournal
    from neon_async._writing.result import AnyEdit

_PRIVATE: Final = 0o600


class JournalRecorder:
    """A journal that edits are being recorded in.

    Attributes:
        skipped: how many changes were passed over, since the journal says what became of them.
    """

    def __init__(self, file: FileIO, path: Path, index: JournalIndex) -> None:
        self.skipped = 0
        self._file = file
        self._path = path
        self._index = index
        self._end = index.end
        self._numbers = Counter[int]()

    @classmethod
    def open(cls, journal: EditJournal, organization: str) -> JournalRecorder:
        """Open the file or create it, locked against other runs, without a line that is torn.

        Raises:
            InvalidRequestError: it belongs to another organization or another plan, is damaged, or
                is not a journal.
            OSError: it can't be written, or another run uses it.
        """
        path = journal.path
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        file = FileIO(os.open(path, flags, _PRIVATE), "r+")
        try:
            _lock(file, path)
            with path.open("rb") as reader:
                index = JournalIndex.read(reader, path)
                reader.seek(index.end)
                torn = reader.read()
            recorder = cls(file, path, index)
            recorder._start(header_line(organization, journal.plan), torn)
        except BaseException:
            file.close()
            raise
        return recorder

    def _start(self, header: bytes, torn: bytes) -> None:
        index = self._index
        expected = JournalIndex()
        expected.add_line(header)
        assert expected.header is not None  # noqa: S101 - it was just added
        if index.header is None and not header.startswith(torn):
            message = f"{self._path} is not a journal of edits; choose another file"
            raise InvalidRequestError(message, parameter="journal")
        for name in ("organization", "plan"):
            if index.header is not None and index.header.get(name) != expected.header[name]:
                message = f"{self._path} belongs to another {name}; choose another file"
                raise InvalidRequestError(message, parameter="journal")
        self._file.truncate(self._end)
        self._file.seek(self._end)
        if index.header is None:
            self._append(header)
            self.sync()
            # Some systems can't open a directory.
            with contextlib.suppress(OSError):
                sync_directory(self._path.parent)

    def next_key(self, account_id: int) -> Key:
        number = self._numbers[account_id]
        self._numbers[account_id] += 1
        return account_id, number

    def skips(self, key: Key) -> bool:
        """Whether an earlier run recorded what became of a change."""
        state = self._index.states.get(key)
        final = state is not None and state not in OPEN
        self.skipped += final
        return final

    def begun(self, key: Key) -> AnyEdit | None:
        """Return the edit that an earlier run was about to write, without a final state."""
        place = self._index.begun.get(key)
        if place is None:
            return None
        with self._path.open("rb") as reader:
            return read_edit(reader, place, None)

    def begin(self, key: Key, edit: AnyEdit) -> None:
        """Append an edit before it is written, for `sync` to bring it to the disk.

        Raises:
            InvalidRequestError: the journal holds another edit in its place, which may have been
                written.
            OSError: the disk is full; the file is as it was.
        """
        account_id, number = key
        entry = {"accountId": account_id, "number": number, **edit_entry(edit)}
        old = self.begun(key)
        if old is not None and not _is_same(old, parse_edit(entry, written=None)):
            raise InvalidRequestError(
                "the journal holds another change of this account, which may have been written; "
                "use another journal",
                parameter="journal",
            )
        self._append(journal_line(entry))

    def end(self, key: Key, outcome: EditOutcome) -> None:
        """Append what became of a change.

        Raises:
            OSError: the disk is full; the file is as it was.
        """
        self._append(state_line(key, outcome))

    def sync(self) -> None:
        """Return when all lines are on the disk.

        Raises:
            OSError: the disk is full.
        """
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Bring all lines to the disk, and close the file.

        Raises:
            OSError: the disk is full.
        """
        try:
            self.sync()
        finally:
            self._file.close()

    def _append(self, line: bytes) -> None:
        view, written = memoryview(line), 0
        try:
            while written < len(view):
                written += self._file.write(view[written:]) or 0
        except OSError as error:
            self._file.truncate(self._end)
            self._file.seek(self._end)
            error.filename = str(self._path)
            raise
        self._end += written


def _is_same(old: AnyEdit, new: AnyEdit) -> bool:
    return old.consent == new.consent and equal_ignoring_order(
        old.after, new.after, ignoring=MOVING
    )


def _lock(file: FileIO, path: Path) -> None:
    """Let no other run use the file until it is closed."""
    try:
        import fcntl  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = "another run is using this journal; wait until it ends, or stop it"
        raise BlockingIOError(errno.EAGAIN, message, str(path)) from None
    except OSError:
        # Not every file system has locks.
        return
