"""The commands on the pages are executed, and print what the pages say."""

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import attrs
import pexpect
import pytest

from neon_async.cli._app import app
from neon_async.cli._emulator_process import emulator_process
from neon_async.cli._main import run
from neon_async.emulator import Emulator, running
from tests.support.forked_commands import forked_commands

ROOT = Path(__file__).parents[3]
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"])
CONSOLE = re.compile(r"^```console\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)

# They ask, serve until Ctrl-C, or take long, and have tests of their own.
NOT_TO_RUN = {"demo", "emulator", "login", "logout"}


# What only a shell understands.
SHELL = re.compile(r"[|<>;&$`*]")


@attrs.frozen
class Command:
    """A line that a page has somebody type, and what the page says that it prints."""

    line: str
    printed: str

    @property
    def name(self) -> str:
        """The command of neon-async, or "" for another program's."""
        program, *words = [*shlex.split(self.line, comments=True), ""]
        return words[0] if program == "neon-async" else ""


def commands(page: Path) -> Iterator[Command]:
    """Yield what is typed on a page, in order."""
    for block in CONSOLE.findall(page.read_text(encoding="utf-8")):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, printed = part.partition("\n")
            yield Command(line, printed)


OTHER_PAGES = [
    page
    for page in PAGES
    if page.name != "terminal.md"
    and any(one.name and one.name not in NOT_TO_RUN for one in commands(page))
]


def on_terminal(line: str, place: Path, settings: dict[str, str]) -> tuple[str, int | None]:
    """Type a line into a terminal of 80 columns that can do nothing but show lines."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    child = pexpect.spawn(
        "bash",
        ["-o", "pipefail", "-c", line],
        cwd=place,
        dimensions=(24, 80),
        encoding="utf-8",
        env={**os.environ, **settings, "PATH": programs, "TERM": "dumb"},
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    return full_lines(child.before or ""), child.exitstatus


def full_lines(printed: str) -> str:
    """Leave out empty lines: around bars they differ between versions of rich."""
    lines = [line.rstrip() for line in printed.splitlines()]
    return "".join(f"{line}\n" for line in lines if line)


def test_terminal_page(tmp_path: Path) -> None:
    """Each command of the terminal's page prints on a terminal what the page says."""
    page = [one for one in commands(ROOT / "docs" / "terminal.md") if "pip install" not in one.line]
    (emulator,) = (one.line for one in page if one.name == "emulator")
    _, _, *options = shlex.split(emulator)

    with emulator_process(*options) as settings, forked_commands(tmp_path, settings) as forked:
        for command in page:
            if command.name not in NOT_TO_RUN:
                if not command.name or SHELL.search(command.line):
                    printed, code = on_terminal(command.line, tmp_path, settings)
                else:
                    printed, code = forked(command.line)
                    printed = full_lines(printed)
                # A machine under load may be a second off, and the merge older than the feed's lag.
                printed = re.sub(r"[+-]\d s from", "+0 s from", printed)
                printed = re.sub(r"\b500 (received|counted)", r"499 \1", printed)
                assert command.printed == printed
                assert code == 0
    assert [command for command in page if command.printed]


def test_terminal_page_has_all_commands() -> None:
    """No command is forgotten on the terminal's page."""
    shown = {one.name for one in commands(ROOT / "docs" / "terminal.md")}

    assert {name for name in app if not name.startswith("-")} - {"demo"} == shown - {""}


@pytest.mark.shows("e-mail", "output", reason="what a search finds was asked for")
@pytest.mark.parametrize("page", OTHER_PAGES, ids=lambda page: page.name)
def test_other_pages(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of each page do what they should, one after the other."""
    typed = [one for one in commands(page) if one.name and one.name not in NOT_TO_RUN]
    monkeypatch.chdir(tmp_path)
    emulator = Emulator(accounts=50)

    with emulator, running(emulator) as url:
        settings = {
            "NEON_BASE_URL": url,
            "NEON_ORG_ID": emulator.org_id,
            "NEON_API_KEY": emulator.api_key,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        failed = [
            command.line for command in typed if code_of(command.line, tmp_path, settings) != 0
        ]
    assert [] == failed


def code_of(line: str, place: Path, settings: dict[str, str]) -> int | None:
    """Type a line; one without a shell's signs needs neither a shell nor a process."""
    if SHELL.search(line):
        return on_terminal(line, place, settings)[1]
    return run(shlex.split(line, comments=True)[1:])


def test_log_is_as_shown(tmp_path: Path) -> None:
    """The program about the log writes the line that its page shows, but for times."""
    page = (ROOT / "docs" / "observability.md").read_text(encoding="utf-8")
    (program,) = re.findall(
        r"^```python\n([^`]*?basicConfig.*?)^```", page, flags=re.DOTALL | re.MULTILINE
    )
    (shown,) = re.findall(r"^```console\n(\d.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    code = tmp_path / "program.py"
    code.write_text(program, encoding="utf-8")

    done = subprocess.run([sys.executable, code], capture_output=True, check=True, text=True)

    assert re.sub(r"\d", "0", shown) == re.sub(r"\d", "0", done.stderr)


def test_extras_exist() -> None:
    """Every extra that a page has somebody install is one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    named = {one for text in texts for one in re.findall(r"neon-async\[([\w,]+)\]", text)}

    assert named
    assert (
        set()
        == {extra for one in named for extra in one.split(",")}
        - project["optional-dependencies"].keys()
    )
