"""Dask's part in one process: what is checked, saved, read and refused."""

import importlib
import logging
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import distributed
import pandas as pd
import pyarrow as pa
import pytest
from dask import config as dask_config

from neon_async import (
    AsyncClient,
    Certificate,
    Change,
    CheckpointError,
    Deleted,
    PaginationError,
    Upserted,
    Verdict,
    blocking,
)
from neon_async.emulator import Emulator, Organizations
from neon_async.models import Activity, IndividualAccount
from neon_async.warehouse import dask as warehouse_dask
from neon_async.warehouse.dask import SyncAllError, read_accounts, sync_all
from neon_async.warehouse.dask._checkpoints import open_checkpoints
from neon_async.warehouse.dask._jobs import OrganizationJob
from neon_async.warehouse.dask._sync import SyncJob
from tests.support.forwarding import watching
from tests.support.small_disk import fill, small_disk

ORGANIZATIONS = Organizations(3, accounts=25, activities=7)
ORGS = [emulator.org_id for emulator in ORGANIZATIONS]
WRITTEN: dict[str, dict[int, Change[Any]]] = {}


def connect(org_id: str) -> AsyncClient:
    (emulator,) = (one for one in ORGANIZATIONS if one.org_id == org_id)
    return emulator.client(page_size=10)


def write(org_id: str, changes: Sequence[Change[Any]]) -> None:
    WRITTEN.setdefault(org_id, {}).update({change.id: change for change in changes})


def write_but_one(org_id: str, changes: Sequence[Change[Any]]) -> None:
    if org_id == ORGS[1]:
        raise OSError("the disk is full")
    write(org_id, changes)


@pytest.fixture(scope="module")
def _cluster() -> Iterator[distributed.Client]:
    options: dict[str, Any] = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.Client(processes=False, **options) as client:
        yield client


@pytest.fixture
def client(_cluster: distributed.Client) -> distributed.Client:
    WRITTEN.clear()
    return _cluster


def test_one_certificate_an_organization(client: distributed.Client, tmp_path: Path) -> None:
    """Every organization is written, and has a certificate and a file with its checkpoint."""
    certificates = sync_all(iter(ORGS), connect, write, tmp_path / "new" / "folder")

    assert ORGS == list(certificates)
    assert {(Verdict.PROVEN, 25)} == {(one.verdict, one.received) for one in certificates.values()}
    assert {25} == {len(changes) for changes in WRITTEN.values()}
    assert 3 == len(list((tmp_path / "new" / "folder").glob("*.json")))
    WRITTEN.clear()
    again = sync_all(ORGS, connect, write, str(tmp_path / "new" / "folder"), client=client)
    assert {(Verdict.PROVEN, 0)} == {(one.verdict, one.received) for one in again.values()}
    assert {} == WRITTEN


@pytest.mark.usefixtures("client")
def test_activities() -> None:
    """Activities are synced by the same means."""
    checkpoints: dict[str, str] = {}

    sync_all(ORGS[:1], connect, write, checkpoints, records="activities")

    changes = list(WRITTEN[ORGS[0]].values())
    assert 7 == len(changes)
    assert {Activity} == {type(one.record) for one in changes if isinstance(one, Upserted)}
    assert ORGS[:1] == list(checkpoints)


@pytest.mark.usefixtures("client")
def test_others_are_done_when_one_fails() -> None:
    """What happened is said by organization, and only the failed one keeps its checkpoint."""
    checkpoints: dict[str, str] = {}

    with pytest.raises(SyncAllError, match="1 of 3 organizations failed") as caught:
        sync_all(ORGS, connect, write_but_one, checkpoints)

    assert [ORGS[1]] == list(caught.value.errors)
    assert isinstance(caught.value.errors[ORGS[1]], OSError)
    assert {ORGS[0], ORGS[2]} == set(caught.value.certificates) == set(checkpoints)
    assert ORGS[0] not in str(caught.value)
    same = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (str(caught.value), ORGS[1:2]) == (str(same), list(same.errors))


@pytest.mark.usefixtures("client")
def test_checkpoint_that_cannot_be_saved() -> None:
    """An organization whose checkpoint was saved by another run meanwhile has failed."""

    class Interfering(dict[str, str]):
        def __setitem__(self, key: str, value: str) -> None:
            if key == ORGS[0]:
                raise CheckpointError("another run has saved its checkpoint")
            super().__setitem__(key, value)

    checkpoints = Interfering()

    with pytest.raises(SyncAllError) as caught:
        sync_all(ORGS, connect, write, checkpoints)

    assert [ORGS[0]] == list(caught.value.errors)
    assert ORGS[1:] == list(caught.value.certificates)


@pytest.mark.usefixtures("client")
def test_one_run_at_a_time(tmp_path: Path) -> None:
    """A second run might write older records over newer ones, so that it is refused."""
    caught: list[CheckpointError] = []

    class Second(dict[str, str]):
        def __setitem__(self, key: str, value: str) -> None:
            with pytest.raises(CheckpointError, match="another run is using") as error:
                sync_all(ORGS, connect, write, tmp_path)
            caught.append(error.value)
            super().__setitem__(key, value)

    with open_checkpoints(tmp_path):
        sync_all(ORGS[:1], connect, write, Second())
    sync_all(ORGS, connect, write, tmp_path)

    assert [str(tmp_path) in str(error) for error in caught] == [True]
    assert 3 == len(WRITTEN)


@pytest.mark.usefixtures("client")
def test_checkpoints_that_cannot_be_read(tmp_path: Path) -> None:
    """Each is named with its file, and the organizations beside it are done."""
    sync_all(ORGS, connect, write, tmp_path)
    first, second = tmp_path / f"{ORGS[0]}.json", tmp_path / f"{ORGS[1]}.json"
    first.write_bytes(b"\xff\xfe")
    second.write_text(second.read_text().replace('"schema": 2', '"schema": 9'))

    with pytest.raises(SyncAllError, match="2 of 3 organizations failed") as caught:
        sync_all(ORGS, connect, write, tmp_path)

    errors = caught.value.errors
    assert "the checkpoint file is damaged: it is not text" == str(errors[ORGS[0]])
    assert str(errors[ORGS[1]]).endswith("update neon_async")
    assert ORGS[2:] == list(caught.value.certificates)
    for error, path in zip(errors.values(), (first, second), strict=True):
        assert f"this checkpoint is in {path}" in error.__notes__


@pytest.mark.usefixtures("client")
def test_full_disk(tmp_path: Path) -> None:
    """Without room for checkpoints all is written again later, and each file is named."""
    with small_disk(tmp_path / "disk") as disk:
        sync_all(ORGS[:1], connect, write, disk / "checkpoints")
        before = (disk / "checkpoints" / f"{ORGS[0]}.json").read_bytes()
        ballast = fill(disk)
        with pytest.raises(SyncAllError) as caught:
            sync_all(ORGS, connect, write, disk / "checkpoints")
        files = {org_id: disk / "checkpoints" / f"{org_id}.json" for org_id in ORGS}
        assert set(ORGS) == set(caught.value.errors)
        for org_id, error in caught.value.errors.items():
            assert f"No space left on device: '{files[org_id]}'" in str(error)
        assert (before, False) == (files[ORGS[0]].read_bytes(), files[ORGS[1]].exists())

        ballast.unlink()
        WRITTEN.clear()
        sync_all(ORGS, connect, write, disk / "checkpoints")

    assert dict.fromkeys(ORGS[1:], 25) == {key: len(ids) for key, ids in WRITTEN.items()}


def test_all_organizations_may_fail() -> None:
    """A cluster that takes no task, and is nobody's default, fails each organization alone."""

    class Unreachable:
        def submit(self, *_arguments: object, **_options: object) -> None:
            raise OSError("the scheduler is gone")

        def cancel(self, _futures: object) -> None:
            """Have nothing to cancel."""

    cluster: Any = Unreachable()
    with pytest.raises(SyncAllError) as caught:
        sync_all(ORGS, connect, write, {}, client=cluster)

    assert dict.fromkeys(ORGS, "the scheduler is gone") == {
        org_id: str(error) for org_id, error in caught.value.errors.items()
    }


def test_arguments_are_checked() -> None:
    """What can't be meant is refused before anything is sent."""
    with pytest.raises(TypeError, match="orgs: expected a list of organization ids, got one text"):
        sync_all("example", connect, write, {})
    with pytest.raises(ValueError, match="orgs: an organization is listed twice"):
        sync_all(["example", "example"], connect, write, {})
    with pytest.raises(TypeError, match="checkpoints: expected a folder or a mutable mapping"):
        sync_all(["example"], connect, write, None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="records: expected 'accounts' or 'activities', got"):
        sync_all(["example"], connect, write, {}, records="contacts")  # type: ignore[arg-type]
    with pytest.raises(NotADirectoryError, match=r"expected a folder.*test_dask\.py"):
        sync_all(["example"], connect, write, __file__)
    with pytest.raises(ValueError, match="expected at least one organization id"):
        read_accounts([], connect)


def test_jobs_show_nobody() -> None:
    """The text of a job names no organization, and two readings are never taken for one."""
    job = OrganizationJob("example-organization", connect)

    assert "OrganizationJob()" == repr(job)
    assert job.__dask_tokenize__() != job.__dask_tokenize__()


# Dask 2025.1 warns of it, beside the cluster of other tests.
one_process = pytest.mark.filterwarnings("ignore:Running on a single-machine scheduler")


@one_process
def test_data_frame() -> None:
    """Each organization is a partition, with the columns and types of the tables."""
    frame = read_accounts(ORGS, connect, names="snake")

    accounts = frame.compute(scheduler="synchronous")

    assert 3 == frame.npartitions
    assert dict.fromkeys(ORGS, 25) == accounts["organization"].value_counts().to_dict()
    assert frame.dtypes.to_dict() == accounts.dtypes.to_dict()
    assert pd.ArrowDtype(pa.int64()) == accounts["account_id"].dtype
    assert 25 == accounts["account_id"].nunique()


class Feed:
    """A feed that reads some accounts twice."""

    def __init__(self, certificate: Certificate) -> None:
        self.certificate = certificate

    def batches(self) -> Iterator[blocking.BlockingBatch[Any]]:
        for ids in ([1, 2, 3], [2, 4], []):
            changes = [Upserted(IndividualAccount(account_id=number)) for number in ids]
            gone = [Deleted(3)] if len(ids) == 2 else []
            yield blocking.BlockingBatch([*changes, *gone], "", lambda: None)


def read_with(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Any:
    @contextmanager
    def account_changes(*_: object) -> Iterator[Feed]:
        yield Feed(certificate)

    monkeypatch.setattr(blocking, "account_changes", account_changes)
    with dask_config.set(scheduler="synchronous"):
        return read_accounts(["example"], connect)["accountId"].compute()


@one_process
def test_data_frame_has_each_account_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An account counts as it was read last, and one that was deleted meanwhile does not."""
    ids = read_with(Certificate(verdict=Verdict.PROVEN), monkeypatch)

    assert [1, 2, 4] == sorted(ids)
    assert [] == caplog.records


@one_process
def test_data_frame_that_is_unproven(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What could not be proven is said in the log."""
    with caplog.at_level(logging.WARNING):
        ids = read_with(Certificate(reason="for a test"), monkeypatch)

    assert 3 == len(ids)
    assert ["accounts: it is unproven that all were read: for a test"] == [
        record.getMessage() for record in caplog.records
    ]


@one_process
def test_incomplete_data_frame_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame in which accounts are missing does not exist."""
    certificate = Certificate(verdict=Verdict.INCOMPLETE, reason="for a test")

    with pytest.raises(PaginationError, match="was not read completely: for a test"):
        read_with(certificate, monkeypatch)


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask the import says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(ImportError, match=r"pip install 'neon-async\[dask\]'"):
        importlib.reload(warehouse_dask)


@one_process
@pytest.mark.parametrize(
    ("option", "value"), [("names", "snake"), ("since", datetime(2020, 1, 2, tzinfo=UTC))]
)
def test_options_of_a_data_frame(option: str, value: object) -> None:
    """Names and beginning reach the tasks that read."""
    options: dict[str, Any] = {option: value}

    with watching(read_accounts) as watch:
        read_accounts(ORGS, connect, **options)

    assert watch.arrived(option, value)


@pytest.mark.parametrize("records", ["accounts", "activities"])
def test_size_of_what_is_written(records: Literal["accounts", "activities"]) -> None:
    """Batches have at least the size that was asked for, and no more pages than that takes."""
    sizes: list[int] = []
    with Emulator(25, 25) as emulator:
        job = SyncJob(
            emulator.org_id,
            lambda _: emulator.client(page_size=10),
            lambda _, changes: sizes.append(len(changes)),
            records,
            datetime(2000, 1, 1, tzinfo=UTC),
            None,
            10,
        )

        job.run()

    assert (10, 25) == (sizes[0], sum(sizes))
