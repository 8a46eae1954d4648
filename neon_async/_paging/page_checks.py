"""Consistency checks across the pages of one iteration."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from neon_async._paging.page_totals import empty_contradictions, total_contradictions
from neon_async.errors import NeonError, PaginationError, ProtocolError
from neon_async.models import PageInfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neon_async.models import Unreadable
    from neon_async.operations._paged import PagedOperation

_logger = logging.getLogger("neon_async")

# A total may grow while records are added; one that grows beyond this never ends.
_GROWTH_FACTOR = 2
_GROWTH_PAGES = 100
# Where lists of deleted ids are on the wire: deletedAccountList, deletedActivityIdList.
_DELETED = "deleted"


class Page(Protocol):
    """What an iteration needs of a page."""

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
        """Identities of the records."""
        ...

    @property
    def deleted_ids(self) -> Sequence[int]:
        """The ids of deleted records."""
        ...

    @property
    def unreadable(self) -> Sequence[Unreadable]:
        """Records without a usable id."""
        ...


@attrs.frozen
class Progress:
    """How far an iteration is.

    Attributes:
        pages_done: pages delivered.
        pages_total: pages to deliver in all, as the last reply says.
        items_done: records delivered.
        items_total: records to deliver in all, as the last reply says.
        moved: whether the total has changed during the iteration, so that records may be missing.
    """

    pages_done: int
    pages_total: int
    items_done: int
    items_total: int
    moved: bool = False


def mark(error: NeonError, parts: Sequence[PagedOperation[Any]], index: int, number: int) -> None:
    """Note on an error from which page, and for which ids, to resume."""
    error.resume = number
    left = tuple(record_id for part in parts[index:] for record_id in part.ids)
    error.resume_ids = left or None


@attrs.frozen
class _Contents:
    """Identities of a page's records, to recognize a repetition without keeping the page.

    Attributes:
        keys: identities of its records; one without a usable id stands for itself.
        deleted: the ids of deleted records, and other values in their list.
    """

    keys: Sequence[object]
    deleted: Sequence[object]

    @classmethod
    def of(cls, page: Page) -> _Contents:
        if not page.unreadable:
            return cls(page.keys, page.deleted_ids)
        divided: tuple[list[object], list[object]] = [], []
        for record in page.unreadable:
            divided[record.path.startswith(_DELETED)].append(record.value)
        return cls([*page.keys, *divided[0]], [*page.deleted_ids, *divided[1]])


def check_readable(page: Page, operation: str) -> None:
    """Refuse a page with a record that has no usable id: it would be lost silently."""
    for record in page.unreadable:
        number = page.page.current_page if page.page is not None else 1
        message = f"a record without a usable id is at position {record.position} of page {number}"
        raise ProtocolError(message, path=record.path, operation=operation)


class PageChecks:
    """Check that the pages of one iteration fit together, and keep its position.

    Attributes:
        position: part and number of the page that is to be delivered next; None at the end.
    """

    def __init__(
        self,
        parts: Sequence[PagedOperation[Any]],
        on_progress: Callable[[Progress], object] | None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> None:
        """Start before the first page.

        Args:
            parts: the operations for the first page of each query.
            on_progress: called after each page.
            on_unreadable: called for each record without a usable id; None to refuse such a page.
        """
        self.parts = parts
        self._on_unreadable = on_unreadable
        self.position: tuple[int, int] | None = (0, parts[0].page)
        self._latest_position = (0, parts[0].page)
        self._on_progress = on_progress
        self._pages_done = self._items_done = 0
        self._seen = dict.fromkeys(range(len(parts)), 0)
        self._sizes: dict[int, int | None] = {}
        self._first: dict[int, PageInfo] = {}
        self._latest: dict[int, PageInfo] = {}
        self._previous: _Contents | None = None
        self._moved = False

    def page_size(self, index: int) -> int | None:
        """Return the page size that the server applies, once it has said so."""
        return self._sizes.get(index)

    def record_page_size(self, index: int, info: PageInfo) -> None:
        """Take from a part's first page how many records the server puts on a page."""
        # The largest page of the sync methods is not documented: what the server says counts.
        self._sizes.setdefault(index, info.page_size if info.page_size > 0 else None)

    def accept(self, page: Page) -> None:
        """Check the page of the position, and move on to the next one.

        When it raises, the position stays: the same page may come again.

        Raises:
            PaginationError: the page does not fit what was asked for, or the pages before.
            ProtocolError: a record on it has no usable id.
        """
        index, number = self._here
        contents = _Contents.of(page)
        info = page.page or PageInfo(number, 0, 0, 0)
        if self._on_unreadable is None:
            self._check_readable(page)
        contradiction = self._contradiction(number, page, contents, info)
        if contradiction is not None:
            raise self.error(contradiction)
        self.record_page_size(index, info)
        self._note(index, info)
        self._report(page)
        # From here on nothing can fail.
        held = len(contents.keys)
        more = number < info.total_page and bool(held or info.total_results)
        self._seen[index] += held + len(contents.deleted)
        if not more and self._lacks(index, info):
            _logger.warning(
                "%s: fewer records than the reported total of %d arrived; some may be missing",
                self.parts[index].name,
                info.total_results,
            )
        self._pages_done += 1
        self._items_done += len(page.items)
        self._previous = contents if more else None
        self._move(index, number + 1 if more else None)

    def _check_readable(self, page: Page) -> None:
        try:
            check_readable(page, self.parts[self._index].name)
        except ProtocolError as error:
            self.mark(error)
            raise

    def _report(self, page: Page) -> None:
        if self._on_unreadable is not None:
            for record in page.unreadable:
                self._on_unreadable(record)
        if self._on_progress is not None:
            self._on_progress(self._progress(len(page.items)))

    @property
    def _here(self) -> tuple[int, int]:
        assert self.position is not None  # noqa: S101 - no page follows the end
        return self.position

    @property
    def _index(self) -> int:
        return self._here[0]

    def _move(self, index: int, number: int | None) -> None:
        self._latest_position = self._here
        if number is not None:
            self.position = index, number
        elif index + 1 < len(self.parts):
            self.position = index + 1, self.parts[index + 1].page
        else:
            self.position = None

    def step_back(self) -> None:
        """Move back to the page that arrived last, for an error that says where to resume."""
        self.position = self._latest_position

    def error(self, message: str) -> PaginationError:
        """Return the error of an iteration that can't continue from its position."""
        error = PaginationError(message, operation=self.parts[self._index].name)
        self.mark(error)
        return error

    def mark(self, error: NeonError) -> None:
        """Note on an error that the iteration can be resumed at the position."""
        mark(error, self.parts, *self._here)

    def _contradiction(
        self, number: int, page: Page, contents: _Contents, info: PageInfo
    ) -> str | None:
        """Say what is wrong with a page, or None for a page that fits."""
        if page.page is None and (contents.keys or self._previous):
            return f"page {number} has no page block, so the end can't be known"
        if not contents.keys and not info.total_results and not self._previous:
            return None  # an empty result, whatever else its page block says
        return next(self._contradictions(number, contents, info), None)

    def _contradictions(self, number: int, contents: _Contents, info: PageInfo) -> Iterator[str]:
        index = self._index
        if info.current_page != number:
            yield f"asked for page {number}, got page {info.current_page}"
        previous = self._previous
        if not contents.keys:
            deleted = contents.deleted != previous.deleted if previous else bool(contents.deleted)
            yield from empty_contradictions(number, info, deleted=deleted, first=previous is None)
        elif previous and contents.keys == previous.keys:
            yield f"page {number} repeats the page before it"
        if info.page_size > (self.page_size(index) or info.page_size):
            yield f"page {number} has room for more records than the pages before it"
        if contents.keys:
            size = self.page_size(index) or info.page_size
            before = self._latest.get(index, info).total_page
            yield from total_contradictions(number, len(contents.keys), info, size, before)
        first = self._first.get(index, info).total_page
        if number > max(first * _GROWTH_FACTOR, first + _GROWTH_PAGES):
            if number > info.total_page:
                yield f"asked for page {number}, and the total is {info.total_page}"
            yield f"the total grew from {first} pages to {info.total_page} and keeps growing"

    def _lacks(self, index: int, info: PageInfo) -> bool:
        """Whether the pages of a part, the last one included, hold less than they promised.

        How v1 counts its total is not documented, so this is a warning and not an error. It may
        count deleted records, so they may fill it.
        """
        part = self.parts[index]
        moved = info.total_results != self._first.get(index, info).total_results
        if moved or self._moved or part.page > 1 or part.ignore_deleted:
            return False
        return self._seen[index] < info.total_results

    def _note(self, index: int, info: PageInfo) -> None:
        first = self._first.setdefault(index, info)
        self._latest[index] = info
        if info.total_results != first.total_results and not self._moved:
            self._moved = True
            _logger.warning(
                "%s: the total went from %d to %d records during the iteration, so records have "
                "moved between pages, and some may be missing or doubled",
                self.parts[index].name,
                first.total_results,
                info.total_results,
            )

    def _progress(self, held: int) -> Progress:
        """Return how far the iteration is with a further page, which holds so many records."""
        left = [self._size(index, part) for index, part in enumerate(self.parts)]
        pages, items = (sum(numbers) for numbers in zip(*left, strict=True))
        return Progress(self._pages_done + 1, pages, self._items_done + held, items, self._moved)

    def _size(self, index: int, part: PagedOperation[Any]) -> tuple[int, int]:
        """Return how many pages and records of a part are to be delivered."""
        info = self._latest.get(index)
        if info is None:
            return 1, len(part.ids)
        before = part.page - 1
        records = info.total_results - before * (self.page_size(index) or 0)
        return max(info.total_page - before, 1), max(records, 0)
