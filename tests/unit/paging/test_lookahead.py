"""Look-ahead: pages fetched concurrently, delivered in order, and few of them held."""

from typing import Any

import anyio
import pytest

from neon_async import APIError, InvalidRequestError, Progress
from tests.support.page_server import (
    PageServer,
    account_ids,
    drained,
    hundred,
    nothing_left,
    page,
    records,
    scripted,
    serve,
    settle,
    walk,
)


@pytest.mark.parametrize("workers", [1, 2, 3, 10, 50])
async def test_all_items_in_order(workers: int) -> None:
    """Whatever the number of workers, the stream is that of a plain walk."""
    server = hundred()
    async with nothing_left(), walk(server).lookahead(workers) as accounts:
        assert list(range(1, 101)) == account_ids([one async for one in accounts])

    assert list(range(1, 11)) == sorted(server.numbers)


@pytest.mark.parametrize("workers", [1, 2, 9, 50])
async def test_workers_fetch_at_once(workers: int) -> None:
    """Once the first page is done with, as many are fetched as there are workers, or pages."""
    server = hundred(held=set(range(2, 11)))
    async with nothing_left(), walk(server).lookahead(workers) as accounts:
        for _ in range(10):
            await anext(accounts)
        async with anyio.create_task_group() as group:
            group.start_soon(anext, accounts)
            await settle()
            assert min(workers, 9) == server.in_flight
            server.release.set()


async def test_all_pages_in_order() -> None:
    """Pages come in order, too."""
    async with walk(hundred()).lookahead_pages() as pages:
        assert list(range(1, 11)) == [one.page.current_page async for one in pages]


async def test_page_one_comes_first() -> None:
    """Before the first page has told how many there are, no other is asked for."""
    server = hundred(held={1})
    async with nothing_left(), walk(server).lookahead() as accounts:
        await settle()
        assert [1] == server.numbers
        server.release.set()
        assert 1 == (await anext(accounts)).account_id
        await settle()
        assert [1, 2, 3] == sorted(server.numbers)


async def test_a_slow_page_holds_up_those_after_it() -> None:
    """A page that comes late does not change the order, nor do others pile up behind it."""
    server = hundred(held={2})
    async with nothing_left(), walk(server).lookahead() as accounts:
        for _ in range(10):
            await anext(accounts)
        found: list[Any] = []

        async def consume() -> None:
            found.extend([one async for one in accounts])

        async with anyio.create_task_group() as group:
            group.start_soon(consume)
            await settle()
            assert ([], [1, 2, 3, 4]) == (found, sorted(server.numbers))
            server.release.set()

    assert list(range(11, 101)) == account_ids(found)


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
@pytest.mark.parametrize("ids", [100, 1000])
async def test_few_pages_are_held(workers: int, ids: int) -> None:
    """Never more than `workers` pages are asked for and not yet done with."""
    server = hundred()
    paginator = server.paginator(ids=range(1, ids + 1), page_size=10)
    async with paginator.lookahead_pages(workers) as pages:
        async for _ in pages:
            await settle()
            server.released += 1

    assert workers == server.most_unreleased
    assert ids == 10 * len(server.asked)


async def test_the_consumer_sets_the_pace() -> None:
    """While an item is looked at, nothing beyond the workers' pages is fetched."""
    server = hundred()
    seen = 0
    async with walk(server).lookahead() as accounts:
        async for account in accounts:
            await settle()
            assert max(server.numbers) <= (account.account_id - 1) // 10 + 3
            seen += 1
    assert 100 == seen


async def test_many_ids() -> None:
    """The requests for many ids overlap, and their records come in order."""
    server = PageServer(records(0, cap=100), held={1})
    paginator = server.paginator(ids=range(1, 1001), page_size=100, workers=4)
    async with nothing_left(), paginator.lookahead() as accounts:
        await settle()
        assert 4 == server.in_flight
        server.release.set()
        assert list(range(1, 1001)) == account_ids([one async for one in accounts])

    assert 10 == len(server.asked)


async def test_default_workers() -> None:
    """Without a number it is the client's."""
    server = hundred(held={2, 3})
    async with walk(server, workers=2).lookahead() as accounts:
        await anext(accounts)
        await settle()

    assert [1, 2] == server.numbers


@pytest.mark.parametrize("workers", [0, -1, "3", 2.5, True])
def test_at_least_one_worker(workers: Any) -> None:
    """Nobody could fetch anything."""
    for look in (walk(hundred()).lookahead, walk(hundred()).lookahead_pages):
        with pytest.raises(InvalidRequestError, match="expected a positive integer, got") as caught:
            look(workers)
        assert "workers" == caught.value.parameter


async def test_the_server_decides_about_the_page_size() -> None:
    """What the first page echoes is asked for from the second on, however early it is fetched."""
    server = hundred()
    paginator = server.paginator(ids=range(1, 101), page_size=200)
    async with paginator.lookahead() as accounts:
        await settle()
        assert 100 == len([one async for one in accounts])

    assert [200, *9 * [10]] == [operation.page_size for operation in server.asked]


async def test_progress() -> None:
    """Pages are reported as they are delivered, not as they come in."""
    seen: list[Progress] = []
    own: list[Progress] = []
    async with walk(hundred(), on_progress=seen.append).lookahead_pages() as pages:
        async for one in pages:
            assert one.page.current_page == len(seen)
    async with walk(hundred(), on_progress=seen.append).lookahead(on_progress=own.append) as items:
        _ = [one async for one in items]

    assert [Progress(number, 10, 10 * number, 100) for number in range(1, 11)] == seen == own


@pytest.mark.parametrize("failing", [1, 2, 3, 9, 10])
async def test_an_error_comes_in_its_place(failing: int) -> None:
    """All pages before a failing one are delivered, and going on from it completes the pull."""
    answer = records(100)
    server = PageServer(lambda asked: APIError(1) if asked.page == failing else answer(asked))
    async with nothing_left(), walk(server).lookahead() as accounts:
        found, error = await drained(accounts)

    assert isinstance(error, APIError)
    assert (10 * (failing - 1), failing) == (len(found), error.resume)
    assert max(server.numbers) <= failing + 2
    rest = walk(hundred(), ids=error.resume_ids, page=failing)
    async with rest.lookahead() as accounts:
        assert list(range(1, 101)) == account_ids(found + [one async for one in accounts])


async def test_nothing_is_fetched_beyond_an_error() -> None:
    """An error that is still to be delivered stops the fetching."""
    answer = records(100)
    server = PageServer(lambda asked: APIError(1) if asked.page == 3 else answer(asked))
    async with walk(server).lookahead_pages() as pages:
        for _ in range(2):
            await anext(pages)
            await settle()
        assert [1, 2, 3] == sorted(server.numbers)
        with pytest.raises(APIError):
            await anext(pages)

    assert [1, 2, 3] == sorted(server.numbers)


async def test_the_first_of_several_errors() -> None:
    """Whichever failed first in time, the one of the first page is raised."""
    answer = records(100)
    server = PageServer(
        lambda asked: APIError(asked.page) if asked.page > 2 else answer(asked), held={3}
    )
    async with walk(server, workers=4).lookahead_pages() as pages:
        await anext(pages)
        await settle()
        server.release.set()
        await anext(pages)
        with pytest.raises(APIError) as caught:
            await anext(pages)

    assert 3 == caught.value.code


async def test_an_error_beyond_the_end_does_not_count() -> None:
    """When the total shrinks, what was fetched beyond it is dropped, errors included."""
    server = serve(page(1, 4, 1, 2), page(2, 2, 3, results=3), APIError(1), APIError(2))
    async with nothing_left(), server.paginator(workers=4).lookahead() as accounts:
        assert [1, 2, 3] == account_ids([one async for one in accounts])


async def test_a_shrinking_total_among_many_ids() -> None:
    """What was planned beyond the end of one request's pages does not hold up the next one."""

    def answer(asked: Any) -> Any:
        first = asked.ids[0]
        if first == 1:
            return [page(1, 4, 1, 2), page(2, 2, 3, results=3), APIError(1), APIError(2)][
                asked.page - 1
            ]
        return page(asked.page, 1, first, results=1)

    server = PageServer(answer)
    paginator = server.paginator(ids=range(1, 401), workers=4)
    async with nothing_left(), paginator.lookahead() as accounts:
        assert [1, 2, 3, 201] == account_ids([one async for one in accounts])


async def test_what_was_dropped_is_not_fetched_on() -> None:
    """Pages beyond a total that shrank are not fetched beside the next ones, and can't fail."""

    def answer(asked: Any) -> Any:
        if asked.ids[0] > 1:
            return records(0, cap=100)(asked)
        return [page(1, 4, 1, 2), page(2, 2, 3, results=3), APIError(1), APIError(2)][
            asked.page - 1
        ]

    server = PageServer(answer, held={3, 4})
    paginator = server.paginator(ids=range(1, 401), workers=4)
    async with nothing_left(), paginator.lookahead() as accounts:
        found = [await anext(accounts) for _ in range(4)]
        await settle()
        assert 0 == server.in_flight
        server.release.set()
        found += [one async for one in accounts]

    assert [1, 2, 3, *range(201, 401)] == account_ids(found)


async def test_two_at_once() -> None:
    """Look-aheads of one paginator don't disturb each other."""
    server = hundred()
    paginator = walk(server)
    async with nothing_left(), paginator.lookahead() as one, paginator.lookahead() as two:
        found = [(await anext(one), await anext(two)) for _ in range(100)]

    assert list(range(1, 101)) == account_ids([left for left, _ in found])
    assert all(left == right for left, right in found)
    assert [] == [number for number in set(server.numbers) if server.numbers.count(number) != 2]


def test_scripts_answer_by_number() -> None:
    """The server of these tests gives the page that was asked for."""
    pages = [page(1, 2), page(2, 2)]
    asked: Any = walk(hundred())._parts[0]

    assert pages[0] is scripted(*pages)(asked)
