"""Counts of odd values, and a side file for records without a usable id."""

import contextlib
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

import attrs

from neon_async import NeonError, ProtocolError, Unreadable
from neon_async.cli._files import create_numbered
from neon_async.cli._journal import open_journal
from neon_async.cli._json import line
from neon_async.cli._lines import LineFile
from neon_async.models import Model


@attrs.define
class SideFile:
    """Records without a usable id, as JSON lines in a file that only its owner may read.

    The file is there once there is such a record.

    Attributes:
        append: whether to append to one that is there, instead of taking another name.
        count: how many records are in it.
    """

    path: Path
    append: bool = False
    count: int = attrs.field(default=0, init=False)
    _lines: LineFile | None = attrs.field(default=None, init=False)
    _opened: contextlib.ExitStack = attrs.field(factory=contextlib.ExitStack, init=False)

    @classmethod
    def beside(cls, output: Path, *, append: bool = False) -> "SideFile":
        """Name the file after an output."""
        return cls(output.with_name(f"{output.stem}.unreadable.ndjson"), append)

    def write(self, record: Unreadable, /) -> None:
        """Append a record.

        Raises:
            OSError: it can't be written.
        """
        if self._lines is None:
            if not self.append or not self.path.exists():
                self.path = create_numbered(self.path, b"")
            self._lines = self._opened.enter_context(open_journal(self.path))
        self._lines.write(line({"path": record.path, "value": record.value}))
        self.count += 1

    def sync(self) -> None:
        """Return when all records are safe on the disk.

        Raises:
            OSError: the disk is full.
        """
        if self._lines is not None:
            self._lines.sync()

    def close(self) -> None:
        """Close the file, and remove it where nothing could be written to it."""
        self._opened.close()
        if self._lines is not None and not self.path.stat().st_size:
            self.path.unlink()


@attrs.define
class Oddities:
    """Odd values and unreadable records of one run, for its last lines.

    Attributes:
        skipped: where records without a usable id go; None to refuse them.
        values: how many odd values there were.
        records: how many records had them.
    """

    skipped: SideFile | None = None
    values: int = attrs.field(default=0, init=False)
    records: int = attrs.field(default=0, init=False)

    def count(self, records: Iterable[Model]) -> None:
        numbers = [len(record.oddities) for record in records]
        self.values += sum(numbers)
        self.records += sum(map(bool, numbers))

    def lines(self) -> Iterator[str]:
        """Yield the lines to print at the end, if any."""
        if self.values:
            values, records = _number(self.values, "odd value"), _number(self.records, "record")
            yield f"kept as received: {values} in {records}"
        if self.skipped is not None and self.skipped.count:
            records = _number(self.skipped.count, "record")
            yield f"left out: {records} without a usable id, see {self.skipped.path}"

    def sync(self) -> None:
        """Return when all records without a usable id are safe on the disk.

        Raises:
            OSError: the disk is full.
        """
        if self.skipped is not None:
            self.skipped.sync()

    @contextlib.contextmanager
    def reported(self) -> Generator[None]:
        """Add the counts to an error, and advice about records without a usable id."""
        try:
            yield
        except (KeyboardInterrupt, NeonError, OSError) as error:
            if isinstance(error, ProtocolError) and "without a usable id" in str(error):
                error.add_note("to skip such records: --skip-unreadable")
            for text in self.lines():
                error.add_note(text)
            raise
        finally:
            if self.skipped is not None:
                self.skipped.close()


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' if count > 1 else ''}"
