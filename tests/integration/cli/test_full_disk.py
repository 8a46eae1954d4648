"""`neon-async pull` onto a disk that becomes full: what is left is whole, and how to resume."""

import csv
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator, running

from .conftest import records

ACCOUNTS = 400
PULL = ["pull", "accounts", "--from", "1990-01-01Z", "--page-size=20", "--concurrency=1"]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator in this process, which the command talks to instead of the network."""
    made = Emulator(accounts=ACCOUNTS)
    monkeypatch.setattr(_connection, "make_client", made.client)
    return made


def ids(file: Path, form: str) -> list[int]:
    """Return the ids in a file, which consists of whole lines."""
    if form == "ndjson":
        return [record["accountId"] for record in records(file)]
    text = file.read_bytes().decode()
    assert text.endswith("\r\n")
    rows = list(csv.DictReader(text.splitlines(keepends=True), strict=True))
    assert [] == [row for row in rows if None in row or None in row.values()]
    return [int(row["accountId"]) for row in rows]


def resume(said: str) -> list[str]:
    """Return the arguments of the command that a message says."""
    (command,) = re.findall(r"^to resume: neon-async (.*)$", said, flags=re.MULTILINE)
    return shlex.split(command)


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_limited_file(
    form: str,
    emulator: Emulator,
    limit_file_size: Callable[[int], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file that may not become large enough has whole lines, and is completed by a command."""
    file = tmp_path / "accounts"
    limit_file_size(60_000)
    assert Exit.FAILED == run([*PULL, f"--format={form}", f"--output={file}"])
    said = capsys.readouterr().err
    written = ids(file, form)
    assert said.startswith(f"neon-async: {file}: File too large\n{len(written)} records were")
    assert 0 < len(written) < ACCOUNTS
    assert [file] == [*tmp_path.iterdir()]

    assert Exit.FAILED == run(resume(said))
    said = capsys.readouterr().err
    assert written == ids(file, form)
    assert f"neon-async: {file}: File too large\n" == said

    limit_file_size(10**9)
    assert Exit.OK == run([*PULL, f"--format={form}", f"--output={file}", *rest(written)])
    assert emulator.account_ids() == sorted(ids(file, form))


def rest(written: list[int]) -> list[str]:
    return ["--append", f"--start-page={1 + len(written) // 20}"]


@pytest.mark.usefixtures("emulator")
def test_full_disk_keeps_the_earlier_file(
    small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A good file stays until the new one is whole, and what there is of that is kept beside it."""
    file = small_disk / "accounts.ndjson"
    assert Exit.OK == run([*PULL[:-2], "--id=10002", f"--output={file}"])
    earlier = file.read_bytes()

    assert Exit.FAILED == run([*PULL, f"--output={file}"])

    partial = small_disk / "accounts.partial.ndjson"
    said = capsys.readouterr().err
    count = len(records(partial))
    assert said.splitlines()[:2] == [
        f"neon-async: {file}: No space left on device",
        f"{count} records were written to {partial}, in whole lines; {file} was left as it was",
    ]
    assert said.endswith(f"\nand then: mv {partial} {file}\n")
    arguments = resume(said)
    assert [str(partial), f"--start-page={1 + count // 20}", "--append"] == [
        arguments[-4],
        "=".join(arguments[-3:-1]),
        arguments[-1],
    ]
    assert earlier == file.read_bytes()
    assert {file, partial} == {*small_disk.iterdir()}
    assert 0 < count < ACCOUNTS


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet", "arrow"])
def test_disk_without_room_for_a_page(
    form: str,
    limit_file_size: Callable[[int], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where not even a page fits, nothing is left, and the earlier file is as it was."""
    pytest.importorskip("pyarrow", reason="pyarrow has no wheel for this Python")
    file = tmp_path / "accounts"
    file.write_bytes(b"earlier")
    limit_file_size(1_000)

    assert Exit.FAILED == run([*PULL, f"--format={form}", f"--output={file}"])

    said = capsys.readouterr().err
    assert f"neon-async: {file}: File too large\n{file} was left as it was\n" == said
    assert {file: b"earlier"} == {path: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.parametrize("kind", ["accounts", "activities"])
@pytest.mark.parametrize("options", [[], ["--append"], ["--format=csv"], ["--format=parquet"]])
def test_missing_folder(
    kind: str,
    options: list[str],
    emulator: Emulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A folder that is missing is told before anything is sent."""
    pytest.importorskip("pyarrow", reason="pyarrow has no wheel for this Python")
    file = tmp_path / "missing" / "file"
    asked = ["pull", kind, "--from", "1990-01-01Z", *options, f"--output={file}"]

    assert Exit.FAILED == run(asked)

    said = capsys.readouterr().err
    assert f"neon-async: {tmp_path}/missing: no such folder\n" == said
    assert 0 == len(emulator.requests)


@pytest.mark.usefixtures("emulator")
def test_pipes_are_written_to(tmp_path: Path) -> None:
    """A named pipe takes the records, and is still one."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    file = tmp_path / "file"
    with file.open("wb") as output, subprocess.Popen(["/bin/cat", fifo], stdout=output):
        assert Exit.OK == run([*PULL, f"--output={fifo}"])

    assert len(records(file)) == ACCOUNTS
    assert fifo.is_fifo()


@pytest.mark.shows("e-mail", "output", reason="the records of a pull are what was asked for")
def test_redirected_output_has_whole_lines(tmp_path: Path) -> None:
    """What a shell redirects to a file under `ulimit -f` has whole lines behind what was there."""
    file = tmp_path / "accounts"
    file.write_bytes(b'{"accountId":1}\n')
    program = shlex.join([sys.executable, "-m", "neon_async.cli", *PULL])
    with Emulator(accounts=200) as emulator, running(emulator) as url:
        who = {"NEON_ORG_ID": emulator.org_id, "NEON_API_KEY": emulator.api_key}
        done = subprocess.run(
            ["/bin/sh", "-c", f"ulimit -f 64; {program} >> {file}"],
            env={**os.environ, **who, "NEON_BASE_URL": url},
            capture_output=True,
            check=False,
            text=True,
        )

    written = len(records(file)) - 1
    assert Exit.FAILED == done.returncode
    assert done.stderr.startswith(
        "neon-async: standard output: File too large\n"
        f"{written} records were written to standard output, in whole lines\n"
    )
    assert 0 < written < 200
    assert f"--start-page {1 + written // 20}\n" in done.stderr
