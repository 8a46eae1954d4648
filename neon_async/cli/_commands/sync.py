"""`neon-async sync`: changes from one run to the next, without loss."""

import contextlib
from collections.abc import Callable, Generator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import attrs
from anyio import to_thread
from cyclopts import App, Parameter
from rich.console import Console

from neon_async import (
    Certificate,
    CheckpointError,
    CheckpointStore,
    InvalidRequestError,
    NeonError,
    Unreadable,
    Upserted,
)
from neon_async.cli._common import COMMON, CONCURRENCY, TIME_FROM, TIME_TO, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._exit_codes import Exit
from neon_async.cli._oddities import Oddities, SideFile
from neon_async.cli._streams import message
from neon_async.cli._sync_targets import Feed, SyncForm, Target, open_target
from neon_async.cli._times import EPOCH, check_range
from neon_async.cli._values import AtLeastOne, FilePath, OptionalFilePath, Seconds

if TYPE_CHECKING:
    from neon_async import AsyncClient

Skip = Callable[[Unreadable], object] | None
Checkpoint = CheckpointStore | str | None
Ask = Callable[["AsyncClient", Checkpoint, Skip], Feed]

app = App(
    name="sync",
    help="""Write the changes since the last run to a file or a database, without losing any.

```
neon-async sync accounts --output copy.db
neon-async sync activities --output copy.db
neon-async sync accounts --checkpoint accounts.json --output accounts.ndjson
```

A SQLite file (copy.db) is a copy of the organization: tables of accounts, their addresses and
custom fields, activities, deletions and merges, with the checkpoint in the same transaction. The
second run continues from it. Accounts and activities may share a file.

Parquet files (changes.parquet) are numbered, one for each batch: changes.000001.parquet, and beside
it changes.addresses.000001.parquet and changes.custom_fields.000001.parquet. Their columns are
those of pull, with `_change` ("upserted", "deleted" or "merged") and `_sequence`, the number of the
file. Of an id, the row with the highest `_sequence` counts, with the child rows that have the same.

Any other output is NDJSON. Each line is one change: {"change": "upserted", "record": …} with v1's
own JSON names, {"change": "deleted", "id": …}, or {"change": "merged", "old": …, "new": …}. The
last line about an id is its current state; the same change may be appended more than once.

Run the same command again to resume a run that was interrupted or killed. Changes reach the disk
before the checkpoint advances, so nothing is lost; those after the checkpoint are written again,
and an unfinished last line is cut off first. "provisional" changes are so recent that the next run
repeats them in any case. One run at a time may use a checkpoint, which a file with its name and
.lock makes sure of (copy.db.accounts.lock for the accounts in copy.db).

A record without a usable id ends the run. With --skip-unreadable it is written to a file beside the
output (changes.unreadable.ndjson beside changes.ndjson), and the run continues, but is not proven.

At the end a certificate says, from counting, whether everything was delivered. If it is not
"proven" the exit code is 3: run the command again to read the doubtful part again.
""",
)


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class SyncOptions:
    """Options of both commands.

    Attributes:
        output: File to write to. Its name says the format, unless --format does: .db, .sqlite or
            .sqlite3 is SQLite, .parquet is Parquet, any other NDJSON.
        checkpoint: File with the position of the last run; created by the first run. A SQLite file
            has its own.
        form: Format of the output.
        since: Where the first run begins, in ISO 8601 with a zone: 2026-01-31Z or
            2026-01-31T15:50:28+08:00. By default with the first record. Later runs begin at the
            checkpoint.
        until: Where this run ends; by default with the newest change. The next run begins there.
        concurrency: Requests at once. NeonCRM limits them, and does not publish the limit.
        page_size: Records per page, at most 200.
        lag: Seconds until a change is visible, at most.
        skip_unreadable: Write records without a usable id to a file beside the output, and
            continue.
    """

    output: Annotated[FilePath, Parameter(("--output", "-o"))]
    checkpoint: Annotated[OptionalFilePath, Parameter(show_default=False)] = None
    form: Annotated[SyncForm | None, Parameter("--format", show_default=False)] = None
    since: Annotated[datetime, TIME_FROM] = EPOCH
    until: Annotated[datetime | None, TIME_TO] = None
    concurrency: Annotated[AtLeastOne, CONCURRENCY] = 5
    page_size: AtLeastOne = 200
    lag: Seconds = 60.0
    skip_unreadable: Annotated[bool, Parameter(negative=(), show_default=False)] = False


@app.command
def accounts(
    options: SyncOptions,
    *,
    merges: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    common: CommonOptions = COMMON,
) -> Exit:
    """Append the accounts that were created, changed, deleted or merged.

    ```
    neon-async sync accounts --checkpoint accounts.json --output accounts.ndjson
    ```

    Args:
        options: The options of both commands.
        merges: Look up each deleted account in the merge history, to report merged ones as such.
            That takes one request for each.
        common: The common options.
    """

    def ask(neon: "AsyncClient", checkpoint: Checkpoint, on_unreadable: Skip) -> Feed:
        return neon.account_changes(
            options.since,
            until=options.until,
            checkpoint=checkpoint,
            lag=options.lag,
            merges=merges,
            page_size=options.page_size,
            on_unreadable=on_unreadable,
        )

    return _sync("accounts", ask, options, common)


@app.command
def activities(options: SyncOptions, *, common: CommonOptions = COMMON) -> Exit:
    """Append the activities that were created, changed or deleted.

    ```
    neon-async sync activities --checkpoint activities.json --output activities.ndjson
    ```

    Args:
        options: The options of both commands.
        common: The common options.
    """

    def ask(neon: "AsyncClient", checkpoint: Checkpoint, on_unreadable: Skip) -> Feed:
        return neon.activity_changes(
            options.since,
            until=options.until,
            checkpoint=checkpoint,
            lag=options.lag,
            page_size=options.page_size,
            on_unreadable=on_unreadable,
        )

    return _sync("activities", ask, options, common)


def _sync(name: str, ask: Ask, options: SyncOptions, common: CommonOptions) -> Exit:
    check_range(options.since, options.until)
    aside = SideFile.beside(options.output, append=True)
    oddities = Oddities(aside if options.skip_unreadable else None)
    with (
        open_target(name, options.form, options.output, options.checkpoint, aside.path) as target,
        _advice(options.checkpoint or options.output),
        oddities.reported(),
        _counter(name) if common.watched else contextlib.nullcontext() as count,
    ):
        certificate = run_async(_follow, ask, options, common, target, oddities, count)
    common.note("".join(f"{text}\n" for text in oddities.lines()))
    text = f"{name}: {_format_certificate(certificate)}\n"
    if certificate.proven:
        common.note(text)
        return Exit.OK
    message(text)
    # Not an error: everything that came is stored, but a script should run it again.
    return Exit.UNPROVEN


async def _follow(  # noqa: PLR0917 - run_async passes by position
    ask: Ask,
    options: SyncOptions,
    common: CommonOptions,
    target: Target,
    oddities: Oddities,
    count: Callable[[int], None] | None,
) -> Certificate:
    """Write all changes, batch by batch, and let the checkpoint follow."""
    skip = oddities.skipped.write if oddities.skipped else None
    async with (
        connect(common, max_concurrency=options.concurrency) as neon,
        target.open_feed(lambda checkpoint: ask(neon, checkpoint, skip)) as changes,
    ):
        async for batch in changes.batches(size=target.size):
            # Before the checkpoint moves: no later run meets these records again.
            await to_thread.run_sync(oddities.sync)
            await target.store(batch)
            upserted = (change for change in batch.changes if isinstance(change, Upserted))
            oddities.count(change.record for change in upserted)
            if count is not None:
                count(len(batch.changes))
    return changes.certificate


@contextlib.contextmanager
def _advice(checkpoint: Path) -> Generator[None]:
    """Add advice about resuming to an error that ended a run."""
    try:
        yield
    # The same command would fail in the same way.
    except InvalidRequestError:
        raise
    except CheckpointError as error:
        error.add_note(f"the checkpoint is in {checkpoint}; to begin again, use other files")
        raise
    except (KeyboardInterrupt, NeonError, OSError) as error:
        error.add_note("nothing is lost: run the same command again to resume")
        raise


@contextlib.contextmanager
def _counter(name: str) -> Generator[Callable[[int], None]]:
    """Show on stderr how many changes there are by now."""
    changes = 0
    with Console(stderr=True).status(name) as status:

        def count(more: int) -> None:
            nonlocal changes
            changes += more
            status.update(f"{name}: {changes:,} changes")

        yield count


def _format_certificate(certificate: Certificate) -> str:
    reason = f" ({certificate.reason})" if certificate.reason else ""
    return (
        f"{certificate.verdict}{reason}: {certificate.received:,} received, "
        f"{certificate.departed:,} no longer in range, {_number(certificate.after)} counted"
    )


def _number(count: int | None) -> str:
    return "none" if count is None else f"{count:,}"
