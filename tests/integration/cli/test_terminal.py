"""The command on a terminal, and at the end of a pipe."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from neon_async.cli._exit_codes import Exit

from .conftest import records

PULL = ["-m", "neon_async.cli", "pull", "accounts", "--from", "1990-01-01Z"]


def terminal(settings: dict[str, str], *arguments: str) -> "pexpect.spawn[str]":
    """Start the command on a terminal of its own."""
    env = {**os.environ, **settings, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"}
    return pexpect.spawn(sys.executable, [*PULL, *arguments], env=env, encoding="utf-8", timeout=30)


def test_progress(served: dict[str, str], tmp_path: Path) -> None:
    """On a terminal, a bar shows the pages, and the last line the records."""
    file = tmp_path / "accounts.ndjson"
    child = terminal(served, "--output", str(file), "--page-size=50")

    child.expect(r"accounts .*9/9 pages, 450 records")
    child.expect(r"450 accounts\r\n")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == Exit.OK
    assert len(records(file)) == 450


@pytest.mark.parametrize("kind", ["accounts", "activities"])
@pytest.mark.parametrize(
    ("command", "progress", "expected"),
    [
        ("pull {kind} --from 1990-01-01Z", "{kind} .*pages", {"accounts": 450, "activities": 250}),
        (
            "sync {kind} --checkpoint {folder}/checkpoint --output {folder}/changes",
            "{kind}: .*proven",
            {"accounts": 0, "activities": 0},
        ),
    ],
)
def test_progress_stays_out_of_pipes(  # noqa: PLR0917 - the cases are many
    command: str,
    progress: str,
    expected: dict[str, int],
    kind: str,
    served: dict[str, str],
    tmp_path: Path,
) -> None:
    """Where somebody watches, and stdout is redirected, it has records and nothing else."""
    output = tmp_path / "output"
    line = command.format(kind=kind, folder=tmp_path)
    env = {**os.environ, **served, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"}
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", f"{sys.executable} -m neon_async.cli {line} > {output}"],
        env=env,
        encoding="utf-8",
        timeout=60,
    )
    child.expect(progress.format(kind=kind))
    child.expect(pexpect.EOF)
    child.close()

    assert Exit.OK == child.exitstatus
    assert expected[kind] == len(records(output))


def test_ctrl_c(slow: dict[str, str], tmp_path: Path) -> None:
    """Ctrl-C leaves whole lines, and a hint with which the pull becomes complete."""
    file = tmp_path / "accounts.ndjson"
    options = ("--output", str(file), "--page-size=50")
    child = terminal(slow, *options, "--concurrency=1")
    child.expect(r"[2-9]/40 pages")  # so that the first is written
    child.sendintr()
    child.expect(r"interrupted\r\n([\d,]+) records were written.*--start-page (\d+) --append")
    assert isinstance(child.match, re.Match)
    written, page = child.match.groups()
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == Exit.INTERRUPTED
    assert int(written.replace(",", "")) == len(records(file)) < 2000

    child = terminal(slow, *options, "--start-page", page, "--append")
    child.expect(pexpect.EOF)
    child.close()
    ids = [record["accountId"] for record in records(file)]
    assert len(ids) == len(set(ids)) == 2000


def test_reader_goes_away(served: dict[str, str]) -> None:
    """A pipe that nobody reads any more ends the pull quietly."""
    with subprocess.Popen(
        [sys.executable, *PULL, "--page-size=10"],
        env={**os.environ, **served},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        stdout, stderr = process.stdout, process.stderr
        assert stdout is not None
        assert stderr is not None
        stdout.readline()
        stdout.close()
        said = stderr.read()

    assert Exit.OUTPUT_CLOSED == process.returncode
    assert said == b""
