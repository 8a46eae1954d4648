"""What people get wrong first, command by command: refused at once, in the words they typed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App, CycloptsError

from neon_async.cli import _connection
from neon_async.cli._app import app
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.cli._usage import usage_message
from neon_async.emulator import Emulator

# Names of Python, and words of the parser, that say nothing to somebody who types a command.
FOREIGN = re.compile(
    r"max_concurrency|page_size|time_(from|to)|account_ids?\b|base_url|on_unreadable|allow_clear"
    r"|AsyncClient|[Tt]okens|convert|\bint\b|\bfloat\b|Literal|searches\.|Activity\.|[╭│]"
)
NUMBERS = {"int", "float"}
ARGUMENTS = {
    "apply": ["plan.json", "--journal=run.ndjson"],
    "create-organization": ["Fund"],
    "edit": ["10002", "--set=url=https://example.org"],
    "lists": ["sources"],
    "log-activity": ["10002", "--subject=Call"],
    "merge-history": ["10002"],
    "plan": ["changes.csv", "--output=plan.json"],
    "search": ["accounts", "City=Graz"],
    "show": ["10002"],
    "pull": ["--id=10002"],
    "sync": ["--output=copy.db"],
    "undo": ["undo.json"],
}


@pytest.fixture(autouse=True)
def emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """An emulator that must not be reached, and an empty folder to work in."""
    made = Emulator(accounts=3, activities=1)
    monkeypatch.setattr(_connection, "make_client", made.client)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("{")
    return made


def leaves(parser: App, *above: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that does something."""
    names = [name for name in parser if not name.startswith("-")]
    for name in names:
        yield from leaves(parser[name], *above, name)
    if not names:
        yield above


def numbers() -> Iterator[tuple[str, ...]]:
    """Yield each option that takes a number, behind its command."""
    for command in leaves(app):
        parser = app
        for word in command:
            parser = parser[word]
        for argument in parser.assemble_argument_collection(parse_docstring=False):
            kinds = set(re.findall(r"\w+", str(argument.hint)))
            if NUMBERS & kinds and argument.name.startswith("--"):
                yield (*command, argument.name)


@pytest.mark.parametrize("option", [*numbers()], ids=" ".join)
def test_numbers(
    option: tuple[str, ...], emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each option that takes a number refuses what is none, with its name and what it takes."""
    *command, name = option
    words = [*command, *ARGUMENTS.get(command[0], ())]

    for text in ("ten", "2.5x", "0x10", "1_000", "nan", ""):
        assert Exit.USAGE == run([*words, f"{name}={text}"])

        first, second = capsys.readouterr().err.splitlines()
        got = repr(text) if text else "an empty text"
        assert re.fullmatch(f"neon-async: {name}: expected .*, got {got}", first)
        assert f"see: neon-async {' '.join(command)} --help" == second
    assert 0 == len(emulator.requests)


LINES = {
    "edit ten --set url=x": "ACCOUNT: expected an id or an e-mail address, got 'ten'",
    "edit 10002.7 --set url=x --yes": "ACCOUNT: expected an id or an e-mail address",
    "edit -1 --set url=x": "ACCOUNT: expected an id or an e-mail address, got '-1'",
    "edit": "ACCOUNT is missing",
    "edit 10002": "nothing to do: pass --set or --clear",
    "edit 10002 --set url": "--set expects PATH=VALUE",
    "edit 10002 --set =x": "--set expects PATH=VALUE",
    "edit 10002 --set firstNam=x": "unknown field 'firstNam'; did you mean primaryContact",
    "edit 10002 --clear firstNam": "unknown field 'firstNam'; did you mean primaryContact",
    "edit 10002 --set primaryContact.dob=soon": "expected a date such as 2014-01-10",
    "edit 10002 --set url=x --undo-file folder": "--undo-file: folder already exists",
    "edit 10002 --set url=x --undo-file ''": "--undo-file: expected the name of a file",
    "show x": "RECORD_ID: expected an id or an e-mail address, got 'x'",
    "show 0": "RECORD_ID: expected an id",
    "show 99999999999999999999": "RECORD_ID: expected an id",
    "show a@b --activity": "RECORD_ID: expected the id of an activity",
    "show 10002 10003": "unexpected argument '10003'",
    "show 10002 --format xml": "--format: expected one of table, json, csv, got 'xml'",
    "merge-history x": "ACCOUNT_ID: expected an id, such as 10002, got 'x'",
    "merge-history 1.5": "ACCOUNT_ID: expected an id, such as 10002, got '1.5'",
    "log-activity 0 --subject x": "ACCOUNT_ID: expected an id",
    "log-activity 10002 --subject ''": "--subject: a value is required",
    "log-activity 10002": "--subject is missing",
    "create-organization ''": "NAME: a value is required",
    "lists nonsense": "NAME: expected one of prefixes, genders,",
    "lists": "NAME is missing",
    "lists sources --timeout inf": "--timeout: expected a number of seconds, more than 0",
    "lists sources --timeout 1e300": "--timeout: expected a number of seconds, more than 0",
    "lists sources --timeout -1": "--timeout: expected a number of seconds",
    "lists sources --proxy foo": "--proxy must be an http or https URL",
    "lists sources --nonsense": "unknown option --nonsense",
    "search accounts =Graz": "expected FIELD=VALUE as a criterion",
    "search accounts City": "expected FIELD=VALUE as a criterion",
    "search nonsense": "SECTION: expected one of accounts, activities,",
    "search accounts --page-size 0": "--page-size: expected a whole number of at least 1",
    "pull accounts": "pass --from, the start of the range, or --id",
    "pull accounts --id 10002.7": "--id: expected an id, such as 10002, got '10002.7'",
    "pull activities --id 0": "--id: expected an id, such as 10002, got '0'",
    "pull accounts --form 2014-01-01Z": "unknown option --form; did you mean --format?",
    "pull accounts --from soon": "--from: expected a date such as 2014-01-10Z",
    "pull accounts --from 2014-02-01Z --to 2014-01-01Z": "--from is after --to",
    "pull accounts --id 1 --workers 1e9": "--workers: expected a whole number of at least 1",
    "pull accounts --id 1 --append": "--append needs --output, the file to append to",
    "pull accounts --id 1 --output ''": "--output: expected the name of a file",
    "pull accounts --id 1 --output": "--output needs a value",
    "pull accounts --from=1990-01-01Z --from=1991-01-01Z": "--from is given twice",
    "pull nonsense": "unknown command 'nonsense'; expected one of accounts, activities",
    "pul accounts": "unknown command 'pul'; did you mean pull?",
    "sync accounts": "--output is missing",
    "sync accounts --output -x.db": "--output needs a value; if it is -x.db, write --output=-x.db",
    "sync accounts --output=x.db --checkpoint=''": "--checkpoint: expected the name of a file",
    "sync accounts --output=x.db --lag -1": "--lag: expected a number of seconds, 0 or more",
    "plan -x.csv -o plan.json": "unknown option -x.csv; for a file of this name, write ./-x.csv",
    "apply text --journal j": "text is not a plan, or is damaged",
    "apply text --journal j --max-refused -1": "--max-refused: expected a whole number",
    "undo text": "text is not an undo file, or is damaged",
    "undo text --account x": "--account: expected an id, such as 10002, got 'x'",
    "emulator --port 99999": "--port: expected a whole number from 0 to 65535, got '99999'",
    "emulator --accounts 0 --merged 2": "--merged needs an account to merge into",
    "emulator --latency inf": "--latency: expected a number of seconds, 0 or more",
    "demo --directory text": "--directory: text is not a folder",
    "doctor --http-method get": "--http-method: expected one of POST, GET, got 'get'",
    "doctor --probe-concurrency": "--probe-concurrency: needs --report",
    "completion tcsh": "SHELL: expected one of bash, zsh, fish, got 'tcsh'",
    "help nonsense": "unknown command 'nonsense'",
}


@pytest.mark.parametrize(("line", "expected"), LINES.items(), ids=LINES)
def test_wrong_words(
    line: str, expected: str, emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is refused before anything is sent, and named as it was typed."""
    assert Exit.USAGE == run(shlex.split(line))

    out, err = capsys.readouterr()
    assert err.startswith(f"neon-async: {expected}")
    assert not FOREIGN.search(err)
    assert "" == out
    assert 0 == len(emulator.requests)


def test_every_command_is_misused() -> None:
    """A new command gets a line above."""
    # They take no argument of their own.
    exempt = {"login", "logout"}
    assert {command[0] for command in leaves(app)} - exempt <= {line.split()[0] for line in LINES}


def test_other_errors_of_the_parser_are_shown() -> None:
    """An error of a kind that the parser does not have yet keeps its own words."""
    assert "new\nsee: neon-async --help" == usage_message(CycloptsError(msg="new"), [])


def test_damaged_checkpoint_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """The message says which file is damaged, and how to begin again."""
    assert Exit.FAILED == run(["sync", "accounts", "--output=changes", "--checkpoint=text"])

    assert "the checkpoint is in text; to begin again, use other files" in capsys.readouterr().err
