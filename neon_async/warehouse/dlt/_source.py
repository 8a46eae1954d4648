"""The dlt source and its resources."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import attrs
import dlt
from dlt.common.typing import TSecretStrValue  # noqa: TC002 - dlt looks the annotations up

from neon_async import AsyncClient, Change, CheckpointError, NeonError, blocking
from neon_async.blocking import BlockingChangeFeed, BlockingClient, Connect
from neon_async.warehouse import tables
from neon_async.warehouse.dlt._load import Load
from neon_async.warehouse.dlt._recent import RecentChanges

if TYPE_CHECKING:
    from dlt.extract.resource import DltResource

    from neon_async import Certificate

_logger = logging.getLogger("neon_async.warehouse")

EVERYTHING: Final = datetime(1970, 1, 1, tzinfo=UTC)


# Without nesting: dlt would make tables of its own of JSON in a text column.
@dlt.source(name="neon", section="neon", max_table_nesting=0)
def source(
    connect: Connect | None = None,
    since: datetime = EVERYTHING,
    *,
    org_id: TSecretStrValue | None = None,
    api_key: TSecretStrValue | None = None,
    merges: bool = False,
    names: str = "snake",
    batch_size: int = 1_000,
) -> Iterator[DltResource]:
    """Load accounts and activities into any destination of dlt, losing nothing.

    ```python
    pipeline = dlt.pipeline("donors", destination="duckdb", dataset_name="neon")
    pipeline.run(source(connect, since=last_year))
    pipeline.run(source(connect).with_resources("accounts"))
    ```

    The resource `accounts` fills the tables `accounts`, `account_addresses`,
    `account_custom_fields` and, with `merges`, `account_merges`; `activities` fills `activities`
    and `activity_custom_fields`. Their columns are those of `neon_async.warehouse.tables`, and
    always the same, so that a schema contract may freeze them. Rows are merged by id; those of
    deleted records are deleted, and those of a record that has changed are replaced as a whole.
    They go to dlt as Arrow tables.

    The checkpoint of each resource is in its dlt state, and is committed with the rows that it
    covers. A run that is killed is continued by the next `pipeline.run`: extracted rows are
    loaded first, the rest is read again. A run that finds nothing new loads nothing.

    A certificate says whether the server counts as many records as were received. It is in the
    trace (`pipeline.last_trace`), among the metrics of its resource. Rows without a proof are
    loaded too, with a warning in the log.

    Args:
        connect: a function that makes an `AsyncClient`; None for one with the `org_id` and
            `api_key` of dlt's secrets, in the section `sources.neon`.
        since: where to begin without a checkpoint; aware. By default everything is read.
        org_id: the organization's id, where there is no `connect`.
        api_key: its API key, where there is no `connect`.
        merges: whether to look up deleted accounts in the merge history, which takes a request for
            each, and to load the table `account_merges`.
        names: `"snake"` for columns such as `primary_contact_first_name`, or `"v1"`, which dlt
            spells in the naming convention of the destination.
        batch_size: how many changes an Arrow table has, at least.

    Returns:
        A source for one organization. For several, use a pipeline for each. Run a pipeline once
        at a time: dlt does not keep two runs of one pipeline apart.

    Raises:
        ValueError: there is neither `connect` nor both secrets, or an argument is not usable.
    """
    if names not in {"v1", "snake"}:
        raise ValueError(f"names: expected 'v1' or 'snake', got {names!r}")
    shared = _SharedClient(connect or _connect_with(org_id, api_key))
    spelled: tables.Names = "v1" if names == "v1" else "snake"
    options: dict[str, Any] = {"merges": merges}
    yield _ResourceReader(
        tables.ACCOUNT_TABLES,
        shared,
        lambda neon, checkpoint: neon.account_changes(since, checkpoint=checkpoint, **options),
        spelled,
        batch_size,
    ).resource()
    yield _ResourceReader(
        tables.ACTIVITY_TABLES,
        shared,
        lambda neon, checkpoint: neon.activity_changes(since, checkpoint=checkpoint),
        spelled,
        batch_size,
    ).resource()


def _connect_with(org_id: str | None, api_key: str | None) -> Connect:
    if not org_id or not api_key:
        raise ValueError(
            "neon: expected a function `connect`, or org_id and api_key in dlt's secrets "
            "[sources.neon]"
        )
    return lambda: AsyncClient(org_id=org_id, api_key=api_key)


class _SharedClient:
    """One client for all resources: v1 limits the concurrent requests of an organization."""

    def __init__(self, connect: Connect) -> None:
        self._client = blocking.client(connect)
        self._lock = threading.Lock()
        self._users = 0
        self._closing = ExitStack()

    @contextmanager
    def opened(self) -> Generator[BlockingClient]:
        with self._lock:
            if not self._users:
                self._closing.enter_context(self._client)
            self._users += 1
        try:
            yield self._client
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._closing.close()


@attrs.frozen(repr=False, eq=False)
class _ResourceReader:
    """How the records of one kind are read."""

    layout: tables.RecordTables
    client: _SharedClient
    feed: Callable[[BlockingClient, str | None], BlockingChangeFeed[Any]]
    names: tables.Names
    batch_size: int

    def resource(self) -> DltResource:
        def changes() -> Iterator[Any]:
            yield from self.read()

        return dlt.resource(changes, name=self.layout.records.name, write_disposition="merge")

    def read(self) -> Iterator[Any]:
        """Yield Arrow tables, and advance the state when dlt has taken those of a batch."""
        state = dlt.current.resource_state()
        load = Load(self.layout, self.names)
        recent = RecentChanges(self.layout, state.get("recent", {}))
        any_change = False
        with (
            _advice(),
            self.client.opened() as neon,
            self.feed(neon, state.get("checkpoint")) as feed,
        ):
            for batch in feed.batches(self.batch_size):
                changes = recent.unknown(_latest(batch.changes))
                any_change = any_change or bool(changes)
                if changes:
                    yield from load.items(changes)
                # Else the state is as it was, and dlt has nothing to load.
                if any_change:
                    state["checkpoint"], state["recent"] = batch.checkpoint, recent.dump()
            certificate = feed.certificate
        dlt.current.resource_metrics()["certificate"] = _described(certificate)
        if not certificate.proven:
            _logger.warning(
                "%s: loaded, but %s: %s",
                self.layout.records.name,
                certificate.verdict,
                certificate.reason,
            )


@contextmanager
def _advice() -> Generator[None]:
    """Add to an error that ended a run what is loaded, and how to resume."""
    try:
        yield
    except CheckpointError as error:
        error.add_note(
            "the checkpoint is in the state of the pipeline; each organization has a pipeline of "
            "its own"
        )
        raise
    except (NeonError, OSError) as error:
        error.add_note(
            "nothing of this run was loaded, and the state is that of the last load: run the "
            "pipeline again to resume from there"
        )
        raise


def _latest(changes: Iterable[Change[Any]]) -> Iterable[Change[Any]]:
    # The last value of a key wins, at the place of the first: the latest state of each record.
    return {change.id: change for change in changes}.values()


def _described(certificate: Certificate) -> dict[str, Any]:
    described = attrs.asdict(certificate)
    for name in ("time_from", "time_to"):
        described[name] = described[name] and described[name].isoformat()
    return {**described, "verdict": str(certificate.verdict)}
