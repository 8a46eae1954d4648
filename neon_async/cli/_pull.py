"""`neon-async pull`: records as NDJSON or CSV, on stdout or in a file."""

import contextlib
import sys
from collections.abc import Callable, Generator
from datetime import datetime
from typing import Annotated, BinaryIO, Literal

import anyio
import attrs
from cyclopts import App, Parameter
from cyclopts.types import PositiveInt

from neon_async import AccountsPage, ActivitiesPage, AsyncClient, NeonError, Paginator
from neon_async.cli._csv import csv_lines, header
from neon_async.cli._output import ItemT, Page, ndjson, open_output, save
from neon_async.cli._progress import Report, on_terminal, progress_bars
from neon_async.cli._times import aware_time

app = App(
    name="pull",
    help="""Pull records as NDJSON, one record a line with v1's own JSON names, or as CSV.

CSV has one row a record, whose columns are the paths of v1's JSON names: primaryContact.firstName,
source.id. The columns are always the same; "kind" says whether an account is an individual's or an
organization's. Lists, such as addresses and custom fields, are JSON in one cell, and so is "extra",
what this program does not know. A cell that a spreadsheet would take for a formula, beginning with
= + - @ or a control character, gets an apostrophe before it.
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
        output: The file to write to; - is stdout.
        append: Go on with the file instead of starting it anew; CSV then has no header.
        form: How records are written.
        concurrency: Requests at once. NeonCRM has a quota on them, and does not publish it.
        page_size: Records a page, at most 200.
        start_page: The page to begin with, to go on with a pull that was interrupted.
    """

    time_from: Annotated[datetime | None, Parameter("--from", converter=aware_time)] = None
    time_to: Annotated[datetime | None, Parameter("--to", converter=aware_time)] = None
    ids: Annotated[tuple[int, ...], Parameter("--id", negative=(), show_default=False)] = ()
    output: Annotated[str, Parameter(("--output", "-o"), allow_leading_hyphen=True)] = "-"
    append: Annotated[bool, Parameter(negative=(), show_default=False)] = False
    form: Annotated[Literal["ndjson", "csv"], Parameter("--format")] = "ndjson"
    concurrency: PositiveInt = 5
    page_size: PositiveInt = 200
    start_page: PositiveInt = 1


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
    """Pull accounts: of individuals, and of organizations, which have `organizationTypes`."""
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
    """Pull activities: tasks, calls and meetings."""
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

    lines = csv_lines if options.form == "csv" else ndjson

    async def walk(file: BinaryIO, report: Report | None) -> None:
        async with AsyncClient(max_concurrency=options.concurrency) as neon:
            await save(ask(neon), file, saved=written.count, report=report, lines=lines)

    with (
        _conclusion(name, written, options),
        open_output(options.output, append=options.append) as file,
        progress_bars() if on_terminal() else contextlib.nullcontext() as start,
    ):
        if options.form == "csv" and not options.append:
            file.write(header(name))
        anyio.run(walk, file, start(name) if start else None)


@contextlib.contextmanager
def _conclusion(name: str, written: Written, options: Options) -> Generator[None]:
    """Say how many records there were, or add to an error how to go on."""
    try:
        yield
    except (KeyboardInterrupt, NeonError) as error:
        if written.next_page > options.start_page and not options.ids:
            append = "" if options.output == "-" else " --append"
            error.add_note(
                f"{written.records:,} records were written, in whole lines; to go on, repeat the "
                f"command with --start-page {written.next_page}{append}"
            )
        raise
    if on_terminal():
        sys.stderr.write(f"{written.records:,} {name}\n")
