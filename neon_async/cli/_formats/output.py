"""Pulled records on their way into files: in whole pages, however it ends."""

import threading
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import attrs
import orjson
from anyio import to_thread

from neon_async import AccountsPage, ActivitiesPage, Paginator, Progress
from neon_async._wire.json_bytes import dump_lines
from neon_async.cli._json import line
from neon_async.models import Model

Page = TypeVar("Page", AccountsPage, ActivitiesPage)
ItemT = TypeVar("ItemT", bound=Model)


@attrs.frozen
class Kept:
    """The result of a pull that ended early.

    Attributes:
        place: the name of the file that the whole pages are in; "" when there are none.
        pages: how many.
        records: how many records are in them.
        earlier: the file of an earlier pull that is still as it was, if there is one.
        appendable: whether the file can be appended to.
    """

    place: str = ""
    pages: int = 0
    records: int = 0
    earlier: str = ""
    appendable: bool = True


class Output(Protocol):
    """Where the records of a pull go."""

    def write(self, records: Sequence[Model], /) -> None:
        """Write the records of a page, all of them or none."""
        ...

    def leave(self) -> None:
        """Hurry up, because the pull is ending early while, perhaps, a page is being written."""
        ...

    def finish(self) -> None:
        """Make the output what it should be, after the last page."""
        ...

    def keep(self) -> Kept:
        """End early, and keep the pages that are whole. It may come after `finish` has failed."""
        ...


def ndjson(records: Sequence[Model]) -> bytes:
    """Return records as lines of JSON."""
    try:
        return dump_lines(records)
    except orjson.JSONEncodeError:
        return b"".join(map(line, records))


async def save(
    paginator: Paginator[Page, ItemT],
    output: Output,
    *,
    saved: Callable[[Page], None],
    check: Callable[[Page], None] | None = None,
    report: Callable[[Progress], None] | None = None,
) -> int:
    """Write all records of an iteration, page by page, and call `saved` with each that is written.

    `check` gets each page before, and may refuse it. The result is how many records there were.
    Pages are written in a thread, so that a slow reader holds up only itself.
    """
    turn = threading.Lock()
    waiting: list[Page] = []
    records = 0

    def write_waiting() -> None:
        nonlocal records
        with turn:
            while waiting:
                page = waiting.pop()
                output.write(page.items)
                records += len(page.items)
                saved(page)

    try:
        async with paginator.lookahead_pages(on_progress=report) as pages:
            async for page in pages:
                if check is not None:
                    check(page)
                waiting.append(page)
                await to_thread.run_sync(write_waiting)
    finally:
        # A cancellation does not wait for the thread: what it has begun is finished, no more.
        output.leave()
        with turn:
            waiting.clear()
    return records
