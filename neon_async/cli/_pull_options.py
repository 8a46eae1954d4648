"""The options of `neon-async pull`."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

import attrs
from cyclopts import Parameter

from neon_async.cli._common import CONCURRENCY, TIME_FROM, TIME_TO
from neon_async.cli._values import FILE_NAME, AtLeastOne, RecordIds

Form: TypeAlias = Literal["ndjson", "csv", "parquet", "arrow"]


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class PullOptions:
    """Options of both commands.

    Attributes:
        time_from: Changed at this time or later, in ISO 8601 with a zone: 2026-01-31Z or
            2026-01-31T15:50:28+08:00. Required without --id.
        time_to: Changed at this time or earlier.
        ids: The record with this id; may be repeated.
        output: The file to write to, or - for stdout (not for Parquet or Arrow). An earlier file
            stays until the new one is whole.
        append: Append to the file instead of replacing it (not for Parquet or Arrow); CSV then has
            no header.
        form: Format of the records; NDJSON by default, a table on a terminal.
        concurrency: Requests at once. NeonCRM limits them, and does not publish the limit.
        page_size: Records per page, at most 200.
        start_page: First page, to resume a pull that ended early.
        skip_unreadable: Write records without a usable id to a file beside the output, and
            continue.
    """

    time_from: Annotated[datetime | None, TIME_FROM] = None
    time_to: Annotated[datetime | None, TIME_TO] = None
    ids: Annotated[RecordIds, Parameter("--id", negative=(), show_default=False)] = ()
    output: Annotated[str, FILE_NAME, Parameter(("--output", "-o"), allow_leading_hyphen=True)] = (
        "-"
    )
    append: Annotated[bool, Parameter(negative=(), show_default=False)] = False
    form: Annotated[Form | None, Parameter("--format")] = None
    concurrency: Annotated[AtLeastOne, CONCURRENCY] = 5
    page_size: AtLeastOne = 200
    start_page: AtLeastOne = 1
    skip_unreadable: Annotated[bool, Parameter(negative=(), show_default=False)] = False

    @property
    def shown(self) -> bool:
        """Whether the records go to a terminal."""
        return self.output == "-" and sys.stdout.isatty()

    def words(self, name: str) -> Iterator[str]:
        """Yield the words of the command that has these options, to be typed."""
        yield from ("neon-async", "pull", name)
        if self.time_from is not None:
            yield from ("--from", self.time_from.isoformat())
        if self.time_to is not None:
            yield from ("--to", self.time_to.isoformat())
        for number in self.ids:
            yield from ("--id", str(number))
        for option, value, default in (
            ("--format", self.form, None),
            ("--concurrency", self.concurrency, _DEFAULTS.concurrency),
            ("--page-size", self.page_size, _DEFAULTS.page_size),
            ("--output", self.output, _DEFAULTS.output),
            ("--start-page", self.start_page, _DEFAULTS.start_page),
        ):
            if value != default:
                yield from (option, str(value))
        if self.skip_unreadable:
            yield "--skip-unreadable"
        if self.append:
            yield "--append"


_DEFAULTS = PullOptions()
