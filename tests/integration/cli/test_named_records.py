"""Records and pages that a command line names, and that are not there."""

from pathlib import Path

import pytest

from neon_async import PageInfo
from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.cli._not_found import check_start
from neon_async.emulator import Emulator

from .conftest import records


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator in this process, which the commands talk to instead of the network."""
    made = Emulator(accounts=30, activities=30)
    monkeypatch.setattr(_connection, "make_client", made.client)
    return made


@pytest.mark.parametrize(
    ("kind", "ids", "there", "text"),
    [
        ("accounts", [7], 0, "no account has the id 7\n"),
        ("accounts", [7, 10_002, 8], 1, "no account has an id of 7, 8\n"),
        ("activities", [7], 0, "no activity has the id 7\n"),
        (
            "accounts",
            range(1, 13),
            0,
            "no account has an id of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …\n",
        ),
    ],
)
def test_ids_that_are_not_there(  # noqa: PLR0917 - the cases are many
    kind: str,
    ids: list[int],
    there: int,
    text: str,
    emulator: Emulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The records that are there are written, the others are named, and the exit code is 4."""
    file = tmp_path / "records"
    options = [f"--id={number}" for number in ids]

    assert Exit.NOT_FOUND == run(["pull", kind, f"--output={file}", *options])

    assert there == len(records(file))
    assert f"neon-async: {text}" == capsys.readouterr().err
    assert emulator.requests


def test_deleted_account(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """An account that was deleted is said to be so where v1 reports it."""
    emulator.delete_account(10_003)

    assert Exit.NOT_FOUND == run(["pull", "accounts", "--id", "10003", "--from", "1990-01-01Z"])

    err = capsys.readouterr().err
    assert "10003" in err


@pytest.mark.parametrize("kind", ["accounts", "activities"])
@pytest.mark.parametrize(("size", "pages"), [(10, "there are 3 pages"), (200, "there is 1 page")])
def test_page_beyond_the_end(  # noqa: PLR0917 - the cases are many
    kind: str,
    size: int,
    pages: str,
    emulator: Emulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A page that does not exist is no empty success, and leaves an earlier file as it was."""
    file = tmp_path / "records"
    file.write_text("earlier\n")
    pull = ["pull", kind, "--from=1990-01-01Z", f"--page-size={size}", f"--output={file}"]
    assert Exit.NOT_FOUND == run([*pull, "--start-page=9"])

    assert f"--start-page 9 is beyond the end: {pages}" in capsys.readouterr().err
    assert "earlier\n" == file.read_text()
    if size == 10:
        assert Exit.OK == run([*pull, "--start-page=3"])
        assert 10 == len(records(file))
    assert emulator.requests


def test_empty_page_within_the_pages() -> None:
    """A page that is only empty is not beyond the end."""
    check_start(2, PageInfo(current_page=2, page_size=10, total_page=2, total_results=10), ())


@pytest.mark.parametrize(
    "command", [["show", "7"], ["edit", "7", "--set", "url=x"], ["show", "nobody@example.org"]]
)
def test_commands_about_one_record(command: list[str], emulator: Emulator) -> None:
    """A record that is not there has an exit code of its own in every command."""
    assert Exit.NOT_FOUND == run(command)
    assert emulator.requests


def test_search_beyond_the_end(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """A search says so as well."""
    search = ["search", "accounts", "--where", "First Name", "NOT_BLANK", ""]

    assert Exit.NOT_FOUND == run([*search, "--start-page", "9"])

    assert "--start-page 9 is beyond the end" in capsys.readouterr().err
    assert emulator.requests


@pytest.mark.shows("e-mail", "output", reason="an account is what was asked for")
@pytest.mark.parametrize(
    ("command", "form", "expected"),
    [
        (["lists", "sources"], "csv", "id,name\r\n"),
        (["lists", "prefixes"], "csv", "name\r\n"),
        (["lists", "sources"], "table", "id  name"),
        (["merge-history", "10002"], "csv", "searchedAccountId,currentAccountId,"),
        (["merge-history", "10002"], "json", '{"searchedAccountId":10002,'),
        (["show", "10002"], "table", "path"),
        (["show", "10002"], "csv", "kind,accountId,"),
        (["show", "501", "--activity"], "csv", "activityId,"),
        (["search", "accounts", "Account ID=10002"], "csv", "Account ID,"),
        (["search", "accounts", "Account ID=10002"], "table", "Account ID"),
        (["search", "accounts", "Account ID=10002"], "json", '{"Account ID":"10002"'),
    ],
)
def test_formats(
    command: list[str],
    form: str,
    expected: str,
    emulator: Emulator,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    """Each format is there in a pipe, too, and begins as it should."""
    assert Exit.OK == run([*command, "--format", form])

    assert capfdbinary.readouterr().out.startswith(expected.encode())
    assert emulator.requests
