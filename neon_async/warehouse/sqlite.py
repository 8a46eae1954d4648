"""A copy of the organization in a SQLite file, kept up to date without loss.

```python
from neon_async.warehouse import sqlite

certificate = await sqlite.sync_accounts(neon, "copy.db", last_week)
await sqlite.sync_activities(neon, "copy.db", last_week)
```

The file holds the tables of `neon_async.warehouse.tables` with columns in snake case, and the
checkpoint of each feed. A batch and its checkpoint are stored in one transaction: whatever kills a
run, the next one continues where the file says, and the copy is never between two states. Child
rows of a changed account are replaced as a whole. An id is in `accounts`, in `account_deletions` or
in `account_merges`, never in two of them.

Truth values are 0 and 1, dates `2026-01-31`, times `2026-01-31T15:50:28.153000Z`: as text they sort
by time. The file's `user_version` is the version of its schema. Later versions of this package add
tables and columns and change nothing that is there; a new column is null until its record changes.

The file is one file: it has a rollback journal while a batch is being stored, and nothing beside it
otherwise, so that it can be copied, and lie on a network drive. Readers and a run wait for each
other only while a batch is being stored. Where programs read for long, run
`PRAGMA journal_mode = WAL` once: that stays with the file, and is kept.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from anyio import to_thread

from neon_async import (
    AsyncClient,
    Certificate,
    CheckpointError,
    InvalidRequestError,
    NeonError,
)
from neon_async._pipeline.secrecy import guarded
from neon_async.warehouse import tables
from neon_async.warehouse._sqlite_copy import SqliteCopy, StoredBatch

if TYPE_CHECKING:
    import os
    from collections.abc import Generator
    from datetime import datetime

    from neon_async.blocking import BlockingClient
    from neon_async.warehouse.tables import RecordTables

__all__ = [
    "SqliteCopy",
    "StoredBatch",
    "blocking_sync_accounts",
    "blocking_sync_activities",
    "sync_accounts",
    "sync_activities",
]


@guarded
async def sync_accounts(
    neon: AsyncClient,
    path: str | os.PathLike[str],
    since: datetime,
    **options: Any,
) -> Certificate:
    """Bring the accounts in a SQLite file up to date, and return the feed's certificate.

    The first run begins at `since`, later ones where the last one ended. A run that was killed is
    continued by the next one. `certificate.proven` says whether everything was delivered; if not,
    run it again.

    Args:
        neon: the client.
        path: the file, which the first run makes.
        since: where the first run begins; aware.
        options: keyword arguments of `AsyncClient.account_changes`, such as `merges`, but for
            `checkpoint`: the file has its own.

    Raises:
        CheckpointError: the file is no such copy, of another organization, or of a later version;
            or another run has stored changes meanwhile. Nothing was sent in all but the last case.
        OSError: the disk is full, or another program holds a lock on the file.
        InvalidRequestError: there is a `checkpoint` among the options.
        NeonError: as for the feed.
    """
    return await _sync(neon, path, tables.ACCOUNT_TABLES, since, options)


@guarded
async def sync_activities(
    neon: AsyncClient,
    path: str | os.PathLike[str],
    since: datetime,
    **options: Any,
) -> Certificate:
    """Bring the activities in a SQLite file up to date, and return the feed's certificate.

    Args:
        neon: the client.
        path: the file, which may also hold the accounts.
        since: where the first run begins; aware.
        options: keyword arguments of `AsyncClient.activity_changes`, but for `checkpoint`.

    Raises:
        CheckpointError, OSError, InvalidRequestError, NeonError: as for `sync_accounts`.
    """
    return await _sync(neon, path, tables.ACTIVITY_TABLES, since, options)


async def _sync(
    neon: AsyncClient,
    path: str | os.PathLike[str],
    family: RecordTables,
    since: datetime,
    options: dict[str, Any],
) -> Certificate:
    _refuse_checkpoint(options)
    make = neon.account_changes if family is tables.ACCOUNT_TABLES else neon.activity_changes
    copy = SqliteCopy(path, family)
    with _advice(copy), contextlib.ExitStack() as stack:
        await to_thread.run_sync(stack.enter_context, copy)
        copy.check(make(since, **options))
        async with make(since, checkpoint=copy.checkpoint, **options) as feed:
            async for batch in feed.batches():
                await to_thread.run_sync(copy.store, batch)
        return feed.certificate


@guarded
def blocking_sync_accounts(
    neon: BlockingClient,
    path: str | os.PathLike[str],
    since: datetime,
    **options: Any,
) -> Certificate:
    """Do what `sync_accounts` does, in synchronous code.

    Args:
        neon: what `with blocking.client(connect)` returns.
        path: as for `sync_accounts`.
        since: as for `sync_accounts`.
        options: as for `sync_accounts`.

    Raises:
        CheckpointError, OSError, InvalidRequestError, NeonError: as for `sync_accounts`.
    """
    return _blocking_sync(neon, path, tables.ACCOUNT_TABLES, since, options)


@guarded
def blocking_sync_activities(
    neon: BlockingClient,
    path: str | os.PathLike[str],
    since: datetime,
    **options: Any,
) -> Certificate:
    """Do what `sync_activities` does, in synchronous code.

    Args:
        neon: what `with blocking.client(connect)` returns.
        path: as for `sync_activities`.
        since: as for `sync_activities`.
        options: as for `sync_activities`.

    Raises:
        CheckpointError, OSError, InvalidRequestError, NeonError: as for `sync_accounts`.
    """
    return _blocking_sync(neon, path, tables.ACTIVITY_TABLES, since, options)


def _blocking_sync(
    neon: BlockingClient,
    path: str | os.PathLike[str],
    family: RecordTables,
    since: datetime,
    options: dict[str, Any],
) -> Certificate:
    _refuse_checkpoint(options)
    make = neon.account_changes if family is tables.ACCOUNT_TABLES else neon.activity_changes
    copy = SqliteCopy(path, family)
    with _advice(copy), copy:
        copy.check(make(since, **options))
        with make(since, checkpoint=copy.checkpoint, **options) as feed:
            for batch in feed.batches():
                copy.store(batch)
        return feed.certificate


@contextlib.contextmanager
def _advice(copy: SqliteCopy) -> Generator[None]:
    """Add to an error that ended a run what is stored, and how to resume."""
    try:
        yield
    except (CheckpointError, InvalidRequestError):
        raise
    except (NeonError, OSError) as error:
        error.add_note(
            f"{copy.path} holds each batch before this error, with the checkpoint: call it again "
            "to resume"
        )
        raise


def _refuse_checkpoint(options: dict[str, Any]) -> None:
    if "checkpoint" in options:
        raise InvalidRequestError(
            "the file has its own checkpoint, so none may be given", parameter="checkpoint"
        )
