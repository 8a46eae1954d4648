"""Every command with a stdout that is full, closed or no longer read, in this process."""

import errno
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

import pytest

from neon_async.cli import _connection
from neon_async.cli._catalog import COMMANDS
from neon_async.cli._console import AnswerConsole
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator

LINES = (
    "--help",
    "--version",
    "help",
    "help exit-codes",
    "help pull accounts",
    "pull",
    "pull --help",
    "lists --help",
    "completion bash",
    "lists sources",
    "lists custom-fields --format table",
    "lists sources --format csv",
    "show 10002",
    "show 10002 --format table",
    "show 10002 --format csv",
    "show 501 --activity",
    "merge-history 10002 --format table",
    "search accounts",
    "search accounts --format table",
    "pull accounts --from 1990-01-01Z",
    "pull activities --from 1990-01-01Z --format csv",
    "doctor --concurrency 1",
    "edit 10002 --set url=https://example.org --reset-consents --dry-run",
    "edit 10002 --set url=https://example.org --reset-consents --yes",
    "plan changes.csv --output plan.json --reset-consents",
    "create-organization Fund",
    "log-activity 10002 --subject Call",
    "emulator --port 0 --accounts 1 --activities 0",
    "demo --accounts 2 --activities 1 --latency 0",
)
# They print nothing to stdout, or only what they could not do.
SILENT = {"apply", "login", "logout", "sync", "undo"}
SLOW = {"demo"}


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """An emulator in this process, and a folder with a spreadsheet of changes."""
    made = Emulator(accounts=3, activities=1)
    monkeypatch.setattr(_connection, "make_client", made.client)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "changes.csv").write_text("accountId,url\n10002,https://example.org\n")
    return made


def full() -> TextIO:
    """Open a stream that refuses what is written to it."""
    return Path("/dev/full").open("w", encoding="utf-8")


def closed() -> TextIO:
    """Open a stream as it is after `>&-`."""
    return os.fdopen(os.open(os.devnull, os.O_RDONLY), "w", encoding="utf-8")


def unread() -> TextIO:
    """Open a stream whose reader has closed it."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w", encoding="utf-8")


def answer_to(make: Callable[[], TextIO], line: str) -> int:
    """Run a command line with a stream in place of stdout, and return its exit code."""
    with pytest.MonkeyPatch.context() as patch, make() as stream:
        patch.setattr(sys, "stdout", stream)
        return run(shlex.split(line))


def written(emulator: Emulator) -> list[str]:
    """Return the writes that the emulator has received."""
    return [
        request.method
        for request in emulator.requests
        if request.method.startswith(("update", "create", "add"))
    ]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(
    ("make", "reason"),
    [(full, f": {os.strerror(errno.ENOSPC)}"), (closed, " is closed")],
    ids=["full", "closed"],
)
def test_lost_answers(
    line: str,
    make: Callable[[], TextIO],
    reason: str,
    emulator: Emulator,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An answer that can't be written is a failure, which names stdout and says what to do."""
    assert Exit.FAILED == answer_to(make, line)

    err = capsys.readouterr().err
    assert f"neon-async: standard output{reason}\n" in err
    *_, advice = err.splitlines()
    assert advice.startswith(
        (
            "redirect it to a place with room, and run the command again",
            "nothing was written: the changes could not be shown",
            "to resume: ",
        )
    )
    if line.startswith("edit"):
        assert [] == written(emulator)


@pytest.mark.parametrize("line", [line for line in LINES if line.split()[0] not in SLOW])
@pytest.mark.usefixtures("emulator")
def test_reader_is_gone(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As with `| head`: the command ends with the code for it, and without a message of its own."""
    assert Exit.OUTPUT_CLOSED == answer_to(unread, line)

    assert "standard output" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("create-organization Fund", "account 10004 was created"),
        ("log-activity 10002 --subject Call", "activity 502 was logged"),
    ],
)
@pytest.mark.parametrize("make", [full, closed, unread])
def test_created_ids_are_not_lost(
    line: str,
    text: str,
    make: Callable[[], TextIO],
    emulator: Emulator,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Who runs it again would create a second one: the id goes to stderr instead."""
    answer_to(make, line)

    assert f"neon-async: {text}\n" in capsys.readouterr().err
    assert 1 == len(written(emulator))


def test_every_command_is_here() -> None:
    """A new command that prints an answer gets a line above."""
    assert COMMANDS.keys() - SILENT <= {line.split()[0] for line in LINES}


def test_other_exits_of_rich_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exit that no closed pipe has caused is left as it is."""

    def leave(*_: object, **__: object) -> None:
        sys.exit("somebody else's")

    monkeypatch.setattr("rich.console.Console.print", leave)

    with pytest.raises(SystemExit, match="somebody"):
        AnswerConsole().print("text")
