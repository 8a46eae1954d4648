"""`neon-async pull`: records as lines on stdout or in a file, or as files of tables."""

import contextlib
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import anyio
import attrs
from cyclopts import App, Parameter
from cyclopts.types import PositiveInt

from neon_async import (
    AccountsPage,
    ActivitiesPage,
    AsyncClient,
    InvalidRequestError,
    NeonError,
    Paginator,
)
from neon_async.cli._credentials import credentials
from neon_async.cli._csv import csv_lines, header
from neon_async.cli._extras import extra
from neon_async.cli._listing import listing
from neon_async.cli._output import ItemT, Page, Write, into, ndjson, open_output, save
from neon_async.cli._progress import Report, on_terminal, progress_bars
from neon_async.cli._times import aware_time
from neon_async.models import Model

Form: TypeAlias = Literal["ndjson", "csv", "parquet", "arrow"]

app = App(
    name="pull",
    help="""Pull records as NDJSON, one record a line with v1's own JSON names, or in other formats.

```
neon-async pull accounts --from 2026-01-31Z | jq .accountId
neon-async pull activities --from 2026-01-31Z --output activities.ndjson
neon-async pull accounts --from 2026-01-31Z --format csv --output accounts.csv
```

On a terminal it is a table, unless --format says otherwise.

CSV has one row a record, whose columns are the paths of v1's JSON names: primaryContact.firstName,
source.id. The columns are always the same; "kind" says whether an account is an individual's or an
organization's. Lists, such as addresses and custom fields, are JSON in one cell, and so is "extra",
what this program does not know. A cell that a spreadsheet would take for a formula, beginning with
= + - @ or a control character, gets an apostrophe before it.

Parquet and Arrow (the IPC file format) have the same columns, with types. Addresses and custom
fields of accounts are tables of their own: beside accounts.parquet there are
accounts.addresses.parquet and accounts.custom_fields.parquet, joined by accountId and in the order
of position. They need the extra: python -m pip install 'neon-async[arrow]'
""",
)


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class Options:
    """What to pull, and where to.

    Attributes:
        time_from: Changed at this time or later, in ISO 8601 with a zone: 2026-01-31Z or
            2026-01-31T15:50:28+08:00. This or --id is needed.
        time_to: Changed at this time or earlier.
        ids: The record with this id; may be repeated.
        output: The file to write to, once the first page has come; - is stdout, which takes no
            Parquet and no Arrow.
        append: Go on with the file instead of starting it anew; CSV then has no header, and
            Parquet and Arrow can't.
        form: How records are written; by default NDJSON, and on a terminal a table.
        concurrency: Requests at once. NeonCRM has a quota on them, and does not publish it.
        page_size: Records a page, at most 200.
        start_page: The page to begin with, to go on with a pull that was interrupted.
    """

    time_from: Annotated[datetime | None, Parameter("--from", converter=aware_time)] = None
    time_to: Annotated[datetime | None, Parameter("--to", converter=aware_time)] = None
    ids: Annotated[tuple[int, ...], Parameter("--id", negative=(), show_default=False)] = ()
    output: Annotated[str, Parameter(("--output", "-o"), allow_leading_hyphen=True)] = "-"
    append: Annotated[bool, Parameter(negative=(), show_default=False)] = False
    form: Annotated[Form | None, Parameter("--format")] = None
    concurrency: PositiveInt = 5
    page_size: PositiveInt = 200
    start_page: PositiveInt = 1

    @property
    def shown(self) -> bool:
        """Whether the records go to a terminal."""
        return self.output == "-" and sys.stdout.isatty()


NO_OPTIONS = Options()


@attrs.define
class Written:
    """How far a pull has come; only whole pages count."""

    next_page: int
    records: int = 0

    def count(self, page: AccountsPage | ActivitiesPage) -> None:
        """Add a page."""
        self.next_page += 1
        self.records += len(page.items)


@app.command
def accounts(options: Options = NO_OPTIONS) -> None:
    """Pull accounts: of individuals, and of organizations, which have `organizationTypes`.

    ```
    neon-async pull accounts --from 2026-01-31Z --output accounts.ndjson
    neon-async pull accounts --id 10002 --id 10003
    ```
    """
    _pull(
        "accounts",
        lambda neon: neon.sync_accounts(
            time_from=options.time_from,
            time_to=options.time_to,
            account_ids=options.ids,
            page_size=options.page_size,
            start_page=options.start_page,
        ),
        options,
    )


@app.command
def activities(options: Options = NO_OPTIONS) -> None:
    """Pull activities: tasks, calls and meetings.

    ```
    neon-async pull activities --from 2026-01-31Z --format csv --output activities.csv
    ```
    """
    _pull(
        "activities",
        lambda neon: neon.sync_activities(
            time_from=options.time_from,
            time_to=options.time_to,
            activity_ids=options.ids,
            page_size=options.page_size,
            start_page=options.start_page,
        ),
        options,
    )


def _pull(
    name: str, ask: Callable[[AsyncClient], Paginator[Page, ItemT]], options: Options
) -> None:
    written = Written(options.start_page)

    async def walk(write: Write, report: Report | None) -> None:
        async with AsyncClient(**credentials(), max_concurrency=options.concurrency) as neon:
            await save(ask(neon), write, saved=written.count, report=report)

    if options.time_from is None and not options.ids:
        raise InvalidRequestError("say since when with --from, or which records with --id")
    bars = on_terminal() and not options.shown
    with (
        _conclusion(name, written, options),
        _begun_late(_output(name, options)) as write,
        progress_bars() if bars else contextlib.nullcontext() as start,
    ):
        anyio.run(walk, write, start(name) if start else None)


@contextlib.contextmanager
def _begun_late(output: AbstractContextManager[Write]) -> Generator[Write]:
    """Open an output when there is something for it, so that a failure leaves what was there."""
    with contextlib.ExitStack() as stack:
        begun: list[Write] = []

        def write(records: Sequence[Model]) -> None:
            if not begun:
                begun.append(stack.enter_context(output))
            begun[0](records)

        yield write
        write(())


def _output(name: str, options: Options) -> AbstractContextManager[Write]:
    """Check what the options ask for, and return it unopened."""
    if options.form in {"parquet", "arrow"}:
        return _tables(name, options)
    if options.form is None and options.shown:
        return contextlib.nullcontext(listing(name))
    return _lines(name, options)


@contextlib.contextmanager
def _lines(name: str, options: Options) -> Generator[Write]:
    with open_output(options.output, append=options.append) as file:
        if options.form == "csv" and not options.append:
            file.write(header(name))
        yield into(file, csv_lines if options.form == "csv" else ndjson)


def _tables(name: str, options: Options) -> AbstractContextManager[Write]:
    if options.output == "-":
        raise InvalidRequestError(f"{options.form} can't go to stdout; name a file with --output")
    if options.append:
        raise InvalidRequestError(
            f"{options.form} can't be appended to; name another file with --output"
        )
    with extra("arrow", "pyarrow"):
        from neon_async.cli._arrow import open_tables  # noqa: PLC0415 - an extra of its own
    return open_tables(
        name, Path(options.output), "arrow" if options.form == "arrow" else "parquet"
    )


@contextlib.contextmanager
def _conclusion(name: str, written: Written, options: Options) -> Generator[None]:
    """Say how many records there were, or add to an error how to go on."""
    try:
        yield
    except (KeyboardInterrupt, NeonError) as error:
        if written.next_page > options.start_page and not options.ids:
            error.add_note(
                f"{written.records:,} records were written, in whole {_units(options)}; to go on, "
                f"repeat the command with --start-page {written.next_page}{_onward(options)}"
            )
        raise
    if on_terminal():
        sys.stderr.write(f"{written.records:,} {name}\n")


def _units(options: Options) -> str:
    return "pages" if options.form in {"parquet", "arrow"} else "lines"


def _onward(options: Options) -> str:
    """Say which option goes on without losing what is there."""
    if options.form in {"parquet", "arrow"}:
        return " and another --output"
    return "" if options.output == "-" else " --append"
