"""The recipe for PostgreSQL, on a real server, killed in the middle."""

import os
import random
import runpy
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from neon_async import AsyncClient, Deleted, Merged, Upserted, blocking
from neon_async.emulator import Emulator, running
from neon_async.warehouse import tables
from tests.support.killed_runs import killed_runs
from tests.support.postgres_server import postgres_server

psycopg = pytest.importorskip("psycopg", reason="psycopg has no wheel for this Python")
sql = pytest.importorskip("psycopg.sql", reason="psycopg has no wheel for this Python")

RECIPE = Path(__file__).parents[3] / "docs" / "recipes" / "postgres.py"
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
KILLS = 40 if THOROUGH else 4


@pytest.fixture
def database() -> Iterator[str]:
    """A database of the test's own."""
    with postgres_server() as url:
        yield url


def run_recipe(environment: dict[str, str]) -> None:
    """Run the recipe as a script, in a process of its own."""
    os.environ.update(environment)
    recipe = runpy.run_path(str(RECIPE))
    # Small batches, so that there are many points to be killed at.
    batches = blocking.BlockingChangeFeed.batches
    blocking.BlockingChangeFeed.batches = lambda feed: batches(feed, 20)  # type: ignore[assignment,misc]
    connect = recipe["AsyncClient"]
    recipe["main"].__globals__["AsyncClient"] = lambda: connect(page_size=20)
    recipe["main"].__globals__["print"] = lambda _: None  # the pipe is the parent's
    recipe["main"]()


def stored(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of all tables, in order."""
    with psycopg.connect(url) as db:
        return {
            table.name: sorted(
                db.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table.name))),
                key=repr,
            )
            for table in tables.ACCOUNT_TABLES
        }


def test_killed_recipe(database: str) -> None:
    """After each kill the next run makes the copy equal, with nothing lost and nothing stale."""
    emulator = Emulator(accounts=200, seed=5)
    dice = random.Random(7)  # noqa: S311 - to be repeated
    gone: list[Any] = []

    def connect() -> AsyncClient:
        return emulator.client()

    with (
        killed_runs("tests.integration.engines.test_postgres", "run_recipe") as runs,
        running(emulator) as url,
        blocking.client(connect) as neon,
    ):
        environment = {
            "DATABASE_URL": database,
            "NEON_ORG_ID": emulator.org_id,
            "NEON_API_KEY": emulator.api_key,
            "NEON_BASE_URL": url,
        }
        killed = 0
        while killed < KILLS:
            killed += -signal.SIGKILL == runs.run(environment, seconds=dice.uniform(0.05, 1.0))
            first, second, *_, last = emulator.account_ids()
            contact = (emulator.account(first) or {})["primaryContact"]
            emulator.change_account(first, primaryContact={**contact, "addresses": {"address": []}})
            emulator.delete_account(second)
            emulator.merge_accounts(last, into=first)
            gone += [Deleted(second), Merged(last, first)]
            assert 0 == runs.run(environment)

            since = datetime(2000, 1, 1, tzinfo=UTC)
            records = neon.sync_accounts(time_from=since).collect()
            rows = tables.ACCOUNT_TABLES.rows([*map(Upserted, records), *gone])
            assert {
                name: sorted((tuple(row.values()) for row in found), key=repr)
                for name, found in rows.items()
            } == stored(database)
    assert killed >= KILLS


def test_recipe_is_short() -> None:
    """The functions of the recipe are 40 lines, apart from blank ones and imports."""
    lines = RECIPE.read_text(encoding="utf-8").partition("def create")[2].splitlines()

    assert 40 >= sum(bool(line.strip()) for line in lines)
