"""Walking pages one after the other."""

import gc
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from neon_async import APIError, InvalidRequestError, PaginationError, Paginator, Progress
from neon_async.models import ActivitiesPage, Activity, PageInfo
from neon_async.operations import SyncAccounts, SyncActivities
from tests.support.page_server import PageServer, account_ids, drained, page, records, serve

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def walked(source: AsyncIterator[Any]) -> list[Any]:
    return [thing async for thing in source]


async def test_all_items_in_order() -> None:
    """Pages are asked for one after the other, and their items come as one stream."""
    server = PageServer(records(25))
    paginator = server.paginator(ids=(), time_from=NOW, page_size=10)

    assert list(range(1, 26)) == account_ids(await walked(aiter(paginator)))
    assert [1, 2, 3] == server.numbers
    assert 1 == server.most_in_flight


async def test_all_pages_in_order() -> None:
    """A walk over pages gives each as it came."""
    pages = [page(1, 2, 1, 2), page(2, 2, 3, deleted=(9,))]

    assert pages == await walked(serve(*pages).paginator().pages())


async def test_activities() -> None:
    """Activities are walked in the same way."""
    reply = ActivitiesPage(activities=[Activity(activity_id=1)], page=PageInfo(1, 10, 1, 1))
    answer: Any = lambda _: reply  # noqa: E731
    paginator: Paginator[ActivitiesPage, Activity] = Paginator(
        PageServer(answer), SyncActivities(ids=[1]), workers=2
    )

    assert [Activity(activity_id=1)] == await paginator.collect()
    async with paginator.lookahead() as activities:
        assert [Activity(activity_id=1)] == await walked(activities)


async def test_each_use_starts_anew() -> None:
    """A paginator can be walked again, and twice at once."""
    server = PageServer(records(25))
    paginator = server.paginator(ids=range(1, 26), page_size=10)
    one, two = aiter(paginator), aiter(paginator)

    assert [1, 1] == account_ids([await anext(one), await anext(two)])
    assert 24 == len(await walked(one)) == len(await walked(two))
    assert 25 == len(await paginator.collect())


@pytest.mark.parametrize("deleted", [(), (7,)])
async def test_an_empty_result(deleted: tuple[int, ...]) -> None:
    """Nothing found is one page, whatever its block says, with the ids of deleted records."""
    for first in (
        page(1, 0, results=0, deleted=deleted),
        page(1, 1, results=0, deleted=deleted),
        page(0, 0, results=0, deleted=deleted),
    ):
        server = serve(first)
        assert [first] == await walked(server.paginator().pages())
        assert [] == await server.paginator().collect()


async def test_an_empty_result_without_a_page_block() -> None:
    """A reply with nothing in it at all is an empty result."""
    nothing = page(1, 1)
    nothing.page = None

    assert [] == await serve(nothing).paginator().collect()


async def test_first_page() -> None:
    """The first page alone is one request, and is checked as in a walk."""
    server = PageServer(records(25))
    first = await server.paginator(ids=range(1, 26), page_size=10).first_page()

    assert (list(range(1, 11)), [1]) == (account_ids(first.accounts), server.numbers)
    with pytest.raises(PaginationError, match="asked for page 1, got page 3") as caught:
        await serve(page(3, 3, 1)).paginator().first_page()
    assert 1 == caught.value.resume


@pytest.mark.parametrize(
    ("limit", "count", "requests"),
    [(None, 25, 3), (0, 0, 0), (10, 10, 1), (11, 11, 2), (99, 25, 3)],
)
async def test_collect(limit: int | None, count: int, requests: int) -> None:
    """A limit is never exceeded, and no page beyond it asked for."""
    server = PageServer(records(25))
    found = await server.paginator(ids=range(1, 26), page_size=10).collect(limit)

    assert list(range(1, count + 1)) == account_ids(found)
    assert requests == len(server.asked)


@pytest.mark.parametrize("limit", [-1, "10", 1.5, True])
async def test_limits_are_checked(limit: Any) -> None:
    """Less than nothing can't be collected, nor what is no number of records."""
    problem = "expected an integer of 0 or more, got"
    with pytest.raises(InvalidRequestError, match=problem) as caught:
        await serve().paginator().collect(limit)
    assert "limit" == caught.value.parameter


def test_progress_is_told_to_a_function() -> None:
    """Anything else is refused before the first page, and not called after it."""
    walks = serve().paginator()
    no_function: Any = 5
    for walk in (serve().paginator, walks.pages, walks.lookahead, walks.lookahead_pages):
        with pytest.raises(InvalidRequestError) as caught:
            walk(on_progress=no_function)
        assert "on_progress" == caught.value.parameter


def test_parameters_are_checked_at_once() -> None:
    """A paginator that could send nothing is not made."""
    with pytest.raises(InvalidRequestError):
        serve().paginator(ids=())
    with pytest.raises(InvalidRequestError):
        serve().paginator(page=0)


async def test_start_page() -> None:
    """A walk may begin in the middle."""
    server = PageServer(records(25))
    found = await server.paginator(ids=range(1, 26), page_size=10, page=3).collect()

    assert ([21, 22, 23, 24, 25], [3]) == (account_ids(found), server.numbers)


async def test_the_server_decides_about_the_page_size() -> None:
    """What the first page echoes is asked for from then on."""
    server = PageServer(records(25, cap=10))
    found = await server.paginator(ids=range(1, 26), page_size=200).collect()

    assert list(range(1, 26)) == account_ids(found)
    assert [200, 10, 10] == [operation.page_size for operation in server.asked]


async def test_page_sizes_that_are_none() -> None:
    """A server that echoes no size, or that of a short page, does not change what is asked for."""
    sizes = [page(1, 3, 1, 2), page(2, 3, 3, size=1, results=6), page(3, 3, 4, size=0, results=6)]
    server = serve(*sizes)
    await server.paginator(page_size=2).collect()
    silent = serve(page(1, 2, 1, size=0, results=2), page(2, 2, 2, size=0, results=2))
    await silent.paginator(page_size=5).collect()

    assert [2, 2, 2] == [operation.page_size for operation in server.asked]
    assert [5, 5] == [operation.page_size for operation in silent.asked]


async def test_ids_are_split_over_requests() -> None:
    """200 ids go into one request, each once; the pages of all requests are one stream."""
    ids = [*range(1, 451), 1, 2, 200]
    server = PageServer(records(0, cap=100))
    found = await server.paginator(ids=ids, page_size=100).collect()

    assert list(range(1, 451)) == account_ids(found)
    assert [(200, 1), (200, 2), (200, 1), (200, 2), (50, 1)] == [
        (len(operation.ids), operation.page) for operation in server.asked
    ]


async def test_a_start_page_is_that_of_the_first_ids() -> None:
    """The ids that follow are walked from their first page on."""
    server = PageServer(records(0, cap=100))
    await server.paginator(ids=range(1, 401), page_size=100, page=2).collect()

    assert [2, 1, 2] == server.numbers


async def test_errors_say_where_to_go_on() -> None:
    """The error of a request carries the page that it was for, and going on from it completes."""
    pages: list[Any] = [page(1, 3, 1, 2), APIError(1), page(3, 3, 5, results=5)]
    server = serve(*pages)
    found, error = await drained(aiter(server.paginator(time_from=NOW, ids=())))
    assert isinstance(error, APIError)
    assert (2, None) == (error.resume, error.resume_ids)

    pages[1] = page(2, 3, 3, 4)
    rest = serve(*pages).paginator(time_from=NOW, ids=(), page=error.resume)
    assert [1, 2, 3, 4, 5] == account_ids(found + await rest.collect())


@pytest.mark.parametrize("failing", range(5))
async def test_errors_say_which_ids_are_left(failing: int) -> None:
    """Wherever a walk over many ids fails, going on with what the error says completes it."""
    answer = records(0, cap=100)
    requests = iter(range(100))

    def flaky(operation: SyncAccounts) -> Any:
        return APIError(1) if next(requests) == failing else answer(operation)

    server = PageServer(flaky)
    whole = server.paginator(ids=range(1, 451), page_size=100)
    found, error = await drained(aiter(whole))
    assert isinstance(error, APIError)
    left = server.paginator(ids=error.resume_ids, page=error.resume, page_size=100)
    rest = await left.collect()

    assert list(range(1, 451)) == account_ids(found + rest)
    assert 6 == len(server.asked)


async def test_progress() -> None:
    """After each page the callback learns how far the walk is."""
    seen: list[Progress] = []
    server = PageServer(records(25))
    paginator = server.paginator(ids=range(1, 26), page_size=10, on_progress=seen.append)
    await paginator.collect()

    assert [
        Progress(1, 3, 10, 25),
        Progress(2, 3, 20, 25),
        Progress(3, 3, 25, 25),
    ] == seen


async def test_progress_of_one_walk() -> None:
    """A walk may have a callback of its own."""
    own: list[Progress] = []
    general: list[Progress] = []
    server = PageServer(records(5))
    paginator = server.paginator(ids=range(1, 6), on_progress=general.append)
    await paginator.collect(on_progress=own.append)
    _ = await walked(paginator.pages(on_progress=own.append))

    assert ([], 2 * [Progress(1, 1, 5, 5)]) == (general, own)


async def test_progress_over_many_ids() -> None:
    """What was not asked for yet is counted as one record for each id."""
    seen: list[Progress] = []
    server = PageServer(records(0, cap=200))
    paginator = server.paginator(ids=range(1, 451), page_size=200, on_progress=seen.append)
    await paginator.collect()

    assert [(1, 3), (2, 3), (3, 3)] == [(one.pages_done, one.pages_total) for one in seen]
    assert [(200, 450), (400, 450), (450, 450)] == [
        (one.items_done, one.items_total) for one in seen
    ]


async def test_progress_from_a_later_page() -> None:
    """What came before the start page is not to be delivered, so the end is 100 %."""
    seen: list[Progress] = []
    server = PageServer(records(25))
    paginator = server.paginator(ids=range(1, 26), page_size=10, page=2, on_progress=seen.append)
    await paginator.collect()

    assert [Progress(1, 2, 10, 15), Progress(2, 2, 15, 15)] == seen


@pytest.mark.parametrize("last", [page(2, 2, 3, results=3), page(2, 3, 3, 4, results=5)])
async def test_totals_that_move_are_told(last: Any, caplog: pytest.LogCaptureFixture) -> None:
    """When the total changes, records may have moved between pages: a warning, once, says so."""
    seen: list[Progress] = []
    server = serve(page(1, 2, 1, 2, results=4), last, page(3, 3, 5, results=5))
    await server.paginator(on_progress=seen.append).collect()

    assert [False, True, True][: len(seen)] == [one.moved for one in seen]
    (record,) = caplog.records
    assert ("neon_async", logging.WARNING) == (record.name, record.levelno)
    assert record.getMessage().startswith("syncAccounts: the total went from 4 to ")


async def test_an_error_in_the_callback_ends_the_walk() -> None:
    """What the callback raises is the caller's own error, and comes out as it is."""

    def refuse(_: Progress) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await serve(page(1, 1, 1, 2)).paginator(on_progress=refuse).collect()


@pytest.mark.parametrize("kind", ["items", "pages"])
async def test_leaving_a_walk(kind: str) -> None:
    """After a `break` nothing is left behind, and nothing more is asked for."""
    server = PageServer(records(25))
    paginator = server.paginator(ids=range(1, 26), page_size=10)
    walk: Any = aiter(paginator) if kind == "items" else paginator.pages()
    async for _ in walk:
        break
    del walk
    gc.collect()

    assert [1] == server.numbers


async def test_leaving_a_walk_by_an_exception() -> None:
    """The consumer's error comes out as it is."""
    server = PageServer(records(25))

    async def consume() -> None:
        async for _ in server.paginator(ids=range(1, 26), page_size=10):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await consume()
    gc.collect()
    assert [1] == server.numbers


async def test_cancelling_a_walk() -> None:
    """A cancellation during a request ends the walk, and another one can begin."""
    server = PageServer(records(25), held={2})
    paginator = server.paginator(ids=range(1, 26), page_size=10)
    found: list[Any] = []

    async def consume() -> None:
        async for one in paginator.pages():
            found.extend(one.items)

    async with anyio.create_task_group() as group:
        group.start_soon(consume)
        while 2 not in server.numbers:
            await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    gc.collect()

    assert (10, 0) == (len(found), server.in_flight)
    server.release.set()
    assert 25 == len(await paginator.collect())
