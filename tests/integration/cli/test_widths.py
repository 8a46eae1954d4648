"""Answers, progress and errors on narrow and on wide terminals: ids and paths in one piece."""

import io
import re
import shlex
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from neon_async import Progress
from neon_async.cli import _connection
from neon_async.cli._commands.demo import _report_result
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.cli._progress import progress_bars
from neon_async.cli._summary import Duration, Pulled
from neon_async.emulator import Emulator

STYLES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
WIDTHS = (30, 40, 200)
LINES = {
    "lists sources": ["Direct mail"],
    "lists custom-fields": ["fieldOptions", "component"],
    "show 10002": ["10002", "primaryContact.firstName", "Zoë"],
    "merge-history 10002": ["searchedAccountId", "10002", "previousAccountIds"],
    "search accounts": ["10001", "10002", "person10002.1@example.org"],
    "doctor --concurrency=1": ["credentials", "accepted"],
    "edit 10002 --set primaryContact.lastName=Łódź --reset-consents --dry-run": [
        "individualAccount.primaryContact.lastName",
        "consentInformation.dataSharingConsentStatus",
        "Łódź",
    ],
    "plan changes.csv --output plan.json --reset-consents": ["10002", "accountId"],
    "pull accounts --from 1990-01-01Z": ["10001", "10002", "Zoë"],
    "pull activities --from 1990-01-01Z": ["501"],
}


class Terminal(io.StringIO):
    """A terminal that somebody watches."""

    def isatty(self) -> bool:
        """Whether it is one."""
        return True


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """An emulator in this process, with a name that is not ASCII."""
    made = Emulator(accounts=3, activities=1)
    contact = {**(made.account(10_002) or {})["primaryContact"], "firstName": "Zoë"}
    made.change_account(10_002, primaryContact=contact)
    monkeypatch.setattr(_connection, "make_client", made.client)
    monkeypatch.chdir(tmp_path)
    Path("changes.csv").write_text("accountId,url\n10002,https://example.org\n", encoding="utf-8")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    return made


@pytest.mark.shows("e-mail", "output", reason="the records are what was asked for")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("line", LINES)
@pytest.mark.usefixtures("emulator")
def test_answers(line: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No id, path or title is broken or cut, so that it can be copied."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr(sys, "stdout", terminal := Terminal())

    assert Exit.OK == run(shlex.split(line))

    text = STYLES.sub("", terminal.getvalue())
    whole = [word for word in LINES[line] if not (width < 200 and word == "previousAccountIds")]
    if "custom-fields" in line and width < 200:
        whole.remove("fieldOptions")  # blank cells have no line where there is no table
    assert [] == [word for word in whole if word not in text]
    if line.startswith("pull"):
        assert max(map(cell_len, text.splitlines())) <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_progress(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The counts are there before the bar and the time are."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with progress_bars() as start:
        start("activities")(Progress(1_000, 1_000, 200_000, 200_000))

    last = STYLES.sub("", terminal.getvalue()).splitlines()[-1]
    assert "1000/1000" in last
    assert "200,000" in last
    assert (width > 100) == ("━" in last)


@pytest.mark.parametrize(("width", "shown"), [(30, "accounts: 7 of 7 records"), (100, "seconds")])
def test_summary_of_the_demo(
    width: int, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A terminal too narrow for the table gets its most important numbers."""
    monkeypatch.setenv("COLUMNS", str(width))
    pulled = Pulled("accounts", 7)
    pulled.ids.update(range(7))

    _report_result([pulled], Duration(1.0, 0.5), concurrency=5, latency=0.05)

    assert shown in capsys.readouterr().out


@pytest.mark.parametrize("width", WIDTHS)
def test_errors_are_lines(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The terminal wraps a message, which has no frame and no line breaks of its own."""
    monkeypatch.setenv("COLUMNS", str(width))

    run(["lists", "nonsense"])

    assert 2 == len(capsys.readouterr().err.splitlines())


def test_console_has_the_width_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests above set what rich goes by."""
    monkeypatch.setenv("COLUMNS", "30")
    monkeypatch.setenv("TERM", "xterm")

    assert 30 == Console(file=Terminal()).width
