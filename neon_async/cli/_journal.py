"""The file of a sync: NDJSON that is on disk before the checkpoint moves past it."""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

import orjson

from neon_async import Activity, Change, Deleted, Upserted, unstructure
from neon_async.models import Account

_BLOCK = 1 << 16


@contextlib.contextmanager
def open_journal(path: Path) -> Generator[BinaryIO]:
    """Open a file to go on with it, without the line that a killed process left unfinished.

    Raises:
        OSError: it can't be written, or its last line is nothing that a sync began.
    """
    with path.open("ab+") as file:
        end = _end_of_lines(file)
        file.seek(end)
        if file.read(1) not in {b"", b"{"}:
            problem = f"{path} ends with a line that no sync began; it was left as it is"
            raise OSError(problem)
        file.truncate(end)
        # A new name has to reach the disk, too. Some systems can't open a directory.
        with contextlib.suppress(OSError):
            _sync_directory(path.parent)
        yield file


def _end_of_lines(file: BinaryIO) -> int:
    """Return the position behind the last line that is whole."""
    end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _BLOCK)
        file.seek(start)
        found = file.read(end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def line(change: Change[Account] | Change[Activity]) -> bytes:
    """Return a change as a line that says what kind of change it is."""
    match change:
        case Upserted(record, provisional):
            what = {"change": "upserted", "record": unstructure(record)}
        case Deleted(one, provisional):
            what = {"change": "deleted", "id": one}
        case _:
            what = {"change": "merged", "old": change.old, "new": change.new}
            provisional = change.provisional
    return orjson.dumps({**what, "provisional": provisional}, option=orjson.OPT_APPEND_NEWLINE)


def flush_to_disk(journal: BinaryIO) -> None:
    """Return when everything that was written is safe on disk.

    Raises:
        OSError: it can't be written.
    """
    journal.flush()
    os.fsync(journal.fileno())
