"""Queries of several walks under way at once."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio

from neon_async.errors import PaginationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from neon_async._aio.background import BackgroundTasks

_CLOSED = "the feed was closed before its end"

JobT = TypeVar("JobT")
QueryT = TypeVar("QueryT")
ReplyT = TypeVar("ReplyT")


class Pool(Generic[JobT, QueryT, ReplyT]):
    """Fetches replies in tasks, and hands them over in the order of their arrival.

    Attributes:
        outstanding: queries whose reply was not handed over yet.
    """

    def __init__(
        self, tasks: BackgroundTasks, fetch: Callable[[QueryT], Awaitable[ReplyT]]
    ) -> None:
        """Use tasks that somebody else closes."""
        self._tasks = tasks
        self._fetch = fetch
        self._arrived: deque[tuple[JobT, ReplyT | None, Exception | None]] = deque()
        self._arrival = anyio.Event()
        # Whether a fetch was ended by something else than a reply or an error of its own.
        self._stopped = False
        self.outstanding = 0

    def start(self, job: JobT, query: QueryT) -> None:
        """Begin to fetch the reply to a query.

        Raises:
            PaginationError: the tasks were closed by another task meanwhile.
        """
        if self._tasks.closed:
            raise PaginationError(_CLOSED)
        self.outstanding += 1
        self._tasks.start_soon(self._run, job, query)

    async def arrival(self) -> tuple[JobT, ReplyT]:
        """Wait for the next reply, and return it with its job.

        Raises:
            Exception: what the fetch raised.
            PaginationError: the tasks were closed by another task meanwhile.
        """
        while not self._arrived:
            if self._stopped:
                raise self._tasks.failure or PaginationError(_CLOSED)
            self._arrival = anyio.Event()
            await self._arrival.wait()
        job, reply, error = self._arrived.popleft()
        self.outstanding -= 1
        if reply is None:
            assert error is not None  # noqa: S101 - a fetch ends in one of two ways
            raise error
        return job, reply

    async def _run(self, job: JobT, query: QueryT) -> None:
        try:
            self._arrived.append((job, await self._fetch(query), None))
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for the reply
            self._arrived.append((job, None, error))
        except BaseException:
            self._stopped = True
            raise
        finally:
            self._arrival.set()
