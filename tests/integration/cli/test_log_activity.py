"""`neon-async log-activity`, and `show --activity`."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator

LOG = ["log-activity", "10002", "--subject", "Thank-you call"]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator in this process, which the commands talk to instead of the network."""
    made = Emulator(accounts=10, activities=3)
    monkeypatch.setattr(_connection, "make_client", made.client)
    return made


def logged(capsys: pytest.CaptureFixture[str], *options: str) -> int:
    """Log an activity, and return its id."""
    assert Exit.OK == run([*LOG, *options])
    number: int = orjson.loads(capsys.readouterr().out)["activityId"]
    return number


def test_call(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """A call that has just been made needs an account and a subject."""
    before = datetime.now(UTC)
    activity = emulator.activity(logged(capsys)) or {}

    assert ("Thank-you call", "", 10_002, "NORMAL") == (
        activity["subject"],
        activity["note"],
        activity["clientId"],
        activity["activityPriority"],
    )
    assert {"id": "1", "name": "Completed"} == activity["activityStatus"]
    start = datetime.fromisoformat(activity["startDateTime"])
    assert before - timedelta(seconds=1) < start <= datetime.now(UTC)
    assert "endDateTime" not in activity


def test_every_option(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """Each option is what the activity then has."""
    number = logged(
        capsys,
        *("--note", "She was delighted."),
        *("--status", "3"),
        *("--priority", "High"),
        *("--start", "2026-03-01T15:00Z"),
        *("--end", "2026-03-01T16:30+01:00"),
        *("--system-user", "7"),
    )

    activity = emulator.activity(number) or {}
    assert {
        "note": "She was delighted.",
        "activityStatus": {"id": "3", "name": "In Progress"},
        "activityPriority": "HIGH",
        "startDateTime": "2026-03-01T10:00:00.000-05:00",
        "endDateTime": "2026-03-01T10:30:00.000-05:00",
        "systemUserId": 7,
    }.items() <= activity.items()


@pytest.mark.parametrize(
    "options",
    [["--start", "2026-03-01"], ["--start", "soon"], ["--priority", "Urgent"], ["--subject", ""]],
)
def test_refused(
    options: list[str], emulator: Emulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can't be meant is refused before anything is sent."""
    assert Exit.USAGE == run([*LOG, *options])

    assert "" == capsys.readouterr().out
    assert [] == [one for one in emulator.requests if one.method == "account/addActivity"]


def test_lost_reply(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not sent again."""
    emulator.fail_next(method="addActivity", drop=True, processed=True)
    count = len(emulator.activity_ids())

    assert Exit.OK != run(LOG)

    assert count + 1 == len(emulator.activity_ids())
    assert "may or may not have happened" in capsys.readouterr().err


def test_show(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """An activity is shown as a whole."""
    number = logged(capsys)

    assert Exit.OK == run(["show", str(number), "--activity"])

    assert emulator.activity(number) == orjson.loads(capsys.readouterr().out)


def test_show_of_another(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is not there is an error, which says so."""
    emulator.delete_activity(501)

    assert Exit.OK != run(["show", "501", "--activity"])

    assert "Activity ID is invalid" in capsys.readouterr().err
