"""`neon-async pull` on a terminal: a table."""

import os
import re
import sys
from datetime import UTC, datetime

import pexpect
import pytest
from rich.cells import cell_len

from neon_async import Activity, Contact, IdName, IndividualAccount, OrganizationAccount
from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._formats.listing import Listing
from neon_async.cli._main import run
from neon_async.emulator import Emulator

WIDTH = 90


def on_terminal(settings: dict[str, str], *arguments: str) -> tuple[int | None, list[str]]:
    """Run the command on a terminal of its own, and return its exit code and its lines."""
    # A runner that spreads tests over processes says how wide their lines are, and wins.
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "neon_async.cli", "pull", *arguments],
        dimensions=(24, WIDTH),
        encoding="utf-8",
        env={**environment, **settings, "TERM": "xterm", "NO_COLOR": "1"},
        timeout=30,
    )
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, re.sub(r"\x1b\[[\d;]*m", "", child.before or "").splitlines()


@pytest.mark.parametrize(
    ("kind", "first", "count"), [("accounts", 10001, 450), ("activities", 501, 250)]
)
def test_table_on_a_terminal(kind: str, first: int, count: int, served: dict[str, str]) -> None:
    """Each record is a line that fits, under one header, with no bar in between."""
    code, lines = on_terminal(served, kind, "--from", "1990-01-01Z", "--page-size=100")

    header, *rows, end = lines
    assert code == Exit.OK
    assert ["id", "modified"] == [header.split()[0], header.split()[-1]]
    assert list(range(first, first + count)) == sorted(int(row.split()[0]) for row in rows)
    # The last column begins below its title on every page.
    times = [row[-22:] for row in rows]
    assert header.endswith(f"  {'last modified':<22}")
    minute = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d[+-]\d\d:\d\d")
    assert [time for time in times if not minute.fullmatch(time)] == []
    assert {WIDTH} == {cell_len(row) for row in rows}
    assert f"{count} {kind}" == end


def pull_here(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Pull from an emulator in this process, as if its standard streams were a terminal's."""
    monkeypatch.setattr(_connection, "make_client", Emulator(accounts=30, activities=20).client)
    monkeypatch.setenv("TERM", "dumb")
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    return run(["pull", *arguments])


@pytest.mark.parametrize("kind", ["accounts", "activities"])
def test_table_grows_page_by_page(
    kind: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pages follow each other under one header, and the number of records comes last."""
    assert Exit.OK == pull_here(monkeypatch, kind, "--from=1990-01-01Z", "--page-size=10")

    out, err = capsys.readouterr()
    header, *rows = out.splitlines()
    count = {"accounts": 30, "activities": 20}[kind]
    assert "id" == header.split()[0]
    assert count == len({row.split()[0] for row in rows}) == len(rows)
    assert f"{count} {kind}\n" == err


@pytest.mark.shows("e-mail", "output", reason="records are what is asked for")
def test_format_is_obeyed_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who asks for JSON gets it on a terminal, too, and no bar within it."""
    assert Exit.OK == pull_here(monkeypatch, "accounts", "--id=10003", "--format=ndjson")

    out, err = capsys.readouterr()
    assert out.startswith('{"accountId":10003,')
    assert "1 accounts\n" == err


def test_quiet_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --quiet there is the table, and no line behind it."""
    assert Exit.OK == pull_here(monkeypatch, "activities", "--from=1990-01-01Z", "--quiet")

    out, err = capsys.readouterr()
    assert 1 + 20 == len(out.splitlines())
    assert not err


@pytest.mark.shows("e-mail", "output", reason="records are what is asked for")
def test_records_say_what_they_have(capsys: pytest.CaptureFixture[str]) -> None:
    """What is missing is blank, and nothing in a record can do anything to the terminal."""
    moment = datetime(2026, 1, 31, 15, 50, 28, tzinfo=UTC)
    ada = Contact(first_name="Ada\x1b[2J", email1="ada@example.org")
    people = [
        IndividualAccount(account_id=1, primary_contact=ada, last_modified_date_time=moment),
        IndividualAccount(account_id=2),
    ]
    table = Listing("accounts")
    table.write([])
    table.write(
        [*people, OrganizationAccount(account_id=3, organization_name="[b]Fund\n2", extra={})]
    )

    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["id", "kind", "name", "e-mail", "last", "modified"],
        ["1", "individual", "Ada?[2J", "ada@example.o…", "2026-01-31", "15:50+00:00"],
        ["2", "individual"],
        ["3", "organization", "[b]Fund", "2"],
    ]

    call = Activity(activity_id=7, subject="Call", activity_status=IdName("1", "Completed"))
    Listing("activities").write([call, Activity(activity_id=8)])
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["id", "subject", "status", "begins"],
        ["7", "Call", "Completed"],
        ["8"],
    ]


def test_what_was_printed_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """After an interruption it says how many pages and records the terminal has shown."""
    listing = Listing("accounts")
    listing.write([IndividualAccount(account_id=7)])

    kept = listing.keep()

    assert ("standard output", 1, 1) == (kept.place, kept.pages, kept.records)
    assert "7" in capsys.readouterr().out
