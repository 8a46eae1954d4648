"""Records as lines: in files that end with a whole line, even on a full disk."""

import contextlib
import errno
import os
import select
import stat
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeAlias

import attrs

from neon_async import InvalidRequestError
from neon_async.cli._files import StagedFiles, check_folder, is_special
from neon_async.cli._formats.output import Kept
from neon_async.cli._lock import lock
from neon_async.cli._streams import STDOUT, naming
from neon_async.models import Model

Encode: TypeAlias = Callable[[Sequence[Model]], bytes]


# What a pipe that can be written to takes at once.
_PIECE: int = getattr(select, "PIPE_BUF", 512)
_SECONDS = 0.2


@attrs.define
class LineFile:
    """A file without a buffer, to which blocks of lines are appended: each of them, or nothing.

    Attributes:
        file: the file, open for writing.
        name: what to call it.
        leaving: once it is set, a reader that takes nothing is not waited for.
    """

    file: BinaryIO
    name: str
    leaving: threading.Event = attrs.field(factory=threading.Event, init=False)
    _turn: threading.Lock = attrs.field(factory=threading.Lock, init=False)

    def write(self, block: bytes) -> None:
        """Append a block.

        Raises:
            OSError: it does not fit, or can't be written; a file of its own is as it was before.
        """
        view, written = memoryview(block), 0
        with self._turn, naming(self.name):
            try:
                while written < len(view):
                    written += self._write(view[written:])
            except OSError:
                self._take_back(written)
                raise

    def sync(self) -> None:
        """Return when all blocks are safe on the disk.

        Raises:
            OSError: the disk is full.
        """
        with naming(self.name):
            os.fsync(self.file.fileno())

    def close(self) -> None:
        """Close the file, when a block that another thread is writing is whole."""
        with self._turn:
            self.file.close()

    def _write(self, view: memoryview) -> int:
        # Up to PIPE_BUF bytes fit where select says that a pipe can be written to (Python
        # documentation, select.PIPE_BUF): a longer write may wait for the reader, out of reach of a
        # signal's handler.
        if _has_reader(self.file):
            self._wait()
            view = view[:_PIECE]
        return self.file.write(view) or 0  # None where nothing fits into what does not block

    def _wait(self) -> None:
        """Wait for the reader, as a write would, but until `leaving` is set."""
        while not select.select([], [self.file], [], _SECONDS)[1]:
            if self.leaving.is_set():
                raise TimeoutError(
                    errno.ETIMEDOUT, "the program that reads the output has stopped reading"
                )

    def _take_back(self, count: int) -> None:
        """Cut off the last bytes that were written, unless the file has grown since."""
        # Files without an end, such as pipes, keep them.
        with contextlib.suppress(OSError):
            end = self.file.seek(0, os.SEEK_CUR)
            # Somebody else may have appended meanwhile, whose bytes are not to be cut.
            if end == os.fstat(self.file.fileno()).st_size:
                self.file.truncate(end - count)
                self.file.seek(end - count)


def _has_reader(file: BinaryIO) -> bool:
    """Whether a file is a pipe or a socket. On Windows, nothing can wait for one."""
    try:
        mode = os.fstat(file.fileno()).st_mode
    except OSError:
        return False
    return os.name == "posix" and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode))


@attrs.define
class LineOutput:
    """Lines at the end of a file that is there, of a pipe or of another device.

    Attributes:
        encode: returns records as lines.
        header: comes before the first line.
    """

    lines: LineFile
    encode: Encode
    header: bytes = b""
    pages: int = attrs.field(default=0, init=False)
    records: int = attrs.field(default=0, init=False)

    def write(self, records: Sequence[Model], /) -> None:
        """Append a page, all of it or nothing."""
        self.lines.write(self.header + self.encode(records))
        self.header = b""
        self.pages += 1
        self.records += len(records)

    def leave(self) -> None:
        """Don't wait any longer for a reader that takes nothing."""
        self.lines.leaving.set()

    def finish(self) -> None:
        """Write the header, if there was no page."""
        self.lines.write(self.header)
        self._close()

    def keep(self) -> Kept:
        """Keep the pages that are whole."""
        self._close()
        return Kept(self.lines.name if self.pages else "", self.pages, self.records)

    def _close(self) -> None:
        """Close the file, but not stdout."""
        if self.lines.name != STDOUT:
            self.lines.close()


@attrs.define
class StagedLineOutput:
    """Lines in a file of its own, which comes to its place when it is whole."""

    staged: StagedFiles
    output: LineOutput

    @classmethod
    def begin(cls, path: Path, encode: Encode, header: bytes = b"") -> "StagedLineOutput":
        """Create the file.

        Raises:
            OSError: the folder is missing or read-only, or the path is a folder.
        """
        staged = StagedFiles.begin(path)
        file = staged.files[0].open("wb", buffering=0)
        return cls(staged, LineOutput(LineFile(file, str(path)), encode, header))

    def write(self, records: Sequence[Model], /) -> None:
        """Append a page, all of it or nothing."""
        self.output.write(records)

    def leave(self) -> None:
        """Do nothing: a disk takes all, or refuses it."""

    def finish(self) -> None:
        """Move the file to its place."""
        self.output.finish()
        self.staged.sync()
        self.staged.publish()

    def keep(self) -> Kept:
        """Move the file to where nothing is, unless nothing is in it."""
        return keep(self.staged, self.output.keep())


def keep(staged: StagedFiles, kept: Kept) -> Kept:
    """Keep files that are closed, if there is something in them that is safe on the disk."""
    if not staged.files:
        return attrs.evolve(kept, place=str(staged.output))
    earlier = str(staged.output) if staged.replaces else ""
    if kept.pages:
        with contextlib.suppress(OSError):
            staged.sync()
            return attrs.evolve(kept, place=str(staged.keep()), earlier=earlier)
    staged.discard()
    return Kept(earlier=earlier)


def open_to_append(path: Path) -> BinaryIO:
    """Open a file at its end, which must be the end of a line.

    Raises:
        OSError: it can't be opened, or another run appends to it.
        InvalidRequestError: its last line is not whole.
    """
    check_folder(path)
    if is_special(path):
        return path.open("wb", buffering=0)
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(path.open("ab+", buffering=0))
        lock(file, path)
        # In mode "a" the position is the end of the file, which is 0 where it is new.
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                text = f"{path} ends in the middle of a line; remove that line first"
                raise InvalidRequestError(text)
        stack.pop_all()
    return file
