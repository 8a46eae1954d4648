"""Paginators for synchronous code."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from neon_async._pipeline.secrecy import guarded

if TYPE_CHECKING:
    from types import TracebackType

    from neon_async import Paginator, Progress
    from neon_async.blocking._loop_thread import LoopThread

T = TypeVar("T")
PageT = TypeVar("PageT")
ItemT = TypeVar("ItemT")


class BlockingIterator(Iterator[T]):
    """An iterator whose steps are those of an async one.

    A step that failed or was interrupted loses nothing, as there: plain iteration asks for the
    same page again, what runs ahead raises `PaginationError` with `resume`.
    """

    def __init__(
        self, thread: LoopThread, steps: AsyncIterator[Any], split: Callable[[Any], Any] | None
    ) -> None:
        """Take the steps of an async iterator.

        Args:
            thread: where its event loop is.
            steps: the async iterator.
            split: returns the items of a step; None when the step is the item.
        """
        self._thread = thread
        self._steps = steps
        self._split = split
        self._ready: deque[T] = deque()

    @guarded
    def __next__(self) -> T:
        """Return the next item.

        Raises:
            StopIteration: all were delivered.
            NeonError: as for the async iterator.
        """
        # A page may have no items: its records were edited since, and moved to a later time.
        while not self._ready:
            try:
                step = self._thread.run(self._steps.__anext__)
            # Not raised from here: a StopIteration with that as its context would keep the frames.
            except StopAsyncIteration:
                break
            self._ready.extend([step] if self._split is None else self._split(step))
        if not self._ready:
            raise StopIteration
        return self._ready.popleft()


class BlockingPaginator(Generic[PageT, ItemT]):
    """The pages of a `Paginator`, and the records on them: `for record in paginator`."""

    def __init__(self, thread: LoopThread, paginator: Paginator[Any, Any]) -> None:
        """Wrap a paginator.

        Args:
            thread: where the event loop of its client is.
            paginator: the paginator.
        """
        self._thread = thread
        self._paginator = paginator

    def __iter__(self) -> BlockingIterator[ItemT]:
        """Iterate over all records, one page after the other."""
        return BlockingIterator(self._thread, self._paginator.pages(), _items)

    def pages(
        self, *, on_progress: Callable[[Progress], object] | None = None
    ) -> BlockingIterator[PageT]:
        """Iterate over all pages, one after the other (see `Paginator.pages`)."""
        return BlockingIterator(self._thread, self._paginator.pages(on_progress=on_progress), None)

    @guarded
    def first_page(self) -> PageT:
        """Return the first page alone."""
        page: PageT = self._thread.run(self._paginator.first_page)
        return page

    @guarded
    def collect(
        self,
        limit: int | None = None,
        *,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> list[ItemT]:
        """Return the records as a list (see `Paginator.collect`)."""
        records: list[ItemT] = self._thread.run(
            lambda: self._paginator.collect(limit, on_progress=on_progress)
        )
        return records

    @guarded
    def lookahead(
        self,
        workers: int | None = None,
        *,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> AbstractContextManager[BlockingIterator[ItemT]]:
        """Iterate over all records in order, while the next pages are fetched concurrently.

        ```python
        with neon.sync_accounts(time_from=last_week).lookahead() as accounts:
            for account in accounts:
                ...
        ```

        See `Paginator.lookahead`.
        """
        # Pages, not records: one step into the thread and back for each page.
        pages = self._paginator.lookahead_pages(workers, on_progress=on_progress)
        block: _Block[ItemT] = _Block(self._thread, pages, _items)
        return block

    @guarded
    def lookahead_pages(
        self,
        workers: int | None = None,
        *,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> AbstractContextManager[BlockingIterator[PageT]]:
        """Iterate over all pages in order, while the next ones are fetched concurrently.

        See `Paginator.lookahead_pages`.
        """
        pages = self._paginator.lookahead_pages(workers, on_progress=on_progress)
        block: _Block[PageT] = _Block(self._thread, pages, None)
        return block


class _Block(AbstractContextManager[BlockingIterator[T]]):
    """A `with` block around an async one."""

    def __init__(
        self,
        thread: LoopThread,
        block: AbstractAsyncContextManager[AsyncIterator[Any]],
        split: Callable[[Any], Any] | None,
    ) -> None:
        self._thread = thread
        self._block = block
        self._split = split

    @guarded
    def __enter__(self) -> BlockingIterator[T]:
        steps = self._thread.run(self._block.__aenter__)
        return BlockingIterator(self._thread, steps, self._split)

    @guarded
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Nothing is returned, since a true value would swallow the exception of the block.
        self._thread.run(lambda: self._block.__aexit__(exc_type, exc_value, traceback))


def _items(page: Any) -> Any:  # noqa: ANN401 - the items of accounts, activities or rows
    return page.items
