"""The command as a whole: help, exit codes, and what is said when something is missing."""

import errno
import importlib.metadata
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from neon_async.cli import main
from neon_async.cli._app import app
from neon_async.cli._catalog import COMMANDS
from neon_async.cli._exit import exit_code
from neon_async.cli._exit_codes import Exit
from neon_async.cli._front import front_page
from neon_async.cli._main import run
from neon_async.cli._messages import describe
from neon_async.errors import (
    AuthenticationError,
    ConnectError,
    InvalidRequestError,
    LossyReadError,
)


@pytest.mark.shows("e-mail", "output", reason="the help of search has an example of one")
@pytest.mark.parametrize(
    "command",
    [
        [],
        ["demo"],
        ["emulator"],
        ["pull", "accounts"],
        ["sync", "accounts"],
        ["edit"],
        ["undo"],
        ["lists"],
        ["show"],
    ],
)
def test_help_documents_the_exit_codes(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command's help says what its exit codes mean."""
    assert Exit.OK == run([*command, "--help"])

    said = " ".join(capsys.readouterr().out.split())
    assert [code for code in Exit if f" {code} " not in said] == []


def commands(app: App, *above: str) -> Iterator[tuple[str, ...]]:
    """Yield every command and group of commands, by its words."""
    yield above
    for name in app:
        if not name.startswith("-"):
            yield from commands(app[name], *above, name)


@pytest.mark.shows("e-mail", "output", reason="the help of search has an example of one")
@pytest.mark.parametrize("command", [*commands(app)], ids=" ".join)
def test_help_has_an_example(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command's help shows the command as one types it."""
    monkeypatch.setenv("COLUMNS", "100")
    assert Exit.OK == run([*command, "--help"])

    lines = capsys.readouterr().out.splitlines()
    typed = [line.strip() for line in lines if line.startswith((" neon-async ", "  neon-async "))]
    assert [line for line in typed if line.startswith(" ".join(["neon-async", *command]))]


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """`--version` has what a report of a bug should begin with: httpx, Python and platform, too."""
    assert Exit.OK == run(["--version"])

    first, second = capsys.readouterr().out.splitlines()
    assert f"neon-async {importlib.metadata.version('neon-async')}" == first
    python, http, system = second.split(", ")
    assert f"{platform.python_implementation()} {platform.python_version()}" == python
    assert f"httpx {importlib.metadata.version('httpx')}" == http
    assert f"{platform.system()} {platform.release()} {platform.machine()}" == system


@pytest.mark.parametrize("shell", ["bash", "fish", "zsh"])
def test_completion_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """There is a script for each shell, which knows the commands."""
    assert Exit.OK == run(["completion", shell])

    assert "merge-history" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("typed", "expected"), [("sy", {"sync"}), ("d", {"demo", "doctor"}), ("sync acc", {"accounts"})]
)
def test_bash_completes(
    typed: str, expected: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real bash completes what was typed."""
    run(["completion", "bash"])
    (tmp_path / "script").write_text(capsys.readouterr().out)
    script = f"""
        source {tmp_path}/script
        complete -p neon-async | sed 's/.*-F *//; s/ .*//' > {tmp_path}/function
        COMP_WORDS=(neon-async {typed})
        COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
        $(cat {tmp_path}/function) neon-async
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    bash = shutil.which("bash") or "bash"
    done = subprocess.run([bash, "-c", script], capture_output=True, check=True, text=True)

    assert expected == {word.strip() for word in done.stdout.splitlines()}


@pytest.mark.parametrize(
    "arguments",
    [
        ["pul"],
        ["pull", "accounts", "--form", "2026-01-01Z"],
        ["emulator", "--port", "x"],
        ["emulator", "--port", "99999"],
    ],
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What can't be understood is explained on stderr, and ends with 2."""
    assert Exit.USAGE == run(arguments)

    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("neon-async: ")
    assert "\nsee: neon-async " in err


def without(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process where a module can't be imported."""
    code = f"import sys; sys.modules[{module!r}] = None; from neon_async.cli import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, check=False, text=True)


@pytest.mark.parametrize("module", ["cyclopts", "rich"])
def test_missing_extra(module: str) -> None:
    """Without the extra, the command says how to install it."""
    done = without(module, "lists", "sources")

    assert Exit.FAILED == done.returncode
    assert f"{module} is missing: python -m pip install 'neon-async[cli]'\n" == done.stderr


def test_other_missing_modules_are_not_explained_away() -> None:
    """A module that no extra brings is a defect, and shows its traceback."""
    done = without("neon_async.cli._commands.demo", "demo")

    assert "Traceback" in done.stderr


def test_missing_module_of_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a module of the package itself, missing from a broken installation."""
    monkeypatch.setitem(sys.modules, "neon_async.cli._app", None)

    with pytest.raises(ModuleNotFoundError, match="_app"):
        run(["lists", "sources"])


FRONT = [[], ["--help"], ["-h"], ["--version"], ["help"], ["help", "exit-codes"]]

LOADED_BY_FRONT = """
import io, sys
from neon_async.cli._front import front_page
from neon_async.cli._main import run
sys.stdout, stdout = io.StringIO(), sys.stdout
assert not run(sys.argv[1:])
assert sys.stdout.getvalue()
print(*sys.modules, file=stdout)
"""

LOADED_BY_HELP = """
import io, sys
from neon_async.cli._app import app
from neon_async.cli._catalog import COMMANDS
from neon_async.cli._front import front_page
from neon_async.cli._main import run
sys.stdout, stdout = io.StringIO(), sys.stdout
for name in COMMANDS:
    assert not run([name, "--help"]), name
    assert run([name, "--no-such-option"]), name
print(*sys.modules, file=stdout)
"""


def loaded(code: str, *arguments: str) -> set[str]:
    """Return the modules that a program imports in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, check=True, text=True
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("arguments", FRONT, ids=" ".join)
def test_front_page_imports_next_to_nothing(arguments: list[str]) -> None:
    """Help and version wait for no parser, no client and no HTTP library."""
    slow = {"cyclopts", "rich", "attr", "asyncio", "anyio", "httpx", "neon_async._client"}

    assert set() == slow & loaded(LOADED_BY_FRONT, *arguments)


def test_help_of_commands_waits_for_no_client() -> None:
    """The help of each command, or a mistyped option, waits for no client and no HTTP library."""
    assert set() == {"httpx", "neon_async._client"} & loaded(LOADED_BY_HELP)


def test_summaries_are_those_of_the_commands() -> None:
    """The first page of help says of each command what its own help begins with."""
    firsts = {name: " ".join(app[name].help.partition("\n\n")[0].split()) for name in COMMANDS}

    assert {name: command.summary for name, command in COMMANDS.items()} == firsts


@pytest.mark.parametrize("width", [20, 40, 80, 100, 200])
def test_front_page_fits(width: int) -> None:
    """No line is longer than the terminal is wide, but for examples, which are copied whole."""
    page = front_page(["--help"], max(width, 40)) or ""

    lines = [line for line in page.splitlines() if "neon-async " not in line]
    assert [] == [line for line in lines if len(line) > max(width, 40)]


def test_heading_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A heading is bold where a terminal can show it, and only there."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\033[1mCommands:\033[0m" in (front_page([]) or "")

    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in (front_page([]) or "")


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["pull"], "Usage: neon-async pull"), (["pull", "accounts"], "--start-page")],
)
def test_help_is_a_command(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """`help COMMAND` is the help of the command."""
    assert Exit.OK == run(["help", *words])

    assert expected in capsys.readouterr().out


def test_help_of_no_command(capsys: pytest.CaptureFixture[str]) -> None:
    """A word that is neither a command nor a topic is wrong usage, and said once."""
    assert Exit.USAGE == run(["help", "pul"])

    assert 1 == capsys.readouterr().err.count("did you mean pull?")


def test_exit_codes_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """`help exit-codes` has every code with its meaning, as the documentation has."""
    assert Exit.OK == run(["help", "exit-codes"])

    page = capsys.readouterr().out
    assert [] == [code for code in Exit if f"{code:>5d}  {code.meaning}\n" not in page]
    docs = (Path(__file__).parents[3] / "docs" / "terminal.md").read_text(encoding="utf-8")
    assert [] == [code for code in Exit if f"| {code:d} | {code.meaning} |" not in docs]


def test_main_exits_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process's exit code is the command's."""
    monkeypatch.setattr(sys, "argv", ["neon-async", "nonsense"])

    with pytest.raises(SystemExit) as caught:
        main()

    assert Exit.USAGE == caught.value.code


def test_module_is_the_command() -> None:
    """`python -m neon_async.cli` does what `neon-async` does."""
    done = subprocess.run(
        [sys.executable, "-m", "neon_async.cli", "--version"], capture_output=True, check=True
    )

    assert f"neon-async {importlib.metadata.version('neon-async')}" in done.stdout.decode()


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (KeyboardInterrupt(), Exit.INTERRUPTED, "neon-async: interrupted\n"),
        (InvalidRequestError("no"), Exit.USAGE, "neon-async: no\n"),
        (ConnectError("no"), Exit.FAILED, "neon-async: no\n"),
        (OSError("no"), Exit.FAILED, "neon-async: no\n"),
        (ExceptionGroup("", [OSError("no"), OSError("neither")]), Exit.FAILED, "neon-async: no\n"),
    ],
)
def test_errors_have_codes(
    error: BaseException, code: Exit, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each error that a user can do something about has its exit code and one line."""
    assert code == exit_code(error)
    assert said == capsys.readouterr().err


def test_notes_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """What was noted about an error stands below it."""
    error = ConnectError("no")
    error.add_note("try again")

    exit_code(error)

    assert capsys.readouterr().err == "neon-async: no\ntry again\n"


def test_refused_edit_names_the_option(capsys: pytest.CaptureFixture[str]) -> None:
    """What an edit would lose can be given up with an option, which is said ready to type."""
    error = LossyReadError("it would be lost", paths=["login.username", "dob"])

    assert Exit.FAILED == exit_code(error)

    said = capsys.readouterr().err
    assert said.endswith(": --accept-loss login.username --accept-loss dob\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            InvalidRequestError("must be https (http only for localhost)", parameter="base_url"),
            "NEON_BASE_URL must be https (http only for localhost)",
        ),
        (
            InvalidRequestError("no", parameter="accountIds.accountId", operation="syncAccounts"),
            "account id: no",
        ),
        (InvalidRequestError("no", parameter="other"), "no [other]"),
        (AuthenticationError(), "login failed: wrong organization id or API key"),
        (OSError(errno.ENOSPC, "no room"), "no room"),
        (OSError(errno.ENOSPC, "no room", "file"), "file: no room"),
    ],
)
def test_messages_are_the_command_lines(error: BaseException, said: str) -> None:
    """A message names what a user of the command line knows, and no argument of Python."""
    assert said == describe(error)


def test_defects_are_raised() -> None:
    """An error that nobody foresaw keeps its traceback."""
    with pytest.raises(ZeroDivisionError):
        exit_code(ZeroDivisionError())
