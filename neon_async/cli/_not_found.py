"""The error of a record or a page that a command line names, and that does not exist."""

from collections.abc import Sized
from typing import TYPE_CHECKING

from neon_async.errors import NeonError

if TYPE_CHECKING:
    from neon_async import PageInfo


class NoSuchRecordError(NeonError):
    """No record has this id or address, or the range has fewer pages."""


def check_start(start_page: int, block: "PageInfo | None", items: Sized) -> None:
    """Pass unless a page is behind the last one, which v1 answers without records."""
    if block is None or start_page == 1 or items:
        return
    last = max(1, block.total_page)
    if start_page > last:
        pages = f"there are {last} pages" if last > 1 else "there is 1 page"
        raise NoSuchRecordError(f"--start-page {start_page} is beyond the end: {pages}")
