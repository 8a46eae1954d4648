"""Blocks of lines in files, on full disks and in pipes."""

import errno
import fcntl
import os
import select
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import pytest

from neon_async import InvalidRequestError
from neon_async.cli._formats.output import Kept
from neon_async.cli._lines import LineFile, LineOutput, StagedLineOutput, open_to_append
from neon_async.models import Model

LINE = b"x" * 999 + b"\n"
FULL = {errno.EFBIG, errno.ENOSPC}


def encode(records: Sequence[Model]) -> bytes:
    return LINE * len(records)


def page(count: int) -> list[Model]:
    return [Model() for _ in range(count)]


def fill(file: LineFile, block: bytes) -> int:
    """Write blocks until no more fits, and return how many did."""
    count = 0
    while fits(file, block):
        count += 1
    return count


def fits(file: LineFile, block: bytes) -> bool:
    try:
        file.write(block)
    except OSError as error:
        if error.errno not in FULL or (error.filename, error.filename2) != ("name", None):
            raise
        return False
    return True


def test_limited_file_has_whole_blocks(
    tmp_path: Path, limit_file_size: Callable[[int], None]
) -> None:
    """A block that does not fit leaves nothing, and what follows stands behind the one before."""
    path = tmp_path / "file"
    with path.open("wb", buffering=0) as raw:
        file = LineFile(raw, "name")
        limit_file_size(10_500)
        assert fill(file, LINE * 3) == 3
        assert LINE * 9 == path.read_bytes()
        file.write(b"short\n")

    assert LINE * 9 + b"short\n" == path.read_bytes()


def test_full_disk_has_whole_blocks(small_disk: Path) -> None:
    """The same holds for a disk that is full."""
    path = small_disk / "file"
    with path.open("wb", buffering=0) as raw:
        written = fill(LineFile(raw, "name"), LINE * 7)

    assert 0 < written
    assert LINE * 7 * written == path.read_bytes()


@pytest.mark.parametrize("limit", [10_500, 9_000, 100])
def test_appended_file_keeps_what_it_had(
    limit: int, tmp_path: Path, limit_file_size: Callable[[int], None]
) -> None:
    """What another program has written to an inherited file is never cut off."""
    path = tmp_path / "file"
    path.write_bytes(LINE * 9)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    with os.fdopen(descriptor, "wb", buffering=0) as raw:
        limit_file_size(limit)
        assert fill(LineFile(raw, "name"), LINE * 3) == 0

    assert LINE * 9 == path.read_bytes()


def test_file_that_goes_on_is_not_cut(
    tmp_path: Path, limit_file_size: Callable[[int], None]
) -> None:
    """Where there is something behind what was written, nothing is cut off."""
    path = tmp_path / "file"
    path.write_bytes(b"y" * 20_000)
    with path.open("rb+", buffering=0) as raw:
        limit_file_size(10_500)
        with pytest.raises(OSError, match="name"):
            LineFile(raw, "name").write(LINE * 15)

    assert path.stat().st_size == 20_000


def test_device_that_is_full() -> None:
    """A device tells that it is full at once, and has nothing to be cut off."""
    with Path("/dev/full").open("wb", buffering=0) as raw:
        assert fill(LineFile(raw, "name"), LINE) == 0


def pipe() -> tuple[BinaryIO, BinaryIO]:
    reader, writer = os.pipe()
    return os.fdopen(reader, "rb"), os.fdopen(writer, "wb", buffering=0)


def sockets() -> tuple[BinaryIO, BinaryIO]:
    ours, theirs = socket.socketpair()
    return os.fdopen(theirs.detach(), "rb"), os.fdopen(ours.detach(), "wb", buffering=0)


@pytest.mark.parametrize("make", [pipe, sockets])
@pytest.mark.parametrize("blocking", [True, False])
def test_slow_reader_gets_all(
    make: Callable[[], tuple[BinaryIO, BinaryIO]],
    blocking: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """What a pipe can't take at once waits for the reader, also where another program set it up."""
    reader, writer = make()
    os.set_blocking(writer.fileno(), blocking)
    block = LINE * 1_000
    received: list[bytes] = []
    with reader, writer:
        thread = threading.Thread(target=lambda: received.append(reader.read(len(block))))
        thread.start()
        LineFile(writer, "name").write(block)
        thread.join()

    assert [block] == received


def test_late_reader_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that takes nothing for a while still gets all, unless the command is to end."""
    replies = iter([False, False, True])
    monkeypatch.setattr(
        select, "select", lambda _, files, *__: ([], files if next(replies) else [], [])
    )
    reader, writer = pipe()
    with reader, writer:
        LineFile(writer, "name").write(LINE)
        assert LINE == reader.read(len(LINE))

    assert [] == [*replies]


def test_stuck_reader_is_left() -> None:
    """A reader that takes nothing can't keep a command that is to end from ending."""
    reader, writer = pipe()
    with reader, writer:
        output = LineOutput(LineFile(writer, "name"), encode)
        output.leave()
        with pytest.raises(TimeoutError, match="has stopped reading"):
            output.write(page(1_000))

    assert Kept() == output.keep()


def test_reader_that_went_away() -> None:
    """A pipe without a reader is an error that names it."""
    reader, writer = pipe()
    reader.close()
    with writer, pytest.raises(BrokenPipeError, match="name"):
        LineFile(writer, "name").write(LINE)


def test_staged_lines_come_as_a_whole(tmp_path: Path) -> None:
    """Until all lines are there, the earlier file is."""
    path = tmp_path / "file.csv"
    path.write_bytes(b"earlier")
    output = StagedLineOutput.begin(path, encode, b"header\n")
    output.write(page(2))
    output.leave()
    assert path.read_bytes() == b"earlier"
    output.finish()

    assert b"header\n" + LINE * 2 == path.read_bytes()
    assert [path] == [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("earlier", "place"), [(None, "file.csv"), (b"earlier", "file.partial.csv")]
)
def test_whole_pages_are_kept(earlier: bytes | None, place: str, tmp_path: Path) -> None:
    """What is whole takes the file's place only where nothing is lost by that."""
    path = tmp_path / "file.csv"
    if earlier is not None:
        path.write_bytes(earlier)
    output = StagedLineOutput.begin(path, encode, b"header\n")
    output.write(page(2))
    output.write(page(1))

    expected = Kept(str(tmp_path / place), 2, 3, earlier="" if earlier is None else str(path))
    assert expected == output.keep()
    assert b"header\n" + LINE * 3 == (tmp_path / place).read_bytes()
    assert earlier is None or earlier == path.read_bytes()
    assert {place, "file.csv"} == {found.name for found in tmp_path.iterdir()}


def test_nothing_is_left_of_nothing(tmp_path: Path) -> None:
    """Without a page there is no file, and the one of an earlier pull is as it was."""
    path = tmp_path / "file.csv"
    assert Kept() == StagedLineOutput.begin(path, encode, b"header\n").keep()
    assert [] == [*tmp_path.iterdir()]

    path.write_bytes(b"earlier")
    assert Kept(earlier=str(path)) == StagedLineOutput.begin(path, encode, b"header\n").keep()
    assert path.read_bytes() == b"earlier"


def test_file_that_can_not_be_replaced(tmp_path: Path) -> None:
    """What is whole and can't come to its place is kept beside it."""
    path = tmp_path / "file"
    output = StagedLineOutput.begin(path, encode)
    output.write(page(1))
    path.mkdir()
    with pytest.raises(OSError, match="file") as caught:
        output.finish()

    assert str(path) == caught.value.filename
    assert Kept(str(tmp_path / "file.partial"), 1, 1) == output.keep()
    assert (tmp_path / "file.partial").read_bytes() == LINE


def test_interrupted_behind_the_end(tmp_path: Path) -> None:
    """What has come to its place stays there, whatever comes behind it."""
    path = tmp_path / "file"
    output = StagedLineOutput.begin(path, encode)
    output.write(page(1))
    output.finish()

    assert Kept(str(path), 1, 1) == output.keep()
    assert LINE == path.read_bytes()


def test_what_is_not_safe_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk can't promise to keep it, as over a network, no file is said to be whole."""
    output = StagedLineOutput.begin(tmp_path / "file", encode)
    output.write(page(1))

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="file"):
        output.finish()
    assert Kept() == output.keep()
    assert [] == [*tmp_path.iterdir()]


@pytest.mark.parametrize("content", [None, b"", b"one\n", b"one\ntwo\n"])
def test_lines_are_appended(content: bytes | None, tmp_path: Path) -> None:
    """A file that ends with a whole line, or is new, is appended to."""
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    output = LineOutput(LineFile(open_to_append(path), "name"), encode)
    output.write(page(1))
    output.finish()

    assert (content or b"") + LINE == path.read_bytes()


def test_half_a_line_is_not_appended_to(tmp_path: Path) -> None:
    """A line that somebody began is not made into nonsense, nor removed."""
    path = tmp_path / "file"
    path.write_bytes(b"one\ntw")
    with pytest.raises(InvalidRequestError, match="in the middle of a line"):
        open_to_append(path)

    assert path.read_bytes() == b"one\ntw"


def test_two_runs_do_not_append_at_once(tmp_path: Path) -> None:
    """A file that one run appends to is refused to another, until the first has ended."""
    path = tmp_path / "file"
    output = LineOutput(LineFile(open_to_append(path), "name"), encode)
    with pytest.raises(OSError, match=f"another run is using {path}"):
        open_to_append(path)
    output.finish()
    open_to_append(path).close()

    assert [path] == [*tmp_path.iterdir()]


def test_systems_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be locked, appending works all the same."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    open_to_append(tmp_path / "file").close()
    monkeypatch.undo()

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    open_to_append(tmp_path / "file").close()

    assert (tmp_path / "file").read_bytes() == b""


def test_appending_needs_a_folder(tmp_path: Path) -> None:
    """A missing folder is named."""
    with pytest.raises(FileNotFoundError, match="no such folder") as caught:
        open_to_append(tmp_path / "missing" / "file")

    assert str(tmp_path / "missing") == caught.value.filename


def test_device_is_appended_to() -> None:
    """What is no file, such as a device, is just written to."""
    output = LineOutput(LineFile(open_to_append(Path("/dev/null")), "name"), encode, b"header\n")
    output.finish()

    assert Kept() == output.keep()
