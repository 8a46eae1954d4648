"""`neon-async plan`, `apply` and `undo` of a journal."""

import csv
import io
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import settings

from neon_async import EditJournal
from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator

from .conftest import records

KILLS = 20 if settings.default and settings.default.max_examples > 100 else 1
APPLY = ["apply", "plan.json", "--journal", "run.ndjson", "--yes"]
SHIPPING = ("isShippingAddress", "shippingCompanyName", "shippingDeliverTo")
LOST = ("login.username", *(f"primaryContact.addresses.address.{name}" for name in SHIPPING))
LOSSES = [option for path in LOST for option in ("--accept-loss", path)]
UNDO = ["undo", "run.ndjson", "--yes"]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """An emulator in this process, and a directory for the files."""
    made = Emulator(accounts=12)
    monkeypatch.setattr(_connection, "make_client", made.client)
    monkeypatch.chdir(tmp_path)
    return made


def pull() -> list[dict[str, str]]:
    """Pull accounts into rows, by the columns of the file."""
    command = ["pull", "accounts", "--from", "2014-01-01Z", "--format", "csv"]
    assert Exit.OK == run([*command, "--output", "accounts.csv"])
    with Path("accounts.csv").open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


def save(rows: list[dict[str, str]], *, delimiter: str = ",", encoding: str = "utf-8-sig") -> None:
    """Save rows as a spreadsheet does."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, rows[0].keys(), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    Path("changes.csv").write_bytes(text.getvalue().encode(encoding))


def sheet(text: str) -> None:
    """Save a spreadsheet that was written by hand."""
    Path("changes.csv").write_text(text, encoding="utf-8")


def plan(*options: str) -> int:
    return run(["plan", "changes.csv", "--output", "plan.json", *options])


def first_name(emulator: Emulator, account_id: int) -> str:
    name: str = (emulator.account(account_id) or {})["primaryContact"]["firstName"]
    return name


def updates(emulator: Emulator) -> int:
    return sum("update" in request.method for request in emulator.requests)


def stored(emulator: Emulator) -> list[dict[str, Any]]:
    """All accounts, but for who wrote them when."""
    found = [emulator.account(number) or {} for number in range(10_001, 10_013)]
    return [{k: v for k, v in one.items() if not k.startswith("lastModified")} for one in found]


@pytest.mark.shows("e-mail", "output", reason="what a plan changes is shown")
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_pulled_planned_applied_and_undone(
    delimiter: str, emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a person changed in the spreadsheet is changed, nothing else, and all comes back."""
    emulator.change_account(10_003, primaryContact={"fax": "0049301234", "dob": "1988-10-16"})
    before = stored(emulator)
    rows = pull()
    by_id = {row["accountId"]: row for row in rows}
    by_id["10002"]["primaryContact.firstName"] = "Jen"
    by_id["10003"] |= {"primaryContact.fax": "49301234", "primaryContact.dob": "16.10.1988"}
    by_id["10003"]["createdBy"] = "me"
    save(rows, delimiter=delimiter)

    assert Exit.OK == plan("--reset-consents")
    said = capsys.readouterr()
    parameter = "individualAccount.primaryContact.firstName"
    (line,) = records(said.out.encode())
    assert (10_002, parameter, "Jen") == (line["accountId"], line["parameter"], line["new"])
    assert "1 to change, 11 unchanged" in said.err
    assert "the digits, zeros or sign of a number: 1 cells of primaryContact.fax" in said.err
    assert "the form of a date: 1 cells of primaryContact.dob" in said.err
    assert "ignored, since an edit can't set it: 1 cells of createdBy" in said.err
    assert 0 == updates(emulator)
    assert 0o600 == stat.S_IMODE(Path("plan.json").stat().st_mode)

    assert Exit.OK == run(APPLY)
    assert ("Jen", 1) == (first_name(emulator, 10_002), updates(emulator))
    assert "1 written.\nTo undo: neon-async undo run.ndjson" in capsys.readouterr().err
    assert Exit.OK == run(APPLY)
    assert 1 == updates(emulator)
    assert Exit.OK == run(UNDO)
    assert before == stored(emulator)
    assert Path("run.undo.ndjson").exists()


def test_names_of_columns(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """Columns are in either spelling, or name elements; options and consents go by their names."""
    address = next(
        entry["addressId"]
        for entry in (emulator.account(10_002) or {})["primaryContact"]["addresses"]["address"]
    )
    sheet(
        "account_id,primary_contact_first_name,primaryContact.lastName,"
        f"primaryContact.addresses[{address}].city,customFieldDataList[53],"
        "consent_information_email_consent_status\n"
        "10002,Jen,Example,Springfield,Music,GIVEN\n"
        "10004,,,,Music,\n"
        ",,,,,\n"
    )
    assert Exit.OK == plan("--reset-consents")
    assert Exit.OK == run(APPLY)

    account = emulator.account(10_002) or {}
    contact = account["primaryContact"]
    assert ("Jen", "Example") == (contact["firstName"], contact["lastName"])
    assert "Springfield" == contact["addresses"]["address"][0]["city"]
    chosen = [field for field in custom_fields(account) if field["fieldId"] == "53"]
    assert ["15"] == [field["fieldOptionId"] for field in chosen]
    assert "GIVEN" == (emulator.consent(10_002) or {})["emailConsentStatus"]
    sheet("accountId,customFieldDataList[53]\n10002,Music\n")
    assert Exit.OK == plan()
    assert "0 to change, 1 unchanged" in capsys.readouterr().err


def custom_fields(account: dict[str, Any]) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = account["customFieldDataList"]["customFieldData"]
    return fields


def test_empty_cells(emulator: Emulator) -> None:
    """An empty cell is no change, but in the columns that are cleared."""
    for number in (10_002, 10_003):
        emulator.change_account(number, url="x", primaryContact={"fax": "1"})
    sheet("accountId,primaryContact.fax,url\n10002,,\n10003,1,\n10004,,\n")

    assert Exit.OK == plan("--reset-consents", "--clear", "primary_contact_fax")
    assert Exit.OK == run(APPLY)

    found = [emulator.account(number) or {} for number in (10_002, 10_003)]
    assert ["", "1"] == [account["primaryContact"].get("fax", "") for account in found]
    assert ["x", "x"] == [account["url"] for account in found]


PROBLEMS = [
    ("accountId,url\n,x\n", "row 2: has no usable accountId; a plan never creates accounts"),
    ("accountId,url\n1.2E+10,x\n", "row 2: has no usable accountId"),
    ("accountId,url\n10002,a\n10002,b\n", "row 3: account 10002 is already on row 2"),
    ("accountId,url\n10002,a,b\n", "row 2: has more cells than the header"),
    ("accountId,url\n99,a\n", "row 2: no account has the id 99"),
    ("accountId,url\n10002,#REF!\n", "row 2: the spreadsheet shows an error [url]"),
    ("accountId,kind\n10002,organization\n", "row 2: the account is of the other kind [kind]"),
    ("accountId,primaryContact.dob\n10002,01/02/03\n", "row 2: expected a date"),
    ("accountId,customFieldDataList[53]\n10002,Chess\n", "has no such option"),
    ("accountId,customFieldDataList\n10002,[]\n", "add columns such as customFieldDataList[22]"),
    ("accountId,individualTypes\n10002,[9]\n", "expected ids with commas between"),
    ("accountId,login.password\n10002,x\n", "shell's history"),
    ("accountId,primaryContact.adresses[1].city\n10002,x\n", "unknown field 'adresses'"),
    ("accountId,url\n" + "0,x\n" * 25, "and 5 more"),
]


@pytest.mark.parametrize(("text", "message"), PROBLEMS)
def test_problems(
    text: str, message: str, emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every problem is reported with its row, and there is no plan."""
    sheet(text)

    assert Exit.USAGE == plan()

    said = capsys.readouterr().err
    assert "nothing was planned" in said
    assert message in said
    assert not Path("plan.json").exists()
    assert 0 == updates(emulator)


UNUSABLE = [
    (b"url\nx\n", "has no column accountId"),
    (b"accountId,ulr\n", "unknown column 'ulr'; did you mean url?"),
    (b"accountId,qqqqq\n", "unknown column 'qqqqq'\n"),
    (b"accountId,url,url\n", "has the column url twice"),
    (b"accountId,url\n1,\xe4\n", "is not UTF-8"),
    (b'accountId,url\n1,"' + b"x" * 200_000, "is no CSV"),
    (b"accountId,url\n", "has no column primaryContact.fax"),
]


@pytest.mark.parametrize(("content", "message"), UNUSABLE)
def test_unusable_spreadsheets(
    content: bytes, message: str, emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is sent, and the message says what to do."""
    Path("changes.csv").write_bytes(content)

    assert Exit.USAGE == plan("--clear", "primaryContact.fax")

    assert message in capsys.readouterr().err
    assert 0 == len(emulator.requests)


def test_accounts_that_changed_after_the_pull(
    emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their rows are left out and named, if there is a change on them at all."""
    rows = pull()
    for row in rows[1:5]:
        row["primaryContact.firstName"] = "Jen"
    modified = rows[2]["lastModifiedDateTime"]
    rows[2]["lastModifiedDateTime"] = modified.replace("+08:00", "+0800")
    rows[3]["lastModifiedDateTime"] = ""
    rows[4]["lastModifiedDateTime"] = "yesterday"
    numbers = [int(row["accountId"]) for row in rows[1:4]]
    for number in (numbers[0], int(rows[0]["accountId"])):
        emulator.change_account(number, url="https://example.org/")
    save(rows)

    assert Exit.FAILED == plan("--reset-consents")

    said = capsys.readouterr()
    assert numbers[1:] == [line["accountId"] for line in records(said.out.encode())]
    assert "changed after the pull: rows 3, 6\n" in said.err


def test_undecided(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """A plan says what must be decided, and such accounts are refused."""
    sheet("accountId,url\n10002,x\n10003,y\n")
    assert Exit.OK == plan()
    assert "2 accounts would be refused: decide first" in capsys.readouterr().err

    assert Exit.FAILED == run(APPLY)
    said = capsys.readouterr()
    assert ["refused"] * 2 == [line["status"] for line in records(said.out.encode())]
    assert "2 refused." in said.err
    Path("run.ndjson").unlink()
    assert Exit.FAILED == run([*APPLY, "--max-refused", "0"])
    assert "stopped: more than 0 accounts" in capsys.readouterr().err
    assert 0 == updates(emulator)


def test_accounts_that_changed_after_the_plan(
    emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are in conflict, and the others are written."""
    sheet("accountId,url\n10002,x\n10003,y\n")
    assert Exit.OK == plan("--reset-consents")
    emulator.change_account(10_002, primaryContact={"fax": "new"})
    capsys.readouterr()

    assert Exit.FAILED == run(APPLY)

    (line,) = records(capsys.readouterr().out.encode())
    assert (10_002, "conflict") == (line["accountId"], line["status"])
    assert "has changed since the plan was made" in line["reason"]
    assert "y" == (emulator.account(10_003) or {})["url"]


def test_nothing_to_change(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """Such a plan can be applied as well."""
    sheet(f"accountId,primaryContact.firstName\n10002,{first_name(emulator, 10_002)}\n")
    assert Exit.OK == plan()

    assert Exit.OK == run(APPLY)

    assert "nothing to do." in capsys.readouterr().err


def test_what_a_plan_belongs_to(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither another organization's plan nor another plan's journal is used."""
    sheet("accountId,url\n10002,x\n")
    assert Exit.OK == plan("--reset-consents")
    assert Exit.OK == run(APPLY)
    sheet("accountId,url\n10002,y\n")
    assert Exit.OK == plan("--reset-consents")
    assert Exit.USAGE == run(APPLY)
    assert "belongs to another plan" in capsys.readouterr().err

    other = Emulator(accounts=12, org_id="another-organization")
    monkeypatch.setattr(_connection, "make_client", other.client)
    assert Exit.USAGE == run(APPLY)
    assert "the plan belongs to another organization" in capsys.readouterr().err
    assert 1 == updates(emulator)
    assert 0 == len(other.requests)


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"schema": 2, "plan": "x"}', '{"schema": 1, "plan": "accounts"}', "{"]
)
def test_damaged_plans(text: str, emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no plan is refused by its name."""
    Path("plan.json").write_text(text, encoding="utf-8")

    assert Exit.USAGE == run(APPLY)

    assert "plan.json is not a plan, or is damaged" in capsys.readouterr().err
    assert 0 == len(emulator.requests)


def test_a_plan_that_can_t_be_saved(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An earlier plan is as it was, and nothing is left beside it."""
    Path("plan.json").write_text("earlier", encoding="utf-8")
    sheet("accountId,url\n10002,x\n")

    def full(_: Path, __: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert Exit.FAILED == plan()

    assert 0 == updates(emulator)
    assert ["changes.csv", "plan.json"] == sorted(path.name for path in tmp_path.iterdir())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("answer", ["n", "", "y"])
@pytest.mark.usefixtures("emulator")
def test_questions(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both commands ask on a terminal; anything but yes writes nothing."""
    sheet("accountId,url\n10002,x\n")
    assert Exit.OK == plan("--reset-consents")
    assert Exit.USAGE == run(APPLY[:-1])

    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    assert Exit.OK == run(APPLY[:-1])
    assert (answer == "y") is Path("run.ndjson").exists()
    if answer != "y":
        monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
        assert Exit.OK == run(APPLY[:-1])
    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    assert Exit.OK == run(UNDO[:-1])
    assert (answer == "y") is Path("run.undo.ndjson").exists()


def test_undoing_one_account(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """The others stay, until they are undone as well; an undo file has one account only."""
    sheet("accountId,url\n10002,x\n10003,y\n")
    before = stored(emulator)
    assert Exit.OK == plan("--reset-consents")
    assert Exit.OK == run(APPLY)

    assert Exit.NOT_FOUND == run([*UNDO, "--account", "7"])
    assert "run.ndjson has no edit of account 7" in capsys.readouterr().err
    assert Exit.OK == run([*UNDO, "--account", "10002", "--journal", "back.ndjson"])
    assert "y" == (emulator.account(10_003) or {})["url"]
    assert {"written": 1} == EditJournal("back.ndjson").counts()
    assert Exit.OK == run([*UNDO, "--journal", "back.ndjson"])
    assert before == stored(emulator)

    Path("undo.json").write_text("5\n", encoding="utf-8")
    assert Exit.USAGE == run(["undo", "undo.json", "--account", "10002"])
    assert "undo.json is not a journal of edits" in capsys.readouterr().err
    Path("undo.json").write_bytes(b"\xff\n")
    assert Exit.USAGE == run(["undo", "undo.json"])


def test_a_progress_bar(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A terminal shows how many accounts are done."""
    sheet("accountId,url\n10002,x\n10003,y\n")
    assert Exit.OK == plan("--reset-consents")
    monkeypatch.setattr("neon_async.cli._common.CommonOptions.watched", True)

    assert Exit.OK == run(APPLY)

    assert "2/2" in capsys.readouterr().err
    assert 2 == updates(emulator)


def test_an_outage(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """The run ends, says how to resume, and the same command resumes it."""
    sheet("accountId,url\n10002,x\n10003,y\n")
    assert Exit.OK == plan("--reset-consents")
    emulator.fail_next(100, method="retrieveIndividualAccount", code=2)
    assert Exit.FAILED == run(APPLY)
    assert "to resume, run the same command again" in capsys.readouterr().err
    emulator.clear_faults()

    assert Exit.OK == run(APPLY)

    assert ["x", "y"] == [(emulator.account(n) or {})["url"] for n in (10_002, 10_003)]


def test_killed(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After `kill -9`, the same command writes the rest, and no account twice."""
    monkeypatch.chdir(tmp_path)
    numbers = range(10_010, 10_040)
    command = [sys.executable, "-m", "neon_async.cli"]
    for kill in range(KILLS):
        url = f"https://example.org/{kill}"
        sheet("accountId,url\n" + "".join(f"{number},{url}\n" for number in numbers))
        journal = Path(f"run-{kill}.ndjson")
        assert Exit.OK == plan("--reset-consents", *LOSSES)
        apply = [*command, "apply", "plan.json", "--journal", str(journal), "--yes"]
        with subprocess.Popen(apply, env={**os.environ, **environment}) as process:
            while not journal.exists() or len(journal.read_bytes().splitlines()) < 6 + kill:
                assert process.poll() is None, "it ended before it was killed"
                time.sleep(0.001)
            process.kill()
        lines = journal.read_bytes().splitlines()

        assert Exit.OK == run(["apply", "plan.json", "--journal", str(journal), "--yes"])

        assert {"written": len(numbers)} == EditJournal(journal).counts()
        entries = [orjson.loads(line) for line in lines[:-1]]
        finished = {entry["accountId"] for entry in entries if "state" in entry}
        rest = [orjson.loads(line) for line in journal.read_bytes().splitlines()[len(lines) :]]
        assert finished.isdisjoint(line["accountId"] for line in rest)
