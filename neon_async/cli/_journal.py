"""The file of a sync: NDJSON that is on disk before the checkpoint moves past it."""

import contextlib
import os
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import BinaryIO

from neon_async import Activity, Change, Deleted, Upserted
from neon_async.cli._files import sync_folder
from neon_async.cli._json import line as json_line
from neon_async.cli._lines import LineFile
from neon_async.cli._lock import lock
from neon_async.models import Account
from neon_async.warehouse.json_text import dumps

_BLOCK = 1 << 16
_UPSERTED = b'{"change":"upserted","record":%s,"provisional":%s}\n'


@contextlib.contextmanager
def open_journal(path: Path) -> Generator[LineFile]:
    """Open a file to append to it, without the line that a killed process left unfinished.

    Raises:
        OSError: it can't be written, its last line is nothing that a sync began, or another run
            appends to it.
    """
    with path.open("ab+", buffering=0) as file:
        lock(file, path)
        end = _end_of_lines(file)
        file.seek(end)
        if file.read(1) not in {b"", b"{"}:
            text = f"{path} does not end with a line of sync, and was left unchanged"
            raise OSError(text)
        file.truncate(end)
        sync_folder(path.parent)
        lines = LineFile(file, str(path))
        try:
            yield lines
        finally:
            lines.close()


def _end_of_lines(file: BinaryIO) -> int:
    """Return the position behind the last line that is whole."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _BLOCK)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        end = start
    return 0


def store(journal: LineFile, changes: Iterable[Change[Account] | Change[Activity]]) -> None:
    """Append changes, all of them or none, and return when they are safe on the disk.

    Raises:
        OSError: the disk is full.
    """
    journal.write(b"".join(map(line, changes)))
    journal.sync()


def line(change: Change[Account] | Change[Activity]) -> bytes:
    match change:
        case Upserted(record, provisional):
            # Not by way of a dictionary: nearly all changes are of this kind.
            return _UPSERTED % (dumps(record), b"true" if provisional else b"false")
        case Deleted(record_id, provisional):
            entry: dict[str, object] = {"change": "deleted", "id": record_id}
        case _:
            entry = {"change": "merged", "old": change.old, "new": change.new}
            provisional = change.provisional
    return json_line({**entry, "provisional": provisional})
