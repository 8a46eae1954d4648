"""The dlt source in processes that are killed, and dlt's own way to begin with it."""

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from neon_async.emulator import Emulator, running
from tests.support.dlt_program import PipelineRun
from tests.support.loaded_tables import LOADED, connect_to, wrong
from tests.support.postgres_server import postgres_server

NOTHING_WRONG = dict.fromkeys((table.name for _, table in LOADED), 0)
ROUNDS = 10 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 1


@pytest.fixture(params=["duckdb", "postgres"])
def destination(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "duckdb":
        yield str(tmp_path / "copy.duckdb")
    else:
        with postgres_server() as url:
            # libpq takes the last host; dlt wants one before, and a password.
            yield url.replace("postgresql:///", "postgresql://postgres:not-a-secret@localhost/")


def change(emulator: Emulator, turn: int) -> None:
    """Edit, delete and create accounts and activities."""
    emulator.clock.advance(3_600)
    ids, activities = emulator.account_ids(), emulator.activity_ids()
    for account_id in ids[turn::40]:
        emulator.change_account(account_id, primaryContact={"middleName": f"Edited {turn}"})
    emulator.change_account(ids[turn + 1], primaryContact={"addresses": {"address": []}})
    emulator.delete_account(ids[turn + 2])
    emulator.change_activity(activities[turn], note=f"Edited {turn}")
    emulator.delete_activity(activities[turn + 1])
    emulator.create_individual(primaryContact={"firstName": "Ada", "lastName": "Example"})


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", range(1, ROUNDS + 1))
def test_nothing_is_lost_when_a_process_is_killed(
    destination: str, number: int, tmp_path: Path
) -> None:
    """It dies in extract, normalize, load and commit, with edits in between; then all is there."""
    emulator = Emulator(accounts=160, activities=40, seed=number)
    with running(emulator) as base_url:
        run = functools.partial(PipelineRun, base_url, str(tmp_path / "dlt"), destination)
        for turn, (stage, call) in enumerate(
            [
                ("extract", 2),
                ("normalize", 1),
                ("load", number),
                ("load", 3 * number),
                ("commit", 1),
            ]
        ):
            run(stage=stage, call=call).start()
            change(emulator, turn)

        packages = run(times=3).start()

        assert (1, 1, 0) == tuple(packages)
        assert NOTHING_WRONG == wrong(run().pipeline(), functools.partial(connect_to, base_url))
