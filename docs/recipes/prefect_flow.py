"""Keep a copy of each of many organizations up to date by a Prefect flow."""

import json
import os
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import wait

from neon_async import AsyncClient, blocking
from neon_async.warehouse import tables
from neon_async.warehouse.sqlite import SqliteCopy

SINCE = datetime(2000, 1, 1, tzinfo=UTC)


def api_keys() -> dict[str, str]:
    """Return organization id → API key, read where it is needed: Prefect stores neither."""
    keys: dict[str, str] = json.loads(Path(os.environ["NEON_KEYS_FILE"]).read_text("utf-8"))
    return keys


def connect(org_id: str) -> AsyncClient:
    """Make the client of an organization."""
    return AsyncClient(org_id=org_id, api_key=api_keys()[org_id])


# The copy knows where the last run ended: a result must not come from a cache.
@task(retries=2, retry_delay_seconds=10, cache_policy=NO_CACHE)
def copy_accounts(org_id: str) -> str:
    """Continue where the last run ended, failed, or was killed."""
    path = Path(os.environ["NEON_COPIES"]) / f"{org_id}.db"
    with (
        blocking.client(partial(connect, org_id)) as neon,
        SqliteCopy(path, tables.ACCOUNT_TABLES) as copy,
    ):
        copy.check(neon.account_changes(SINCE))
        with neon.account_changes(SINCE, checkpoint=copy.checkpoint) as feed:
            for batch in feed.batches():
                copy.store(batch)  # a batch and its checkpoint, in one transaction
        return str(feed.certificate.verdict)


@flow
def copy_organizations() -> list[str]:
    """Run a task for each organization, also when others fail."""
    runs = [copy_accounts.submit(org_id) for org_id in api_keys()]
    wait(runs)
    return [run.result() for run in runs]


if __name__ == "__main__":
    print(copy_organizations())
