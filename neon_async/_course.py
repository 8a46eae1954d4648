"""The course of a walk: what its pages have said, and whether they fit together."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from neon_async.errors import NeonError, PaginationError
from neon_async.models import PageInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from neon_async.operations._sync import Sync

_logger = logging.getLogger("neon_async")

# A total may grow while records are added; one that grows beyond this never ends.
_GROWTH_FACTOR = 2
_GROWTH_PAGES = 100


class Page(Protocol):
    """What a walk needs of a page."""

    @property
    def page(self) -> PageInfo | None:
        """Which page it is."""
        ...

    @property
    def items(self) -> Sequence[Any]:
        """The records."""
        ...

    @property
    def keys(self) -> Sequence[object]:
        """What tells one record from another."""
        ...

    @property
    def deleted_ids(self) -> Sequence[int]:
        """The ids of deleted records."""
        ...


@attrs.frozen
class Progress:
    """How far a walk is.

    Attributes:
        pages_done: pages delivered.
        pages_total: pages that there are to deliver, as the last reply says.
        items_done: records delivered.
        items_total: records that there are to deliver, as the last reply says.
        moved: whether the total has changed during the walk, so that records may be missing.
    """

    pages_done: int
    pages_total: int
    items_done: int
    items_total: int
    moved: bool = False


def mark(error: NeonError, parts: Sequence[Sync[Any]], index: int, number: int) -> None:
    """Tell an error from which page, and for which ids, to go on."""
    error.resume = number
    left = tuple(one for part in parts[index:] for one in part.ids)
    error.resume_ids = left or None


class Course:
    """What the pages of one walk have said so far, and whether they fit together."""

    def __init__(
        self, parts: Sequence[Sync[Any]], on_progress: Callable[[Progress], object] | None
    ) -> None:
        """Start before the first page."""
        self._parts = parts
        self._on_progress = on_progress
        self._pages_done = self._items_done = 0
        self._first: dict[int, PageInfo] = {}
        self._latest: dict[int, PageInfo] = {}
        self._previous: Page | None = None
        self._moved = False

    def page_size(self, index: int) -> int | None:
        """Return the page size that the server applies, once it has said so."""
        known = self._latest.get(index)
        return known.page_size if known is not None and known.page_size > 0 else None

    def arrive(self, index: int, number: int, page: Page) -> int | None:
        """Check a page that came in order; return the number of the next one, if there is one.

        Raises:
            PaginationError: it does not fit what was asked for, or the pages before.
        """
        info = page.page or PageInfo(number, 0, 0, 0)
        problem = self._problem(index, number, page, info)
        if problem is not None:
            error = PaginationError(problem, operation=self._parts[index].name)
            mark(error, self._parts, index, number)
            raise error
        self._note(index, info)
        self._pages_done += 1
        self._items_done += len(page.items)
        if self._on_progress is not None:
            self._on_progress(self._progress())
        more = number < info.total_page and info.total_results > 0
        self._previous = page if more else None
        return number + 1 if more else None

    def _problem(self, index: int, number: int, page: Page, info: PageInfo) -> str | None:
        """Say what is wrong with a page; None for a page that fits."""
        return next(self._problems(index, number, page, info), None)

    def _problems(self, index: int, number: int, page: Page, info: PageInfo) -> Iterator[str]:
        previous = self._previous
        if page.page is None and (page.items or previous):
            yield f"page {number} came without a page block, so the end can't be known"
        if not page.items and not info.total_results:
            return
        if info.current_page != number:
            yield f"page {number} was asked for, page {info.current_page} came"
        deleted = page.deleted_ids if not previous else page.deleted_ids != previous.deleted_ids
        if not page.items and not deleted and number < info.total_page:
            yield f"page {number} of {info.total_page} came empty, so records are missing"
        if previous and page.items and page.keys == previous.keys:
            yield f"page {number} repeats the page before it"
        first = self._first.get(index, info).total_page
        if number > max(first * _GROWTH_FACTOR, first + _GROWTH_PAGES):
            yield f"the total grew from {first} pages to {info.total_page} and keeps growing"

    def _note(self, index: int, info: PageInfo) -> None:
        first = self._first.setdefault(index, info)
        self._latest[index] = info
        if info.total_results != first.total_results and not self._moved:
            self._moved = True
            _logger.warning(
                "%s: the total went from %d to %d records during the walk, so records have moved "
                "between pages, and some may be missing or doubled",
                self._parts[index].name,
                first.total_results,
                info.total_results,
            )

    def _progress(self) -> Progress:
        known = self._latest
        waiting = [part for index, part in enumerate(self._parts) if index not in known]
        return Progress(
            self._pages_done,
            sum(info.total_page for info in known.values()) + len(waiting),
            self._items_done,
            sum(info.total_results for info in known.values()) + sum(len(p.ids) for p in waiting),
            self._moved,
        )
