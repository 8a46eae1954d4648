"""`neon-async sync` into a SQLite file, and into Parquet files with a column `_change`."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._lock import only_run
from neon_async.cli._main import run
from neon_async.emulator import Emulator

ACCOUNTS = ["sync", "accounts", "--output"]
ACTIVITIES = ["sync", "activities", "--output"]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator in this process, which the command talks to instead of the network."""
    made = Emulator(accounts=60, activities=50)
    monkeypatch.setattr(_connection, "make_client", made.client)
    return made


def select(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def ids(path: Path, table: str = "accounts") -> list[int]:
    key = "activity_id" if table == "activities" else "account_id"
    return [number for (number,) in select(path, f"SELECT {key} FROM {table} ORDER BY 1")]  # noqa: S608 - our own


@pytest.mark.parametrize("name", ["copy.db", "copy.sqlite", "copy.SQLITE3", "copy"])
def test_sqlite(
    name: str, emulator: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The name of the output or --format says SQLite, and a second run continues from the file."""
    path = tmp_path / name
    more = [] if path.suffix else ["--format=sqlite"]
    assert Exit.OK == run([*ACCOUNTS, str(path), *more, "--page-size=20"])
    assert capsys.readouterr().err.startswith("accounts: proven: 60 received")
    assert Exit.OK == run([*ACTIVITIES, str(path), *more])
    emulator.delete_account(10_003)
    emulator.merge_accounts(10_005, into=10_004)
    assert Exit.OK == run([*ACCOUNTS, str(path), *more, "--merges"])

    assert emulator.account_ids() == ids(path)
    assert emulator.activity_ids() == ids(path, "activities")
    assert [10_003] == ids(path, "account_deletions")
    assert [10_005] == ids(path, "account_merges")
    locks = {f"{name}.accounts.lock", f"{name}.activities.lock"}
    assert {name, *locks} == {file.name for file in tmp_path.iterdir()}


def test_files_that_do_not_go_together(
    emulator: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A checkpoint beside a SQLite file, or none beside lines, is refused."""
    database, lines = str(tmp_path / "copy.db"), str(tmp_path / "changes")
    checkpoint = ["--checkpoint", str(tmp_path / "checkpoint")]

    assert Exit.USAGE == run([*ACCOUNTS, database, *checkpoint])
    assert Exit.USAGE == run([*ACCOUNTS, lines])
    assert Exit.USAGE == run([*ACCOUNTS, f"{lines}.parquet"])
    assert Exit.USAGE == run(["sync", "accounts", "--output=-", "--format=sqlite"])
    assert Exit.FAILED == run([*ACCOUNTS, str(tmp_path / "missing" / "copy.db")])

    said = capsys.readouterr().err
    assert f"a SQLite file has its own checkpoint: leave out --checkpoint {tmp_path}" in said
    assert 2 == said.count("pass --checkpoint, the file with the position of the last run")
    assert "a pipe can't keep" in said
    assert f"{tmp_path / 'missing'}: no such folder" in said
    assert [] == [*tmp_path.iterdir()]
    assert [] == [*emulator.requests]


def test_files_of_others(
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Another program's file, or another organization's, is refused before anything is sent."""
    foreign, path = tmp_path / "foreign.db", tmp_path / "copy.db"
    foreign.write_text("a,b")
    assert Exit.FAILED == run([*ACCOUNTS, str(foreign)])
    assert [] == [*emulator.requests]
    assert "a,b" == foreign.read_text()
    assert Exit.OK == run([*ACCOUNTS, str(path)])
    other = Emulator(accounts=3, activities=3, org_id="other")
    monkeypatch.setattr(_connection, "make_client", other.client)

    assert Exit.FAILED == run([*ACCOUNTS, str(path)])
    assert Exit.FAILED == run([*ACTIVITIES, str(path)])

    said = capsys.readouterr().err
    assert f"{foreign} is not a copy that neon_async made, and was left unchanged" in said
    assert 2 == said.count(f"{path} is a copy of another organization; name another file")
    assert "resume" not in said
    assert [] == [*other.requests]


def test_full_disk(
    emulator: Emulator,
    tmp_path: Path,
    limit_file_size: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A full disk is named with the file, and the same command makes the copy complete."""
    path = tmp_path / "copy.db"
    limit_file_size(60_000)
    assert Exit.FAILED == run([*ACCOUNTS, str(path)])
    assert re.fullmatch(
        f"neon-async: {path}: .*\nnothing is lost: run the same command again to resume\n",
        capsys.readouterr().err,
    )

    limit_file_size(10**9)
    assert Exit.OK == run([*ACCOUNTS, str(path)])
    assert emulator.account_ids() == ids(path)


@pytest.mark.usefixtures("emulator")
def test_second_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One run of each kind may use the file, and a run of the other kind meanwhile."""
    path = tmp_path / "copy.db"
    with only_run(path, "accounts"):
        assert Exit.FAILED == run([*ACCOUNTS, str(path)])
        assert Exit.OK == run([*ACTIVITIES, str(path)])

    assert f"another run is using {path}; wait until it ends" in capsys.readouterr().err


def parts(folder: Path, table: str = "") -> list[dict[str, Any]]:
    """Read all files of a table, in order."""
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow has no wheel for this Python")
    name = rf"changes{table}\.[0-9]{{6}}\.parquet"
    files = sorted(file for file in folder.iterdir() if re.fullmatch(name, file.name))
    return [
        {key: value for key, value in row.items() if value is not None}
        for file in files
        for row in parquet.read_table(file).to_pylist()
    ]


def latest(folder: Path) -> dict[int, dict[str, Any]]:
    """Return the last row of each account that is still there."""
    rows = {row["accountId"]: row for row in parts(folder)}
    return {key: row for key, row in rows.items() if row["_change"] == "upserted"}


@pytest.fixture
def parquet(tmp_path: Path) -> list[str]:
    return [str(tmp_path / "changes.parquet"), "--checkpoint", str(tmp_path / "checkpoint")]


def test_parquet(emulator: Emulator, parquet: list[str], tmp_path: Path) -> None:
    """Each run adds numbered files, whose last row of an id counts, with its child rows."""
    assert Exit.OK == run([*ACCOUNTS, *parquet])
    assert emulator.account_ids() == sorted(latest(tmp_path))
    contact = (emulator.account(10_004) or {})["primaryContact"]
    emulator.change_account(10_004, primaryContact={**contact, "addresses": {"address": []}})
    emulator.delete_account(10_003)
    emulator.merge_accounts(10_005, into=10_006)

    assert Exit.OK == run([*ACCOUNTS, *parquet, "--merges"])

    assert emulator.account_ids() == sorted(latest(tmp_path))
    rows = {row["accountId"]: row for row in parts(tmp_path) if row["_sequence"] == 2}
    deleted = {"accountId": 10_003, "_change": "deleted", "_provisional": False, "_sequence": 2}
    assert deleted == rows[10_003]
    merged = {"accountId": 10_005, "_change": "merged", "_mergedInto": 10_006}
    assert merged | {"_provisional": False, "_sequence": 2} == rows[10_005]
    addresses = parts(tmp_path, r"\.addresses")
    assert {1} == {row["_sequence"] for row in addresses if row["accountId"] == 10_004}
    assert {1, 2} == {row["_sequence"] for row in parts(tmp_path, r"\.custom_fields")}
    # Two runs with three tables, the checkpoint, and two locks.
    assert 2 * 3 + 1 + 2 == len([*tmp_path.iterdir()])


def test_parquet_without_changes(parquet: list[str], tmp_path: Path) -> None:
    """A run without changes adds no files."""
    pytest.importorskip("pyarrow", reason="pyarrow has no wheel for this Python")
    made = Emulator(accounts=0, activities=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_connection, "make_client", made.client)
        assert Exit.OK == run([*ACTIVITIES, *parquet])

    names = {"checkpoint", "checkpoint.lock", "changes.parquet.lock"}
    assert names == {file.name for file in tmp_path.iterdir()}


def test_parquet_of_other_records(
    emulator: Emulator, parquet: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Activities don't follow accounts in the same files."""
    pytest.importorskip("pyarrow", reason="pyarrow has no wheel for this Python")
    assert Exit.OK == run([*ACCOUNTS, *parquet])
    sent = len(emulator.requests)
    other = [parquet[0], "--checkpoint", str(tmp_path / "other")]

    assert Exit.USAGE == run([*ACTIVITIES, *other])

    assert "000001.parquet has other records than activities" in capsys.readouterr().err
    assert sent == len(emulator.requests)


def test_parquet_on_a_full_disk(
    emulator: Emulator,
    parquet: list[str],
    tmp_path: Path,
    limit_file_size: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What does not fit leaves no file and no checkpoint, and the same command writes it."""
    pytest.importorskip("pyarrow", reason="pyarrow has no wheel for this Python")
    limit_file_size(10_000)
    assert Exit.FAILED == run([*ACCOUNTS, *parquet])
    said = capsys.readouterr().err
    assert said.startswith(f"neon-async: {tmp_path / 'changes.parquet'}: ")
    assert said.endswith("nothing is lost: run the same command again to resume\n")
    names = {"checkpoint.lock", "changes.parquet.lock"}
    assert names == {file.name for file in tmp_path.iterdir()}

    limit_file_size(10**9)
    assert Exit.OK == run([*ACCOUNTS, *parquet])
    assert emulator.account_ids() == sorted(latest(tmp_path))
