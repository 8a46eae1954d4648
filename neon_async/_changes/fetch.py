"""Send page requests, one by one or several at once."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Generic

import anyio
import attrs

from neon_async._changes.protocol import NARROW, SLACK, to_micros
from neon_async._changes.record_type import RecordT, stand_ins
from neon_async._paging.existing import pages_by_ids
from neon_async._paging.page_checks import check_readable
from neon_async.errors import APIError, PaginationError
from neon_async.operations._sync import may_refuse_order

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import TypeAlias

    from neon_async._aio.background import BackgroundTasks
    from neon_async._changes.plan import Clocks
    from neon_async._changes.protocol import PageRequest, PageResult, Stepper
    from neon_async._changes.record_type import RecordPage, RecordType
    from neon_async.models import AccountsPage, ActivitiesPage
    from neon_async.operations._base import Sender
    from neon_async.operations._sync import Sync

    _Arrival: TypeAlias = tuple[Stepper[Any], RecordPage[RecordT] | None, Exception | None]

_logger = logging.getLogger("neon_async")

_ATTEMPTS = 3
_CLOSED = "the feed was closed before its end"


class Pool(Generic[RecordT]):
    """Fetches pages in tasks, and hands them over in the order of their arrival.

    Attributes:
        outstanding: requests whose page was not handed over yet.
    """

    def __init__(
        self,
        tasks: BackgroundTasks,
        fetch: Callable[[PageRequest], Awaitable[RecordPage[RecordT]]],
    ) -> None:
        """Use tasks that somebody else closes."""
        self._tasks = tasks
        self._fetch = fetch
        self._received: deque[_Arrival[RecordT]] = deque()
        self._arrival = anyio.Event()
        # Whether a fetch was ended by something else than a reply or an error of its own.
        self._stopped = False
        self.outstanding = 0

    def start(self, reading: Stepper[Any]) -> None:
        """Begin to fetch the page that a plan generator asks for."""
        if self._tasks.closed:
            raise PaginationError(_CLOSED)
        self.outstanding += 1
        self._tasks.start_soon(self._run, reading)

    async def arrival(self) -> tuple[Stepper[Any], RecordPage[RecordT]]:
        """Wait for the next page, and return it behind the plan generator that asked for it.

        Raises:
            Exception: what the fetch raised.
            PaginationError: the tasks were closed by another task meanwhile.
        """
        while not self._received:
            if self._stopped:
                raise self._tasks.failure or PaginationError(_CLOSED)
            self._arrival = anyio.Event()
            await self._arrival.wait()
        reading, page, error = self._received.popleft()
        self.outstanding -= 1
        if page is None:
            assert error is not None  # noqa: S101 - a fetch ends in one of two ways
            raise error
        return reading, page

    async def _run(self, reading: Stepper[Any]) -> None:
        try:
            self._received.append((reading, await self._fetch(reading.request), None))
        except Exception as error:  # noqa: BLE001 - handed to the task that waits for the page
            self._received.append((reading, None, error))
        except BaseException:
            self._stopped = True
            raise
        finally:
            self._arrival.set()


class Fetcher(Generic[RecordT]):
    """Sends requests for pages of one kind of records.

    Attributes:
        sent: how many pages were requested, without what had to be asked about some of them.
    """

    def __init__(
        self,
        sender: Sender,
        record_type: RecordType[RecordT],
        page_size: int,
        *,
        skip_unreadable: bool = False,
        clocks: Clocks | None = None,
    ) -> None:
        self.sent = 0
        self._skip_unreadable = skip_unreadable
        self._sender = sender
        self._record_type = record_type
        self._page_size = page_size
        self._clocks = clocks
        # The orders that the server has refused.
        self._refused: set[str] = set()
        # Whether the server's totals were found to include deleted records.
        self._counts_deleted = False
        # Whether its lists of deleted ids were found to end with the page; None if not yet known.
        self._cuts_deleted: bool | None = None

    async def fetch(self, request: PageRequest) -> RecordPage[RecordT]:
        """Send a request and return the page.

        Raises:
            NeonError: as for `AsyncClient.send`.
            PaginationError: the reply contradicts itself, or the request.
            ProtocolError: a record has no usable id, and must not be skipped.
        """
        if request.ids:
            return await self._by_ids(request)
        seldom = request.by_id or request.newest_first
        return await (self.first(request) if seldom else self._fetch(request))

    async def _fetch(self, request: PageRequest, *, sort: bool = True) -> RecordPage[RecordT]:
        self.sent += 1
        sort = sort and _order(request) not in self._refused
        operation = self._record_type.ask(request, self._page_size, sort=sort)
        page = await self._send(operation)
        if self._counts_deleted and page.page is not None:
            total = max(0, page.page.total_results - _listed(page))
            page.page = attrs.evolve(page.page, total_results=total)
        fetched = self._record_type.read(page, operation, newest_first=request.newest_first)
        result = fetched.result
        if self._counts_deleted:
            result = attrs.evolve(result, snapshot=False)
        if request.page == 1 and not request.count and await self._is_cut(result, operation):
            result = await self._with_all_deleted(request, result)
        return attrs.evolve(fetched, result=result)

    async def _by_ids(self, request: PageRequest) -> RecordPage[RecordT]:
        self.sent += 1
        operation = self._record_type.operation
        pages = await pages_by_ids(self._page, operation, request.ids, strict=False)
        return self._record_type.among(request, pages)

    async def _is_cut(self, result: PageResult, operation: Sync[Any]) -> bool:
        """Return whether the list of deleted ids may end where the page does.

        Whether it can is not documented, so that it is tried once with another size.
        """
        listed = len(result.deleted) + result.unreadable_deleted
        if listed != result.size or self._cuts_deleted is False:
            return False
        if self._cuts_deleted is None:
            other = attrs.evolve(operation, page_size=listed - 1 or 2)
            self._cuts_deleted = _listed(await self._page(other)) != listed
        return self._cuts_deleted

    async def _with_all_deleted(self, request: PageRequest, result: PageResult) -> PageResult:
        """Add the deleted ids that a list was too short for: it is halved until it is not."""
        ids, complete, waiting = set(result.deleted), True, [request]
        while waiting:
            full = waiting.pop()
            end = result.now if full.upper is None else full.upper
            if end - full.lower <= NARROW:
                complete = False
                continue
            middle = (full.lower + end) // 2
            older = attrs.evolve(full, upper=middle + SLACK)
            newer = attrs.evolve(full, lower=middle - SLACK)
            for half in (older, newer):
                operation = self._record_type.ask(half, self._page_size, sort=False)
                page = await self._page(operation)
                ids.update(page.deleted_ids)
                complete &= _listed(page) == len(page.deleted_ids)
                waiting += [half] if _listed(page) == result.size else []
        deleted = tuple(sorted(ids))
        return attrs.evolve(result, deleted=deleted, all_deleted=complete, snapshot=False)

    async def _page(self, operation: Sync[Any]) -> AccountsPage | ActivitiesPage:
        began = self._clocks.monotonic() if self._clocks else 0
        page: AccountsPage | ActivitiesPage = await self._sender.send(operation)
        if self._clocks and page.response_date_time is not None:
            self._clocks.note(began, to_micros(page.response_date_time))
        if not self._skip_unreadable:
            check_readable(page, operation.name)
        return page

    async def _send(self, operation: Sync[Any]) -> AccountsPage | ActivitiesPage:
        """Return a page, and find out by it whether the server counts deleted records."""
        page = await self._page(operation)
        for _ in range(_ATTEMPTS):
            if self._counts_deleted or not _lacks_deleted(page, operation):
                break
            before = _numbers(page)
            without = attrs.evolve(operation, ignore_deleted=True, page_size=1)
            info = (await self._page(without)).page
            page = await self._page(operation)
            # Nothing has changed meanwhile, so that the deleted ones alone are the difference.
            same = info is not None and info.total_results == _numbers(page)[0]
            self._counts_deleted = same and _numbers(page) == before
        return page

    async def first(self, request: PageRequest) -> RecordPage[RecordT]:
        """Send the first request by time, or any in another order.

        A server that refuses to sort so is asked for no such order from then on.

        Raises:
            NeonError: as for `fetch`.
        """
        order = _order(request)
        try:
            return await self._fetch(request)
        except APIError as error:
            if not may_refuse_order(error) or order in self._refused:
                raise
        fetched = await self._fetch(request, sort=False)
        if order not in self._refused:
            # Who can't sort by time can't in the other direction either.
            self._refused |= {order, _order(attrs.evolve(request, newest_first=True))}
            _logger.warning(
                "%s: the server refuses to sort by %s, so that changes take more requests",
                self._record_type.operation.__name__,
                order,
            )
        return fetched


def _order(request: PageRequest) -> str:
    if request.by_id:
        return "id"
    return "time in descending order" if request.newest_first else "time"


def _lacks_deleted(page: AccountsPage | ActivitiesPage, operation: Sync[Any]) -> bool:
    """Whether a page lacks just as many records as it lists as deleted.

    What the total counts is not documented.
    """
    held, deleted, total, size = _numbers(page)
    return operation.page == 1 and 0 < deleted == total - held and held < size


def _numbers(page: AccountsPage | ActivitiesPage) -> tuple[int, int, int, int]:
    """Return how many records a page shows, how many deleted ones, their total, and its size."""
    info = page.page
    total, size = (0, 0) if info is None else (info.total_results, info.page_size)
    listed = _listed(page)
    rows = len(page.items) + len(page.unreadable) + len(page.deleted_ids) - listed
    return rows, listed, total, size


def _listed(page: AccountsPage | ActivitiesPage) -> int:
    """Return how many entries the list of deleted ids has."""
    unreadable = sum(record.deleted for record in stand_ins(page.unreadable))
    return len(page.deleted_ids) + unreadable
