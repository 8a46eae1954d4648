"""Walking pages: plainly, one after the other, or with look-ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from neon_async._course import Course, Page, Progress, mark
from neon_async._dispatch import bare
from neon_async._lookahead import Lookahead
from neon_async._walk import Walk
from neon_async._wire.scalars import format_number
from neon_async.errors import InvalidRequestError, NeonError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

    from neon_async.operations._base import Sender
    from neon_async.operations._sync import Sync

T = TypeVar("T")
PageT = TypeVar("PageT", bound=Page)
ItemT = TypeVar("ItemT")

# Frames of this module wait for requests, which may fail. They let go of records before, or hold
# them in something that does not show them: tracebacks may be printed with local variables.

# As many ids as the largest page holds rows, so that a request by ids is one page.
IDS_PER_REQUEST = 200


class Paginator(Generic[PageT, ItemT]):
    """The records of a sync operation, page by page.

    `async for record in paginator` walks all pages in order; each use starts a new walk.

    v1 counts pages over the records as they are at each request. When records change during a
    walk they move to other pages, and a walk by page numbers can miss some, or return some
    twice. What contradicts itself in the replies is refused with `PaginationError`, and a total
    that changes is logged and shown by `Progress.moved`; what does not show, no client can see.
    `AsyncClient.account_changes` and `activity_changes` lose nothing while records change.

    Every error raised while walking carries `resume`, the number of the page to go on from, and,
    when the walk was over ids, `resume_ids`.
    """

    def __init__(
        self,
        sender: Sender,
        operation: Sync[Any],
        *,
        workers: int,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> None:
        """Check the operation's parameters, and send nothing yet.

        Args:
            sender: the client.
            operation: the operation for the first page.
            workers: how many pages a look-ahead holds when it is not told.
            on_progress: called with a `Progress` after each page.

        Raises:
            InvalidRequestError: a parameter breaks a rule of the reference page, or `on_progress`
                can't be called.
        """
        operation.params()
        self._sender = sender
        self._parts = tuple(_parts(operation))
        self._workers = workers
        self._on_progress = _checked(on_progress)

    def __aiter__(self) -> AsyncIterator[ItemT]:
        """Walk all records, one page after the other."""
        return Walk(_items(self.pages()))

    def pages(
        self, *, on_progress: Callable[[Progress], object] | None = None
    ) -> AsyncGenerator[PageT, None]:
        """Walk all pages, one after the other.

        Args:
            on_progress: called with a `Progress` after each page, instead of the paginator's own.
        """
        return Walk(self._pages(self._course(on_progress)))

    async def first_page(self) -> PageT:
        """Return the first page alone."""
        page, _ = await bare(self._next(self._course(None), 0, self._parts[0].page))
        return page

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
        if limit is not None and format_number(limit, 0) is None:
            problem = "a limit is a whole number, and not negative"
            raise InvalidRequestError(problem, parameter="limit")
        found = Collected[ItemT]()
        if limit == 0:
            return found.items
        async for page in self.pages(on_progress=on_progress):
            found.items.extend(page.items)
            del page
            if limit is not None and len(found.items) >= limit:
                return found.items[:limit]
        return found.items

    def lookahead(
        self,
        workers: int | None = None,
        *,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Lookahead[PageT, ItemT]:
        """Walk all records in order, while the next pages are fetched concurrently.

        ```python
        async with neon.sync_accounts(time_from=last_week).lookahead() as accounts:
            async for account in accounts:
                ...
        ```

        Args:
            workers: how many pages are fetched or held at once; None for twice the client's
                `max_concurrency`, so that requests go out while pages are consumed.
            on_progress: called with a `Progress` after each page.

        Raises:
            InvalidRequestError: `workers` is not a positive whole number.
        """
        return self._lookahead(workers, on_progress, _items)

    def lookahead_pages(
        self,
        workers: int | None = None,
        *,
        on_progress: Callable[[Progress], object] | None = None,
    ) -> Lookahead[PageT, PageT]:
        """Walk all pages in order, while the next ones are fetched concurrently.

        See `lookahead`, which takes the same arguments.
        """
        return self._lookahead(workers, on_progress, lambda pages: pages)

    def _lookahead(
        self,
        workers: int | None,
        on_progress: Callable[[Progress], object] | None,
        view: Callable[[AsyncGenerator[PageT, None]], AsyncGenerator[T, None]],
    ) -> Lookahead[PageT, T]:
        held = self._workers if workers is None else workers
        if format_number(held) is None:
            problem = "at least one worker is needed, and a whole number of them"
            raise InvalidRequestError(problem, parameter="workers")
        return Lookahead(
            self._fetch, self._course(on_progress), [part.page for part in self._parts], held, view
        )

    def _course(self, on_progress: Callable[[Progress], object] | None) -> Course:
        return Course(self._parts, _checked(on_progress) or self._on_progress)

    async def _pages(self, course: Course) -> AsyncGenerator[PageT, None]:
        for index, part in enumerate(self._parts):
            number: int | None = part.page
            while number is not None:
                page, number = await bare(self._next(course, index, number))
                yield page
                del page

    async def _next(self, course: Course, index: int, number: int) -> tuple[PageT, int | None]:
        """Return a page, and the number of the one that follows it."""
        page = await self._fetch(index, number, course.page_size(index))
        return page, course.arrive(index, number, page)

    async def _fetch(self, index: int, number: int, page_size: int | None = None) -> PageT:
        operation = attrs.evolve(self._parts[index], page=number)
        if page_size is not None:
            operation = attrs.evolve(operation, page_size=page_size)
        try:
            page: PageT = await self._sender.send(operation)
        except NeonError as error:
            mark(error, self._parts, index, number)
            raise
        return page


def _checked(
    on_progress: Callable[[Progress], object] | None,
) -> Callable[[Progress], object] | None:
    if on_progress is not None and not callable(on_progress):
        raise InvalidRequestError("must be a function", parameter="on_progress")
    return on_progress


def _parts(operation: Sync[Any]) -> Iterator[Sync[Any]]:
    """Split an operation over more ids than fit one request."""
    ids = tuple(dict.fromkeys(operation.ids))
    yield attrs.evolve(operation, ids=ids[:IDS_PER_REQUEST])
    for start in range(IDS_PER_REQUEST, len(ids), IDS_PER_REQUEST):
        yield attrs.evolve(operation, ids=ids[start : start + IDS_PER_REQUEST], page=1)


@attrs.define(eq=False)
class Collected(Generic[ItemT]):
    """Records, for frames that wait while they hold them.

    Attributes:
        items: the records, which no representation shows.
    """

    items: list[ItemT] = attrs.field(factory=list[ItemT], repr=False)


async def _items(pages: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    async for page in pages:
        items = iter(page.items)
        del page
        for item in items:
            yield item
            del item
