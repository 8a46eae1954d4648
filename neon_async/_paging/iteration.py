"""Iterators over result pages, and over the records on them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar

import anyio

from neon_async._aio.generators import thrown
from neon_async._pipeline.secrecy import guarded

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")
PageT = TypeVar("PageT")
PageT_co = TypeVar("PageT_co", covariant=True)
ItemT = TypeVar("ItemT")


class PageSource(Protocol[PageT_co]):
    """What fetches the pages of one iteration, in order."""

    async def next_page(self) -> PageT_co | None:
        """Return the next page, or None when all were delivered.

        A call that fails or is cancelled loses nothing: the next one returns the same page, or
        raises as well.
        """
        ...

    def close(self, *, again: bool) -> None:
        """End the iteration: the next call raises, unless all was delivered.

        Args:
            again: whether something of the latest page was not taken, so that the next step
                begins with that page.
        """
        ...


class _Iteration(AsyncGenerator[T, None]):
    """An async iterator that may be abandoned, with the methods of an async generator.

    It holds no task, cancel scope or connection between two steps, so one that is left by `break`
    is just collected. A generator could not continue after an error or a cancellation: it looks
    as if it had ended.
    """

    __slots__ = ("__weakref__", "_lock", "_source")

    def __init__(self, source: PageSource[Any]) -> None:
        self._source = source
        # Several tasks may share an iteration: each step is about one page at a time.
        self._lock = anyio.Lock()

    async def _begin_step(self) -> None:
        """Take the lock, without giving way if it is free."""
        try:
            self._lock.acquire_nowait()
        except anyio.WouldBlock:
            await self._lock.acquire()

    async def asend(self, value: None, /) -> T:
        """Do the same as `anext`."""
        del value
        return await self.__anext__()

    async def athrow(
        self,
        typ: Any,  # noqa: ANN401 - the three forms of generator.throw
        val: object = None,
        tb: TracebackType | None = None,
        /,
    ) -> NoReturn:
        """End the iteration, and raise an exception."""
        await self.aclose()
        raise thrown(typ, val, tb)


class PageIterator(_Iteration[PageT]):
    """The pages of a source."""

    __slots__ = ()

    @guarded
    async def __anext__(self) -> PageT:
        """Return the next page.

        Raises:
            StopAsyncIteration: all were delivered.
            NeonError: as for `AsyncClient.send`, and `PaginationError`, with `resume`.
        """
        await self._begin_step()
        try:
            page: PageT | None = await self._source.next_page()
        finally:
            self._lock.release()
        if page is None:
            raise StopAsyncIteration
        return page

    async def aclose(self) -> None:
        self._source.close(again=False)


class RecordIterator(_Iteration[ItemT]):
    """The records on the pages of a source."""

    __slots__ = ("_records",)

    def __init__(self, source: PageSource[Any]) -> None:
        super().__init__(source)
        self._records: Iterator[ItemT] = iter(())

    async def __anext__(self) -> ItemT:
        """Return the next record.

        Raises:
            StopAsyncIteration: all were delivered.
            NeonError: as for `AsyncClient.send`, and `PaginationError`, with `resume`.
        """
        # Nearly every step ends here, so it is kept short.
        for record in self._records:
            return record
        return await self._next_page()

    @guarded
    async def _next_page(self) -> ItemT:
        await self._begin_step()
        try:
            while True:
                for record in self._records:  # of a page that came for another task meanwhile
                    return record
                page = await self._source.next_page()
                if page is None:
                    raise StopAsyncIteration
                self._records = iter(page.items)
        finally:
            self._lock.release()

    async def aclose(self) -> None:
        left = next(self._records, None) is not None
        self._records = iter(())
        self._source.close(again=left)
