"""A SQLite copy: its schema, what it refuses, and what it says when the disk is full."""

import json
import resource
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from neon_async import (
    Account,
    Address,
    AsyncClient,
    AuthenticationError,
    Batch,
    Certificate,
    CheckpointError,
    Contact,
    Deleted,
    IndividualAccount,
    InvalidRequestError,
    Merged,
    NeonError,
    Upserted,
    blocking,
)
from neon_async.emulator import Emulator
from neon_async.warehouse import _sqlite_schema, sqlite, tables
from tests.support.small_disk import fill, small_disk

ROOT = Path(__file__).parents[3]
SINCE = datetime(1990, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST = '{"schema": 2, "feed": "accounts", "organization": "example", "to": "1"}'
SECOND = FIRST.replace('"1"', '"2"')


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


@pytest.fixture
def limit_file_size() -> Iterator[Callable[[int], None]]:
    """Return what limits the size of all files that this process writes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def batch(*changes: Any, checkpoint: str = FIRST) -> Batch[Account]:
    async def commit() -> None:
        pass

    return Batch(changes, checkpoint, commit)


def select(path: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def copy_of(path: Path, **options: Any) -> sqlite.SqliteCopy:
    return sqlite.SqliteCopy(path, tables.ACCOUNT_TABLES, **options)


def person(number: int, *cities: str, **fields: Any) -> Upserted[Account]:
    contact = Contact(addresses=[Address(city=city) for city in cities], **fields)
    return Upserted(IndividualAccount(account_id=number, primary_contact=contact))


def test_schema_of_version_1(path: Path) -> None:
    """The schema is the documented one; whoever changes it raises its version, and only adds."""
    documented = (ROOT / "docs" / "copy-schema.sql").read_text(encoding="utf-8")

    made = "".join(f"{statement};\n\n" for statement in _sqlite_schema.statements())
    assert documented.strip() == f"-- user_version 1\n\n{made}".strip()
    assert 1 == _sqlite_schema.VERSION
    with copy_of(path):
        pass
    found = select(path, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
    assert [*_sqlite_schema.statements()] == [sql for (sql,) in found]
    assert [(1,)] == select(path, "PRAGMA user_version")


def test_batches(path: Path) -> None:
    """Child rows are replaced as a whole, and an id is in one of the three tables."""
    with copy_of(path) as copy:
        assert [None] == [copy.checkpoint]
        copy.store(batch(person(1, "A", "B"), person(2, "C"), Deleted(3), Merged(4, 1)))
        assert FIRST == copy.checkpoint
        copy.store(batch(person(1), Deleted(2), person(3, dob=date(1990, 2, 3)), checkpoint=SECOND))
    with copy_of(path) as copy:
        assert SECOND == copy.checkpoint
        copy.store(batch(checkpoint=SECOND))

    query = "SELECT account_id, primary_contact_dob FROM accounts ORDER BY account_id"
    assert [(1, None), (3, "1990-02-03")] == select(path, query)
    assert [] == select(path, "SELECT * FROM account_addresses")
    assert [(2, 0)] == select(path, "SELECT * FROM account_deletions")
    assert [(4, 1, 0)] == select(path, "SELECT * FROM account_merges")
    assert [("accounts", "example", SECOND)] == select(path, "SELECT * FROM checkpoints")
    assert [path] == [*path.parent.iterdir()]


def test_times_sort_as_text(path: Path) -> None:
    """A time is text in UTC, with as many digits as any other."""
    whole, part = datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 1, 31, 0, 0, 0, 5, UTC)
    records = [
        IndividualAccount(account_id=1, created_date_time=part, no_solicitation=True),
        IndividualAccount(account_id=2, created_date_time=whole),
    ]
    with copy_of(path) as copy:
        copy.store(batch(*map(Upserted, records)))

    query = "SELECT created_date_time, no_solicitation FROM accounts ORDER BY created_date_time"
    assert [
        ("2026-01-31T00:00:00.000000Z", None),
        ("2026-01-31T00:00:00.000005Z", 1),
    ] == select(path, query)


async def test_both_feeds_in_one_file(path: Path) -> None:
    """Accounts and activities share a file, and a second run brings what is new."""
    emulator = Emulator(accounts=30, activities=5)
    async with emulator.client() as neon:
        assert (await sqlite.sync_accounts(neon, path, SINCE)).proven
        assert (await sqlite.sync_activities(neon, str(path), SINCE)).proven
        emulator.merge_accounts(10_003, into=10_004)
        certificate = await sqlite.sync_accounts(neon, path, SINCE, merges=True)

    # All 29 that are left would be those since the beginning.
    assert 29 > certificate.received
    ids = [number for (number,) in select(path, "SELECT account_id FROM accounts ORDER BY 1")]
    assert emulator.account_ids() == ids
    assert [(10_003, 10_004)] == (
        select(path, "SELECT account_id, current_account_id FROM account_merges")
    )
    assert [(5,)] == select(path, "SELECT count(*) FROM activities")


async def test_second_run_begins_at_the_checkpoint(path: Path) -> None:
    """What the file holds is not read again, but for what a run looks back for."""
    with Emulator(5, 5) as emulator:
        async with emulator.client() as neon:
            runs = [await sqlite.sync_accounts(neon, path, SINCE) for _ in range(2)]
            runs += [await sqlite.sync_activities(neon, path, SINCE) for _ in range(2)]

    assert [True, False] * 2 == [SINCE - DAY < begin(run) < SINCE + DAY for run in runs]


def test_second_run_in_synchronous_code(path: Path) -> None:
    """So does the second run of a script."""
    with Emulator(5, 5) as emulator, blocking.client(emulator.client) as neon:
        runs = [sqlite.blocking_sync_accounts(neon, path, SINCE) for _ in range(2)]
        runs += [sqlite.blocking_sync_activities(neon, path, SINCE) for _ in range(2)]

    assert [True, False] * 2 == [SINCE - DAY < begin(run) < SINCE + DAY for run in runs]


def begin(certificate: Certificate) -> datetime:
    assert certificate.time_from is not None
    return certificate.time_from


def test_synchronous_code(path: Path) -> None:
    """In synchronous code the functions have another name."""
    emulator = Emulator(accounts=30, activities=5)

    def connect() -> AsyncClient:
        return emulator.client()

    with blocking.client(connect) as neon:
        assert sqlite.blocking_sync_accounts(neon, path, SINCE).proven
        assert sqlite.blocking_sync_activities(neon, path, SINCE).proven
        with pytest.raises(InvalidRequestError, match="has its own checkpoint"):
            sqlite.blocking_sync_accounts(neon, path, SINCE, checkpoint=None)

    assert [(30,)] == select(path, "SELECT count(*) FROM accounts")
    assert [(5,)] == select(path, "SELECT count(*) FROM activities")


@pytest.mark.parametrize("first", ["accounts", "activities"])
async def test_other_organization(first: str, path: Path) -> None:
    """A file of another organization is refused before anything is sent, for either feed."""
    own, other = Emulator(accounts=3, activities=3), Emulator(accounts=3, org_id="other")
    async with own.client() as neon:
        await (sqlite.sync_accounts if first == "accounts" else sqlite.sync_activities)(
            neon, path, SINCE
        )
    before = select(path, "SELECT * FROM checkpoints")
    async with other.client() as neon:
        for sync in (sqlite.sync_accounts, sqlite.sync_activities):
            with pytest.raises(CheckpointError, match=r"copy\.db is a copy of another organiz"):
                await sync(neon, path, SINCE)
        with pytest.raises(InvalidRequestError, match="has its own checkpoint"):
            await sqlite.sync_accounts(neon, path, SINCE, checkpoint="{}")

    assert [] == [*other.requests]
    assert before == select(path, "SELECT * FROM checkpoints")


def test_batches_of_others(path: Path) -> None:
    """A batch of another feed or organization, or without a checkpoint, is not stored."""
    with copy_of(path) as copy:
        copy.store(batch(person(1)))
        for text, message in (
            (FIRST.replace("example", "other"), "another organization"),
            (FIRST.replace("accounts", "activities"), "expected a feed of accounts, got one of"),
        ):
            with pytest.raises(CheckpointError, match=message):
                copy.store(batch(person(2), checkpoint=text))
        for text in ("", "[]", "{}", "1"):
            with pytest.raises(InvalidRequestError, match="with its checkpoint"):
                copy.store(batch(person(2), checkpoint=text))
        with pytest.raises(InvalidRequestError, match="with its checkpoint"):
            copy.check(None)

    assert [(1,)] == select(path, "SELECT account_id FROM accounts")


def test_two_runs(path: Path) -> None:
    """A run that another one has overtaken stores nothing, whatever it has read."""
    with copy_of(path) as first, copy_of(path) as second:
        first.store(batch(person(1)))
        with pytest.raises(CheckpointError, match="another run has stored changes"):
            second.store(batch(person(2), checkpoint=SECOND))
        first.store(batch(person(3), checkpoint=SECOND))

    assert [(1,), (3,)] == select(path, "SELECT account_id FROM accounts ORDER BY 1")


@pytest.mark.parametrize(
    "content", [b"a,b", b"x" * 600, b"SQLite format 3\0" + b"y" * 600], ids=["small", "x", "y"]
)
def test_files_that_are_no_database(content: bytes, path: Path) -> None:
    """A file of another kind is refused and stays as it is."""
    path.write_bytes(content)

    with pytest.raises(CheckpointError, match="not a copy that neon_async made"), copy_of(path):
        pytest.fail("it was opened")

    assert content == path.read_bytes()


@pytest.mark.parametrize(
    "command", ["CREATE TABLE t (a)", "PRAGMA user_version = 1", "PRAGMA application_id = 7"]
)
def test_databases_of_others(command: str, path: Path) -> None:
    """Another program's database is refused and stays as it is."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(command)
    before = path.read_bytes()

    with pytest.raises(CheckpointError, match="not a copy that neon_async made"), copy_of(path):
        pytest.fail("it was opened")

    assert before == path.read_bytes()


def test_places_where_no_file_can_be(tmp_path: Path) -> None:
    """A folder that is missing, and a path that is a folder, are named."""
    with (
        pytest.raises(OSError, match=r"no such folder.*missing"),
        copy_of(tmp_path / "missing" / "copy.db"),
    ):
        pytest.fail("it was opened")
    with pytest.raises(CheckpointError, match="not a copy"), copy_of(tmp_path):
        pytest.fail("it was opened")

    assert [] == [*tmp_path.iterdir()]


def test_empty_file(path: Path) -> None:
    """An empty file, such as one that mktemp made, becomes a copy."""
    path.touch()
    with copy_of(path) as copy:
        copy.store(batch(person(1)))

    assert [(1,)] == select(path, "SELECT account_id FROM accounts")


def test_later_version(path: Path) -> None:
    """A file of a later version is refused: this one would leave its new columns as they were."""
    with copy_of(path):
        pass
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")

    with pytest.raises(CheckpointError, match=r"has schema 2, .* update neon_async"), copy_of(path):
        pytest.fail("it was opened")


def test_earlier_version(path: Path) -> None:
    """A file of an earlier version gets what it lacks, and keeps its rows."""
    with copy_of(path) as copy:
        copy.store(batch(person(1, "A")))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE accounts DROP COLUMN url")
        connection.execute("DROP TABLE account_merges")
        connection.execute("PRAGMA user_version = 0")

    with copy_of(path) as copy:
        copy.store(batch(Merged(2, 1), checkpoint=SECOND))

    assert [(1, None)] == select(path, "SELECT account_id, url FROM accounts")
    assert [(2, 1, 0)] == select(path, "SELECT * FROM account_merges")
    assert [(1, 0, "A")] == (
        select(path, "SELECT account_id, position, city FROM account_addresses")
    )
    assert [(1,)] == select(path, "PRAGMA user_version")


def test_locked_file(path: Path) -> None:
    """While another program writes, nothing is stored, and the error names the file."""
    with copy_of(path, timeout=0.0) as copy:
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(OSError, match=r"another program holds a lock .*copy\.db"):
                copy.store(batch(person(1)))
        copy.store(batch(person(1)))

    assert [(1,)] == select(path, "SELECT account_id FROM accounts")


def test_long_reader(path: Path) -> None:
    """While another program reads, a batch is undone as a whole, and can be stored again."""
    with copy_of(path, timeout=0.0) as copy:
        copy.store(batch(person(1)))
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN")
            assert (1,) == other.execute("SELECT account_id FROM accounts").fetchone()
            with pytest.raises(OSError, match="another program holds a lock"):
                copy.store(batch(person(2), checkpoint=SECOND))
        copy.store(batch(person(2), checkpoint=SECOND))

    assert [(2,)] == select(path, "SELECT count(*) FROM accounts")


def test_own_journal_mode(path: Path) -> None:
    """A file that was switched to WAL stays so, and a reader does not hold up a run."""
    with copy_of(path):
        pass
    assert [("wal",)] == select(path, "PRAGMA journal_mode = WAL")
    with (
        copy_of(path, timeout=0.0) as copy,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        other.execute("BEGIN")
        other.execute("SELECT * FROM accounts").fetchone()
        copy.store(batch(person(1)))

    assert [("wal",)] == select(path, "PRAGMA journal_mode")
    assert [(1,)] == select(path, "SELECT account_id FROM accounts")


def test_full_disk(path: Path, limit_file_size: Callable[[int], None]) -> None:
    """What does not fit is undone as a whole, and the next batch fits where there is room again."""
    with copy_of(path) as copy:
        copy.store(batch(person(1)))
        limit_file_size(path.stat().st_size + 8_192)
        large = [person(number, "x" * 1_000) for number in range(2, 500)]
        with pytest.raises(OSError, match=r"copy\.db") as caught:
            copy.store(batch(*large, checkpoint=SECOND))
        assert str(path) == caught.value.filename
        limit_file_size(resource.RLIM_INFINITY)
        assert FIRST == copy.checkpoint
        copy.store(batch(*large, checkpoint=SECOND))

    assert [(499,)] == select(path, "SELECT count(*) FROM accounts")


def test_full_database(path: Path) -> None:
    """Where SQLite itself finds no more room, the error is that of a full disk."""
    with copy_of(path) as copy:
        copy._opened().execute("PRAGMA max_page_count = 1")
        large = [person(number, "x" * 1_000) for number in range(2, 500)]
        with pytest.raises(OSError, match=r"No space left on device.*copy\.db"):
            copy.store(batch(*large))

    assert [] == select(path, "SELECT * FROM checkpoints")


def test_disk_that_is_full(tmp_path: Path) -> None:
    """On a disk without room nothing is lost, for a new file and for one with rows."""
    with small_disk(tmp_path / "disk", 512) as disk:
        path = disk / "copy.db"
        with copy_of(path) as copy:
            copy.store(batch(person(1)))
        ballast = fill(disk)
        large = [person(number, "x" * 1_000) for number in range(2, 20)]
        with (
            copy_of(path) as copy,
            pytest.raises(OSError, match=rf"No space left on device.*{path}"),
        ):
            copy.store(batch(*large, checkpoint=SECOND))
        with (
            pytest.raises(OSError, match=rf"No space left on device.*{disk / 'other.db'}"),
            copy_of(disk / "other.db"),
        ):
            pytest.fail("it was opened")

        ballast.unlink()
        for file in (path, disk / "other.db"):
            with copy_of(file) as copy:
                copy.store(batch(*large, checkpoint=SECOND))

        assert [(19,)] == select(path, "SELECT count(*) FROM accounts")
        assert [(18,)] == select(disk / "other.db", "SELECT count(*) FROM accounts")


def test_file_that_is_moved_away(path: Path) -> None:
    """What would be stored in a file without a name is an error, before it counts as stored."""
    with copy_of(path) as copy:
        copy.store(batch(person(1)))
        path.rename(path.with_name("elsewhere.db"))
        with pytest.raises(FileNotFoundError, match=r"moved or deleted during the run.*copy\.db"):
            copy.store(batch(person(2), checkpoint=SECOND))
        assert FIRST == copy.checkpoint

    assert [(1,)] == select(path.with_name("elsewhere.db"), "SELECT account_id FROM accounts")


def test_damaged_file(path: Path) -> None:
    """A damaged file is said to be so, without a word about resuming."""
    with copy_of(path) as copy:
        copy.store(batch(*(person(number, "x" * 100) for number in range(1, 500))))
    content = bytearray(path.read_bytes())
    content[8_192:] = b"\x07" * (len(content) - 8_192)
    path.write_bytes(content)

    with pytest.raises(CheckpointError, match="is damaged"), copy_of(path) as copy:
        copy.store(batch(person(1, "y"), checkpoint=SECOND))


def test_other_errors_stay(path: Path) -> None:
    """An error that is no matter of the file, such as a column that somebody dropped, stays."""
    with copy_of(path) as copy:
        copy._opened().execute("ALTER TABLE accounts DROP COLUMN url")
        with pytest.raises(sqlite3.OperationalError, match="url"):
            copy.store(batch(person(1)))


def test_outside_of_its_block(path: Path) -> None:
    """A copy is used inside its block, from any thread, and entered once at a time."""
    copy = copy_of(path)
    with pytest.raises(RuntimeError, match="inside its `with`"):
        copy.store(batch())
    with copy:
        with pytest.raises(RuntimeError, match="is open already"), copy:
            pytest.fail("it was opened")
        thread = threading.Thread(target=copy.store, args=(batch(person(1)),))
        thread.start()
        thread.join()
    copy.__exit__(None, None, None)
    with pytest.raises(RuntimeError, match="inside its `with`"):
        copy.check(None)

    assert [(1,)] == select(path, "SELECT account_id FROM accounts")


async def test_failure_keeps_what_is_stored(path: Path) -> None:
    """A run that fails leaves whole batches, and the next one makes them complete."""
    emulator = Emulator(accounts=60)
    emulator.fail_next(3, method="syncAccounts", delay=0.0)
    emulator.fail_next(method="syncAccounts", code=5)
    async with emulator.client(max_concurrency=1) as neon:
        with pytest.raises(NeonError) as caught:
            await sqlite.sync_accounts(neon, path, SINCE, page_size=20)
        await sqlite.sync_accounts(neon, path, SINCE, page_size=20)

    ids = [number for (number,) in select(path, "SELECT account_id FROM accounts ORDER BY 1")]
    assert emulator.account_ids() == ids
    (text,) = select(path, "SELECT checkpoint FROM checkpoints")
    assert "accounts" == json.loads(text[0])["feed"]
    advice = f"{path} holds each batch before this error, with the checkpoint: call it again to"
    assert f"{advice} resume" in caught.value.__notes__


def test_failure_in_synchronous_code(path: Path) -> None:
    """There, too, the error says what is stored and how to resume."""
    emulator = Emulator(accounts=6)
    emulator.fail_next(method="login", code=13)

    with (
        blocking.client(emulator.client) as neon,
        pytest.raises(AuthenticationError) as caught,
    ):
        sqlite.blocking_sync_accounts(neon, path, SINCE)

    (advice, *_) = (note for note in caught.value.__notes__ if str(path) in note)
    assert advice.endswith("call it again to resume")
