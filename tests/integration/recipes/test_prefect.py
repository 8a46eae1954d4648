"""The recipe for Prefect: flows that are killed or fail in the middle, and are run again."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from neon_async.emulator import Organizations, running
from tests.integration.recipes.conftest import PROGRAM
from tests.support.replicas import truth

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def organizations() -> Iterator[Organizations]:
    with Organizations(3, accounts=75, activities=5) as organizations:
        yield organizations


@pytest.fixture
def environment(
    prefect: dict[str, str], organizations: Organizations, tmp_path: Path
) -> Iterator[dict[str, str]]:
    keys = {emulator.org_id: emulator.api_key for emulator in organizations}
    (tmp_path / "keys.json").write_text(json.dumps(keys), encoding="utf-8")
    (tmp_path / "copies").mkdir()
    with running(organizations) as url:
        yield prefect | {
            "NEON_BASE_URL": url,
            "NEON_COPIES": str(tmp_path / "copies"),
            "NEON_KEYS_FILE": str(tmp_path / "keys.json"),
        }


def run(
    environment: dict[str, str], event: str = "nothing", calls: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run the flow in a process of its own."""
    command = [sys.executable, "-m", PROGRAM, event, str(calls)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def wrong(environment: dict[str, str], organizations: Organizations) -> int:
    """Return how many accounts are missing, too many, or out of date in the copies."""
    return sum(
        len(truth(emulator).items() ^ stored(environment, emulator.org_id).items())
        for emulator in organizations
    )


def stored(environment: dict[str, str], org_id: str) -> dict[int, str]:
    """Return the accounts of a copy, with their last-modified times."""
    path = Path(environment["NEON_COPIES"], f"{org_id}.db")
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT account_id, last_modified_date_time FROM accounts")
        return {
            account_id: datetime.fromisoformat(text).astimezone(UTC).isoformat()
            for account_id, text in rows
        }


def change(organizations: Organizations) -> None:
    """Edit and delete accounts of each organization."""
    for emulator in organizations:
        emulator.clock.advance(3_600)
        first, second, *_ = emulator.account_ids()
        emulator.change_account(first, primaryContact={"middleName": "Edited"})
        emulator.delete_account(second)


def test_killed_flow(environment: dict[str, str], organizations: Organizations) -> None:
    """After a kill in the middle, and changes meanwhile, the next flow brings what is missing."""
    killed = run(environment, "kill", 5)
    assert -signal.SIGKILL == killed.returncode, killed.stderr
    assert 0 < wrong(environment, organizations) < 3 * 75
    change(organizations)

    done = run(environment)

    assert f"{['proven'] * 3}\n" == done.stdout, done.stderr
    assert 0 == wrong(environment, organizations)


def test_failed_task(environment: dict[str, str], organizations: Organizations) -> None:
    """Prefect repeats a task that fails between two batches: one flow stores everything."""
    done = run(environment, "fail", 5)

    assert f"{['proven'] * 3}\n" == done.stdout, done.stderr
    assert "the disk is full" in done.stderr
    assert 0 == wrong(environment, organizations)


def test_prefect_stores_no_secret(
    environment: dict[str, str], organizations: Organizations
) -> None:
    """A flow whose login is refused fails, and Prefect's database and output name no secret."""
    first, *_ = organizations
    first.fail_next(method="login", code=13, times=50)

    done = run(environment)

    assert 0 != done.returncode
    files = [path for path in Path(environment["PREFECT_HOME"]).rglob("*") if path.is_file()]
    content = b"".join(path.read_bytes() for path in files) + (done.stdout + done.stderr).encode()
    assert b"copy-organizations" in content
    for emulator in organizations:
        assert emulator.api_key.encode() not in content
        assert emulator.org_id.encode() not in content
    assert os.environ.get("PREFECT_API_URL") is None
