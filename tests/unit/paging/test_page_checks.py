"""Pages that contradict each other: refused, and never an endless loop."""

from typing import Any

import pytest

from neon_async import PaginationError
from neon_async.models import AccountsPage, IndividualAccount, OrganizationAccount
from tests.support.page_server import PageServer, account_ids, drained_pages, page, records, serve

WITHOUT_BLOCK = "page {} has no page block, so the end can't be known"
SHORT = "syncAccounts: fewer records than the reported total of {} arrived; some may be missing"


def bare(*ids: int) -> AccountsPage:
    """A page that does not say which one it is."""
    made = page(1, 1, *ids)
    made.page = None
    return made


def nameless(number: int, total: int) -> AccountsPage:
    """A page of one record that has no id."""
    made = page(number, total, size=1)
    made.individual_accounts = [IndividualAccount(url="x")]
    return made


def three(results: int) -> list[AccountsPage]:
    """Four records on three pages."""
    return [
        page(number, 3, *ids, results=results) for number, ids in enumerate([(1, 2), (3,), (4,)], 1)
    ]


CONTRADICTIONS: list[tuple[str, list[AccountsPage], int]] = [
    (WITHOUT_BLOCK.format(1), [bare(1)], 1),
    (WITHOUT_BLOCK.format(2), [page(1, 2, 1, 2), bare(3)], 2),
    (WITHOUT_BLOCK.format(2), [page(1, 2, 1, 2), bare()], 2),
    ("asked for page 1, got page 2", [page(2, 2, 1, 2)], 1),
    ("asked for page 2, got page 1", [page(1, 3, 1, 2), page(1, 3, 3, 4)], 2),
    ("page 2 repeats the page before it", [page(1, 3, 1, 2), page(2, 3, 1, 2)], 2),
    ("page 2 repeats the page before it", [nameless(1, 2), nameless(2, 2)], 2),
    (
        "page 1 of 2 is empty, so records are missing",
        [page(1, 2), page(2, 2, 3, 4)],
        1,
    ),
    (
        "page 2 of 3 is empty, so records are missing",
        [page(1, 3, 1, 2), page(2, 3), page(3, 3, 5, 6)],
        2,
    ),
    (
        "page 2 of 3 is empty, so records are missing",
        [page(1, 3, 1, 2, deleted=(9,)), page(2, 3, deleted=(9,)), page(3, 3, 5, 6)],
        2,
    ),
    (
        "page 2 has room for more records than the pages before it",
        [page(1, 3, 1, 2), page(2, 3, 5, 6, 7, 8, size=4, results=6)],
        2,
    ),
    (
        "page 2 is empty, with a total of 0 records after pages that had some",
        [page(1, 3, 1, 2), page(2, 0, results=0)],
        2,
    ),
    (
        "page 1 is empty, with a total of 7 records on 0 pages",
        [page(1, 0, results=7)],
        1,
    ),
    (
        "page 1 is empty, with a total of -1 records on 1 pages",
        [page(1, 1, results=-1)],
        1,
    ),
    # Totals that are nonsense beside the records of the same reply.
    ("page 1 has records, with a total of 0 pages", [page(1, 0, 1, 2, results=2)], 1),
    ("page 1 has records, with a total of -1 pages", [page(1, -1, 1, 2, results=2)], 1),
    (
        "page 2 has records, with a total of 1 pages",
        [page(1, 2, 1, 2), page(2, 1, 3, 4, results=4)],
        2,
    ),
    ("page 1 has records, with a total of 0 records", [page(1, 1, 1, results=0)], 1),
    ("page 1 has records, with a total of -1 records", [page(1, 1, 1, 2, results=-1)], 1),
    (
        "page 1 goes up to record 2, with a total of 1 records",
        [page(1, 2, 1, 2, results=1), page(2, 2, 3)],
        1,
    ),
    (
        "page 2 goes up to record 4, with a total of 3 records",
        [page(1, 2, 1, 2, results=3), page(2, 2, 3, 4, results=3)],
        2,
    ),
    (
        "page 1 goes up to record 2, with a total of 1 records",
        [page(1, 1, 1, 2, size=0, results=1)],
        1,
    ),
    (
        "page 1, the last one, goes up to record 2 of 10",
        [page(1, 1, 1, 2, results=10)],
        1,
    ),
    (
        "the total fell from 5 pages to 2, and page 2 is full, so records may be missing",
        [page(1, 5, 1, 2), page(2, 2, 3, 4)],
        2,
    ),
    # More records than fit are delivered again by the next page.
    ("page 1 has 3 records, more than its size of 2", [page(1, 2, 1, 2, 3, results=4)], 1),
    (
        "page 2 has 3 records, more than its size of 2",
        [page(1, 2, 1, 2), page(2, 2, 3, 4, 5, size=1)],
        2,
    ),
]


@pytest.mark.parametrize("how", ["plainly", "ahead"])
@pytest.mark.parametrize(("problem", "pages", "resume"), CONTRADICTIONS)
async def test_contradictions(
    problem: str, pages: list[AccountsPage], resume: int, how: str
) -> None:
    """The error says what does not fit, and where to go on; what came before is delivered."""
    found, error = await drained_pages(serve(*pages).paginator(), how)

    assert isinstance(error, PaginationError)
    assert f"syncAccounts: {problem}" == str(error)
    assert (resume, None) == (error.resume, error.resume_ids)
    assert pages[: resume - 1] == found


FITTING: list[list[AccountsPage]] = [
    # Deleted records may make a page of their own, and be counted, or be on every page.
    [page(1, 2, deleted=(8, 9)), page(2, 2, 1, 2)],
    [page(1, 2, 1, 2), page(2, 2, deleted=(8, 9))],
    [page(1, 2, 1, 2, deleted=(9,)), page(2, 2, 3, 4, deleted=(9,))],
    [page(1, 2, 1, deleted=(9,)), page(2, 2, 3, 4)],
    # The total moved, so nothing can be said of it.
    [page(1, 2, 1, 2), page(2, 2, 3, results=3)],
    [page(1, 3, 1, 2), page(2, 2, 3, results=3)],
    [page(1, 2, 1, 2), page(2, 1, results=2)],
    # A page that is not full may be the last one, whatever the total.
    [page(1, 1, 1, 2, size=3, results=1)],
    # The size of a page need not be known.
    [page(1, 1, 1, 2, size=0, results=2)],
    # A total that counts deleted records has pages for them.
    [page(1, 2, 1, 2, results=3, deleted=(9,)), page(2, 2, results=3, deleted=(9, 8))],
    # Individuals and organizations are different records.
    [page(1, 2, 1, 2), page(2, 2, 3, 4)],
]


@pytest.mark.parametrize("pages", FITTING)
async def test_pages_that_fit(pages: list[AccountsPage]) -> None:
    """What is unusual, but loses nothing, is delivered."""
    paginator = serve(*pages).paginator()

    assert pages == [one async for one in paginator.pages()]
    async with paginator.lookahead_pages() as stream:
        assert pages == [one async for one in stream]


async def test_the_same_records_in_another_order() -> None:
    """Only an exact repetition proves that a server ignores the page number."""
    swapped = page(2, 2, 2, 1)
    server = serve(page(1, 2, 1, 2), swapped)

    assert [1, 2, 2, 1] == account_ids(await server.paginator().collect())


async def test_a_repeated_mixed_page() -> None:
    """Individuals and organizations are compared together."""
    pages = [page(1, 2, 1), page(2, 2, 1)]
    for one in pages:
        one.organization_accounts = [OrganizationAccount(account_id=2)]

    with pytest.raises(PaginationError, match="page 2 repeats"):
        await serve(*pages).paginator().collect()


async def test_a_start_page_far_beyond_the_end() -> None:
    """It can't be where an earlier walk stopped, so it is said instead of returning nothing."""
    server = PageServer(records(25))

    with pytest.raises(PaginationError, match="asked for page 9999, and the total is 3") as caught:
        await server.paginator(ids=range(1, 26), page=9999).collect()

    assert 9999 == caught.value.resume


@pytest.mark.parametrize("how", ["plainly", "ahead"])
async def test_endless_totals(how: str) -> None:
    """A total that keeps one page ahead for ever is given up at some time."""
    server = PageServer(lambda asked: page(asked.page, asked.page + 1, asked.page, size=1))
    found, error = await drained_pages(server.paginator(), how)

    assert "syncAccounts: the total grew from 2 pages to 104 and keeps growing" == str(error)
    assert 102 == len(found)
    assert 103 == len(server.asked)


async def test_totals_may_grow_within_reason() -> None:
    """Records that are added during the walk are delivered, too."""
    growing = PageServer(
        lambda asked: page(asked.page, min(asked.page + 5, 90), asked.page, size=1, results=90)
    )

    assert list(range(1, 91)) == account_ids(await growing.paginator().collect())
    async with growing.paginator().lookahead() as stream:
        assert list(range(1, 91)) == account_ids([one async for one in stream])


async def test_an_uneven_walk_from_a_later_page() -> None:
    """What came before the start page can't be counted."""
    server = serve(page(1, 2, 1, 2), page(2, 2, 3))

    assert [3] == account_ids(await server.paginator(page=2).collect())


async def test_deleted_records_may_be_counted_and_not_listed() -> None:
    """When their ids are not wanted, nobody knows whether the total holds them all the same."""
    server = serve(page(1, 1, 1))

    assert [1] == account_ids(await server.paginator(ignore_deleted=True).collect())


async def test_parts_are_counted_on_their_own(caplog: pytest.LogCaptureFixture) -> None:
    """Of many ids, each request's pages have a total of their own."""

    def answer(operation: Any) -> AccountsPage:
        missing = operation.ids[:-1] if 250 in operation.ids else operation.ids
        return page(1, 1, *missing, size=200, results=len(operation.ids))

    found = await PageServer(answer).paginator(ids=range(1, 251)).collect()

    assert [*range(1, 250)] == account_ids(found)
    assert [SHORT.format(50)] == caplog.messages


@pytest.mark.parametrize(
    ("results", "pages"), [(2, [page(1, 1)]), (2, [page(1, 1, 1)]), (5, three(5))]
)
async def test_missing_records_are_said(
    results: int, pages: list[AccountsPage], caplog: pytest.LogCaptureFixture
) -> None:
    """What came is delivered, with a warning when the total promised more."""
    found = [one async for one in serve(*pages).paginator().pages()]

    assert pages == found
    assert [SHORT.format(results)] == caplog.messages
