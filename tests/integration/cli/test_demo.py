"""`neon-async demo`: every record, what was written, and an honest end."""

import errno
import os
from pathlib import Path

import pytest
from rich.console import Console

from neon_async import Progress
from neon_async.cli._commands import demo as demo_module
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.cli._progress import plain_lines
from neon_async.cli._summary import Duration, Pulled, summary

from .conftest import records

SMALL = ["demo", "--accounts=450", "--activities=210", "--latency=0"]


def test_pulls_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The demo pulls every record, changes a few, and says how long it took."""
    assert Exit.OK == run([*SMALL, "--directory", str(tmp_path / "new")])

    out, err = capsys.readouterr()
    assert len(records(tmp_path / "new" / "accounts.ndjson")) == 450
    assert len(records(tmp_path / "new" / "activities.ndjson")) == 210
    for said in ("Created: ", "Updated: ", "Merged: ", "ideal", "Every record is there."):
        assert said in out
    assert "accounts: 3 of 3 pages, 450 records\n" in err
    assert "activities: 2 of 2 pages, 210 records\n" in err


@pytest.mark.parametrize(("seconds", "explained"), [(0.24, False), (1.9, True)])
def test_slow_machines_are_explained(
    seconds: float, *, explained: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Far from the ideal, the table says how much of it the client computed."""
    pulls = [Pulled("accounts", 400, pages=4), Pulled("activities", 100, pages=1)]
    table = summary(pulls, Duration(seconds, 0.31), concurrency=5, latency=0.2)
    Console().print(table)

    out = " ".join(capsys.readouterr().out.split())
    assert "ideal: pages ÷ 5 requests at once × 0.2 s latency" in out
    assert explained == ("which shares this machine" in out)
    assert explained == ("1.70 s more: the client computed for 0.31 s" in out)


def test_names_its_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a directory it makes one, and says where."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert Exit.OK == run(SMALL)

    (made,) = tmp_path.iterdir()
    assert len(records(made / "accounts.ndjson")) == 450


def test_missing_records_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A demo that did not get every record ends with 1, and says how many are missing."""
    monkeypatch.setattr(demo_module, "MERGED", 1)
    monkeypatch.setattr(Pulled, "missing", property(lambda pulled: len(pulled.name)))

    assert Exit.FAILED == run([*SMALL, "--directory", str(tmp_path)])

    assert "18 records are missing." in capsys.readouterr().out


def test_plain_lines_are_few(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody watches, a long pull writes about one line for each tenth."""
    report = plain_lines("accounts")
    for done in range(1, 201):
        report(Progress(done, 200, done * 10, 2_000))

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 11
    assert lines[-1] == "accounts: 200 of 200 pages, 2,000 records"


def test_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing more can be written, what was pulled is kept under its staged name."""

    async def save(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(demo_module, "save", save)

    assert Exit.OK != run([*SMALL, "--directory", str(tmp_path)])

    assert "No space left on device" in capsys.readouterr().err
    assert not (tmp_path / "accounts.ndjson").exists()
