"""Completion in the real shells, on a terminal: what is typed, and what the command would get."""

import os
import shutil
from pathlib import Path
from typing import Final

import attrs
import pexpect
import pytest

from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run

# What is typed before the Tab, and the words that the command gets.
CLEAR: Final = "\x15"  # Ctrl-U

TYPED: Final = [
    ("sy", "sync"),
    ("merge", "merge-history"),
    ("pull acc", "pull accounts"),
    ("pull accounts --start", "pull accounts --start-page"),
    ("pull accounts --format parq", "pull accounts --format parquet"),
    ("lists so", "lists sources"),
    ("show 10002 --ca", "show 10002 --ca-file"),
    ("plan changes-of-", "plan changes-of-may.csv"),
]


@attrs.frozen
class Shell:
    """A shell, and how completion is switched on as the documentation says.

    Attributes:
        name: the program.
        options: so that no settings of this machine are read.
        script: where the script belongs, below the home directory.
        start: lines to type. Instead of the command they define a function that shows its words.
    """

    name: str
    options: tuple[str, ...]
    script: str
    start: str


SHELLS = [
    Shell(
        "bash",
        ("--norc", "--noprofile", "-i"),
        "completions/neon-async",
        'source completions/neon-async; neon-async() { echo "<$*>"; }',
    ),
    Shell(
        "zsh",
        ("-f", "-i"),
        "functions/_neon-async",
        "fpath=($PWD/functions $fpath); autoload -Uz compinit && compinit -u; "
        'neon-async() { echo "<$*>" }',
    ),
    Shell(
        "fish",
        ("--no-config", "-i"),
        "completions/neon-async.fish",
        "set -p fish_complete_path $PWD/completions; source completions/neon-async.fish; "
        'function neon-async; echo "<$argv>"; end',
    ),
]


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell.name)
def test_tab_completes(shell: Shell, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In each shell, the Tab key completes commands, options, values and files."""
    program = shutil.which(shell.name)
    if program is None:
        pytest.skip(f"{shell.name} is not installed here")
    assert Exit.OK == run(["completion", shell.name])
    script = tmp_path / shell.script
    script.parent.mkdir()
    script.write_text(capsys.readouterr().out)
    (tmp_path / "changes-of-may.csv").touch()
    child: pexpect.spawn[str] = pexpect.spawn(
        program,
        [*shell.options],
        cwd=tmp_path,
        dimensions=(24, 200),
        encoding="utf-8",
        env={**os.environ, "HOME": str(tmp_path), "TERM": "xterm"},
        timeout=30,
    )
    try:
        child.sendline(shell.start)
        completed = {typed: words for typed, words in TYPED if _completes(child, typed, words)}
        assert dict(TYPED) == completed
    finally:
        child.close(force=True)


def _completes(child: "pexpect.spawn[str]", typed: str, words: str) -> bool:
    """Type until it has an effect: a shell drops keys that come while it prepares its prompt."""
    for _ in range(15):
        child.send(f"{CLEAR}neon-async {typed}\t\r")
        if child.expect_exact([f"<{words}>", pexpect.TIMEOUT], timeout=1) == 0:
            return True
    return False
