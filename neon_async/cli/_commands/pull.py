"""`neon-async pull`: records as lines on stdout or in a file, or as files of tables."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import attrs
from cyclopts import App

from neon_async import (
    AccountsPage,
    ActivitiesPage,
    InvalidRequestError,
    NeonError,
    Paginator,
    Unreadable,
)
from neon_async.cli._common import COMMON, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._extras import extra
from neon_async.cli._files import is_special
from neon_async.cli._formats.csv import csv_lines, header
from neon_async.cli._formats.listing import Listing
from neon_async.cli._formats.output import ItemT, Output, Page, ndjson, save
from neon_async.cli._interrupts import Interrupted
from neon_async.cli._lines import LineFile, LineOutput, StagedLineOutput, open_to_append
from neon_async.cli._named_records import NamedRecords
from neon_async.cli._oddities import Oddities, SideFile
from neon_async.cli._progress import Report, progress_bars
from neon_async.cli._pull_options import PullOptions
from neon_async.cli._resume import advice
from neon_async.cli._streams import STDOUT, binary
from neon_async.cli._times import check_range

if TYPE_CHECKING:
    from neon_async import AsyncClient

Request: TypeAlias = Callable[
    ["AsyncClient", Callable[[Unreadable], object] | None], Paginator[Page, ItemT]
]

app = App(
    name="pull",
    help="""Pull records as NDJSON, one per line with v1's own JSON names, or in other formats.

```
neon-async pull accounts --from 2026-01-31Z | jq .accountId
neon-async pull activities --from 2026-01-31Z --output activities.ndjson
neon-async pull accounts --from 2026-01-31Z --format csv --output accounts.csv
```

On a terminal the records are shown as a table, unless --format is given.

CSV has one row per record; its columns are the paths of v1's JSON names: primaryContact.firstName,
source.id. The columns are always the same; "kind" says whether an account is an individual's or an
organization's. Lists, such as addresses and custom fields, are JSON in one cell, and so is "extra":
fields that v1 does not document, and values that do not fit their documented types. A cell that a
spreadsheet would take for a formula, beginning with = + - @ or a control character, gets an
apostrophe before it.

Parquet and Arrow (the IPC file format) have the same columns, with types. Addresses and custom
fields of accounts are tables of their own: beside accounts.parquet there are
accounts.addresses.parquet and accounts.custom_fields.parquet, joined by accountId and in the order
of position. They need the extra: python -m pip install 'neon-async[arrow]'
""",
)


NO_OPTIONS = PullOptions()


@app.command
def accounts(options: PullOptions = NO_OPTIONS, *, common: CommonOptions = COMMON) -> None:
    """Pull accounts: of individuals, and of organizations, which have `organizationTypes`.

    ```
    neon-async pull accounts --from 2026-01-31Z --output accounts.ndjson
    neon-async pull accounts --id 10002 --id 10003
    ```

    Args:
        options: The options of both commands.
        common: The common options.
    """
    _pull(
        "accounts",
        lambda neon, on_unreadable: neon.sync_accounts(
            time_from=options.time_from,
            time_to=options.time_to,
            account_ids=options.ids,
            page_size=options.page_size,
            start_page=options.start_page,
            on_unreadable=on_unreadable,
        ),
        options,
        common,
    )


@app.command
def activities(options: PullOptions = NO_OPTIONS, *, common: CommonOptions = COMMON) -> None:
    """Pull activities: tasks, calls and meetings.

    ```
    neon-async pull activities --from 2026-01-31Z --format csv --output activities.csv
    ```

    Args:
        options: The options of both commands.
        common: The common options.
    """
    _pull(
        "activities",
        lambda neon, on_unreadable: neon.sync_activities(
            time_from=options.time_from,
            time_to=options.time_to,
            activity_ids=options.ids,
            page_size=options.page_size,
            start_page=options.start_page,
            on_unreadable=on_unreadable,
        ),
        options,
        common,
    )


def _pull(
    name: str, request: Request[Page, ItemT], options: PullOptions, common: CommonOptions
) -> None:
    if options.time_from is None and not options.ids:
        raise InvalidRequestError("pass --from, the start of the range, or --id")
    check_range(options.time_from, options.time_to)
    if options.append and options.output == "-":
        raise InvalidRequestError("--append needs --output, the file to append to")
    output = _output(name, options)
    oddities = Oddities(_side_file(name, options) if options.skip_unreadable else None)
    seen = PulledPages(oddities, NamedRecords(name, options))
    records: int | None = None
    try:
        with oddities.reported():
            records = _write_all(name, request, output, seen, options=options, common=common)
            output.finish()
    # An interrupt as well: the pages that have arrived are kept.
    except BaseException as error:
        kept = output.keep()
        if isinstance(error, KeyboardInterrupt | NeonError | OSError):
            for note in advice(name, kept, options, common, complete=records is not None):
                error.add_note(note)
        raise
    if common.watched:
        common.note(f"{records:,} {name}\n")
    common.note("".join(f"{text}\n" for text in oddities.lines()))
    seen.named.check_all_came()


@attrs.frozen
class PulledPages:
    """Counts of the pages of a pull, for its last lines."""

    oddities: Oddities
    named: NamedRecords

    def count(self, page: AccountsPage | ActivitiesPage) -> None:
        self.oddities.count(page.items)
        self.named.count(page)


def _side_file(name: str, options: PullOptions) -> SideFile:
    is_file = options.output != "-" and not is_special(Path(options.output))
    return SideFile.beside(Path(options.output if is_file else name))


def _write_all(
    name: str,
    request: Request[Page, ItemT],
    output: Output,
    seen: "PulledPages",
    *,
    options: PullOptions,
    common: CommonOptions,
) -> int:
    """Write all pages, and return how many records were in them."""
    counts: list[int] = []
    skip = seen.oddities.skipped.write if seen.oddities.skipped else None

    async def pull(report: Report | None) -> None:
        async with connect(common, max_concurrency=options.concurrency) as neon:
            pages = request(neon, skip)
            counts.append(
                await save(
                    pages, output, check=seen.named.check_page, saved=seen.count, report=report
                )
            )

    bars = common.watched and not options.shown
    with progress_bars() if bars else contextlib.nullcontext() as start:
        try:
            run_async(pull, start(name) if start else None)
        except Interrupted:
            # Behind the last page there is nothing left to interrupt.
            if not counts:
                raise
    return counts[0]


def _output(name: str, options: PullOptions) -> Output:
    """Check what the options ask for, and open it."""
    if options.form in {"parquet", "arrow"}:
        return _tables(name, options)
    if options.form is None and options.shown:
        return Listing(name)
    encode = csv_lines if options.form == "csv" else ndjson
    first = header(name) if options.form == "csv" and not options.append else b""
    if options.output == "-":
        return LineOutput(LineFile(binary(), STDOUT), encode, first)
    path = Path(options.output)
    # Nothing can be put in the place of a pipe or of /dev/stdout.
    if options.append or is_special(path):
        return LineOutput(LineFile(open_to_append(path), options.output), encode, first)
    return StagedLineOutput.begin(path, encode, first)


def _tables(name: str, options: PullOptions) -> Output:
    if options.output == "-":
        raise InvalidRequestError(f"{options.form} can't go to stdout; name a file with --output")
    if options.append:
        raise InvalidRequestError(
            f"{options.form} can't be appended to; name another file with --output"
        )
    with extra("arrow", "pyarrow"):
        from neon_async.cli._formats.arrow import TableOutput  # noqa: PLC0415 - an extra of its own
    form: Literal["parquet", "arrow"] = "arrow" if options.form == "arrow" else "parquet"
    return TableOutput.begin(name, Path(options.output), form)
