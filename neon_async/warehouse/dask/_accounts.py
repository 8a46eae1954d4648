"""Read the accounts of many organizations as a Dask DataFrame."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs
import pyarrow as pa

from neon_async import PaginationError, Verdict, blocking
from neon_async.warehouse import arrow, tables
from neon_async.warehouse.dask._jobs import EVERYTHING, OrganizationJob, distinct_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import dask.dataframe

    from neon_async import Deleted, Merged
    from neon_async.blocking import ConnectOrganization

_logger = logging.getLogger("neon_async.warehouse")


def read_accounts(
    orgs: Iterable[str],
    connect: ConnectOrganization,
    *,
    names: tables.Names = "v1",
    since: datetime = EVERYTHING,
) -> dask.dataframe.DataFrame:
    """Return the accounts of many organizations as a Dask DataFrame, a partition for each.

    ```python
    accounts = read_accounts(org_ids, connect, names="snake")
    print(accounts.groupby("organization").size().compute())
    ```

    Its columns are `organization` and those of `neon_async.warehouse.tables.ACCOUNTS`, with Arrow's
    types. A partition is read when it is computed, and then as a whole: it must fit the memory of
    a worker. Each computation reads again; `persist()` keeps what was read.

    Args:
        orgs: the organizations' ids.
        connect: makes the client of one of them, in a worker; as for `sync_all`.
        names: `"v1"` for names such as `primaryContact.firstName`, or `"snake"`.
        since: the earliest last-modified time; aware. By default everything is read.

    Raises:
        ValueError: there is no organization, or one is listed twice.
        PaginationError: when it is computed, the server reports more accounts than it returned.
        NeonError: when it is computed, a request has failed for good.
    """
    # Workers that only store changes don't wait for it.
    from dask import config  # noqa: PLC0415
    from dask import dataframe as frames  # noqa: PLC0415

    jobs = [ReadJob(org_id, connect, names, since) for org_id in distinct_ids(orgs)]
    if not jobs:
        raise ValueError("orgs: expected at least one organization id")
    empty = _frame(arrow.schema(tables.ACCOUNTS, names).empty_table(), "")
    engine: Any = frames  # whose types are incomplete
    with config.set({"dataframe.convert-string": False}):  # they are Arrow's already
        frame: dask.dataframe.DataFrame = engine.from_map(
            ReadJob.run, jobs, meta=empty, label="neon-accounts"
        )
    return frame


@attrs.frozen(repr=False, eq=False)
class ReadJob(OrganizationJob):
    names: tables.Names
    since: datetime

    def run(self, columns: Sequence[str] | None = None) -> Any:  # noqa: ANN401 - pandas has no types
        parts: list[pa.RecordBatch] = []
        latest: dict[int, int] = {}
        rows = 0
        with blocking.account_changes(self.client(), self.since) as feed:
            for batch in feed.batches():
                net = tables.net(batch.changes)
                ends: list[Deleted | Merged] = [*net.deleted, *net.merged]
                for change in ends:
                    latest.pop(change.id, None)
                latest |= {record.id: rows + row for row, record in enumerate(net.upserted)}
                parts.append(arrow.record_batch(tables.ACCOUNTS, net.upserted, self.names))
                rows += len(net.upserted)
            certificate = feed.certificate
        # A partition is all or nothing: a sum over partitions would hide missing accounts.
        if certificate.verdict is Verdict.INCOMPLETE:
            raise PaginationError(f"an organization was not read completely: {certificate.reason}")
        if not certificate.proven:
            _logger.warning("accounts: it is unproven that all were read: %s", certificate.reason)
        table = pa.Table.from_batches(parts)
        if len(latest) < rows:
            # A feed delivers what changed while it was read once more, so that of an id the last
            # row counts.
            table = table.take(pa.array(sorted(latest.values()), pa.int64()))
        frame = _frame(table, self.org_id)
        return frame if columns is None else frame[list(columns)]


def _frame(table: pa.Table, org_id: str) -> Any:  # noqa: ANN401 - as above
    import pandas as pd  # noqa: PLC0415 - as above

    organization = pa.array([org_id] * table.num_rows, pa.string())
    whole: Any = table.add_column(0, "organization", organization)
    return whole.to_pandas(types_mapper=pd.ArrowDtype)
