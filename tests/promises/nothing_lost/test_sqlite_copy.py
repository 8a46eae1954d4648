"""A SQLite copy equals the organization, wherever the runs before were killed."""

import os
import random
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from neon_async import AsyncClient, Deleted, Merged, Upserted, blocking
from neon_async.emulator import Emulator, running
from neon_async.warehouse import tables
from tests.support.killed_runs import KilledRuns, killed_runs, random_kill

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
SEEDS = range(1, 5 if THOROUGH else 2)
KILLS = 50 if THOROUGH else 5
SINCE = datetime(2000, 1, 1, tzinfo=UTC)
Tables: TypeAlias = dict[str, list[tuple[Any, ...]]]
CITIES = ("Exampleton", "Akron", "Springfield")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture
def runs() -> Iterator[KilledRuns]:
    with killed_runs("tests.support.killed_runs", "sync_sqlite") as started:
        yield started


class Organization:
    """An organization whose records are edited at random, with all that a copy should hold."""

    def __init__(self, dice: random.Random) -> None:
        self.emulator = Emulator(accounts=120, activities=80, seed=3)
        self.dice = dice
        self.deleted: set[int] = set()
        self.merged: dict[int, int] = {}
        self.deleted_activities: set[int] = set()

    def edit(self) -> None:
        """Change, add, delete and merge a few records."""
        for _ in range(self.dice.randrange(6)):
            self.dice.choice(
                [self._create, self._move, self._move, self._delete, self._merge, self._act]
            )()

    def _any(self) -> int:
        return self.dice.choice(self.emulator.account_ids())

    def _create(self) -> None:
        self.emulator.create_individual(primaryContact={"firstName": "Test", "lastName": "New"})

    def _move(self) -> None:
        """Give an account other addresses: none, one or two."""
        number = self._any()
        contact = (self.emulator.account(number) or {})["primaryContact"]
        addresses = [{"city": self.dice.choice(CITIES)} for _ in range(self.dice.randrange(3))]
        changed = {**contact, "addresses": {"address": addresses}}
        self.emulator.change_account(number, primaryContact=changed)

    def _delete(self) -> None:
        number = self._any()
        self.emulator.delete_account(number)
        self.deleted.add(number)

    def _merge(self) -> None:
        old, new = self.dice.sample(self.emulator.account_ids(), 2)
        self.emulator.merge_accounts(old, into=new)
        self.merged[old] = new

    def _act(self) -> None:
        numbers = self.emulator.activity_ids()
        number = self.dice.choice(numbers)
        if self.dice.random() < 0.3 and len(numbers) > 10:
            self.emulator.delete_activity(number)
            self.deleted_activities.add(number)
        else:
            self.emulator.change_activity(number, subject=self.dice.choice(CITIES))

    def truth(self, neon: blocking.BlockingClient) -> Tables:
        """Return the rows that a copy has to have."""
        accounts: list[Any] = [
            *map(Upserted, neon.sync_accounts(time_from=SINCE).collect()),
            *map(Deleted, self.deleted),
            *(Merged(old, new) for old, new in self.merged.items()),
        ]
        activities: list[Any] = [
            *map(Upserted, neon.sync_activities(time_from=SINCE).collect()),
            *map(Deleted, self.deleted_activities),
        ]
        rows = tables.ACCOUNT_TABLES.rows(accounts) | tables.ACTIVITY_TABLES.rows(activities)
        return followed(
            {name: sorted(map(as_stored, found), key=repr) for name, found in rows.items()}
        )


def as_stored(row: tables.Row) -> tuple[object, ...]:
    return tuple(cell(value) for name, value in row.items() if name != "provisional")


def cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def stored(path: Path) -> Tables:
    found: Tables = {}
    with closing(sqlite3.connect(path)) as connection:
        assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()
        for table in (*tables.ACCOUNT_TABLES, *tables.ACTIVITY_TABLES):
            names = [name for name in table.column_names("snake") if name != "provisional"]
            rows = connection.execute(f"SELECT {', '.join(names)} FROM {table.name}")  # noqa: S608 - our own
            found[table.name] = sorted(rows, key=repr)
    return followed(found)


def followed(found: Tables) -> Tables:
    """Follow merges to their ends, and take those that end with a deleted account for deletions.

    What the history says of an account depends on when it was looked up.
    """
    merges: dict[object, object] = {row[0]: row[1] for row in found["account_merges"]}

    def end(number: object) -> object:
        return end(merges[number]) if number in merges else number

    alive = {row[1] for row in found["accounts"]}
    pairs = [(old, end(new)) for old, new in merges.items()]
    gone = [(old,) for old, new in pairs if new not in alive]
    return found | {
        "account_merges": sorted(pair for pair in pairs if pair[1] in alive),
        "account_deletions": sorted([*found["account_deletions"], *gone], key=repr),
    }


@pytest.mark.timeout(1800 if THOROUGH else 120)
@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_random(seed: int, runs: KilledRuns, tmp_path: Path) -> None:
    """After each kill the next run makes the copy equal, with child rows, deletions and merges."""
    dice = random.Random(seed)  # noqa: S311 - to be repeated
    organization = Organization(dice)
    path = tmp_path / "copy.db"
    killed = 0

    def connect() -> AsyncClient:
        return organization.emulator.client()

    with running(organization.emulator) as url, blocking.client(connect) as neon:
        settings = {
            "org_id": organization.emulator.org_id,
            "api_key": organization.emulator.api_key,
            "base_url": url,
        }
        while killed < KILLS:
            if dice.random() < 0.25:
                path.unlink(missing_ok=True)
            for name in ("accounts", "activities"):
                organization.edit()
                seconds, steps = random_kill(dice, longest=0.8, steps=30_000)
                code = runs.run(settings, str(path), name, steps, seconds=seconds)
                killed += code == -signal.SIGKILL
            organization.edit()
            for name in ("accounts", "activities"):
                assert 0 == runs.run(settings, str(path), name, None)
            assert organization.truth(neon) == stored(path)
    assert killed >= KILLS
