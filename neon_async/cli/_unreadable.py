"""The file beside an output for records without a usable id, which a run leaves out."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import attrs

from neon_async import Unreadable
from neon_async.cli._journal import open_journal
from neon_async.cli._lines import LineFile


@attrs.define
class UnreadableFile:
    """NDJSON of what was left out, one {"path": …, "value": …} a line; created when it is needed.

    Attributes:
        path: the file.
        written: how many lines were appended to it.
    """

    path: Path
    written: int = attrs.field(default=0, init=False)
    _waiting: list[Unreadable] = attrs.field(factory=list[Unreadable], init=False)
    _lines: LineFile | None = attrs.field(default=None, init=False)
    _opened: ExitStack = attrs.field(factory=ExitStack, init=False)

    @classmethod
    def beside(cls, output: Path) -> "UnreadableFile":
        """Name it after the output: `accounts.unreadable.ndjson` beside `accounts.ndjson`."""
        return cls(output.with_name(f"{output.stem}.unreadable{output.suffix}"))

    def __enter__(self) -> Self:
        """Return the file, which is not opened yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file, if it was opened."""
        self._opened.close()

    def take(self, record: Unreadable) -> None:
        """Keep a record for the next `store`."""
        self._waiting.append(record)

    def store(self) -> None:
        """Append what was taken, and return when it is safe on the disk.

        Raises:
            OSError: the file can't be written.
        """
        if not self._waiting:
            return
        if self._lines is None:
            self._lines = self._opened.enter_context(open_journal(self.path))
        self._lines.write(b"".join(map(_line, self._waiting)))
        self._lines.sync()
        self.written += len(self._waiting)
        self._waiting.clear()


def _line(record: Unreadable) -> bytes:
    # The letters of ASCII can spell any text, halves of surrogate pairs included.
    return json.dumps({"path": record.path, "value": record.value}).encode() + b"\n"
