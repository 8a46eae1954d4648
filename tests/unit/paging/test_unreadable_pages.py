"""Records without a usable id on the pages of an iteration: refused, or reported and passed by."""

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from neon_async import (
    AsyncClient,
    InvalidRequestError,
    PaginationError,
    Paginator,
    Progress,
    ProtocolError,
)
from neon_async.emulator import Emulator
from neon_async.models import AccountsPage, Unreadable
from tests.support.page_server import NOW, PageServer, account_ids, page, serve

INDIVIDUAL, DELETED = "individualAccounts.individualAccount", "deletedAccountList.accountId"


def nameless(made: AccountsPage, *positions: int, path: str = INDIVIDUAL) -> AccountsPage:
    """The page with a record without an id at each of these positions."""
    records = tuple(
        Unreadable(position, {"url": f"{made.page and made.page.current_page} {position}"}, path=at)
        for position in positions
        for at in [f"{path}[{position}]"]
    )
    return attrs.evolve(made, unreadable=(*made.unreadable, *records))


def twenty() -> PageServer:
    """Ten pages of two records; one of the third and both of the fifth have no id."""
    pages = [page(number, 10, 2 * number - 1, 2 * number) for number in range(1, 11)]
    pages[2] = nameless(page(3, 10, 5), 1)
    pages[4] = nameless(page(5, 10), 0, 1)
    return serve(*pages)


async def by_record(paginator: Paginator[Any, Any]) -> list[Any]:
    return [account async for account in paginator]


async def by_page(paginator: Paginator[Any, Any]) -> list[Any]:
    return [account async for each in paginator.pages() for account in each.items]


async def ahead(paginator: Paginator[Any, Any]) -> list[Any]:
    async with paginator.lookahead() as accounts:
        return [account async for account in accounts]


async def pages_ahead(paginator: Paginator[Any, Any]) -> list[Any]:
    async with paginator.lookahead_pages() as pages:
        return [account async for each in pages for account in each.items]


READS: list[Callable[[Paginator[Any, Any]], Any]] = [
    by_record,
    by_page,
    ahead,
    pages_ahead,
    lambda paginator: paginator.collect(),
]
LEFT_OUT = {6, 9, 10}


@pytest.mark.parametrize("read", READS)
async def test_reported_and_passed_by(read: Callable[[Any], Any]) -> None:
    """The callback gets each of them, before its page is delivered, and all others come."""
    events: list[Any] = []

    def report(progress: Progress) -> None:
        events.append(progress.items_done)

    paginator = twenty().paginator(on_unreadable=events.append, on_progress=report)
    found = await read(paginator)

    assert sorted(set(range(1, 21)) - LEFT_OUT) == account_ids(found)
    reported = [entry for entry in events if isinstance(entry, Unreadable)]
    assert ["3 1", "5 0", "5 1"] == [entry.value["url"] for entry in reported]
    assert [2, 4, "3 1", 5, 7, "5 0", "5 1", 7, 9, 11, 13, 15, 17] == [
        entry.value["url"] if isinstance(entry, Unreadable) else entry for entry in events
    ]


@pytest.mark.parametrize("read", READS)
async def test_refused_without_a_callback(read: Callable[[Any], Any]) -> None:
    """Nobody who does not ask for it loses a record: the error says where it is."""
    with pytest.raises(ProtocolError, match="at position 1 of page 3") as caught:
        await read(twenty().paginator())

    assert (3, f"{INDIVIDUAL}[1]") == (caught.value.resume, caught.value.path)


async def test_the_first_page_alone() -> None:
    """A single page is refused or reported as in an iteration."""
    reply = nameless(page(1, 1, 1), 1)
    seen: list[Unreadable] = []
    first = await serve(reply).paginator(on_unreadable=seen.append).first_page()

    assert ([1], list(reply.unreadable)) == (account_ids(first.accounts), seen)
    with pytest.raises(ProtocolError):
        await serve(reply).paginator().first_page()


async def test_an_error_of_the_callback_may_be_repeated() -> None:
    """What the callback raises comes out, and the page comes again."""
    seen: list[Unreadable] = []

    def report(entry: Unreadable) -> None:
        seen.append(entry)
        if len(seen) == 1:
            raise ZeroDivisionError

    iteration = aiter(twenty().paginator(on_unreadable=report))
    found: list[Any] = []
    with pytest.raises(ZeroDivisionError):
        await take_all(iteration, found)
    await take_all(iteration, found)

    assert sorted(set(range(1, 21)) - LEFT_OUT) == account_ids(found)
    assert ["3 1", "3 1", "5 0", "5 1"] == [entry.value["url"] for entry in seen]


async def take_all(iteration: Any, found: list[Any]) -> None:
    async for account in iteration:
        found.append(account)  # noqa: PERF401 - what came before an error counts


async def test_they_count_as_records() -> None:
    """A page is full, or repeated, or empty with them as with others."""
    ignored: dict[str, Any] = {"on_unreadable": lambda _: None}
    full = nameless(page(1, 1, 1, results=9), 1)
    with pytest.raises(PaginationError, match="goes up to record 2 of 9"):
        await serve(full).paginator(**ignored).collect()
    twice = [nameless(page(1, 2), 0, 1), attrs.evolve(nameless(page(1, 2), 0, 1), page=None)]
    twice[1].page = page(2, 2).page
    with pytest.raises(PaginationError, match="page 2 repeats the page before it"):
        await serve(*twice).paginator(**ignored).collect()


async def test_they_fill_the_total(caplog: pytest.LogCaptureFixture) -> None:
    """A total that counts them is no reason for a warning."""
    reply = nameless(page(1, 1, 1, size=5, results=3), 1)
    reply = nameless(reply, 0, path=DELETED)
    found = await serve(reply).paginator(on_unreadable=lambda _: None).collect()

    assert ([1], []) == (account_ids(found), caplog.messages)


async def test_deleted_ids_that_are_none() -> None:
    """A page of nothing but such entries is not empty."""
    pages = [nameless(page(1, 2), 0, path=DELETED), page(2, 2, 3, 4)]
    found = await serve(*pages).paginator(on_unreadable=lambda _: None).collect()

    assert [3, 4] == account_ids(found)


def test_the_callback_is_a_function() -> None:
    """Anything else is refused before anything is sent."""
    no_function: Any = 5
    with pytest.raises(InvalidRequestError) as caught:
        serve().paginator(on_unreadable=no_function)
    assert "on_unreadable" == caught.value.parameter


@pytest.mark.parametrize(
    ("method", "payload"),
    [
        ("syncAccounts", {"individualAccounts": {"individualAccount": [{"accountId": 0}]}}),
        ("syncActivities", {"activities": {"activity": [{"activityId": ""}]}}),
    ],
)
async def test_both_kinds_of_records(method: str, payload: dict[str, Any]) -> None:
    """The client's methods for accounts and activities take the callback."""
    block = {"currentPage": 1, "pageSize": 10, "totalPage": 1, "totalResults": 1}
    with Emulator() as emulator:
        emulator.add_method(f"account/{method}", {"page": block, **payload})
        async with emulator.client() as neon:
            seen: list[Unreadable] = []
            assert (
                [] == await sync(neon, method)(time_from=NOW, on_unreadable=seen.append).collect()
            )
            assert [0] == [entry.position for entry in seen]
            with pytest.raises(ProtocolError, match="at position 0 of page 1"):
                await sync(neon, method)(time_from=NOW).collect()


def sync(neon: AsyncClient, method: str) -> Callable[..., Any]:
    return neon.sync_accounts if method == "syncAccounts" else neon.sync_activities
