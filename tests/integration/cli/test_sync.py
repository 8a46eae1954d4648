"""`neon-async sync`: changes in a file, through interruptions of every kind."""

import errno
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pexpect
import pytest

from neon_async import (
    Account,
    Activity,
    AsyncClient,
    Certificate,
    ChangeFeed,
    structure,
)
from neon_async._changes import checkpoint as checkpoint_module
from neon_async.cli import _connection
from neon_async.cli._commands.sync import _counter
from neon_async.cli._exit_codes import Exit
from neon_async.cli._lock import only_run
from neon_async.cli._main import run
from neon_async.emulator import Emulator, running

from .conftest import records

COMMAND = [sys.executable, "-m", "neon_async.cli", "sync"]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator in this process, which the command talks to instead of the network."""
    made = Emulator(accounts=60, activities=50)
    monkeypatch.setattr(_connection, "make_client", made.client)
    return made


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """The arguments that name the files."""
    return ["--checkpoint", str(tmp_path / "checkpoint"), "--output", str(tmp_path / "changes")]


def replayed(path: Path, key: str) -> dict[int, Any]:
    """Return the records that the lines of a file lead to."""
    copy: dict[int, Any] = {}
    for change in records(path):
        match change:
            case {"change": "upserted", "record": record}:
                copy[record[key]] = record
            case {"change": "deleted", "id": one} | {"change": "merged", "old": one}:
                copy.pop(one, None)
    return copy


def assert_true(emulator: Emulator, path: Path) -> None:
    """The file leads to what the emulator holds."""
    copy = replayed(path, "accountId")
    assert emulator.account_ids() == sorted(copy)
    for one, record in copy.items():
        truth = emulator.account(one) or {}
        # syncAccounts does not show all that there is.
        assert {key: truth.get(key) for key in record} == record


def test_accounts(
    emulator: Emulator, files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A second run appends what has changed since the first, and each is proven on stderr."""
    sync = ["sync", "accounts", *files, "--page-size=20"]
    assert Exit.OK == run(sync)
    assert_true(emulator, tmp_path / "changes")
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("accounts: proven: 60 received, 0 no longer in range, 60 counted")

    emulator.delete_account(10_003)
    emulator.change_account(10_004, url="https://example.org/new")
    before = len(records(tmp_path / "changes"))
    assert Exit.OK == run(sync)
    assert_true(emulator, tmp_path / "changes")
    news = records(tmp_path / "changes")[before:]
    assert {"change": "deleted", "id": 10_003, "provisional": False} in news
    assert 10_004 in [change.get("record", {}).get("accountId") for change in news]


def test_merges(emulator: Emulator, files: list[str], tmp_path: Path) -> None:
    """With `--merges`, an account that was merged is told from one that was deleted."""
    emulator.merge_accounts(10_003, into=10_004)
    emulator.delete_account(10_005)

    assert Exit.OK == run(["sync", "accounts", *files, "--merges"])

    changes = [line for line in records(tmp_path / "changes") if line["change"] != "upserted"]
    told = sorted((line["change"], line.get("old", line.get("id"))) for line in changes)
    assert told == [("deleted", 10_005), ("merged", 10_003)]


def test_activities(emulator: Emulator, files: list[str], tmp_path: Path) -> None:
    """Activities are synced as accounts are, from the time given."""
    assert Exit.OK == run(["sync", "activities", *files, "--since", "1990-01-01Z"])

    copy = replayed(tmp_path / "changes", "activityId")
    assert emulator.activity_ids() == sorted(copy)
    assert [structure(one, Activity).activity_id for one in copy.values()] == [*copy]


@pytest.mark.usefixtures("emulator")
def test_not_proven(
    files: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the certificate can't prove has an exit code of its own."""
    unproven = Certificate(reason="it rained", received=3, departed=1)
    monkeypatch.setattr(ChangeFeed, "certificate", property(lambda _: unproven))

    assert Exit.UNPROVEN == run(["sync", "accounts", *files])

    said = "accounts: unproven (it rained): 3 received, 1 no longer in range, none counted\n"
    assert said == capsys.readouterr().err


def test_failure_says_how_to_go_on(
    emulator: Emulator, files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that fails leaves whole lines, and the next one makes them complete."""
    sync = ["sync", "accounts", *files, "--page-size=20", "--workers=1"]
    emulator.fail_next(3, method="syncAccounts", delay=0.0)
    emulator.fail_next(method="syncAccounts", code=5)

    assert Exit.FAILED == run(sync)

    assert "run the same command again to resume" in capsys.readouterr().err
    assert 0 < len(records(tmp_path / "changes")) < 60
    assert Exit.OK == run(sync)
    assert_true(emulator, tmp_path / "changes")


@pytest.mark.usefixtures("emulator")
def test_unusable_files(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A checkpoint that can't be used is refused without advice to repeat that."""
    assert Exit.USAGE == run(["sync", "accounts", "--checkpoint=one", "--output=./one"])
    beside = ["--checkpoint=one.unreadable.ndjson", "--output=one"]
    assert Exit.USAGE == run(["sync", "accounts", *beside])
    assert Exit.USAGE == run(["sync", "accounts", "--checkpoint=one", "--output=-"])
    (tmp_path / "checkpoint").write_text("nonsense")
    assert Exit.FAILED == run(["sync", "accounts", *files])

    said = capsys.readouterr().err
    assert "must be different files" in said
    assert "a pipe" in said
    assert "the checkpoint is damaged" in said
    assert "resume" not in said


def test_full_disk(
    emulator: Emulator,
    files: list[str],
    tmp_path: Path,
    limit_file_size: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file that becomes too large has whole lines, and the same command goes on from there."""
    sync = ["sync", "accounts", *files, "--page-size=10", "--workers=1"]
    limit_file_size(20_000)
    assert Exit.FAILED == run(sync)
    assert (
        f"neon-async: {tmp_path / 'changes'}: File too large\n"
        "nothing is lost: run the same command again to resume\n"
    ) == capsys.readouterr().err
    assert 0 < len(records(tmp_path / "changes")) < 60

    limit_file_size(10**9)
    assert Exit.OK == run(sync)
    assert_true(emulator, tmp_path / "changes")


@pytest.mark.usefixtures("emulator")
def test_checkpoint_that_does_not_fit(
    files: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A checkpoint that can't be saved is named, and the earlier one stays."""
    sync = ["sync", "accounts", *files]
    assert Exit.OK == run(sync)
    before = (tmp_path / "checkpoint").read_bytes()

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoint_module, "_replace", fail)
    capsys.readouterr()
    assert Exit.FAILED == run(sync)

    assert before == (tmp_path / "checkpoint").read_bytes()
    said = capsys.readouterr().err
    assert said.startswith(f"neon-async: {tmp_path / 'checkpoint'}: No space left on device\n")


@pytest.mark.parametrize("kind", ["accounts", "activities"])
def test_range_that_ends_before_it_begins(
    kind: str, emulator: Emulator, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A range the wrong way round is named by its options, and nothing is opened for it."""
    times = ["--from=2026-02-01T06:00Z", "--to=2026-02-01T06:00+01:00"]
    assert Exit.USAGE == run(["sync", kind, *files, *times])

    assert capsys.readouterr().err == "neon-async: --from is after --to\n"
    assert 0 == len(emulator.requests)


@pytest.mark.usefixtures("emulator")
def test_unusable_outputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An output that can't be, or whose last line is somebody's, is refused without a trace."""
    (tmp_path / "foreign").write_text("a,b")
    before = sorted(tmp_path.iterdir())
    sync = ["sync", "activities", f"--checkpoint={tmp_path / 'checkpoint'}", "--output"]
    assert Exit.FAILED == run([*sync, str(tmp_path / "missing" / "changes")])
    assert Exit.USAGE == run([*sync, "/dev/null"])
    assert before == sorted(tmp_path.iterdir())
    assert Exit.FAILED == run([*sync, str(tmp_path / "foreign")])

    said = capsys.readouterr().err
    assert f"{tmp_path / 'missing'}: no such folder\n" in said
    assert "a pipe" in said
    assert "does not end with a line of sync" in said
    assert "resume" not in said


@pytest.mark.usefixtures("emulator")
def test_second_run_is_refused(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """While a run uses a checkpoint, another one neither reads nor writes, whatever its output."""
    sync = ["sync", "accounts", *files]
    (tmp_path / "changes").write_bytes(b'{"change":"upserted","rec')
    with only_run(tmp_path / "link" / ".." / "checkpoint"):
        assert Exit.FAILED == run(sync)
        assert Exit.FAILED == run([*sync[:4], "--output", str(tmp_path / "other")])

    assert b'{"change":"upserted","rec' == (tmp_path / "changes").read_bytes()
    assert ["changes", "checkpoint.lock"] == sorted(path.name for path in tmp_path.iterdir())
    said = capsys.readouterr().err
    assert 2 == said.count(f"another run is using {tmp_path / 'checkpoint'}; wait until it ends")
    assert Exit.OK == run(sync)


@pytest.mark.usefixtures("emulator")
def test_folder_of_the_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that does not exist is not made, since its name may be a mistake."""
    checkpoint = tmp_path / "folder" / "checkpoint"
    command = ["sync", "accounts", "--checkpoint", str(checkpoint), "--output"]

    assert Exit.FAILED == run([*command, str(tmp_path / "changes")])

    assert f"{tmp_path / 'folder'}: no such folder\n" in capsys.readouterr().err
    assert [] == [*tmp_path.iterdir()]


@pytest.mark.parametrize("more", [[], ["--skip-unreadable"]])
@pytest.mark.parametrize("kind", ["accounts", "activities"])
def test_options_reach_the_feed(
    kind: str, more: list[str], files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each option says what it is about, for both kinds of records."""
    made = Emulator(accounts=60, activities=50)
    seen: dict[str, Any] = {}

    class Noting(AsyncClient):
        def __init__(self, **options: Any) -> None:
            seen.update(options)
            super().__init__(made.org_id, made.api_key, transport=httpx.ASGITransport(app=made))

        def account_changes(self, since: datetime, **options: Any) -> ChangeFeed[Account]:
            seen.update(options, kind="accounts", since=since)
            return super().account_changes(since, **options)

        def activity_changes(self, since: datetime, **options: Any) -> ChangeFeed[Activity]:
            seen.update(options, kind="activities", since=since)
            return super().activity_changes(since, **options)

    monkeypatch.setattr(_connection, "make_client", Noting)
    options = ["--since=2010-01-01Z", "--workers=3", "--page-size=7", "--lag=61", *more]

    assert Exit.OK == run(["sync", kind, *files, *options])

    assert {
        "kind": kind,
        "since": datetime(2010, 1, 1, tzinfo=UTC),
        "max_concurrency": 3,
        "page_size": 7,
        "lag": 61.0,
    } == {name: seen.get(name) for name in ("kind", "since", "max_concurrency", "page_size", "lag")}
    assert tmp_path / "checkpoint" == seen["checkpoint"].path
    assert (seen["on_unreadable"] is not None) == ("--skip-unreadable" in more)


@pytest.fixture
def spoil(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make accounts arrive without their ids, but with half of a surrogate pair."""
    spoiled: set[int] = set()

    class Spoiling(httpx.AsyncBaseTransport):
        inner = httpx.ASGITransport(app=emulator)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            reply = await self.inner.handle_async_request(request)
            document = json.loads(await reply.aread())
            [payload] = document.values()
            for record in payload.get("individualAccounts", {}).get("individualAccount", []):
                if record["accountId"] in spoiled:
                    record |= {"accountId": 0, "note": "\ud800"}
            return httpx.Response(200, content=json.dumps(document).encode())

    def client(**options: Any) -> AsyncClient:
        return emulator.client(transport=Spoiling(), **options)

    monkeypatch.setattr(_connection, "make_client", client)
    return spoiled.add


def test_records_without_an_id(
    emulator: Emulator,
    spoil: Callable[[int], None],
    files: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """They end a run, which says how to leave them out; then they are in a file beside."""
    spoil(10_007)
    spoil(10_009)
    sync = ["sync", "accounts", *files, "--page-size=20"]

    assert Exit.FAILED == run(sync)
    said = capsys.readouterr().err
    assert "without a usable id" in said
    assert "--skip-unreadable" in said
    assert Exit.UNPROVEN == run([*sync, "--skip-unreadable"])

    said = capsys.readouterr().err
    beside = tmp_path / "changes.unreadable.ndjson"
    assert f"left out: 2 records without a usable id, see {beside}\n" in said
    assert "unproven (2 records without a usable id left out)" in said
    copy = replayed(tmp_path / "changes", "accountId")
    assert {*emulator.account_ids()} - {10_007, 10_009} == {*copy}
    lines = [json.loads(line) for line in beside.read_text("ascii").splitlines()]
    assert ["\ud800"] * 2 == [line["value"]["note"] for line in lines]
    assert all(line["path"].startswith("individualAccounts.") for line in lines)

    emulator.change_account(10_011, url="https://example.org/new")
    assert Exit.OK == run([*sync, "--skip-unreadable"])
    assert 2 == len(beside.read_bytes().splitlines())
    spoil(10_011)
    emulator.change_account(10_011, url="https://example.org/newer")
    assert Exit.UNPROVEN == run([*sync, "--skip-unreadable"])
    assert "left out: 1 record without" in capsys.readouterr().err
    assert 3 == len(beside.read_bytes().splitlines())


def test_second_run_of_each_kind(emulator: Emulator, files: list[str], tmp_path: Path) -> None:
    """The checkpoint of activities is kept as well: a second run brings what is new."""
    sync = ["sync", "activities", *files]
    assert Exit.OK == run(sync)
    before = len(records(tmp_path / "changes"))
    emulator.change_activity(505, subject="Call")

    assert Exit.OK == run(sync)

    news = records(tmp_path / "changes")[before:]
    assert {505} == {change["record"]["activityId"] for change in news}


@pytest.fixture(scope="module")
def busy() -> Iterator[tuple[Emulator, dict[str, str]]]:
    """An emulator on a socket that takes its time, and the environment that leads to it."""
    emulator = Emulator(accounts=400, latency=0.03)
    with emulator, running(emulator) as url:
        who = {"NEON_ORG_ID": emulator.org_id, "NEON_API_KEY": emulator.api_key}
        yield emulator, {**os.environ, **who, "NEON_BASE_URL": url}


def wait_for_growth(process: "subprocess.Popen[bytes]", path: Path, size: int) -> None:
    """Wait until a process has ended, or has written some more."""
    while process.poll() is None and (path.stat().st_size if path.exists() else 0) <= size:
        time.sleep(0.002)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, Exit.INTERRUPTED), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_killed_again_and_again(
    number: signal.Signals,
    code: int,
    busy: tuple[Emulator, dict[str, str]],
    files: list[str],
    tmp_path: Path,
) -> None:
    """However often it is killed while records change, the file becomes the truth."""
    emulator, environment = busy
    command = [*COMMAND, "accounts", *files, "--page-size=20", "--workers=2"]
    changes = tmp_path / "changes"
    codes: list[int] = []
    for ids in itertools.pairwise(emulator.account_ids()[:4]):
        size = changes.stat().st_size if changes.exists() else 0
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as process:
            wait_for_growth(process, changes, size)
            emulator.delete_account(ids[0])
            emulator.change_account(ids[1], url=f"https://example.org/{number}")
            process.send_signal(number)
            process.communicate()
        codes.append(process.returncode)
        if number is signal.SIGKILL:
            # What the kernel would have kept of a write that was under way.
            with changes.open("ab") as file:
                file.write(b'{"change":"upserted","rec')
    done = subprocess.run(command, env=environment, capture_output=True, check=False)

    assert code in codes
    assert {code, Exit.OK} >= {*codes}
    assert Exit.OK == done.returncode
    assert b"proven: " in done.stderr
    assert_true(emulator, changes)


def test_counts_on_a_terminal(
    served: dict[str, str], files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal the changes are counted while they come."""
    monkeypatch.setenv("NO_COLOR", "1")
    env = {**os.environ, **served, "TERM": "xterm", "COLUMNS": "100"}
    arguments = [*COMMAND[1:], "accounts", *files]
    child = pexpect.spawn(sys.executable, arguments, env=env, encoding="utf-8", timeout=30)

    child.expect(r"accounts: \d+ changes")
    child.expect(r"accounts: proven: 4\d\d received")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == Exit.OK


def test_progress_is_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """How many changes there are is no part of what stdout gets."""
    monkeypatch.setenv("FORCE_COLOR", "1")

    with _counter("accounts") as count:
        count(3)
        count(4)

    out, err = capsys.readouterr()
    assert "" == out
    assert "accounts: 7 changes" in err
