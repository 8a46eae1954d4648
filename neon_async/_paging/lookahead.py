"""Look-ahead: pages fetched concurrently, delivered in order, at most so many held at once.

The tasks live in a context manager and not in a generator: a generator that yields inside a task
group would be cancelled in the wrong place, and could not be left by `break` (PEP 789).
"""

from __future__ import annotations

import heapq
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
import attrs

from neon_async._aio.background import BackgroundTasks
from neon_async._paging.decode_gate import DecodeGate
from neon_async._paging.page_checks import Page
from neon_async._pipeline.secrecy import guarded
from neon_async.errors import NeonError

if TYPE_CHECKING:
    from neon_async._paging.iteration import PageSource
    from neon_async._paging.page_checks import PageChecks
    from neon_async._paging.sequential import Fetch

PageT = TypeVar("PageT", bound=Page)
T = TypeVar("T")


@attrs.define(eq=False)
class _Slot:
    """A page that was asked for: it will hold the page, or the error instead.

    Attributes:
        gate: says when the page is decoded.
        ready: set when there is the page or the error, or neither will come.
        scope: cancelled when the page is no longer needed.
    """

    gate: DecodeGate = attrs.field(factory=DecodeGate)
    ready: anyio.Event = attrs.field(factory=anyio.Event)
    page: Any = attrs.field(default=None, repr=False)
    error: Exception | None = attrs.field(default=None, repr=False)
    scope: anyio.CancelScope | None = None


class _PagesAhead(Generic[PageT]):
    """Fetches pages in background tasks, before they are asked for."""

    def __init__(self, fetch: Fetch[PageT], checks: PageChecks, workers: int) -> None:
        """Start fetching the first page."""
        self._fetch = fetch
        self._checks = checks
        self._workers = workers
        self._tasks = BackgroundTasks("look-ahead")
        self._first_numbers = [part.page for part in checks.parts]
        # A job is (part, page number). Waiting is the next job of each part; the smallest is
        # started first, so that the page which the consumer needs next can't starve.
        self._waiting = list(enumerate(self._first_numbers))
        self._totals: dict[int, int] = {}
        self._held: dict[tuple[int, int], _Slot] = {}
        # The page that was delivered last: it counts as held until the next one is asked for.
        self._delivered: tuple[int, int] | None = None
        self._failed = False
        self._fill()

    async def next_page(self) -> PageT | None:
        """Return the next page, or None when all were delivered (see `PageSource`)."""
        position = self._checks.position
        if position is None:
            self._release()
            return None
        self._check_loop()
        self._release()
        self._check_open()
        try:
            page = await self._take(self._held[position])
            self._checks.accept(page)
        except BaseException:
            # The consumer may be gone, so nothing is fetched for it any more.
            self._failed = True
            self.cancel()
            raise
        self._delivered = position
        self._want()
        return page

    def close(self, *, again: bool) -> None:
        """End the iteration (see `PageSource`)."""
        if again:
            self._checks.step_back()
        self.cancel()

    def cancel(self) -> None:
        """Cancel what is being fetched, and wake who waits for it."""
        self._tasks.cancel()
        for slot in self._held.values():
            slot.ready.set()

    async def aclose(self) -> None:
        """Cancel what is being fetched, and wait until it has ended."""
        self._tasks.check_loop()
        self.cancel()
        await self._tasks.aclose()

    def _check_loop(self) -> None:
        try:
            self._tasks.check_loop()
        except NeonError as error:
            self._checks.mark(error)
            raise

    def _check_open(self) -> None:
        if self._failed:
            raise self._checks.error(
                "the look-ahead ended because a page failed; resume with another one"
            )
        if self._tasks.closed:
            raise self._checks.error(
                "the look-ahead was closed before its end; iterate inside its `async with`"
            )

    async def _take(self, slot: _Slot) -> PageT:
        await slot.gate.take(slot.ready)
        if slot.error is not None:
            raise slot.error
        if slot.page is None:
            self._check_open()
            raise self._tasks.failure or self._checks.error(
                "the request for the page was cancelled"
            )
        page: PageT = slot.page
        return page

    def _fill(self) -> None:
        """Start as many fetches as may be held, but none beyond one that failed."""
        while self._waiting and len(self._held) < self._workers and not self._tasks.closed:
            following = self._waiting[0]
            failed = (job for job, slot in self._held.items() if slot.error is not None)
            if any(job < following for job in failed):
                return
            index, number = job = heapq.heappop(self._waiting)
            if number < self._totals.get(index, 0):
                heapq.heappush(self._waiting, (index, number + 1))
            slot = self._held[job] = _Slot()
            slot.scope = self._tasks.start_soon(self._run, job, slot)

    async def _run(self, job: tuple[int, int], slot: _Slot) -> None:
        index, number = job
        # The first page says how many there are, and is decoded at once.
        first = number == self._first_numbers[index]
        gate = None if first else slot.gate
        try:
            slot.page = await self._fetch(index, number, self._checks.page_size(index), gate)
        except Exception as error:  # noqa: BLE001 - handed to the consumer, who raises it
            slot.error = error
        finally:
            slot.ready.set()
            slot.gate.decoded(has_page=slot.page is not None)
        if first and slot.page is not None and slot.page.page is not None:
            self._checks.record_page_size(index, slot.page.page)
            self._plan(index, number + 1, slot.page.page.total_page)
        self._fill()

    def _plan(self, index: int, following: int, total: int) -> None:
        """Have the pages of a part fetched, from `following` to the last."""
        self._totals[index] = total
        if following <= total:
            heapq.heappush(self._waiting, (index, following))

    def _want(self) -> None:
        """Let the next page be decoded while the consumer waits for something else."""
        position = self._checks.position
        if position in self._held:
            self._held[position].gate.open_ahead()

    def _release(self) -> None:
        """Let go of a page that the consumer is done with, and start what takes its place."""
        if self._delivered is None:
            return
        index, _ = self._delivered
        del self._held[self._delivered]
        self._delivered = None
        position = self._checks.position
        if position is None or position[0] != index:
            self._forget(index)
        elif position[1] > self._totals[index]:
            self._plan(index, position[1], position[1])
        self._fill()

    def _forget(self, index: int) -> None:
        """Drop what was planned for a part beyond its end: its total shrank."""
        self._waiting = [job for job in self._waiting if job[0] != index]
        heapq.heapify(self._waiting)
        for job in [job for job in self._held if job[0] == index]:
            scope = self._held.pop(job).scope
            assert scope is not None  # noqa: S101 - it is set when the slot is made
            scope.cancel()


class Lookahead(AbstractAsyncContextManager[AsyncGenerator[T, None]], Generic[PageT, T]):
    """An async context manager that yields the stream (see `Paginator.lookahead`)."""

    def __init__(
        self,
        fetch: Fetch[PageT],
        checks: PageChecks,
        workers: int,
        view: Callable[[PageSource[PageT]], AsyncGenerator[T, None]],
    ) -> None:
        """Prepare, without fetching anything before the context is entered."""
        self._fetch = fetch
        self._checks = checks
        self._workers = workers
        self._view = view
        self._pages: _PagesAhead[PageT] | None = None

    @guarded
    async def __aenter__(self) -> AsyncGenerator[T, None]:
        """Start fetching the first page.

        Raises:
            RuntimeError: it was entered before.
        """
        if self._pages is not None:
            raise RuntimeError(
                "a look-ahead can be entered only once; get another one from the paginator"
            )
        self._pages = _PagesAhead(self._fetch, self._checks, self._workers)
        return self._view(self._pages)

    @guarded
    async def __aexit__(self, *error: object) -> None:
        """Cancel what is still being fetched, and wait until it has ended.

        Any task of the event loop may do so.

        Raises:
            EventLoopError: it is another event loop than that in which it was entered.
        """
        if self._pages is not None:
            await self._pages.aclose()
