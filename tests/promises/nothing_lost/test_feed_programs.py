"""The programs with a change feed that the documentation shows can be killed at any time."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.docs.test_readme import page_examples

KILLED = 9
# Runs a program, and ends its process before the emulator answers so many requests.
RUNNER = """
import os, sys
from neon_async import emulator

program, limit = sys.argv[1], int(sys.argv[2])
answer = emulator.Emulator.__call__
requests = 0

async def counted(self, *args):
    global requests
    requests += 1
    if requests == limit:
        os._exit(9)
    await answer(self, *args)

emulator.Emulator.__call__ = counted
exec(compile(open(program, encoding="utf-8").read(), program, "exec"))
"""


def feed_programs() -> list[Any]:
    """The programs of README and pages in which a feed is stored: a tap has others store it."""
    return [
        example
        for example in page_examples("program")
        if ".batches(" in example.values[0] and "def tap(" not in example.values[0]
    ]


def run(folder: Path, limit: int = 0) -> tuple[int, str]:
    """Run the program in a folder; return its exit code, and what it printed."""
    command = [sys.executable, "-c", RUNNER, "program.py", str(limit)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_there_are_feed_programs() -> None:
    """README has one, and so have pages about the feed, production and synchronous code."""
    assert 5 == len(feed_programs())


@pytest.mark.parametrize(("program", "printed"), feed_programs())
def test_feed_programs_stand_a_kill(program: str, printed: str, tmp_path: Path) -> None:
    """Killed after some batches and started twice, a program prints what it says both times."""
    # With few records, what is under way at a kill takes small pages and batches.
    small = program.replace(".client(", ".client(page_size=10, ")
    small = re.sub(r"\.batches\(.*?\)", ".batches(size=30)", small)
    (tmp_path / "program.py").write_text(small, encoding="utf-8")

    assert KILLED == run(tmp_path, 20)[0]
    assert [(0, printed), (0, printed)] == [run(tmp_path), run(tmp_path)]
