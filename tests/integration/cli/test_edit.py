"""`neon-async edit` and `undo`."""

import io
import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from neon_async import IndividualAccount
from neon_async.cli import _connection
from neon_async.cli._commands import edit as edit_module
from neon_async.cli._commands import undo as undo_module
from neon_async.cli._exit_codes import Exit
from neon_async.cli._lock import lock
from neon_async.cli._main import run
from neon_async.emulator import Emulator

from .conftest import records

RENAME = ["edit", "10002", "--set", "primaryContact.firstName=Jen"]
WRITE = [*RENAME, "--reset-consents", "--yes"]
CONSENTS = [f"{name}ConsentStatus" for name in ("email", "phone", "mail", "sms", "dataSharing")]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Emulator:
    """An emulator in this process, and a directory for the undo files."""
    made = Emulator(accounts=10)
    monkeypatch.setattr(_connection, "make_client", made.client)
    monkeypatch.chdir(tmp_path)
    return made


def stored(emulator: Emulator, account_id: int = 10_002) -> dict[str, Any]:
    """Return what the emulator holds, but for who wrote it when."""
    found = emulator.account(account_id) or {}
    return {key: value for key, value in found.items() if not key.startswith("lastModified")}


def left() -> list[str]:
    return sorted(path.name for path in Path.cwd().iterdir())


def updates(emulator: Emulator) -> int:
    return sum("update" in request.method for request in emulator.requests)


def test_dry_run(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """A dry run shows the differences, and sends and saves nothing."""
    assert Exit.OK == run([*RENAME, "--dry-run"])

    said = capsys.readouterr()
    first, last = records(said.out.encode())
    parameter = "individualAccount.primaryContact.firstName"
    assert (parameter, "Jen") == (first["parameter"], first["new"])
    assert ("undecided", "consentInformation") == (last["change"], last["parameter"])
    assert [f"consentInformation.{name}" for name in CONSENTS] == last["new"]
    assert f"would reset {', '.join(CONSENTS)}\nto decide: --set " in said.err
    assert "--reset-consents" in said.err
    assert updates(emulator) == 0
    assert [] == left()


@pytest.mark.shows("e-mail", "output", reason="what an edit changes is shown")
def test_written_and_undone(
    emulator: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was written is undone from a file that only its owner may read."""
    before = stored(emulator)
    consent = ("--set", "consentInformation.emailConsentStatus=GIVEN")
    assert Exit.OK == run([*WRITE, *consent, "--clear", "primaryContact.email3"])
    contact = stored(emulator)["primaryContact"]
    assert ("Jen", "") == (contact["firstName"], contact.get("email3", ""))
    file = tmp_path / "undo-10002.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "neon-async undo undo-10002.json" in capsys.readouterr().err

    assert Exit.OK == run(["undo", str(file), "--yes"])
    assert before == stored(emulator)
    assert {**dict.fromkeys(CONSENTS, "NOT_ASKED"), "emailConsentStatus": "GIVEN"} == (
        emulator.consent(10_002)
    )
    assert not file.exists()


def test_organization(emulator: Emulator) -> None:
    """The account's kind is found out."""
    number = emulator.create_organization(organizationName="Example Fund")

    rename = ["edit", str(number), "--set", "organizationName=New Fund"]
    assert Exit.OK == run([*rename, "--reset-consents", "--yes"])
    assert stored(emulator, number)["organizationName"] == "New Fund"
    assert Exit.OK == run(["undo", f"undo-{number}.json", "--yes"])
    assert stored(emulator, number)["organizationName"] == "Example Fund"


def test_undo_files_are_kept_apart(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """No undo file takes the place of another one."""
    before = stored(emulator)
    for number in range(3):
        url = f"url=https://example.org/{number}"
        run(["edit", "10002", "--set", url, "--reset-consents", "--yes"])
    assert left() == ["undo-10002-2.json", "undo-10002-3.json", "undo-10002.json"]
    capsys.readouterr()

    assert Exit.USAGE == run([*WRITE, "--undo-file", "undo-10002.json"])
    assert "already exists" in capsys.readouterr().err

    assert Exit.FAILED == run(["undo", "undo-10002.json", "--yes"])
    assert "has changed since the edit" in capsys.readouterr().err
    for name in ("undo-10002-3.json", "undo-10002-2.json", "undo-10002.json"):
        assert Exit.OK == run(["undo", name, "--yes"])
    assert before == stored(emulator)


def test_nothing_to_do(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither an edit without fields nor one without differences writes."""
    assert Exit.USAGE == run(["edit", "10002"])
    name = stored(emulator)["primaryContact"]["firstName"]
    assert Exit.OK == run(["edit", "10002", "--set", f"primaryContact.firstName={name}"])

    said = capsys.readouterr().err
    assert "pass --set or --clear" in said
    assert "Nothing to change." in said
    assert updates(emulator) == 0


def test_nobody_to_ask(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nobody can be asked, nothing is written without --yes."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)

    assert Exit.USAGE == run([*RENAME, "--reset-consents"])

    assert "--yes" in capsys.readouterr().err
    assert updates(emulator) == 0


@pytest.mark.parametrize(("reply", "written"), [("YES\n", True), ("no\n", False), ("", False)])
def test_asks(
    reply: str,
    written: bool,  # noqa: FBT001 - a parameter of the test
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever isn't a yes, the end of the input too, writes nothing and leaves no undo file."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(reply))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)

    assert Exit.OK == run([*RENAME, "--reset-consents"])

    assert ("Nothing was written." in capsys.readouterr().err) == (not written)
    assert (["undo-10002.json"] if written else []) == left()
    assert written == updates(emulator)


def test_lost_login(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """What can't be sent back has to be given up by name, and stays so when it is undone."""
    emulator.change_account(10_002, login={"username": "somebody"})
    assert Exit.FAILED == run(WRITE)
    assert "to write anyway and lose it: --accept-loss login.username\n" in capsys.readouterr().err

    assert Exit.OK == run([*WRITE, "--accept-loss", "login.username"])
    assert Exit.OK == run(["undo", "undo-10002.json", "--yes"])
    assert stored(emulator)["primaryContact"]["firstName"] != "Jen"


@pytest.mark.parametrize("how", ["asked", "--yes"])
def test_undecided_consents(
    how: str,
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Nobody is asked and nothing written before each consent is decided, with --yes or not."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    options = ["--set", "consentInformation.smsConsentStatus=DECLINED"]

    assert Exit.FAILED == run([*RENAME, *options, *(["--yes"] if how == "--yes" else [])])

    said = capsys.readouterr().err
    others = [name for name in CONSENTS if not name.startswith("sms")]
    assert f"would reset {', '.join(others)}\nto decide: --set " in said
    assert "--set consentInformation.emailConsentStatus=GIVEN (or DECLINED)" in said
    assert "Write this?" not in said
    assert "accept_loss" not in said
    assert updates(emulator) == 0
    assert [] == left()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            [*RENAME, "--accept-loss", "consentInformation"],
            "decide about consents with --set and --reset-consents",
        ),
        ([*RENAME, "--accept-loss", "consentInformation.x"], "--set and --reset-consents"),
        (["edit", "10002", "--clear", "consentInformation.smsConsentStatus"], "can't be cleared"),
        (["undo", "x.json", "--accept-loss", "consentInformation"], "decide about consents"),
        (["undo", "x.json", "--set", "url=x"], "only consents can be set"),
    ],
)
def test_consents_have_two_spellings(
    arguments: list[str], said: str, emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Any other way to say what becomes of them is refused before anything is sent."""
    assert Exit.USAGE == run(arguments)

    assert said in capsys.readouterr().err
    assert [] == [*emulator.requests]


def test_undo_file_without_a_decision(
    emulator: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of an earlier version says nothing of consents, so that the undo has to."""
    run(WRITE)
    file = tmp_path / "undo-10002.json"
    document = json.loads(file.read_text())
    assert [f"consentInformation.{name}" for name in CONSENTS] == document.pop("reset")
    file.write_text(json.dumps(document))
    emulator.requests.clear()
    capsys.readouterr()

    assert Exit.FAILED == run(["undo", str(file), "--yes"])
    said = capsys.readouterr().err
    assert "--reset-consents" in said
    assert "accept_loss" not in said
    assert updates(emulator) == 0

    consent = ["--set", "consentInformation.smsConsentStatus=DECLINED"]
    assert Exit.OK == run(["undo", str(file), "--yes", *consent, "--reset-consents"])
    assert (emulator.consent(10_002) or {})["smsConsentStatus"] == "DECLINED"


def test_odd_values(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """A date that is none stops other edits, is shown where it is replaced, and stays gone."""
    emulator.change_account(10_002, primaryContact={"dob": "20014-01-01"})
    assert Exit.FAILED == run(WRITE)
    lost = "to write anyway and lose it: --accept-loss primaryContact.dob\n"
    assert capsys.readouterr().err.endswith(lost)
    mend = ["edit", "10002", "--set", "primaryContact.dob=2014-01-01"]

    assert Exit.OK == run([*mend, "--reset-consents", "--yes"])
    line, *_ = records(capsys.readouterr().out.encode())
    assert ("changed", "20014-01-01", "2014-01-01") == (line["change"], line["old"], line["new"])
    assert "2014-01-01" == stored(emulator)["primaryContact"]["dob"]

    assert Exit.FAILED == run(["undo", "undo-10002.json", "--yes"])
    assert capsys.readouterr().err.endswith(lost)
    assert Exit.OK == run(
        ["undo", "undo-10002.json", "--yes", "--accept-loss", "primaryContact.dob"]
    )
    assert not stored(emulator)["primaryContact"].get("dob")


def test_deletions_name_the_option(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """A refusal names options, ready to type, and no argument of Python."""
    data = [{"fieldId": "53", "fieldOptionId": one} for one in ("15", "16")]
    emulator.change_account(10_003, customFieldDataList={"customFieldData": data})
    edit = ["edit", "10003", "--set", "customFieldDataList[53]=15", "--dry-run"]

    assert Exit.USAGE == run(edit)
    said = capsys.readouterr().err
    assert "the change would delete data\nto delete it: --clear 'customFieldDataList[53]'\n" in said
    assert "allow_clear" not in said
    assert Exit.OK == run([*edit, "--clear", "customFieldDataList[53]"])


def after_plan(
    monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]
) -> pytest.MonkeyPatch:
    """Let something happen between showing and writing."""

    def shown(diff: Any) -> None:
        undo_module.show_diff(diff)
        happens()

    monkeypatch.setattr(edit_module, "show_diff", shown)
    return monkeypatch


def test_changed_while_shown(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is written is what was shown, or nothing."""
    after_plan(monkeypatch, lambda: emulator.change_account(10_002, url="https://example.org/new"))

    assert Exit.FAILED == run(WRITE)

    assert "since it was shown" in capsys.readouterr().err
    assert updates(emulator) == 0
    assert [] == left()


def test_missing_folder_of_the_undo_file(
    emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no undo file can be, nothing is sent; a dry run needs none."""
    named = ["--undo-file", "missing/undo.json"]
    assert Exit.FAILED == run([*WRITE, *named])
    assert capsys.readouterr().err == "neon-async: missing: no such folder\n"
    assert 0 == len(emulator.requests)

    assert Exit.OK == run([*RENAME, "--dry-run", *named])
    assert [] == left()


@pytest.mark.parametrize(
    ("named", "code", "there"),
    [
        ([], Exit.OK, ["undo-10002-2.json", "undo-10002.json"]),
        (["--undo-file=undo-10002.json"], Exit.USAGE, ["undo-10002.json"]),
    ],
)
def test_two_edits_at_once(
    named: list[str],
    code: Exit,
    there: list[str],
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An undo file that another edit has created meanwhile is not written over."""
    other = Path("undo-10002.json")
    after_plan(monkeypatch, lambda: other.write_text("another edit's"))

    assert code == run([*WRITE, *named])

    assert other.read_text() == "another edit's"
    assert there == left()
    assert (code is Exit.OK) == updates(emulator)


def test_no_room_for_the_undo_file(
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    limit_file_size: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What could not be taken back is not written."""
    after_plan(monkeypatch, lambda: limit_file_size(100))

    assert Exit.FAILED == run(WRITE)

    assert capsys.readouterr().err == "neon-async: undo-10002.json: File too large\n"
    assert [] == left()
    assert 0 == updates(emulator)


@pytest.mark.parametrize("drop", [False, True])
def test_no_room_for_the_better_undo_file(
    drop: bool,  # noqa: FBT001 - a parameter of the test
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    limit_file_size: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where the disk is full behind a write, the first undo file stays, and does."""
    before = stored(emulator)
    write = edit_module.EditJob.write

    async def fill(job: edit_module.EditJob) -> Any:
        if drop:
            emulator.fail_next(method="updateIndividualAccount", drop=True, processed=True)
        try:
            return await write(job)
        finally:
            limit_file_size(100)

    monkeypatch.setattr(edit_module.EditJob, "write", fill)

    assert Exit.FAILED == run(WRITE)

    said = capsys.readouterr().err
    assert ("the account was written" in said) == (not drop)
    assert "to undo: neon-async undo undo-10002.json\n" in said
    assert ["undo-10002.json"] == left()
    assert Exit.OK == run(["undo", "undo-10002.json", "--yes", "--reset-consents"])
    assert before == stored(emulator)


def test_two_undos_at_once(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """While one undo is under way, another one of the same file is refused."""
    run(WRITE)
    file = Path("undo-10002.json")
    with file.open("rb") as opened:
        lock(opened, file)
        assert Exit.FAILED == run(["undo", str(file), "--yes"])
    assert "another run is using undo-10002.json" in capsys.readouterr().err
    assert 1 == updates(emulator)

    assert Exit.OK == run(["undo", str(file), "--yes", "--reset-consents"])
    assert Exit.FAILED == run(["undo", str(file), "--yes"])
    assert capsys.readouterr().err.endswith(
        "neon-async: undo-10002.json: No such file or directory\n"
    )


def test_unknown_outcome(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When nobody knows whether it was written, the undo file is there and named."""
    before = stored(emulator)

    def lose() -> None:
        emulator.fail_next(method="updateIndividualAccount", drop=True, processed=True)

    after_plan(monkeypatch, lose)

    assert Exit.FAILED == run(WRITE)

    assert "to undo: neon-async undo undo-10002.json" in capsys.readouterr().err
    assert Exit.OK == run(["undo", "undo-10002.json", "--yes"])
    assert before == stored(emulator)


def test_interrupted_write(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The undo file is there before anything is sent, so that Ctrl-C may come at any time."""
    before = stored(emulator)
    write = edit_module.EditJob.write

    async def interrupted(job: edit_module.EditJob) -> Any:
        await write(job)
        raise KeyboardInterrupt

    monkeypatch.setattr(edit_module.EditJob, "write", interrupted)

    assert Exit.INTERRUPTED == run(WRITE)

    assert "may have been written" in capsys.readouterr().err
    assert Exit.OK == run(["undo", "undo-10002.json", "--yes"])
    assert before == stored(emulator)


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", "{}", '{"schema": 2}', '{"schema": 1, "kind": "int"}', "\x00"],
)
@pytest.mark.usefixtures("emulator")
def test_foreign_files(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What no edit wrote is not undone."""
    file = tmp_path / "file"
    file.write_text(text)

    assert Exit.USAGE == run(["undo", str(file), "--yes"])

    assert "is not an undo file" in capsys.readouterr().err
    assert file.exists()


@pytest.mark.usefixtures("emulator")
def test_damaged_file(tmp_path: Path) -> None:
    """A file whose records make no sense is not undone, either."""
    run(WRITE)
    file = tmp_path / "undo-10002.json"
    document = json.loads(file.read_text())
    assert document["kind"] == IndividualAccount.__name__
    file.write_text(json.dumps({**document, "before": {"accountId": "many"}}))

    assert Exit.USAGE == run(["undo", str(file), "--yes"])


@pytest.mark.parametrize(("reply", "said"), [("y", "Written"), ("", "Nothing was written")])
def test_asks_on_a_terminal(reply: str, said: str, served: dict[str, str], tmp_path: Path) -> None:
    """On a terminal, the differences are a table, and only a yes writes."""
    env = {**os.environ, **served, "TERM": "xterm", "COLUMNS": "120", "NO_COLOR": "1"}
    arguments = ["-m", "neon_async.cli", "edit", "10002", "--set", f"url=https://{reply}.example"]
    file = str(tmp_path / "undo.json")
    child = pexpect.spawn(
        sys.executable,
        [*arguments, "--reset-consents", "--undo-file", file],
        env=env,
        encoding="utf-8",
        timeout=30,
    )
    child.expect(r"(set|changed) +individualAccount.url")
    child.expect(r"Write these changes\? \[y/N\] ")
    child.sendline(reply)
    child.expect(said)
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == Exit.OK
    assert (reply == "y") == Path(file).exists()


def test_deletions_stand_out(served: dict[str, str]) -> None:
    """On a terminal, what would be deleted is red."""
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "neon_async.cli", "edit", "10003", "--clear", "primaryContact.email1", "--dry-run"],
        dimensions=(24, 120),
        encoding="utf-8",
        env={**env, **served, "TERM": "xterm"},
        timeout=30,
    )
    child.expect_exact("\x1b[1;31mdeleted")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == Exit.OK


@pytest.mark.usefixtures("emulator")
def test_diff_as_a_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a terminal the differences of an edit are a table."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "dumb")

    assert Exit.OK == run([*RENAME, "--dry-run"])

    header, *rows = capsys.readouterr().out.splitlines()
    assert ["change", "parameter", "old", "new"] == header.split()
    assert "individualAccount.primaryContact.firstName" in rows[0]
    assert "Jen" == rows[0].split()[-1]


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("n\n", False)])
def test_undo_asks(
    answer: str,
    written: bool,  # noqa: FBT001 - a parameter of the test
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An undo shows what it would write, and asks as an edit does."""
    before = stored(emulator)
    run(WRITE)
    after = stored(emulator)
    assert Exit.USAGE == run(["undo", "undo-10002.json"])
    assert "pass --yes to confirm" in capsys.readouterr().err
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)

    assert Exit.OK == run(["undo", "undo-10002.json"])

    out, err = capsys.readouterr()
    assert "firstName" in out
    assert "Write these changes? [y/N]" in err
    assert ("Nothing was written." in err) is not written
    assert Path("undo-10002.json").exists() is not written
    assert (before if written else after) == stored(emulator)


def test_nothing_left_to_undo(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """An undo file of an edit that was undone already is deleted, without a question."""
    run(WRITE)
    file = Path("undo-10002.json")
    content = file.read_bytes()
    assert Exit.OK == run(["undo", str(file), "--yes"])
    file.write_bytes(content)

    assert Exit.OK == run(["undo", str(file)])

    assert "There was nothing to undo. undo-10002.json was deleted." in capsys.readouterr().err
    assert updates(emulator) == 2
