"""The pages of one iteration, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from neon_async._paging.page_checks import Page

if TYPE_CHECKING:
    from neon_async._paging.page_checks import PageChecks
    from neon_async._pipeline.context import Gate

PageT = TypeVar("PageT", bound=Page)
PageT_co = TypeVar("PageT_co", bound=Page, covariant=True)


class Fetch(Protocol[PageT_co]):
    async def __call__(
        self,
        index: int,
        number: int,
        page_size: int | None,
        /,
        decode_when: Gate | None = None,
    ) -> PageT_co:
        """Return the page of a part and number, in pages of a size.

        Args:
            index: the part.
            number: the page's number.
            page_size: records a page, once the server has said so.
            decode_when: entered before the reply is decoded.
        """
        ...


class SequentialPages(Generic[PageT]):
    """Fetches each page when it is asked for.

    A page that did not arrive is asked for again by the next call: nothing is noted of it before
    it has arrived, and nothing waits after that.
    """

    def __init__(self, fetch: Fetch[PageT], checks: PageChecks) -> None:
        self._fetch = fetch
        self._checks = checks
        self._closed = False

    async def next_page(self) -> PageT | None:
        """Return the next page, or None when all were delivered (see `PageSource`)."""
        position = self._checks.position
        if position is None:
            return None
        if self._closed:
            raise self._checks.error("the iteration was closed before its end")
        index, number = position
        page = await self._fetch(index, number, self._checks.page_size(index))
        self._checks.accept(page)
        return page

    def close(self, *, again: bool) -> None:
        """End the iteration (see `PageSource`)."""
        if again:
            self._checks.step_back()
        self._closed = True
