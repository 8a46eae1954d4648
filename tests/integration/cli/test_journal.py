"""The file of a sync: whole lines, and on disk before the checkpoint."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from neon_async import Activity, Deleted, IndividualAccount, Merged, Upserted
from neon_async.cli import _journal
from neon_async.cli._journal import line, open_journal, store


@pytest.mark.parametrize(
    ("found", "left"),
    [
        (b"", b""),
        (b'{"change":', b""),
        (b'{"a":1}\n', b'{"a":1}\n'),
        (b'{"a":1}\n{"b', b'{"a":1}\n'),
        (b'{"a":1}\n{"b":"' + b"x" * 40, b'{"a":1}\n'),
        (b"{" + b"x" * 50, b""),
    ],
)
def test_unfinished_line_is_cut_off(
    found: bytes, left: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a killed process left, the file goes on behind its last whole line."""
    monkeypatch.setattr(_journal, "_BLOCK", 16)
    path = tmp_path / "file"
    path.write_bytes(found)

    with open_journal(path) as file:
        file.write(b"new\n")

    assert left + b"new\n" == path.read_bytes()


def test_foreign_file_is_left_alone(tmp_path: Path) -> None:
    """A last line that no sync began is somebody's data, and is not cut off."""
    path = tmp_path / "file"
    path.write_bytes(b"a,b\n1,2")

    with pytest.raises(OSError, match="does not end with a line of sync"), open_journal(path):
        pass

    assert path.read_bytes() == b"a,b\n1,2"


def test_lines_tell_changes_apart() -> None:
    """Each line says what kind of change it is, and how settled."""
    assert b'{"change":"deleted","id":7,"provisional":true}\n' == line(Deleted(7, True))  # noqa: FBT003
    assert b'{"change":"merged","old":7,"new":8,"provisional":false}\n' == line(Merged(7, 8))
    account = Upserted(IndividualAccount(account_id=7))
    activity = Upserted(Activity(activity_id=7))
    rest = b'"provisional":false}\n'
    assert b'{"change":"upserted","record":{"accountId":7},' + rest == line(account)
    assert b'{"change":"upserted","record":{"activityId":7},' + rest == line(activity)


def test_lines_reach_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is in the file and asked to be on the disk, or that is an error."""
    path = tmp_path / "file"
    with open_journal(path) as journal:
        store(journal, [Deleted(7), Merged(7, 8)])
        assert line(Deleted(7)) + line(Merged(7, 8)) == path.read_bytes()

        def fail(number: int) -> None:
            assert number == journal.file.fileno()
            raise OSError(errno.ENOSPC, "the disk is full")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="full") as caught:
            store(journal, [])
    assert str(path) == caught.value.filename


def test_changes_that_do_not_fit(tmp_path: Path, limit_file_size: Callable[[int], None]) -> None:
    """Changes that there is no room for leave nothing behind the last whole line."""
    path = tmp_path / "file"
    with open_journal(path) as journal:
        store(journal, [Deleted(7)])
        limit_file_size(1_000)
        with pytest.raises(OSError, match=str(path)):
            store(journal, [Deleted(number) for number in range(100)])

    assert line(Deleted(7)) == path.read_bytes()


def test_journal_of_another_run(tmp_path: Path) -> None:
    """A file that another run appends to is left alone, with the line that it has begun."""
    path = tmp_path / "file"
    with open_journal(path) as journal:
        journal.write(b'{"change":')
        with pytest.raises(OSError, match=f"another run is using {path}"), open_journal(path):
            pass

    assert path.read_bytes() == b'{"change":'
    with open_journal(path):
        assert path.read_bytes() == b""
