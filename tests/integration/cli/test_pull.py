"""`neon-async pull` in this process."""

from pathlib import Path
from typing import Any

import pytest

from neon_async import Activity, AsyncClient, IndividualAccount, structure, unstructure
from neon_async.cli import _connection
from neon_async.cli._commands import pull as pull_module
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator

from .conftest import ACCOUNTS, ACTIVITIES, records

pytestmark = pytest.mark.shows("e-mail", "output", reason="records are what is asked for")

EVER = ("--from", "1990-01-01Z")


@pytest.mark.parametrize(
    ("kind", "key", "expected"),
    [("accounts", "accountId", ACCOUNTS), ("activities", "activityId", ACTIVITIES)],
)
@pytest.mark.shows("e-mail", "output", reason="the records of a pull are what was asked for")
@pytest.mark.usefixtures("environment")
def test_every_record_is_a_line(
    kind: str, key: str, expected: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A pull to stdout has each record once, and says nothing where nobody watches."""
    assert Exit.OK == run(["pull", kind, *EVER])

    out, err = capfdbinary.readouterr()
    ids = [record[key] for record in records(out)]
    assert expected == len(ids) == len(set(ids))
    assert err == b""


@pytest.mark.shows("e-mail", "output", reason="the records of a pull are what was asked for")
@pytest.mark.usefixtures("environment")
def test_lines_can_be_read_back(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Lines have v1's JSON names, so that `structure` takes them."""
    run(["pull", "accounts", *EVER, "--page-size", "7", "--concurrency", "2"])
    people = [one for one in records(capfdbinary.readouterr().out) if "individualTypes" in one]
    assert people == [unstructure(structure(one, IndividualAccount)) for one in people]

    run(["pull", "activities", *EVER])
    activities = records(capfdbinary.readouterr().out)
    assert activities == [unstructure(structure(one, Activity)) for one in activities]


@pytest.mark.shows("e-mail", "output", reason="the records of a pull are what was asked for")
@pytest.mark.usefixtures("environment")
def test_ids_and_range(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """`--id` may be repeated, and joins with `--from` and `--to`."""
    asked = ["pull", "accounts", "--id", "10002", "--id", "10003"]
    assert Exit.OK == run(asked)
    assert [one["accountId"] for one in records(capfdbinary.readouterr().out)] == [10002, 10003]

    range_ = ["--from", "1990-01-01Z", "--to", "1990-01-02T03:04:05-06:00"]
    assert Exit.NOT_FOUND == run([*asked, *range_])
    out, err = capfdbinary.readouterr()
    assert records(out) == []
    assert err == b"neon-async: no account has an id of 10002, 10003 in this range of time\n"


@pytest.mark.usefixtures("environment")
def test_file_is_begun_or_gone_on_with(tmp_path: Path) -> None:
    """`--output` starts the file anew, and `--append` goes on with it from a page."""
    file = tmp_path / "accounts.ndjson"
    pull = ["pull", "accounts", *EVER, "--page-size=100", "--output", str(file)]
    run(pull)
    whole = file.read_bytes()
    assert Exit.OK == run([*pull, "--start-page", "1"])
    assert whole == file.read_bytes()

    lines = whole.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:300]))
    assert Exit.OK == run([*pull, "--start-page", "4", "--append"])
    assert whole == file.read_bytes()


@pytest.mark.parametrize("time", ["2026-01-31", "2026-01-31T15:50:28", "yesterday"])
@pytest.mark.usefixtures("environment")
def test_time_without_zone_is_refused(time: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A time whose zone would have to be guessed is refused, and so is what is no time."""
    assert Exit.USAGE == run(["pull", "accounts", "--from", time])

    said = capsys.readouterr().err
    assert time in said
    assert "zone" in said or "expected a date such as" in said


@pytest.mark.parametrize(
    "time", ["2026-01-31Z", "2026-01-31+0800", "2026-01-31T15:50:28.153+08:00", "20260131T00Z"]
)
@pytest.mark.usefixtures("environment")
def test_time_with_zone_is_taken(time: str) -> None:
    """Dates and times of ISO 8601 are taken in all their forms, so long as they have a zone."""
    assert Exit.OK == run(["pull", "activities", "--from", time])


@pytest.mark.parametrize("kind", ["accounts", "activities"])
def test_range_that_ends_before_it_begins(
    kind: str, emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """A range the wrong way round is named by its options, and the same instant twice is none."""
    pull = ["pull", kind, "--from=2026-02-01T06:00Z"]
    assert Exit.USAGE == run([*pull, "--to=2026-02-01T06:00+01:00"])
    assert capsys.readouterr().err == "neon-async: --from is after --to\n"
    assert 0 == len(emulator.requests)

    assert Exit.OK == run([*pull, "--to=2026-02-01T07:00+01:00"])


@pytest.mark.parametrize("kind", ["accounts", "activities"])
@pytest.mark.usefixtures("environment")
def test_neither_range_nor_ids(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What v1 would refuse is refused at once, as wrong usage, in the command's own words."""
    assert Exit.USAGE == run(["pull", kind])

    assert "--from" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), None),
        ((*EVER, "--to", "1980-01-01Z"), None),
        (EVER, "login"),
        (EVER, "syncAccounts"),
    ],
)
@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet", "arrow"])
def test_failure_leaves_what_was_there(
    form: str, arguments: tuple[str, ...], fault: str | None, emulator: Emulator, tmp_path: Path
) -> None:
    """A pull that brings nothing keeps the file of the pull before."""
    pytest.importorskip("pyarrow", reason="pyarrow has no wheel for this Python")
    file = tmp_path / "accounts"
    pull = ["pull", "accounts", "--format", form, "--output", str(file)]
    assert Exit.OK == run([*pull, *EVER])
    whole = file.read_bytes()
    if fault:
        emulator.fail_next(method=fault, code=5)

    assert (Exit.FAILED if fault else Exit.USAGE) == run([*pull, *arguments])

    assert whole == file.read_bytes()


@pytest.mark.parametrize("form", ["ndjson", "csv"])
@pytest.mark.usefixtures("emulator")
def test_nothing_to_pull_makes_an_empty_file(form: str, tmp_path: Path) -> None:
    """A pull without records begins its file anew all the same."""
    file = tmp_path / "accounts"
    file.write_text("old\nold\n")
    pull = ["pull", "accounts", "--format", form, "--output", str(file)]

    assert Exit.OK == run([*pull, *EVER, "--to", "1990-01-02Z"])

    text = file.read_text()
    assert "old" not in text
    assert {"ndjson": 0, "csv": 1}[form] == len(text.splitlines())


def test_credentials_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without credentials nothing is sent, and the message names the variable."""
    monkeypatch.delenv("NEON_ORG_ID", raising=False)
    monkeypatch.delenv("NEON_API_KEY", raising=False)

    assert Exit.USAGE == run(["pull", "accounts", *EVER])

    assert "NEON_ORG_ID" in capsys.readouterr().err


@pytest.mark.usefixtures("environment")
def test_refused_login(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong API key ends with 1, and is not shown."""
    monkeypatch.setenv("NEON_API_KEY", "wrong-canary")

    assert Exit.FAILED == run(["pull", "accounts", *EVER])

    said = capsys.readouterr().err
    assert "login" in said
    assert "wrong-canary" not in said


@pytest.mark.usefixtures("environment")
def test_unwritable_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that can't be opened ends with 1 and its name."""
    assert Exit.FAILED == run(["pull", "accounts", *EVER, "--output", str(tmp_path)])

    assert str(tmp_path) in capsys.readouterr().err


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator in this process, which the command talks to instead of the network."""
    made = Emulator(accounts=200)
    monkeypatch.setattr(_connection, "make_client", made.client)
    return made


@pytest.mark.shows("e-mail", "output", reason="the records of a pull are what was asked for")
@pytest.mark.parametrize(("to_file", "advice"), [(True, " --append\n"), (False, "\n")])
def test_failure_says_how_to_go_on(
    to_file: bool,  # noqa: FBT001 - a case
    advice: str,
    emulator: Emulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A pull that fails after some pages says with which page to go on."""
    output = tmp_path / "accounts.ndjson" if to_file else "-"
    emulator.fail_next(2, method="syncAccounts", delay=0.0)
    emulator.fail_next(method="syncAccounts", code=5)

    code = run(["pull", "accounts", *EVER, "--page-size=50", "--concurrency=1", f"-o={output}"])

    assert Exit.FAILED == code
    said = capsys.readouterr().err
    assert "code 5" in said
    assert "100 records were written" in said
    assert said.endswith(f"--start-page 3{advice}")


@pytest.mark.parametrize("ids", [[], ["--id", "10001"]])
def test_failure_without_a_page_has_no_advice(
    ids: list[str], emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing was written, or ids were asked for, the pull is just repeated."""
    emulator.fail_next(method="syncAccounts", code=5)

    assert Exit.FAILED == run(["pull", "accounts", *EVER, *ids])

    assert "--start-page" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "method", "one"),
    [("accounts", "syncAccounts", "Account"), ("activities", "syncActivities", "Activity")],
)
def test_options_reach_the_wire(
    kind: str, method: str, one: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each option says what it is about, for both kinds of records."""
    made = Emulator(accounts=60, activities=60)
    seen: dict[str, Any] = {}

    def client(**options: Any) -> AsyncClient:
        seen.update(options)
        return made.client(**options)

    monkeypatch.setattr(_connection, "make_client", client)
    pull = ["pull", kind, f"--output={tmp_path / 'file'}", "--page-size=7", "--concurrency=2"]
    first = sent(made, method, [*pull, "--from=2010-01-01Z", "--to=2030-01-01Z", "--start-page=3"])
    by_ids = sent(made, method, [*pull, "--id=10002", "--id=501"])

    page = [("page.currentPage", "3"), ("page.pageSize", "7")]
    assert [
        (f"sync{one}TimeFrom", "2010-01-01T00:00:00.000+00:00"),
        (f"sync{one}TimeTo", "2030-01-01T00:00:00.000+00:00"),
        *page,
    ] == first
    ids = f"{one[0].lower()}{one[1:]}"
    assert [(f"{ids}Ids.{ids}Id", "10002"), (f"{ids}Ids.{ids}Id", "501")] == by_ids[:2]
    assert ("page.pageSize", "7") == by_ids[-1]
    assert {"max_concurrency": 2} == seen


def sent(emulator: Emulator, method: str, command: list[str]) -> list[tuple[str, str]]:
    """Run a command, and return what it sent with its first request of a method."""
    before = len(emulator.requests)
    assert run(command) in {Exit.OK, Exit.NOT_FOUND}
    requests = [*emulator.requests][before:]
    form = next(request.params for request in requests if request.method == method)
    return [pair for pair in form if pair[0] != "userSessionId"]


def test_defects_get_no_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect keeps its traceback, with no advice to resume, and leaves no file."""

    async def save(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(_connection, "make_client", Emulator(accounts=1).client)
    monkeypatch.setattr(pull_module, "save", save)

    with pytest.raises(ZeroDivisionError) as caught:
        run(["pull", "accounts", *EVER, f"--output={tmp_path / 'accounts'}"])

    assert not hasattr(caught.value, "__notes__")
    assert [] == [*tmp_path.iterdir()]
