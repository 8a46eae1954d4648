"""Look-ahead: pages fetched concurrently, delivered in order, at most so many held at once.

The tasks live in a context manager and not in a generator: a generator that yields inside a task
group would be cancelled in the wrong place, and could not be left by `break` (PEP 789).
"""

from __future__ import annotations

import heapq
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import anyio
import attrs

from neon_async._dispatch import bare
from neon_async._loop import ungrouped
from neon_async._pace import decoding_turn
from neon_async._walk import Walk

if TYPE_CHECKING:
    from types import TracebackType

    from anyio.abc import TaskGroup

    from neon_async.errors import PaginationError
    from neon_async.models import PageInfo

PageT = TypeVar("PageT")
T = TypeVar("T")


class Course(Protocol):
    """Judges the pages, in order."""

    def page_size(self, index: int, /) -> int | None:
        """Return the page size to ask for."""
        ...

    def learn(self, index: int, info: PageInfo, /) -> None:
        """Take note of a part's first page, before it is its turn."""
        ...

    def arrive(self, index: int, number: int, page: Any, /) -> int | None:  # noqa: ANN401
        """Check a page and return the number of the next."""
        ...

    def refuse(self, problem: str, index: int, number: int, /) -> PaginationError:
        """Return the error of a page with which the walk can't go on."""
        ...


@attrs.define(eq=False)
class _Slot:
    """A page that was asked for: it will hold the page, or the error instead.

    Attributes:
        wanted: set when the page may be decoded.
        ready: set when there is the page or the error.
        page: the page.
        error: what came instead.
        scope: cancelled when nobody wants the page anymore.
    """

    wanted: anyio.Event = attrs.field(factory=anyio.Event)
    ready: anyio.Event = attrs.field(factory=anyio.Event)
    page: Any = attrs.field(default=None, repr=False)
    error: Exception | None = None
    scope: anyio.CancelScope = attrs.field(factory=anyio.CancelScope)


class Lookahead(AbstractAsyncContextManager[AsyncGenerator[T, None]], Generic[PageT, T]):
    """An async context manager that yields the stream; see `Paginator.lookahead`."""

    def __init__(
        self,
        fetch: Callable[[int, int, int | None], Awaitable[PageT]],
        course: Course,
        first_numbers: Sequence[int],
        workers: int,
        view: Callable[[AsyncGenerator[PageT, None]], AsyncGenerator[T, None]],
    ) -> None:
        """Prepare; nothing is fetched before the context is entered."""
        self._fetch = fetch
        self._course = course
        self._first_numbers = first_numbers
        self._workers = workers
        self._view = view
        self._tasks: TaskGroup | None = None
        self._entered = False
        # A job is (part, page number). Waiting is the next job of each part; the smallest is
        # started first, so that the page which the consumer needs next can't starve.
        self._waiting: list[tuple[int, int]] = []
        self._totals: dict[int, int] = {}
        self._held: dict[tuple[int, int], _Slot] = {}

    async def __aenter__(self) -> AsyncGenerator[T, None]:
        """Start fetching the first page.

        Raises:
            RuntimeError: it was entered before.
        """
        if self._entered:
            raise RuntimeError("a look-ahead is entered once; ask the paginator for another one")
        self._entered = True
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._waiting = [(index, number) for index, number in enumerate(self._first_numbers)]
        self._fill()
        return Walk(self._view(Walk(self._pages())))

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Cancel what is still being fetched, and wait until it has ended."""
        tasks, self._tasks = self._tasks, None
        if tasks is not None:
            tasks.cancel_scope.cancel()
            for slot in self._held.values():
                slot.ready.set()  # wakes a consumer that waits in another task
            # The tasks keep their errors for the consumer, so the group has none of its own; the
            # caller's error is not passed in, or it would come out wrapped in a group.
            with ungrouped():
                await tasks.__aexit__(None, None, None)

    def _fill(self) -> None:
        """Start as many fetches as may be held, but none beyond one that failed."""
        while self._tasks and self._waiting and len(self._held) < self._workers:
            following = self._waiting[0]
            failed = (job for job, slot in self._held.items() if slot.error is not None)
            if any(job < following for job in failed):
                return
            index, number = job = heapq.heappop(self._waiting)
            if number < self._totals.get(index, 0):
                heapq.heappush(self._waiting, (index, number + 1))
            self._held[job] = _Slot()
            self._tasks.start_soon(self._run, job, self._held[job])

    async def _run(self, job: tuple[int, int], slot: _Slot) -> None:
        index, number = job
        if number != self._first_numbers[index]:  # which tells how many pages there are
            decoding_turn.set(slot.wanted.wait)
        try:
            with slot.scope:
                slot.page = await self._fetch(index, number, self._course.page_size(index))
        except Exception as error:  # noqa: BLE001 - handed to the consumer, who raises it
            slot.error = error
        else:
            if number == self._first_numbers[index] and slot.page.page is not None:
                self._course.learn(index, slot.page.page)
                self._plan(index, number + 1, slot.page.page.total_page)
        slot.ready.set()
        self._fill()

    def _plan(self, index: int, following: int, total: int) -> None:
        """Have the pages of a part fetched, from `following` to the last."""
        self._totals[index] = total
        if following <= total:
            heapq.heappush(self._waiting, (index, following))

    async def _pages(self) -> AsyncGenerator[PageT, None]:
        for index, first in enumerate(self._first_numbers):
            number: int | None = first
            while number is not None:
                page, following = await bare(self._next(index, number))
                self._want((index, number + 1))
                yield page
                del page  # tracebacks of the next may be printed with local variables
                self._release((index, number), following)
                number = following

    async def _next(self, index: int, number: int) -> tuple[PageT, int | None]:
        """Return a page, and the number of the one that follows it."""
        page = await self._take((index, number))
        return page, self._course.arrive(index, number, page)

    async def _take(self, job: tuple[int, int]) -> PageT:
        slot = self._held.get(job)
        if slot is not None and self._tasks is not None:
            slot.wanted.set()
            await slot.ready.wait()
        if slot is None or self._tasks is None:
            problem = "the look-ahead was closed before its end; iterate inside of its `async with`"
            raise self._course.refuse(problem, *job)
        if slot.error is not None:
            raise slot.error
        page: PageT = slot.page
        return page

    def _want(self, job: tuple[int, int]) -> None:
        """Let a page be decoded while the consumer waits for something else."""
        if job in self._held:
            self._held[job].wanted.set()

    def _release(self, job: tuple[int, int], following: int | None) -> None:
        """Let go of a page that the consumer is done with, and start what takes its place."""
        index, _ = job
        del self._held[job]
        if following is None:
            self._forget(index)
        elif following > self._totals[index]:
            self._plan(index, following, following)
        self._fill()

    def _forget(self, index: int) -> None:
        """Drop what was planned for a part beyond its end: its total shrank."""
        self._waiting = [job for job in self._waiting if job[0] != index]
        heapq.heapify(self._waiting)
        for job in [job for job in self._held if job[0] == index]:
            self._held.pop(job).scope.cancel()
