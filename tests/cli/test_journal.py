"""The file of a sync: whole lines, and on disk before the checkpoint."""

import os
from pathlib import Path

import pytest

from neon_async import Activity, Deleted, IndividualAccount, Merged, Upserted
from neon_async.cli import _journal
from neon_async.cli._journal import flush_to_disk, line, open_journal


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

    with pytest.raises(OSError, match="no sync began"), open_journal(path):
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
    with open_journal(tmp_path / "file") as file:
        file.write(b"{}\n")
        flush_to_disk(file)
        assert (tmp_path / "file").read_bytes() == b"{}\n"

        def fail(number: int) -> None:
            assert number == file.fileno()
            raise OSError("the disk is full")

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="full"):
            flush_to_disk(file)
