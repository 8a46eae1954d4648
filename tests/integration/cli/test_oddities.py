"""Odd values and records without a usable id, through every command that reads records."""

import csv
import json
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.cli._oddities import Oddities
from neon_async.emulator import Emulator, running

from .conftest import records, spoiled_client

pytestmark = pytest.mark.shows("e-mail", "output", reason="records are what is asked for")

EVER = ("--from", "1990-01-01Z")
HALF = "M\ud83d"  # half of a surrogate pair
TEXT = "20014-01-01"
KEPT = "kept as received: 3 odd values in 1 record\n"
# What the emulator can't hold comes about on the way.
CHANGES = {b'"HALF"': b'"M\\ud83d"'}
WITHOUT_IDS = {b'"accountId":10004,': b'"accountId":"",', b'"activityId":503,': b'"activityId":0,'}


@pytest.fixture
def emulator() -> Emulator:
    """An emulator with odd values in one account and one activity."""
    made = Emulator(accounts=20, activities=10)
    contact = {"dob": TEXT, "firstName": "HALF"}
    made.change_account(10_003, primaryContact=contact, source="Web")
    made.change_activity(502, startDateTime=TEXT, systemUserId="many", subject="HALF")
    return made


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> Callable[..., None]:
    """Return what lets the commands talk to the emulator, without some ids if asked to."""

    def use(*, without_ids: bool = False) -> None:
        changes = CHANGES | (WITHOUT_IDS if without_ids else {})
        monkeypatch.setattr(_connection, "make_client", spoiled_client(emulator, changes))

    use()
    return use


@pytest.mark.usefixtures("use")
def test_lines_have_what_came(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In lines of JSON an odd value is where it came, and how many there were is told."""
    file = tmp_path / "accounts.ndjson"
    assert Exit.OK == run(["pull", "accounts", *EVER, f"--output={file}"])

    found = [json.loads(line) for line in file.read_bytes().splitlines()]
    (odd,) = (one for one in found if one["accountId"] == 10_003)
    contact = odd["primaryContact"]
    assert (TEXT, HALF, "Web") == (contact["dob"], contact["firstName"], odd["source"])
    assert len(found) == 20
    assert KEPT == capsys.readouterr().err


EXTRA = {"primaryContact.dob": TEXT, "primaryContact.firstName": HALF, "source": "Web"}


@pytest.mark.usefixtures("use")
def test_rows_have_no_odd_value(tmp_path: Path) -> None:
    """In CSV the cell of an odd value is empty, and the column extra has it under its path."""
    file = tmp_path / "accounts.csv"
    assert Exit.OK == run(["pull", "accounts", *EVER, "--format=csv", f"--output={file}"])

    with file.open(encoding="utf-8", newline="") as opened:
        (odd,) = (row for row in csv.DictReader(opened) if row["accountId"] == "10003")
    assert EXTRA == json.loads(odd["extra"])
    assert ["", ""] == [odd["primaryContact.dob"], odd["primaryContact.firstName"]]
    assert odd["primaryContact.lastName"]


@pytest.mark.parametrize("kind", ["accounts", "activities"])
@pytest.mark.parametrize("form", ["parquet", "arrow"])
@pytest.mark.usefixtures("use")
def test_tables_have_no_odd_value(kind: str, form: str, tmp_path: Path) -> None:
    """In tables a typed column is null, and the column extra has the value under its path."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow has no wheel for this Python")
    pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow has no wheel for this Python")
    file = tmp_path / kind
    assert Exit.OK == run(["pull", kind, *EVER, f"--format={form}", f"--output={file}"])

    table = pq.read_table(file) if form == "parquet" else pa.ipc.open_file(file).read_all()
    (odd,) = (row for row in table.to_pylist() if row["extra"] is not None)
    extra: dict[str, Any] = json.loads(odd["extra"])
    activity = {"startDateTime": TEXT, "systemUserId": "many", "subject": HALF}
    assert {"accounts": EXTRA, "activities": activity}[kind] == extra
    assert {None} == {odd[path] for path in extra if path != "source"}


@pytest.mark.parametrize("command", ["pull", "sync"])
@pytest.mark.parametrize(
    ("kind", "place", "path"),
    [
        ("accounts", 3, "individualAccounts.individualAccount[3]"),
        ("activities", 2, "activities.activity[2]"),
    ],
)
def test_record_without_id_ends_it(  # noqa: PLR0917 - the cases are many
    command: str,
    kind: str,
    place: int,
    path: str,
    use: Callable[..., None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A record without a usable id is told by its place, with the option that skips it."""
    use(without_ids=True)
    options = [*EVER] if command == "pull" else [f"--checkpoint={tmp_path / 'checkpoint'}"]

    assert Exit.FAILED == run([command, kind, *options, f"--output={tmp_path / 'file'}"])

    said = capsys.readouterr().err
    assert re.search(r": a record without a usable id is at position \d+ of page 1 \[", said)
    assert (f" {place} of page 1 [{path}]" in said) == (command == "pull")
    assert "\nto skip such records: --skip-unreadable\n" in said
    assert "--start-page" not in said


@pytest.mark.parametrize(
    ("kind", "output", "place"),
    [
        ("accounts", "file.csv", "file.unreadable.ndjson"),
        ("activities", "-", "activities.unreadable.ndjson"),
        ("activities", "/dev/null", "activities.unreadable.ndjson"),
    ],
)
def test_record_without_id_is_skipped(  # noqa: PLR0917 - the cases are many
    kind: str,
    output: str,
    place: str,
    use: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With --skip-unreadable it is in a file of its own, and all others where they belong."""
    use(without_ids=True)
    monkeypatch.chdir(tmp_path)
    pull = ["pull", kind, *EVER, "--skip-unreadable", f"--output={output}"]
    assert Exit.OK == run(pull)

    told = f"left out: 1 record without a usable id, see {place}\n"
    assert KEPT + told == capsys.readouterr().err
    (skipped,) = records(tmp_path / place)
    assert ["path", "value"] == sorted(skipped)
    assert skipped["value"]["accountId" if kind == "accounts" else "activityId"] in {"", 0}
    assert 0o600 == stat.S_IMODE((tmp_path / place).stat().st_mode)

    before = (tmp_path / place).read_bytes()
    assert Exit.OK == run(pull)
    assert before == (tmp_path / place).read_bytes()
    assert (tmp_path / place.replace(".ndjson", "-2.ndjson")).exists()


@pytest.mark.usefixtures("use")
def test_nothing_to_skip(tmp_path: Path) -> None:
    """Where every record has an id, there is no further file."""
    file = tmp_path / "file"
    pull = ["pull", "accounts", *EVER, "--skip-unreadable", f"--output={file}"]
    assert Exit.OK == run(pull)

    assert [file] == [*tmp_path.iterdir()]


@pytest.mark.parametrize(("kind", "one"), [("accounts", 10_005), ("activities", 505)])
def test_sync_goes_on(  # noqa: PLR0917 - the cases are many
    kind: str,
    one: int,
    use: Callable[..., None],
    emulator: Emulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A sync puts it aside, can't prove that nothing is missing, and goes on with the next run."""
    use(without_ids=True)
    files = [f"--checkpoint={tmp_path / 'checkpoint'}", f"--output={tmp_path / 'changes'}"]
    sync = ["sync", kind, *files, "--skip-unreadable"]
    aside = tmp_path / "changes.unreadable.ndjson"
    assert Exit.UNPROVEN == run(sync)

    told = f"left out: 1 record without a usable id, see {aside}\n"
    said = capsys.readouterr().err
    assert said.startswith(KEPT + told + f"{kind}: unproven (1 record without a usable id left out")
    first = aside.read_bytes()
    assert len(records(first)) == 1

    if kind == "accounts":
        emulator.change_account(one, url="https://example.org/")
        emulator.change_account(10_004, url="https://example.org/")
    else:
        emulator.change_activity(one, subject="Call")
        emulator.change_activity(503, subject="Call")
    assert Exit.UNPROVEN == run(sync)
    assert aside.read_bytes().startswith(first)
    assert len(records(aside)) == 2


def test_no_room_for_what_is_skipped(
    use: Callable[..., None],
    tmp_path: Path,
    limit_file_size: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What can't be put aside is not skipped: the pull ends, and names the file."""
    use(without_ids=True)
    limit_file_size(100)
    pull = ["pull", "accounts", *EVER, "--skip-unreadable", f"--output={tmp_path / 'file'}"]

    assert Exit.FAILED == run(pull)

    aside = tmp_path / "file.unreadable.ndjson"
    assert capsys.readouterr().err == f"neon-async: {aside}: File too large\n"
    assert [] == [*tmp_path.iterdir()]


def test_failed_pull_tells_what_was_odd(
    use: Callable[..., None],
    emulator: Emulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A pull that ends early tells of the odd values that are in the file."""
    use()
    emulator.fail_next(2, method="syncAccounts", delay=0.0)
    emulator.fail_next(method="syncAccounts", code=5)
    pull = ["pull", "accounts", *EVER, "--page-size=5", "--concurrency=1", "--skip-unreadable"]

    assert Exit.FAILED == run([*pull, f"--output={tmp_path / 'file'}"])

    said = capsys.readouterr().err
    assert KEPT in said
    assert said.endswith(" --start-page 3 --skip-unreadable --append\n")


@pytest.mark.usefixtures("use")
def test_show_names_what_is_odd(capsys: pytest.CaptureFixture[str]) -> None:
    """The account is shown as it came, and the odd values by the paths that an edit accepts."""
    assert Exit.OK == run(["show", "10003"])
    out, err = capsys.readouterr()
    assert HALF == json.loads(out)["primaryContact"]["firstName"]
    paths = {"source", "primaryContact.firstName", "primaryContact.dob"}
    start, _, named = err.strip().partition(": ")
    assert "odd values (not of their documented types)" == start
    assert paths == set(named.split(", "))

    assert Exit.OK == run(["show", "10005"])
    assert capsys.readouterr().err == ""


def test_show_on_a_terminal(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal an odd value is in the table."""
    with emulator, running(emulator) as url:
        monkeypatch.setenv("NEON_BASE_URL", url)
        monkeypatch.setenv("NEON_ORG_ID", emulator.org_id)
        monkeypatch.setenv("NEON_API_KEY", emulator.api_key)
        monkeypatch.setenv("NO_COLOR", "1")
        command = f"{sys.executable} -m neon_async.cli show 10003"
        shown = str(pexpect.run(command, timeout=60, encoding="utf-8"))

    assert re.search(rf"^primaryContact\.dob +{TEXT}\s*$", shown, flags=re.MULTILINE)
    assert re.search(r"^odd values .*: .*primaryContact\.dob", shown, flags=re.MULTILINE)


def test_doctor_tells_what_is_odd(
    use: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """The doctor looks at a page of accounts and one of activities."""
    found: list[dict[str, str]] = []
    for without_ids in (False, True):
        use(without_ids=without_ids)
        assert Exit.OK == run(["doctor"])
        lines = records(capsys.readouterr().out.encode())
        found += [line for line in lines if line["check"] == "odd values"]

    assert ["advice", "advice"] == [one["state"] for one in found]
    assert ["6 in 2 of 30 records", "2 of 30 records have no usable id"] == [
        one["finding"] for one in found
    ]
    assert "edit --set" in found[0]["advice"]
    assert "--skip-unreadable" in found[1]["advice"]


def test_numbers_have_nouns() -> None:
    """One is one, and thousands have a comma."""
    oddities = Oddities()
    assert [] == [*oddities.lines()]
    oddities.values, oddities.records = 1_200, 1
    (text,) = oddities.lines()
    assert "1,200 odd values in 1 record" in text
