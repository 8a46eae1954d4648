"""Store the changes of many organizations."""

from __future__ import annotations

import contextlib
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeAlias

import attrs
import distributed

from neon_async import CheckpointError, blocking
from neon_async.warehouse.dask._checkpoints import open_checkpoints
from neon_async.warehouse.dask._jobs import EVERYTHING, OrganizationJob, distinct_ids

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Iterable, Mapping, MutableMapping, Sequence
    from contextlib import AbstractContextManager

    from neon_async import Certificate, Change
    from neon_async.blocking import BlockingChangeFeed, ConnectOrganization
    from neon_async.warehouse.dask._checkpoints import Checkpoints

Write: TypeAlias = "Callable[[str, Sequence[Change[Any]]], object]"
"""A function `write(org_id, changes)` that stores changes of an organization, in a worker.

It gets the same changes again when a worker has died, so it inserts, updates and deletes by id.
"""

_FEEDS: Final[dict[str, Callable[..., AbstractContextManager[BlockingChangeFeed[Any]]]]] = {
    "accounts": blocking.account_changes,
    "activities": blocking.activity_changes,
}


class SyncAllError(ExceptionGroup[Exception]):
    """Some organizations failed. The others are stored, and so are their checkpoints.

    Attributes:
        errors: organization id → what happened there.
        certificates: organization id → its certificate, for those that did not fail.
    """

    errors: Mapping[str, Exception]
    certificates: Mapping[str, Certificate]

    def __new__(
        cls, errors: Mapping[str, Exception], certificates: Mapping[str, Certificate]
    ) -> Self:
        """Make a group of the errors (see `__init__`)."""
        text = (
            f"{len(errors)} of {len(errors) + len(certificates)} organizations failed; the others "
            "are stored with their checkpoints; `errors` has these by organization: run it again "
            "for them"
        )
        group = super().__new__(cls, text, list(errors.values()))
        group.errors, group.certificates = errors, certificates
        return group

    def __init__(
        self, errors: Mapping[str, Exception], certificates: Mapping[str, Certificate]
    ) -> None:
        """Keep the group that `__new__` has made.

        Args:
            errors: organization id → what happened there.
            certificates: organization id → its certificate, for those that did not fail.
        """

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by what it was made from."""
        # By default an exception is rebuilt from `args`, which would be a group's text and errors.
        return SyncAllError, (self.errors, self.certificates)


@attrs.frozen(repr=False, eq=False)
class SyncJob(OrganizationJob):
    write: Write
    records: Literal["accounts", "activities"]
    since: datetime
    checkpoint: str | None
    batch_size: int

    def run(self) -> tuple[str, Certificate]:
        """Store the changes of an organization, and return the checkpoint that covers them."""
        changes = _FEEDS[self.records]
        last = ""
        with changes(self.client(), self.since, checkpoint=self.checkpoint) as feed:
            for batch in feed.batches(self.batch_size):
                if batch.changes:
                    self.write(self.org_id, batch.changes)
                last = batch.checkpoint
            return last, feed.certificate


def sync_all(
    orgs: Iterable[str],
    connect: ConnectOrganization,
    write: Write,
    checkpoints: MutableMapping[str, str] | str | os.PathLike[str],
    *,
    since: datetime = EVERYTHING,
    records: Literal["accounts", "activities"] = "accounts",
    batch_size: int = 1_000,
    client: distributed.Client | None = None,
) -> dict[str, Certificate]:
    """Store what has changed in many organizations, each in a task of its own, losing nothing.

    ```python
    def write(org_id: str, changes: Sequence[Change[Account]]) -> None:
        with open_database() as database, database:
            rows = [(org_id, change.id) for change in changes]
            database.executemany("DELETE FROM accounts WHERE org = ? AND id = ?", rows)
            ...  # insert those that are Upserted, in the same transaction


    with distributed.Client("tcp://scheduler:8786"):
        for org_id, certificate in sync_all(org_ids, connect, write, "checkpoints").items():
            print(org_id, certificate.verdict)
    ```

    When a worker dies, Dask repeats its tasks elsewhere, each from the checkpoint of the last run,
    so `write` gets some changes again. The checkpoint of an organization comes back as the result
    of its task, and only this process saves it, when everything before it was written. Whatever
    dies in between, the next run begins where everything is stored.

    Args:
        orgs: the organizations' ids.
        connect: makes the client of one of them, in a worker: a function at module level, which
            reads the credentials where it runs. Values bound to it (by `functools.partial`, or a
            closure) go to the scheduler.
        write: stores changes, in a worker and in the order of the feed.
        checkpoints: a folder, with one file for each organization, or a mapping from organization
            id to the text of its checkpoint. An organization without one is read from `since` on.
            One run at a time may use them, which a file `.lock` in the folder makes sure of.
        since: where to begin without a checkpoint; aware. By default everything is read.
        records: `"accounts"` or `"activities"`; each needs `checkpoints` of its own.
        batch_size: how many changes `write` gets at once, at least (see `ChangeFeed.batches`).
        client: the cluster's client; None for the one that was made last in this process.

    Returns:
        Organization id → certificate, in the order of `orgs`. One that is `incomplete` left its
        checkpoint where it was.

    Raises:
        SyncAllError: it failed for some organizations; the others are done.
        CheckpointError: another run is using the folder.
        OSError: the folder can't be used.
        ValueError: an organization is listed twice, `records` is neither of both, or there is no
            client.
    """
    if records not in _FEEDS:
        raise ValueError(f"records: expected 'accounts' or 'activities', got {records!r}")
    org_ids = distinct_ids(orgs)
    engine: Any = distributed  # whose types are incomplete
    errors: dict[str, Exception] = {}
    certificates: dict[str, Certificate] = {}
    with open_checkpoints(checkpoints) as store:
        cluster: Any = engine.default_client() if client is None else client
        run = uuid.uuid4().hex
        futures: dict[Any, str] = {}
        try:
            for number, org_id in enumerate(org_ids):
                with _collecting(errors, org_id, store):
                    checkpoint = store.load(org_id)
                    job = SyncJob(org_id, connect, write, records, since, checkpoint, batch_size)
                    # A number and not the organization's id: keys are in the scheduler's logs and
                    # its dashboard.
                    key = f"neon-sync-{number}-{run}"
                    futures[cluster.submit(SyncJob.run, job, key=key, pure=False)] = org_id
            # Without a task Dask would look for a default client, which need not exist.
            for future in engine.as_completed(futures) if futures else ():
                org_id = futures[future]
                with _collecting(errors, org_id, store):
                    saved, certificate = future.result()
                    store.save(org_id, saved)
                    certificates[org_id] = certificate
                # Otherwise Dask repeats a task that is done when the worker dies that has its
                # result.
                future.release()
        finally:
            # After an interrupt nothing would save the checkpoints of what still runs.
            cluster.cancel(list(futures))
    if errors:
        raise SyncAllError(errors, certificates)
    return {org_id: certificates[org_id] for org_id in org_ids}


@contextlib.contextmanager
def _collecting(errors: dict[str, Exception], org_id: str, store: Checkpoints) -> Generator[None]:
    """Keep what happened to one organization, so that it does not hold up the others."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - raised at the end, with those of the others
        if isinstance(error, CheckpointError):
            error.add_note(f"this checkpoint is in {store.place(org_id)}")
        errors[org_id] = error
