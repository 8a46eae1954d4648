"""`neon-async search`, and accounts that commands are given by e-mail address."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from neon_async import SearchRow
from neon_async.cli import _connection
from neon_async.cli._commands.search import _named
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator

from .conftest import records

EMAIL = "ada@example.org"
ADA = {"firstName": "Ada", "lastName": "Example", "email1": EMAIL}


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator in this process, which the commands talk to instead of the network."""
    with Emulator(accounts=10, activities=3) as made:
        monkeypatch.setattr(_connection, "make_client", made.client)
        yield made


def answered(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return records(capsys.readouterr().out.encode())


@pytest.mark.shows("e-mail", "output", reason="a search by it was asked for")
def test_search_by_email(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """Each record is a line of JSON with its id and the usual fields."""
    number = emulator.create_individual(primaryContact=ADA)

    assert Exit.OK == run(["search", "accounts", f"Email={EMAIL}"])
    expected = {"Account ID": str(number), "First Name": "Ada"}
    assert [expected | {"Last Name": "Example", "Email 1": EMAIL}] == answered(capsys)


@pytest.mark.usefixtures("emulator")
def test_search_with_options(capsys: pytest.CaptureFixture[str]) -> None:
    """Fields, operators, order and pages are the caller's."""
    words = "search accounts --field City --sort City --descending --page-size 2 --where"

    assert Exit.OK == run([*words.split(), "Account ID", "LESS_THAN", "10005"])

    rows = answered(capsys)
    assert ["Account ID", "City"] == list(rows[0])
    cities = [row["City"].casefold() for row in rows]
    assert (4, sorted(cities, reverse=True)) == (len(cities), cities)


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize("section", ["activities", "donations", "events", "memberships"])
def test_every_section(capsys: pytest.CaptureFixture[str], section: str) -> None:
    """All sections can be searched with their usual fields, from any page on."""
    assert Exit.OK == run(["search", section])
    rows = answered(capsys)
    assert Exit.OK == run(["search", section, "--page-size", "2", "--start-page", "2"])
    assert rows[2:] == answered(capsys)


@pytest.mark.usefixtures("emulator")
def test_search_as_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where people read, the rows are a table."""
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert Exit.OK == run(["search", "events", "Event ID=401", "--field", "Event End Time"])

    lines = capsys.readouterr().out.splitlines()
    assert ["Event ID  Event End Time", "401       22:00:00"] == [line.rstrip() for line in lines]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["accounts", "ada"], "expected FIELD=VALUE as a criterion"),
        (["accounts", "--where", "City", "LIKE", "x"], "criterion 1: expected an operator"),
        (["accounts", "--sort", "City"], "expected one of the output fields"),
    ],
)
def test_unusable_search(
    emulator: Emulator, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """What can't be searched for is wrong usage."""
    assert Exit.USAGE == run(["search", *arguments])
    assert said in capsys.readouterr().err
    assert [] == list(emulator.requests)


@pytest.mark.usefixtures("emulator")
def test_unknown_field(capsys: pytest.CaptureFixture[str]) -> None:
    """A field that v1 does not know is its refusal, with the likely reason."""
    assert Exit.FAILED == run(["search", "accounts", "--field", "Twon"])
    assert "a field's name is unknown" in capsys.readouterr().err


def test_doubles_have_names_of_their_own() -> None:
    """No value is lost where two fields share a name."""
    row = SearchRow(1, (("A", "x"), ("A", "y"), ("A (2)", "z")))

    assert {"A": "x", "A (2)": "y", "A (2) (2)": "z"} == _named(row)


@pytest.mark.shows("e-mail", "output", reason="an account is what was asked for")
def test_show_by_email(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """`show` takes the e-mail address of exactly one account, in any of its fields."""
    number = emulator.create_individual(primaryContact=ADA | {"email1": "", "email3": EMAIL})

    assert Exit.OK == run(["show", EMAIL])
    assert [number] == [record["accountId"] for record in answered(capsys)]


def test_edit_by_email(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """`edit` does, too."""
    emulator.create_individual(primaryContact=ADA)
    change = ["--set", "primaryContact.firstName=Eda", "--dry-run"]

    assert Exit.OK == run(["edit", EMAIL, *change])
    assert "Eda" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "no account has this e-mail address"),
        (2, "2 accounts have this e-mail address; pass one id: 10011, 10012"),
        (11, "11 accounts have this e-mail address; pass one id: 10011, "),
    ],
)
def test_email_of_none_or_several(
    emulator: Emulator, capsys: pytest.CaptureFixture[str], count: int, said: str
) -> None:
    """It has to be exactly one; the ids of several are listed, the first ten of many."""
    for _ in range(count):
        emulator.create_individual(primaryContact=ADA)

    assert (Exit.USAGE if count else Exit.NOT_FOUND) == run(["show", EMAIL])
    error = capsys.readouterr().err
    assert said in error
    assert (count > 10) == ("10020, …" in error)


@pytest.mark.parametrize("arguments", [["show", "ada"], ["show", EMAIL, "--activity"]])
def test_neither_id_nor_email(
    emulator: Emulator, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """Anything else is wrong usage, and so is the e-mail address of an activity."""
    assert Exit.USAGE == run(arguments)
    assert ": expected " in capsys.readouterr().err
    assert [] == list(emulator.requests)
