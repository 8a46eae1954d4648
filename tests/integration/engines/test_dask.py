"""Many organizations on a Dask cluster whose workers die."""

import functools
from pathlib import Path
from typing import Any

import distributed
import pytest

from neon_async import Verdict
from neon_async.emulator import Organizations
from neon_async.warehouse.dask import read_accounts, sync_all
from tests.support.dashboard_pages import DashboardPages
from tests.support.replicas import ConnectTo, Replicas, pull_naively, truth, wrong


@pytest.mark.usefixtures("cluster_client")
def test_nothing_is_lost_when_a_worker_dies(
    organizations: Organizations,
    connect: ConnectTo,
    tmp_path: Path,
) -> None:
    """A worker is killed when half of the organizations are begun: each copy is whole."""
    orgs = [emulator.org_id for emulator in organizations]
    replicas = Replicas(tmp_path, deadly=10)

    certificates = sync_all(orgs, connect, replicas.write, tmp_path / "checkpoints", batch_size=50)

    assert replicas.killed
    assert (20, {Verdict.PROVEN}) == (
        len(certificates),
        {certificate.verdict for certificate in certificates.values()},
    )
    assert orgs == list(certificates)
    assert 0 == wrong(organizations, replicas)
    assert 2 <= len(replicas.writers())


@pytest.mark.usefixtures("cluster_client")
def test_next_run_brings_what_changed(
    organizations: Organizations,
    connect: ConnectTo,
    tmp_path: Path,
) -> None:
    """Edits and deletions after a run arrive with the next one, which begins at the checkpoints."""
    organizations.emulators = organizations.emulators[:4]
    orgs = [emulator.org_id for emulator in organizations]
    replicas, checkpoints = Replicas(tmp_path), dict[str, str]()
    sync_all(orgs, connect, replicas.write, checkpoints)
    before = dict(checkpoints)
    for emulator in organizations:
        emulator.clock.advance(86_400)
        first, second, *_ = emulator.account_ids()
        emulator.change_account(first, primaryContact={"middleName": "Edited"})
        emulator.delete_account(second)
        emulator.clock.advance(3_600)

    certificates = sync_all(orgs, connect, replicas.write, checkpoints)

    assert all(certificate.proven for certificate in certificates.values())
    assert {1} == {certificate.received for certificate in certificates.values()}
    assert 0 == wrong(organizations, replicas)
    assert set() == set(before.values()) & set(checkpoints.values())


def test_a_worker_that_commits_by_itself_loses(
    cluster_client: distributed.Client,
    organizations: Organizations,
    connect: ConnectTo,
    tmp_path: Path,
) -> None:
    """A checkpoint that is saved where the changes are read is ahead of what the result brings."""
    organizations.emulators = organizations.emulators[:6]
    orgs = [emulator.org_id for emulator in organizations]
    pull = functools.partial(pull_naively, connect=connect, replicas=Replicas(tmp_path, deadly=3))

    pulled: Any = cluster_client.gather(cluster_client.map(pull, orgs, pure=False))

    lost = [
        len(set(truth(emulator)) - set(found))
        for emulator, found in zip(organizations, pulled, strict=True)
    ]
    assert sum(lost) > 0


def test_nothing_secret_reaches_the_cluster(
    cluster_client: distributed.Client,
    organizations: Organizations,
    connect: ConnectTo,
    tmp_path: Path,
) -> None:
    """Keys, logs, events and the text of tasks name neither credentials nor organizations."""
    first, second, *_ = organizations
    second.fail_next(method="login", code=13, times=20)
    orgs = [first.org_id, second.org_id]
    accounts = read_accounts(orgs, connect).persist()
    with pytest.raises(ExceptionGroup):
        sync_all(orgs, connect, Replicas(tmp_path).write, {})

    texts: Any = cluster_client.run_on_scheduler(_scheduler_texts)
    seen: list[str] = [*texts]
    seen += [str(cluster_client.get_worker_logs()), str(cluster_client.get_scheduler_logs())]
    seen += [repr(accounts.dask), str(accounts), repr(accounts.expr)]

    text = "\n".join(seen)
    assert "neon-sync-0-" in text
    assert "neon-accounts-" in text
    assert "Compute Failed" in text
    for emulator in (first, second):
        assert emulator.api_key not in text
        assert emulator.org_id not in text
    assert "@" not in "".join(line for line in text.splitlines() if "example.org" in line)


def test_dashboard_names_nobody(
    cluster_client: distributed.Client,
    organizations: Organizations,
    connect: ConnectTo,
    tmp_path: Path,
) -> None:
    """The pages of the dashboard show tasks, failures and stacks, but no secret and nobody."""
    first, second, third, *_ = organizations
    second.fail_next(method="login", code=13, times=20)
    pages = DashboardPages(str(cluster_client.dashboard_link).removesuffix("/status"), tmp_path)
    accounts = read_accounts([first.org_id, second.org_id], connect).persist()
    distributed.wait(accounts)
    sync_all([first.org_id, third.org_id], connect, pages.write, {})

    keys: Any = cluster_client.run_on_scheduler(_scheduler_keys)
    workers: Any = cluster_client.scheduler_info()["workers"]
    meanwhile = [path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html")]
    text = "\n".join([*meanwhile, *pages.texts(keys, workers)])

    assert "neon-sync-1-" in text
    assert "neon-accounts-" in text
    assert "Compute Failed" in text
    assert "feed.batches(" in text  # in the stack of a running task
    for emulator in (first, second, third):
        assert emulator.api_key not in text
        assert emulator.org_id not in text
    names = [
        (first.account(account_id) or {})["primaryContact"]["email1"]
        for account_id in first.account_ids()[:3]
    ]
    assert [] == [name for name in names if name in text]


def _scheduler_keys(dask_scheduler: distributed.Scheduler) -> list[Any]:
    return list(dask_scheduler.tasks)


def test_data_frame_of_a_cluster(
    cluster_client: distributed.Client, organizations: Organizations, connect: ConnectTo
) -> None:
    """Two workers read a partition for each organization: each account once, and as it is."""
    organizations.emulators = organizations.emulators[:6]
    orgs = [emulator.org_id for emulator in organizations]
    columns = ["organization", "account_id", "last_modified_date_time"]
    expected = [
        (emulator.org_id, account_id, time)
        for emulator in organizations
        for account_id, time in truth(emulator).items()
    ]

    accounts = read_accounts(orgs, connect, names="snake").persist()
    rows: Any = accounts[columns].compute()
    holders: Any = cluster_client.who_has()

    assert 6 == accounts.npartitions
    assert sorted(expected) == sorted(
        (org_id, account_id, time.isoformat())
        for org_id, account_id, time in rows.itertuples(index=False)
    )
    assert dict.fromkeys(orgs, 75) == accounts.groupby("organization").size().compute().to_dict()
    assert 2 == len({worker for workers in holders.values() for worker in workers})


def _scheduler_texts(dask_scheduler: distributed.Scheduler) -> list[str]:
    tasks = [
        f"{key} {task.run_spec!r} {task.group_key}" for key, task in dask_scheduler.tasks.items()
    ]
    events = [str(events) for events in dask_scheduler.get_events().values()]
    story = str(dask_scheduler.story(*dask_scheduler.tasks))
    return [*tasks, *events, story, str(list(dask_scheduler.transition_log))]
