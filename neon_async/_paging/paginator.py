"""Paginators: the records of a sync operation, page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar

import attrs

from neon_async._paging.iteration import PageIterator, RecordIterator
from neon_async._paging.lookahead import Lookahead
from neon_async._paging.page_checks import Page, PageChecks, Progress, mark
from neon_async._paging.requested_ids import other_records
from neon_async._paging.sequential import SequentialPages
from neon_async._pipeline.dispatcher import Dispatcher
from neon_async._pipeline.secrecy import guarded
from neon_async._wire.scalars import format_number
from neon_async.errors import NeonError
from neon_async.operations._validation import require, require_callable, require_positive

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from neon_async._paging.iteration import PageSource
    from neon_async._pipeline.context import Gate
    from neon_async.models import Unreadable
    from neon_async.operations._base import Sender
    from neon_async.operations._paged import PagedOperation

T = TypeVar("T")
PageT = TypeVar("PageT", bound=Page)
ItemT = TypeVar("ItemT")
CallbackT = TypeVar("CallbackT")


class Paginator(Generic[PageT, ItemT]):
    """The records of an operation with result pages, page by page.

    `async for record in paginator` delivers all pages in order; each use starts a new iteration.

    An iteration that ends has delivered everything. A step that failed, or was cancelled by a
    time-out, loses nothing: the next `anext` asks for the same page again. Every error raised
    while iterating carries `resume`, the number of the page to resume from, and, when the
    iteration was over ids, `resume_ids`. Several tasks may share an iteration, and it may be left
    at any time, by `break` or `aclose`.

    v1 counts pages over the records as they are at each request. When records change during an
    iteration they move to other pages, and an iteration by page numbers can miss some, or return
    some twice. Replies that contradict each other are refused with `PaginationError`, and a
    total that changes is logged and shown by `Progress.moved`; other movements no client can
    detect. `AsyncClient.account_changes` and `activity_changes` lose nothing while records change.

    A page that holds a record without a usable id is refused with `ProtocolError`, which says page
    and position, unless the paginator was made with `on_unreadable`.
    """

    def __init__(
        self,
        sender: Sender,
        operation: PagedOperation[Any],
        *,
        workers: int,
        on_progress: Callable[[Progress], object] | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> None:
        """Check the operation's parameters, and send nothing yet.

        Args:
            sender: the client's dispatcher, or whatever else sends operations.
            operation: the operation for the first page.
            workers: how many pages a look-ahead holds by default.
            on_progress: called with a `Progress` after each page.
            on_unreadable: called for each record without a usable id; None to refuse its page.

        Raises:
            InvalidRequestError: a parameter breaks a rule of the reference page, or a callback
                can't be called.
        """
        operation.params()
        self._sender = sender
        self._parts = operation.parts()
        self._workers = workers
        self._on_progress = _checked(on_progress, "on_progress")
        self._on_unreadable = _checked(on_unreadable, "on_unreadable")

    def __repr__(self) -> str:
        """Show what it iterates over, without values: the method and the first page."""
        first = self._parts[0]
        return f"<Paginator of {first.name}, from page {first.page}>"

    def __aiter__(self) -> AsyncIterator[ItemT]:
        """Iterate over all records, one page after the other."""
        return RecordIterator(self._sequence(None))

    if not TYPE_CHECKING:  # for type checkers it is no awaitable

        def __await__(self) -> NoReturn:
            """Refuse to be awaited: a first page taken for the whole would be a silent loss.

            Raises:
                TypeError: always.
            """
            raise TypeError(
                "a paginator can't be awaited: iterate with `async for`, or await its `collect()` "
                "for a list of all records, or its `first_page()` for one page"
            )

    def pages(
        self, *, on_progress: Callable[[Progress], object] | None = None
    ) -> AsyncGenerator[PageT, None]:
        """Iterate over all pages, one after the other.

        Args:
            on_progress: called with a `Progress` after each page, instead of the paginator's own.
        """
        return PageIterator(self._sequence(on_progress))

    @guarded
    async def first_page(self) -> PageT:
        """Return the first page alone."""
        page: PageT | None = await self._sequence(None).next_page()
        assert page is not None  # noqa: S101 - there is always a first page
        return page

    @guarded
    async def collect(
        self,
        limit: int | None = None,
        *,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> list[ItemT]:
        """Return the records as a list.

        All of them are kept in memory, about 4.5 KB for an account. In a process that does nothing
        else meanwhile, switching the cyclic garbage collector off (`gc.disable()`) until the
        list is complete makes a large pull markedly faster; that is the caller's to decide.

        Args:
            limit: how many records at the most; None for all.
            on_progress: called with a `Progress` after each page.

        Raises:
            InvalidRequestError: the limit is not a whole number, or negative.
        """
        is_valid = limit is None or format_number(limit, 0) is not None
        require(is_valid, "an integer of 0 or more", limit, "limit")
        records: list[ItemT] = []
        if limit == 0:
            return records
        async for page in self.pages(on_progress=on_progress):
            records.extend(page.items)
            if limit is not None and len(records) >= limit:
                return records[:limit]
        return records

    def lookahead(
        self,
        workers: int | None = None,
        *,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Lookahead[PageT, ItemT]:
        """Iterate over all records in order, while the next pages are fetched concurrently.

        ```python
        async with neon.sync_accounts(time_from=last_week).lookahead() as accounts:
            async for account in accounts:
                ...
        ```

        The block may be entered in one task and left in another one of the same event loop. A
        step that failed or was cancelled ends the look-ahead: each further one raises a
        `PaginationError`, whose `resume` and `resume_ids` say where another look-ahead resumes.

        Args:
            workers: how many pages are fetched or held at once; None for twice the client's
                `max_concurrency`, so that requests go out while pages are consumed.
            on_progress: called with a `Progress` after each page.

        Raises:
            InvalidRequestError: `workers` is not a positive whole number.
        """
        return self._lookahead(workers, on_progress, RecordIterator)

    def lookahead_pages(
        self,
        workers: int | None = None,
        *,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Lookahead[PageT, PageT]:
        """Iterate over all pages in order, while the next ones are fetched concurrently.

        See `lookahead`, which takes the same arguments.
        """
        return self._lookahead(workers, on_progress, PageIterator)

    def _lookahead(
        self,
        workers: int | None,
        on_progress: Callable[[Progress], object] | None,
        view: Callable[[PageSource[PageT]], AsyncGenerator[T, None]],
    ) -> Lookahead[PageT, T]:
        held = self._workers if workers is None else require_positive(workers, "workers")
        return Lookahead(self._fetch, self._page_checks(on_progress), held, view)

    def _page_checks(self, on_progress: Callable[[Progress], object] | None) -> PageChecks:
        report = _checked(on_progress, "on_progress") or self._on_progress
        return PageChecks(self._parts, report, self._on_unreadable)

    def _sequence(self, on_progress: Callable[[Progress], object] | None) -> SequentialPages[PageT]:
        return SequentialPages(self._fetch, self._page_checks(on_progress))

    async def _fetch(
        self,
        index: int,
        number: int,
        page_size: int | None,
        /,
        decode_when: Gate | None = None,
    ) -> PageT:
        operation = attrs.evolve(self._parts[index], page=number)
        if page_size is not None:
            operation = attrs.evolve(operation, page_size=page_size)
        try:
            page: PageT = await self._send(operation, decode_when)
            others = None
            if operation.ids:
                if decode_when is not None:
                    decode_when.leave()  # it may take further requests
                others = await other_records(self._sender, operation, page)
        except NeonError as error:
            mark(error, self._parts, index, number)
            raise
        if others is not None:
            left = others.resume_ids or ()
            rest = [record_id for part in self._parts[index + 1 :] for record_id in part.ids]
            others.resume_ids = (*left, *rest)
            raise others
        return page

    async def _send(self, operation: PagedOperation[Any], decode_when: Gate | None) -> PageT:
        page: PageT
        if isinstance(self._sender, Dispatcher):
            page = await self._sender.send(operation, decode_when=decode_when)
        else:  # the feed iterates with the client
            page = await self._sender.send(operation)
        return page


def _checked(callback: CallbackT, parameter: str) -> CallbackT:
    require_callable(callback, parameter)
    return callback
