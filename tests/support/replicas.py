"""Copies of many organizations, written by several processes, some of which die on the way."""

import os
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs

from neon_async import AsyncClient, Change, FileCheckpoint, Upserted, blocking
from neon_async.emulator import API_KEY, ORG_ID, Emulator, Organizations
from neon_async.warehouse.dask import EVERYTHING


@attrs.frozen
class ConnectTo:
    """Makes the client of an emulated organization at an address."""

    base_url: str

    def __call__(self, org_id: str) -> AsyncClient:
        api_key = API_KEY + org_id.removeprefix(ORG_ID)
        return AsyncClient(org_id=org_id, api_key=api_key, base_url=self.base_url, page_size=50)


@attrs.frozen
class Replicas:
    """A database for each organization in a folder.

    Attributes:
        folder: where they are.
        deadly: how many organizations are begun when a worker dies, once; 0 for never.
    """

    folder: Path
    deadly: int = 0

    def write(self, org_id: str, changes: Sequence[Change[Any]]) -> None:
        """Store changes, by id."""
        with closing(self._open(org_id)) as database, database:
            for change in changes:
                database.execute("DELETE FROM accounts WHERE id = ?", [change.id])
                if isinstance(change, Upserted):
                    time = change.record.last_modified_date_time.astimezone(UTC).isoformat()
                    database.execute("INSERT INTO accounts VALUES (?, ?)", [change.id, time])
            database.execute("INSERT INTO writers VALUES (?)", [os.getpid()])
        self.die()

    def die(self) -> None:
        """Kill this process where it is the time for it."""
        if self.deadly and len(list(self.folder.glob("*.db"))) >= self.deadly:
            try:
                (self.folder / "killed").touch(exist_ok=False)
            except FileExistsError:
                return
            os.kill(os.getpid(), signal.SIGKILL)

    @property
    def killed(self) -> bool:
        return (self.folder / "killed").exists()

    def times(self, org_id: str) -> dict[int, str]:
        return dict(self._all(org_id, "SELECT * FROM accounts"))

    def writers(self) -> set[int]:
        """Return the ids of the processes that have written."""
        names = [path.stem for path in self.folder.glob("*.db")]
        return {row[0] for name in names for row in self._all(name, "SELECT * FROM writers")}

    def _all(self, org_id: str, query: str) -> list[Any]:
        with closing(self._open(org_id)) as database:
            return database.execute(query).fetchall()

    def _open(self, org_id: str) -> sqlite3.Connection:
        database = sqlite3.connect(self.folder / f"{org_id}.db", timeout=30)
        database.execute("CREATE TABLE IF NOT EXISTS accounts (id INTEGER PRIMARY KEY, time TEXT)")
        database.execute("CREATE TABLE IF NOT EXISTS writers (pid INTEGER)")
        return database


def pull_naively(org_id: str, connect: ConnectTo, replicas: Replicas) -> list[int]:
    """Do what comes first to mind: the worker commits as it reads, and returns what it has read."""
    found: list[int] = []
    file = FileCheckpoint(replicas.folder / f"{org_id}.json")
    with blocking.account_changes(lambda: connect(org_id), EVERYTHING, checkpoint=file) as feed:
        for batch in feed.batches(50):
            found += [change.id for change in batch.changes]
            batch.commit()
        assert feed.certificate.proven
    (replicas.folder / f"{org_id}.db").touch()
    replicas.die()
    return found


def wrong(organizations: Organizations, replicas: Replicas) -> int:
    """Return how many accounts are missing, too many, or out of date in the copies."""
    return sum(
        len(truth(emulator).items() ^ replicas.times(emulator.org_id).items())
        for emulator in organizations
    )


def truth(emulator: Emulator) -> dict[int, str]:
    """Return the accounts of an organization, with their last-modified times."""
    accounts = [emulator.account(account_id) or {} for account_id in emulator.account_ids()]
    return {one["accountId"]: _utc(one["lastModifiedDateTime"]) for one in accounts}


def _utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).isoformat()
