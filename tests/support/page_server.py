"""Answers at the client's `send`: pages of accounts from a script, for iterations without HTTP."""

import contextlib
import copy
import gc
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import anyio
import attrs
from anyio.lowlevel import checkpoint

from neon_async import NeonError, Paginator, Progress
from neon_async.models import (
    Account,
    AccountsPage,
    IndividualAccount,
    PageInfo,
    Unreadable,
)
from neon_async.operations import SyncAccounts

T = TypeVar("T")

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def page(
    number: int,
    total: int,
    *ids: int,
    size: int = 2,
    results: int | None = None,
    deleted: tuple[int, ...] = (),
) -> AccountsPage:
    """A page of accounts with these ids; there are as many results as fill the pages."""
    info = PageInfo(
        current_page=number,
        page_size=size,
        total_page=total,
        total_results=total * size if results is None else results,
    )
    return AccountsPage(
        individual_accounts=[IndividualAccount(account_id=one) for one in ids],
        deleted_account_ids=list(deleted),
        page=info,
    )


def records(count: int, *, cap: int = 10) -> Callable[[Any], AccountsPage]:
    """Answer like a server with accounts 1 to `count`, and at most `cap` a page."""

    def answer(operation: Any) -> AccountsPage:
        ids = operation.ids or range(1, count + 1)
        size = min(operation.page_size or cap, cap)
        start = (operation.page - 1) * size
        total = math.ceil(len(ids) / size)
        chosen = ids[start : start + size]
        return page(operation.page, total, *chosen, size=size, results=len(ids))

    return answer


def scripted(*pages: AccountsPage | Exception) -> Callable[[Any], AccountsPage | Exception]:
    """Answer the n-th page's request with the n-th of these."""

    def answer(operation: Any) -> AccountsPage | Exception:
        number: int = operation.page
        return pages[number - 1]

    return answer


@attrs.define(eq=False)
class PageServer:
    """Stands in for a client.

    Attributes:
        answer: makes the page, or the error, for an operation.
        held: page numbers whose answer waits until `release` is set.
        asked: the operations that came, in order.
        released: how many pages the test has done with; see `unreleased`.
    """

    answer: Callable[[Any], AccountsPage | Exception]
    held: set[int] = attrs.field(factory=set)
    release: anyio.Event = attrs.field(factory=anyio.Event)
    asked: list[SyncAccounts] = attrs.field(factory=list)
    released: int = 0
    in_flight: int = 0
    most_in_flight: int = 0
    most_unreleased: int = 0

    async def send(self, operation: Any, /) -> Any:
        """Answer a request, after a moment."""
        self.asked.append(operation)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        self.most_unreleased = max(self.most_unreleased, len(self.asked) - self.released)
        try:
            await checkpoint()
            if operation.page in self.held:
                await self.release.wait()
            answer = self.answer(operation)
        finally:
            self.in_flight -= 1
        if isinstance(answer, Exception):
            raise copy.copy(answer)  # each walk marks its own
        return answer

    @property
    def numbers(self) -> list[int]:
        """The page numbers that were asked for, in order."""
        return [operation.page for operation in self.asked]

    def paginator(
        self,
        *,
        workers: int = 3,
        on_progress: Callable[[Progress], object] | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
        **given: Any,
    ) -> Paginator[AccountsPage, Account]:
        """A paginator over this server."""
        arguments: dict[str, Any] = dict(given)
        if not given.keys() & {"ids", "time_from"}:
            arguments["time_from"] = NOW
        operation = SyncAccounts(**arguments)
        callbacks: dict[str, Any] = {"on_progress": on_progress, "on_unreadable": on_unreadable}
        return Paginator(self, operation, workers=workers, **callbacks)


def serve(*pages: AccountsPage | Exception) -> PageServer:
    """A server with these pages."""
    return PageServer(scripted(*pages))


def account_ids(accounts: list[Account]) -> list[int | None]:
    """The ids of accounts, in order."""
    return [account.account_id for account in accounts]


async def drained(stream: AsyncIterator[T]) -> tuple[list[T], NeonError | None]:
    """What a stream delivers, and the error that it ends with."""
    found: list[T] = []
    try:
        async for thing in stream:
            found.append(thing)  # noqa: PERF401 - what came before an error counts
    except NeonError as error:
        return found, error
    return found, None


async def drained_pages(
    paginator: Paginator[AccountsPage, Account], how: str
) -> tuple[list[AccountsPage], NeonError | None]:
    """What a walk delivers, and the error that it ends with; `how` is plainly or ahead."""
    if how == "plainly":
        return await drained(paginator.pages())
    async with paginator.lookahead_pages() as stream:
        return await drained(stream)


async def settle() -> None:
    """Let every other task run until it waits."""
    for _ in range(10):
        await checkpoint()


@contextlib.asynccontextmanager
async def nothing_left(*, collect: bool = True) -> AsyncGenerator[None]:
    """No task more than before, and nothing that is collected with a warning."""
    await settle()
    before = len(anyio.get_running_tasks())
    yield
    if collect:
        gc.collect()
    await settle()
    assert before == len(anyio.get_running_tasks())


def hundred(**options: Any) -> PageServer:
    """A server with 100 records, ten a page."""
    return PageServer(records(100), **options)


def walk(server: PageServer, workers: int = 3, **given: Any) -> Any:
    """A paginator over these records."""
    arguments: dict[str, Any] = {"ids": range(1, 101), "page_size": 10, "workers": workers} | given
    return server.paginator(**arguments)
