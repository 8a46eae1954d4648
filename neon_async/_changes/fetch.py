"""From queries to replies."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio
import attrs

from neon_async._changes.protocol import NARROW, SLACK
from neon_async._changes.record_type import RecordT, stand_ins
from neon_async._paging.page_checks import check_readable
from neon_async.errors import APIError, PaginationError
from neon_async.operations._sync import may_refuse_order

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from neon_async._aio.background import BackgroundTasks
    from neon_async._changes.protocol import PageRequest, PageResult
    from neon_async._changes.record_type import RecordPage, RecordType
    from neon_async.models import AccountsPage, ActivitiesPage
    from neon_async.operations._base import Sender
    from neon_async.operations._sync import Sync


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


_logger = logging.getLogger("neon_async")

_ATTEMPTS = 3


class Fetcher(Generic[RecordT]):
    """Sends queries about one kind of records."""

    def __init__(
        self,
        sender: Sender,
        source: RecordType[RecordT],
        page_size: int,
        *,
        skip_unreadable: bool = False,
    ) -> None:
        """Prepare; nothing is sent yet.

        Args:
            sender: the client.
            source: the kind of records.
            page_size: records a page.
            skip_unreadable: whether a page may hold records without a usable id.
        """
        self._skip_unreadable = skip_unreadable
        self._sender = sender
        self._source = source
        self._page_size = page_size
        # Whether the server sorts by time, and whether by id, as far as it has not refused.
        self._sorts = {False: True, True: True}
        # Whether the server's totals were found to include deleted records.
        self._counts_deleted = False
        # Whether its lists of deleted ids were found to end with the page; None if not yet known.
        self._cuts_deleted: bool | None = None

    async def fetch(self, query: PageRequest) -> RecordPage[RecordT]:
        """Send a query and return the reply.

        Raises:
            NeonError: as for `AsyncClient.send`.
            PaginationError: the reply contradicts itself, or the query.
            ProtocolError: a record has no usable id, and must not be skipped.
        """
        return await (self.first(query) if query.by_id else self._fetch(query))

    async def _fetch(self, query: PageRequest, *, sort: bool = True) -> RecordPage[RecordT]:
        sort = sort and self._sorts[query.by_id]
        asked = self._source.ask(query, self._page_size, sort=sort)
        page = await self._send(asked)
        if self._counts_deleted and page.page is not None:
            total = max(0, page.page.total_results - _listed(page))
            page.page = attrs.evolve(page.page, total_results=total)
        reply = self._source.read(page, asked)
        if query.page > 1 or query.count or not await self._is_cut(reply.answer, asked):
            return reply
        return attrs.evolve(reply, answer=await self._with_all_deleted(query, reply.answer))

    async def _is_cut(self, answer: PageResult, asked: Sync[Any]) -> bool:
        """Return whether the list of deleted ids may end where the page does.

        Whether it can is not documented, so that it is tried once with another size.
        """
        listed = len(answer.deleted) + answer.unreadable_deleted
        if listed != answer.size or self._cuts_deleted is False:
            return False
        if self._cuts_deleted is None:
            other = attrs.evolve(asked, page_size=listed - 1 or 2)
            self._cuts_deleted = _listed(await self._page(other)) != listed
        return self._cuts_deleted

    async def _with_all_deleted(self, query: PageRequest, answer: PageResult) -> PageResult:
        """Add the deleted ids that a list was too short for: it is halved until it is not."""
        found, complete, waiting = set(answer.deleted), True, [query]
        while waiting:
            full = waiting.pop()
            end = answer.now if full.upper is None else full.upper
            if end - full.lower <= NARROW:
                complete = False
                continue
            middle = (full.lower + end) // 2
            older = attrs.evolve(full, upper=middle + SLACK)
            newer = attrs.evolve(full, lower=middle - SLACK)
            for half in (older, newer):
                asked = self._source.ask(half, self._page_size, sort=False)
                page = await self._page(asked)
                found.update(page.deleted_ids)
                complete &= _listed(page) == len(page.deleted_ids)
                waiting += [half] if _listed(page) == answer.size else []
        return attrs.evolve(answer, deleted=tuple(sorted(found)), all_deleted=complete)

    async def _page(self, asked: Sync[Any]) -> AccountsPage | ActivitiesPage:
        page: AccountsPage | ActivitiesPage = await self._sender.send(asked)
        if not self._skip_unreadable:
            check_readable(page, asked.name)
        return page

    async def _send(self, asked: Sync[Any]) -> AccountsPage | ActivitiesPage:
        """Return a page, and find out by it whether the server counts deleted records."""
        page = await self._page(asked)
        for _ in range(_ATTEMPTS):
            if self._counts_deleted or not _lacks_deleted(page, asked):
                break
            before = _numbers(page)
            without = attrs.evolve(asked, ignore_deleted=True, page_size=1)
            info = (await self._page(without)).page
            page = await self._page(asked)
            # Nothing has changed meanwhile, so that the deleted ones alone are the difference.
            same = info is not None and info.total_results == _numbers(page)[0]
            self._counts_deleted = same and _numbers(page) == before
        return page

    async def first(self, query: PageRequest) -> RecordPage[RecordT]:
        """Send the first query by time, or any by id.

        A server that refuses to sort so is asked for no such order from then on.

        Raises:
            NeonError: as for `fetch`.
        """
        try:
            return await self._fetch(query)
        except APIError as error:
            if not (may_refuse_order(error) and self._sorts[query.by_id]):
                raise
        reply = await self._fetch(query, sort=False)
        if self._sorts[query.by_id]:
            self._sorts[query.by_id] = False
            _logger.warning(
                "%s: the server refuses to sort by %s, so that changes take more requests",
                self._source.operation.__name__,
                "id" if query.by_id else "time",
            )
        return reply


def _lacks_deleted(page: AccountsPage | ActivitiesPage, asked: Sync[Any]) -> bool:
    """Whether a page lacks just as many records as it lists as deleted.

    What the total counts is not documented.
    """
    held, deleted, total, size = _numbers(page)
    return asked.page == 1 and 0 < deleted == total - held and held < size


def _numbers(page: AccountsPage | ActivitiesPage) -> tuple[int, int, int, int]:
    """Return how many records a page shows, how many deleted ones, their total, and its size."""
    info = page.page
    total, size = (0, 0) if info is None else (info.total_results, info.page_size)
    listed = _listed(page)
    rows = len(page.items) + len(page.unreadable) + len(page.deleted_ids) - listed
    return rows, listed, total, size


def _listed(page: AccountsPage | ActivitiesPage) -> int:
    """Return how many entries the list of deleted ids has."""
    unreadable = sum(one.deleted for one in stand_ins(page.unreadable))
    return len(page.deleted_ids) + unreadable
