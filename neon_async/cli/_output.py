"""Records in files, in whole pages."""

import contextlib
import sys
import threading
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

import orjson
from anyio import to_thread

from neon_async import AccountsPage, ActivitiesPage, Paginator, Progress, unstructure
from neon_async.models import Model

Page = TypeVar("Page", AccountsPage, ActivitiesPage)
ItemT = TypeVar("ItemT", bound=Model)
Write = Callable[[Sequence[Model]], None]


@contextlib.contextmanager
def open_output(name: str, *, append: bool = False) -> Generator[BinaryIO]:
    """Open a file by name, `-` being stdout, which stays open."""
    if name == "-":
        yield sys.stdout.buffer
        return
    with Path(name).open("ab" if append else "wb") as file:
        yield file


def ndjson(records: Sequence[Model]) -> bytes:
    """Return records as lines of JSON."""
    lines = [
        orjson.dumps(unstructure(record), option=orjson.OPT_APPEND_NEWLINE) for record in records
    ]
    return b"".join(lines)


def into(file: BinaryIO, lines: Callable[[Sequence[Model]], bytes] = ndjson) -> Write:
    """Return what writes records to a file, as lines."""

    def write(records: Sequence[Model]) -> None:
        file.write(lines(records))
        file.flush()

    return write


async def save(
    paginator: Paginator[Page, ItemT],
    write: Write,
    *,
    saved: Callable[[Page], None],
    report: Callable[[Progress], None] | None = None,
) -> None:
    """Write all records of a walk, page by page, and call `saved` with each that is written.

    Pages are written in a thread, so that a slow reader holds up nobody but itself.
    """
    turn = threading.Lock()
    waiting: list[Page] = []

    def write_waiting() -> None:
        with turn:
            while waiting:
                page = waiting.pop()
                write(page.items)
                saved(page)

    try:
        async with paginator.lookahead_pages(on_progress=report) as pages:
            async for page in pages:
                waiting.append(page)
                await to_thread.run_sync(write_waiting)
    finally:
        # Ctrl-C does not wait for the thread: what it has begun is finished, and nothing more.
        with turn:
            waiting.clear()
