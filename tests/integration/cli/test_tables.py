"""Answers as tables, or as JSON lines."""

import sys
from datetime import UTC, date, datetime

import pytest

from neon_async import Address, CodeName, IdName
from neon_async.cli._formats.terminal_table import answer, shown

from .conftest import records


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ""),
        (True, "true"),
        (7, "7"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 15, 50, 28, 153_000, UTC), "2026-01-31 15:50:28.153+00:00"),
        (CodeName("NY", "New York"), "NY New York"),
        ([1, IdName("2", "Web")], "1, 2 Web"),
        ("[bold]Ada[/bold]\nLovelace", "[bold]Ada[/bold]\nLovelace"),
        ("\x1b]0;title\x07\x9b2J\r", "?]0;title??2J?"),
    ],
)
def test_values_as_text(value: object, expected: str) -> None:
    """A value is short text, with nothing in it that a terminal would obey."""
    assert expected == shown(value)


def test_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal the answer is a table, without markup that a record brings along."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")
    answer(("id", "name"), [(1, "[red]Ada"), (2, None)])

    lines = capsys.readouterr().out.splitlines()
    assert [["id", "name"], ["1", "[red]Ada"], ["2"]] == [line.split() for line in lines]


def test_column_to_copy_stays_whole(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A column to be copied is not broken into lines while the others have room enough."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    path = "primaryContact.addresses[40012].isPrimaryAddress"
    answer(("path", "value"), [(path, "word " * 10)], whole="path")

    assert 1 == sum(path in line for line in capsys.readouterr().out.splitlines())
    answer(("path", "old", "new"), [(path, "47 M", "48 L")], whole="path")
    lines = capsys.readouterr().out.splitlines()
    assert 1 == sum("47 M" in line and "48 L" in line for line in lines)


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Elsewhere each row is a JSON object with v1's names in it."""
    answer(("a", "b"), [(date(2026, 1, 31), IdName("1", "Web")), (None, Address(zip_code="1"))])

    expected = [
        {"a": "2026-01-31", "b": {"id": "1", "name": "Web"}},
        {"a": None, "b": {"zipCode": "1"}},
    ]
    assert expected == records(capsys.readouterr().out.encode())
