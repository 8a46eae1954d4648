"""Pages by ids: a record that was not asked for is refused, and the pull goes on without it."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from neon_async import APIError, Paginator, ProtocolError
from neon_async.models import AccountsPage, ActivitiesPage, Activity, PageInfo
from neon_async.operations import SyncActivities
from tests.support.page_server import PageServer, account_ids, drained, page, records

HOWS = ["plainly", "ahead"]
RESOLVE = ". When accounts were merged, resolve_account_id returns the current id"


def merging(
    merged: dict[int, int], *, cap: int = 200, deleted: tuple[int, ...] = ()
) -> Callable[[Any], AccountsPage]:
    """Answer like a server that shows merged accounts under their new ids."""
    plain = records(0, cap=cap)

    def answer(operation: Any) -> AccountsPage:
        there = [one for one in operation.ids if one not in deleted]
        made = plain(attrs.evolve(operation, ids=there))
        for account in made.individual_accounts:
            account.account_id = merged.get(account.account_id or 0, account.account_id)
        listed = [one for one in operation.ids if one in deleted] if operation.page == 1 else []
        made.deleted_account_ids = listed
        return made

    return answer


async def pull(paginator: Paginator[Any, Any], how: str) -> tuple[list[Any], Any]:
    """The records that come, and the error."""
    if how == "plainly":
        return await drained(aiter(paginator))
    async with paginator.lookahead() as stream:
        return await drained(stream)


@pytest.mark.parametrize("how", HOWS)
async def test_one_merged_account(how: str) -> None:
    """The error names both ids and where to look, and resuming gets all others."""
    server = PageServer(merging({3: 99}))
    found, error = await pull(server.paginator(ids=range(1, 6)), how)

    assert isinstance(error, ProtocolError)
    assert (
        "syncAccounts: records that were not asked for: 99; records that did not come: 3"
        f"{RESOLVE} [accountIds.accountId]"
    ) == str(error)
    assert ([], 1, (1, 2, 4, 5)) == (found, error.resume, error.resume_ids)
    assert 1 == len(server.asked)
    rest = server.paginator(ids=error.resume_ids, page=error.resume)
    assert [1, 2, 4, 5] == account_ids(await rest.collect())


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("cap", [7, 50, 200])
async def test_a_few_of_many_do_not_end_a_pull(how: str, cap: int) -> None:
    """Whatever the size of pages, each id is delivered once, or named in an error."""
    merged = {3: 9001, 4: 9002, 200: 9003, 305: 9004, 1000: 9005}
    server = PageServer(merging(merged, cap=cap))
    left: tuple[int, ...] | None = tuple(range(1, 1001))
    start: int | None = 1
    found: list[Any] = []
    said = ""
    while left:
        more, error = await pull(server.paginator(ids=left, page=start, page_size=cap), how)
        found += more
        left, start = (None, None) if error is None else (error.resume_ids, error.resume)
        said += str(error)

    assert sorted(set(range(1, 1001)) - merged.keys()) == account_ids(found)
    assert [] == [one for pair in merged.items() for one in pair if str(one) not in said]


async def test_every_page_of_the_query_is_looked_at() -> None:
    """What came on an earlier page is neither missing nor asked for again."""
    server = PageServer(merging({5: 99}, cap=2))
    found, error = await pull(server.paginator(ids=range(1, 8), page_size=2), "plainly")

    assert isinstance(error, ProtocolError)
    assert "not asked for: 99; records that did not come: 5." in str(error)
    assert ([1, 2, 3, 4], (6, 7)) == (account_ids(found), error.resume_ids)
    assert [1, 2, 3, 1, 2, 4] == server.numbers


async def test_deleted_accounts_are_still_listed() -> None:
    """An id that is listed as deleted is answered, and so it is asked for again."""
    server = PageServer(merging({3: 99}, deleted=(2,)))
    _, error = await pull(server.paginator(ids=range(1, 5)), "plainly")

    assert isinstance(error, ProtocolError)
    assert (1, 2, 4) == error.resume_ids
    first = await server.paginator(ids=error.resume_ids).first_page()
    assert [2] == first.deleted_account_ids


async def test_an_old_id_may_be_listed_as_deleted() -> None:
    """Where nothing else is missing, it is the listed one that was merged."""
    reply = page(1, 1, 1, 99, size=200, results=2, deleted=(2,))
    _, error = await pull(PageServer(lambda _: reply).paginator(ids=[1, 2]), "plainly")

    assert isinstance(error, ProtocolError)
    assert "records that did not come: 2." in str(error)
    assert (1,) == error.resume_ids


@pytest.mark.parametrize("how", HOWS)
async def test_the_new_id_was_asked_for_as_well(how: str) -> None:
    """Then the merged account comes twice, and its old id not at all."""
    server = PageServer(merging({3: 5}))
    found, error = await pull(server.paginator(ids=range(1, 6)), how)

    assert isinstance(error, ProtocolError)
    assert "records that came twice: 5; records that did not come: 3." in str(error)
    assert ([], (1, 2, 4, 5)) == (found, error.resume_ids)


async def test_a_record_that_is_only_doubled() -> None:
    """What comes twice where nothing is missing is no answer to another question."""
    reply = page(1, 1, 1, 1, size=200, results=2)

    assert [1, 1] == account_ids(await PageServer(lambda _: reply).paginator(ids=[1]).collect())


async def test_nothing_is_left() -> None:
    """When the only account was merged, no id is left to ask for."""
    _, error = await pull(PageServer(merging({3: 99})).paginator(ids=[3]), "plainly")

    assert isinstance(error, ProtocolError)
    assert () == error.resume_ids


async def test_more_than_was_asked_for() -> None:
    """A record too many is refused also where none is missing."""
    reply = page(1, 1, 1, 99, size=200, results=2)
    _, error = await pull(PageServer(lambda _: reply).paginator(ids=[1]), "plainly")

    assert isinstance(error, ProtocolError)
    assert "did not come" not in str(error)
    assert (1,) == error.resume_ids


async def test_replies_without_a_page_block() -> None:
    """A reply that does not say how many pages there are is one page."""
    reply = page(1, 1, 99)
    reply.page = None
    _, error = await pull(PageServer(lambda _: reply).paginator(ids=[1]), "plainly")

    assert isinstance(error, ProtocolError)


async def test_many_ids_are_not_all_named() -> None:
    """A server that ignores the ids fills no screen."""
    reply = page(1, 1, *range(100, 150), size=200, results=50)
    _, error = await pull(PageServer(lambda _: reply).paginator(ids=range(1, 31)), "plainly")

    assert "106, 107, 108, 109, …; records" in str(error)
    assert "7, 8, 9, 10, …. When" in str(error)


async def test_a_failure_of_the_second_look() -> None:
    """When the other pages can't be had, that error says where to resume, as always."""
    answer = merging({1: 99}, cap=2)
    server = PageServer(lambda asked: APIError(1) if asked.page > 1 else answer(asked))
    _, error = await pull(server.paginator(ids=range(1, 5), page_size=2), "plainly")

    assert isinstance(error, APIError)
    assert (1, (1, 2, 3, 4)) == (error.resume, error.resume_ids)


@pytest.mark.parametrize("how", HOWS)
async def test_activities(how: str) -> None:
    """Activities by id are checked in the same way; they are not merged."""
    reply = ActivitiesPage(activities=[Activity(activity_id=9)], page=PageInfo(1, 200, 1, 1))
    answer: Any = lambda _: reply  # noqa: E731
    paginator: Paginator[ActivitiesPage, Activity] = Paginator(
        PageServer(answer), SyncActivities(ids=[1, 2]), workers=2
    )
    _, error = await pull(paginator, how)

    assert isinstance(error, ProtocolError)
    assert (
        "syncActivities: records that were not asked for: 9; records that did not come: 1, 2"
        " [activityIds.activityId]"
    ) == str(error)
