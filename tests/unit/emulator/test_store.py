"""The database, and what closes it."""

import gc
import sqlite3
import threading
from pathlib import Path

import pytest

from neon_async.emulator import Clock, Emulator, Quirks

from .conftest import NOW


def contents(emulator: Emulator) -> list[object]:
    return [
        *(emulator.account(number) for number in emulator.account_ids()),
        *(emulator.activity(number) for number in emulator.activity_ids()),
    ]


def test_changes_survive_in_a_file(tmp_path: Path) -> None:
    """An emulator that is opened again has all changes, and goes on numbering."""
    path = tmp_path / "emulator.db"
    with Emulator(20, 10, database=path, clock=Clock(NOW)) as emulator:
        emulator.create_individual(primaryContact={"addresses": {"address": [{"city": "A"}]}})
        emulator.change_account(10_003, noSolicitation=True)
        emulator.delete_account(10_004)
        emulator.delete_activity(501)
        emulator.merge_accounts(10_005, into=10_006)
        before = contents(emulator)

    with Emulator(20, 10, database=path, clock=Clock(NOW)) as emulator:
        assert before == contents(emulator)
        assert 10_022 == emulator.create_individual()


def test_changes_that_nobody_saw_survive(tmp_path: Path) -> None:
    """Closing finishes what is still being committed."""
    path = str(tmp_path / "emulator.db")
    quirks = Quirks(commit_delay=60)
    with Emulator(2, 0, database=path, quirks=quirks) as emulator:
        number = emulator.create_individual()
        assert emulator.account(number) is None

    with Emulator(2, 0, database=path) as emulator:
        assert emulator.account(number) is not None


@pytest.mark.parametrize("other", [{"accounts": 21}, {"activities": 11}, {"seed": 5}])
def test_other_people_are_refused(tmp_path: Path, other: dict[str, int]) -> None:
    """Changes belong to the records that they were made to."""
    path = tmp_path / "emulator.db"
    Emulator(20, 10, database=path).close()

    with pytest.raises(ValueError, match=next(iter(other))):
        Emulator(**{"accounts": 20, "activities": 10, "database": path, **other})  # type: ignore[arg-type]


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A file that is no database is left alone."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be looked at" * 10)

    with pytest.raises(sqlite3.DatabaseError):
        Emulator(database=path)


@pytest.mark.parametrize(
    "wrong", [{"accounts": -1}, {"activities": -1}, {"latency": -0.1}, {"page_size_limit": 0}]
)
def test_small_numbers_are_refused(wrong: dict[str, int]) -> None:
    """There can't be fewer than no records, nor pages without any."""
    with pytest.raises(ValueError, match=r"expected at least [01], got -?[0-9]"):
        Emulator(**wrong)  # type: ignore[arg-type]


async def test_emulators_close_themselves() -> None:
    """Leaving a block closes the database, once more does no harm, and so does forgetting to."""
    async with Emulator(1, 1) as emulator:
        assert [10_001] == emulator.account_ids()
    emulator.close()
    with pytest.raises(sqlite3.ProgrammingError):
        emulator.account(10_001)

    forgotten = Emulator(1, 1)
    connection = forgotten._state.store.connection
    del forgotten
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError):
        connection.execute("SELECT 1")


def test_control_from_several_threads() -> None:
    """Control methods take turns."""
    with Emulator(100, 0) as emulator:
        threads = [
            threading.Thread(target=lambda: [emulator.create_individual() for _ in range(50)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [*range(10_001, 10_301)] == emulator.account_ids()
