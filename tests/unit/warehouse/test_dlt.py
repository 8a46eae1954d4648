"""The dlt source, on a DuckDB database in this process."""

import importlib
import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from neon_async import AsyncClient, Upserted
from neon_async.emulator import Emulator, running
from neon_async.models import Address, Contact, IndividualAccount
from neon_async.warehouse import dlt as warehouse_dlt
from neon_async.warehouse import tables
from neon_async.warehouse.dlt import source
from neon_async.warehouse.dlt._load import Load
from neon_async.warehouse.dlt._recent import RecentChanges
from tests.support.loaded_tables import LOADED, loaded, wrong

NOTHING_WRONG = dict.fromkeys((table.name for _, table in LOADED), 0)


@pytest.fixture(autouse=True)
def _without_telemetry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("LOAD__WORKERS", "1")


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(accounts=30, activities=12, seed=3)


@pytest.fixture
def connect(emulator: Emulator) -> Callable[[], Any]:
    return lambda: emulator.client(page_size=10)


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[dlt.Pipeline]:
    # Open until the end: else a load opens and closes the database ten times.
    with duckdb.connect(tmp_path / "copy.duckdb") as database:
        destination = dlt.destinations.duckdb(database)
        yield dlt.pipeline(
            "donors",
            destination=destination,
            dataset_name="neon",
            pipelines_dir=str(tmp_path / "dlt"),
        )


def certificates(pipeline: dlt.Pipeline) -> dict[str, Any]:
    trace: Any = pipeline.last_trace
    metrics = trace.last_extract_info.metrics
    return {
        name: resource.custom_metrics["certificate"]
        for (step, *_) in metrics.values()
        for name, resource in step["resource_metrics"].items()
    }


def test_loads_every_row(pipeline: dlt.Pipeline, connect: Callable[[], Any]) -> None:
    """All tables arrive with each value; the certificates are in the trace."""
    pipeline.run(source(connect))

    assert NOTHING_WRONG == wrong(pipeline, connect)
    proofs = certificates(pipeline)
    assert {"accounts": "proven", "activities": "proven"} == {
        name: proof["verdict"] for name, proof in proofs.items()
    }
    assert (30, 12) == (proofs["accounts"]["received"], proofs["activities"]["received"])


def test_second_run_loads_nothing(
    emulator: Emulator, pipeline: dlt.Pipeline, connect: Callable[[], Any]
) -> None:
    """Changes that the feed delivers again, because they are recent, are not loaded again."""
    first, second, *_ = emulator.account_ids()
    emulator.change_account(first, primaryContact={"middleName": "Edited"})
    emulator.delete_account(second)
    assert 1 == len(pipeline.run(source(connect)).loads_ids)

    assert [] == pipeline.run(source(connect)).loads_ids
    assert [] == pipeline.run(source(connect)).loads_ids
    assert {"proven"} == {proof["verdict"] for proof in certificates(pipeline).values()}


def test_changes_and_deletions_are_merged(
    emulator: Emulator, pipeline: dlt.Pipeline, connect: Callable[[], Any]
) -> None:
    """Edited rows are replaced, deleted ones deleted, and an account may lose its last address."""
    pipeline.run(source(connect))
    edited, deleted, bare, *_ = emulator.account_ids()
    emulator.clock.advance(86_400)
    emulator.change_account(edited, primaryContact={"middleName": "Edited"})
    emulator.delete_account(deleted)
    emulator.change_account(bare, primaryContact={"addresses": {"address": []}})
    emulator.delete_activity(emulator.activity_ids()[0])
    emulator.create_individual(primaryContact={"firstName": "Ada", "lastName": "Example"})

    pipeline.run(source(connect))

    assert NOTHING_WRONG == wrong(pipeline, connect)
    places = {key[0] for key in loaded(pipeline)["account_addresses"]}
    assert bare not in places
    # And back to what it was, within the hours in which the feed looks back.
    emulator.change_account(edited, primaryContact={"middleName": ""})
    pipeline.run(source(connect))
    assert NOTHING_WRONG == wrong(pipeline, connect)


def test_frozen_schema_takes_what_changes(
    emulator: Emulator, pipeline: dlt.Pipeline, connect: Callable[[], Any]
) -> None:
    """The columns are always the same, so that the first load is all the schema there is."""
    pipeline.run(source(connect))
    emulator.clock.advance(86_400)
    for account_id in emulator.account_ids()[:5]:
        emulator.change_account(account_id, source={"id": "1", "name": "Ad"}, unheardOf="new")

    pipeline.run(source(connect), schema_contract="freeze")

    assert NOTHING_WRONG == wrong(pipeline, connect)


def account(*cities: str) -> Upserted[Any]:
    contact = Contact(addresses=[Address(city=city) for city in cities])
    return Upserted(IndividualAccount(account_id=7, primary_contact=contact))


@pytest.mark.parametrize(
    ("versions", "left"),
    [
        ([("A", "B", "C"), ("D",)], ["D"]),
        ([("A", "B"), (), ("C",)], ["C"]),
        ([(), ("A", "B")], ["A", "B"]),
        ([("A", "B"), ()], []),
        ([("A",), ("B", "C"), ("D", "E")], ["D", "E"]),
    ],
)
def test_latest_version_of_one_load_counts(
    pipeline: dlt.Pipeline, versions: list[tuple[str, ...]], left: list[str]
) -> None:
    """An account that changes more than once during a run has the addresses of its last version."""

    @dlt.resource(name="accounts")
    def versions_of_one() -> Iterator[Any]:
        load = Load(tables.ACCOUNT_TABLES, "snake")
        for cities in versions:
            yield from load.items([account(*cities)])

    pipeline.run(versions_of_one())

    rows = loaded(pipeline)["account_addresses"]
    assert left == [rows[key]["city"] for key in sorted(rows)]


def test_unproven_is_loaded_with_a_warning(
    pipeline: dlt.Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    """What is not proven is loaded, and one warning says why."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)

    opened: list[AsyncClient] = []

    def clock() -> datetime:
        return noon - timedelta(hours=bool(opened) and len(organization.requests) > 3)

    organization = Emulator(accounts=30, activities=0, seed=3, clock=clock)

    def connect() -> AsyncClient:
        opened.append(organization.client(page_size=10))
        return opened[-1]

    with caplog.at_level(logging.WARNING, "neon_async.warehouse"):
        pipeline.run(source(connect).with_resources("accounts"))

    assert 30 == len(loaded(pipeline)["accounts"])
    assert "unproven" == certificates(pipeline)["accounts"]["verdict"]
    messages = [one.getMessage() for one in caplog.records if one.name == "neon_async.warehouse"]
    assert 1 == len(messages)
    assert messages[0].startswith("accounts: loaded, but unproven: ")


def test_limit_does_not_advance_further_than_what_was_loaded(
    pipeline: dlt.Pipeline, connect: Callable[[], Any]
) -> None:
    """A run that was told to stop early is continued by the next one."""
    pipeline.run(source(connect, batch_size=10).add_limit(2))
    assert 0 < len(loaded(pipeline)["accounts"]) < 30

    pipeline.run(source(connect, batch_size=10))

    assert NOTHING_WRONG == wrong(pipeline, connect)


def test_resources_share_a_client(pipeline: dlt.Pipeline, emulator: Emulator) -> None:
    """One organization has one client, whose limit of concurrent requests holds for all."""
    made: list[Any] = []

    def connect() -> Any:
        made.append(emulator.client())
        return made[-1]

    pipeline.extract(source(connect))

    assert 1 == len(made)


def test_merges_have_a_table(
    emulator: Emulator, pipeline: dlt.Pipeline, connect: Callable[[], Any]
) -> None:
    """With `merges`, an account that was merged is deleted, and a row says into which."""
    old, new, *_ = emulator.account_ids()
    emulator.merge_accounts(old, new)

    pipeline.run(source(connect, merges=True).with_resources("accounts"))
    assert [] == pipeline.run(source(connect, merges=True).with_resources("accounts")).loads_ids

    with pipeline.sql_client() as database:
        rows = database.execute_sql("SELECT account_id, current_account_id FROM account_merges")
    assert [(old, new)] == list(rows or [])
    assert (old,) not in loaded(pipeline)["accounts"]


def test_secrets_come_from_dlt_and_stay_there(
    emulator: Emulator, pipeline: dlt.Pipeline, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without `connect` the credentials are dlt's secrets, and no file of dlt shows them."""
    monkeypatch.setenv("SOURCES__NEON__ORG_ID", emulator.org_id)
    monkeypatch.setenv("SOURCES__NEON__API_KEY", emulator.api_key)
    with running(emulator) as base_url:
        monkeypatch.setenv("NEON_BASE_URL", base_url)
        pipeline.run(source())

    assert 30 == len(loaded(pipeline)["accounts"])
    content = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    content += str(vars(pipeline.last_trace)).encode() + str(pipeline.state).encode()
    for secret in (emulator.org_id, emulator.api_key):
        assert secret.encode() not in content


def test_failed_request_names_no_secret(
    emulator: Emulator, pipeline: dlt.Pipeline, connect: Callable[[], Any]
) -> None:
    """A refused login ends the run with this package's error as the cause."""
    emulator.fail_next(method="login", code=13, times=5)

    with pytest.raises(PipelineStepFailed) as caught:
        pipeline.run(source(connect))

    assert emulator.api_key not in str(caught.value)
    assert "Check the organization id and the API key" in str(caught.value)
    assert "run the pipeline again to resume" in "".join(traceback.format_exception(caught.value))
    assert not pipeline.has_pending_data


def test_pipeline_of_another_organization(
    pipeline: dlt.Pipeline, connect: Callable[[], Any]
) -> None:
    """Another organization's records are not mixed in, and what is loaded stays as it is."""
    pipeline.extract(source(connect).with_resources("accounts"))
    before = dict(pipeline.state).get("sources")
    other = Emulator(accounts=3, activities=1, org_id="other")

    def connect_other() -> AsyncClient:
        return other.client()

    with pytest.raises(PipelineStepFailed, match="belongs to another organization") as caught:
        pipeline.extract(source(connect_other))

    text = "".join(traceback.format_exception(caught.value))
    assert "each organization has a pipeline of its own" in text
    assert [] == [*other.requests]
    assert before
    assert before == dict(pipeline.state).get("sources")


def test_credentials_are_needed() -> None:
    """Without `connect` and without secrets there is nothing to connect with."""
    with pytest.raises(ValueError, match="expected a function `connect`, or org_id and api_key"):
        source()


def test_names_are_checked(connect: Callable[[], Any]) -> None:
    """There are two ways to name columns."""
    with pytest.raises(ValueError, match="names: expected 'v1' or 'snake', got 'kebab'"):
        source(connect, names="kebab")


def test_v1_names(pipeline: dlt.Pipeline, connect: Callable[[], Any]) -> None:
    """With v1's names, dlt spells the columns itself."""
    pipeline.run(source(connect, names="v1").with_resources("activities"))

    assert "activity_id" in pipeline.default_schema.get_table_columns("activities")


def test_dlt_does_not_rename_columns() -> None:
    """Snake names of columns are dlt's own names for them."""
    naming = dlt.Schema("neon").naming

    names = [name for _, table in LOADED for name in (table.name, *table.column_names("snake"))]

    assert names == list(map(naming.normalize_identifier, names))


def test_recent_changes_are_bounded() -> None:
    """What the state keeps of recent changes does not grow with the organization."""
    recent = RecentChanges(tables.ACCOUNT_TABLES, {})

    recent.unknown(Upserted(IndividualAccount(account_id=number)) for number in range(1, 3_500))

    assert 1_000 == len(recent.dump())
    assert [] == RecentChanges(tables.ACCOUNT_TABLES, recent.dump()).unknown(
        [Upserted(IndividualAccount(account_id=3_499))]
    )


def test_old_changes_are_not_kept() -> None:
    """A first pull of old records leaves nothing in the state to compare the next one with."""
    old = datetime(2014, 1, 1, tzinfo=UTC)
    record = IndividualAccount(account_id=1, last_modified_date_time=old)
    recent = RecentChanges(tables.ACCOUNT_TABLES, {})

    assert [Upserted(record)] == recent.unknown([Upserted(record)])
    assert {} == recent.dump()


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without dlt the import says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(ImportError, match=r"pip install 'neon-async\[dlt\]'"):
        importlib.reload(warehouse_dlt)
