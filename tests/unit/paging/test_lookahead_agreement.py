"""A look-ahead is a plain walk that waits less: the same pages or the same error, always."""

from collections.abc import AsyncIterator
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from neon_async import APIError, Progress, ProtocolError
from neon_async.models import AccountsPage, IndividualAccount
from tests.support.page_server import PageServer, drained, page

NUMBERS = st.integers(0, 5)
PAGES = st.builds(
    lambda number, total, ids, deleted, size, results: page(
        number, total, *ids, deleted=tuple(deleted), size=size, results=results
    ),
    number=NUMBERS,
    total=NUMBERS,
    ids=st.lists(st.integers(1, 5), max_size=3),
    deleted=st.lists(st.integers(8, 9), max_size=1),
    size=st.integers(0, 3),
    results=st.none() | NUMBERS,
)
BROKEN = st.one_of(
    st.just(APIError(1)), PAGES.map(lambda made: attrs.evolve(made, page=None)), PAGES
)


@st.composite
def sane_pages(draw: st.DrawFn) -> list[AccountsPage | APIError]:
    """Pages that fit each other, but for one that may be anything."""
    total = draw(st.integers(1, 6))
    pages: list[AccountsPage | APIError] = [
        page(number, total, 2 * number, 2 * number + 1) for number in range(1, total + 1)
    ]
    if draw(st.booleans()):
        pages[draw(st.integers(0, total - 1))] = draw(BROKEN)
    return pages


@attrs.frozen
class Outcome:
    """What a walk delivered, said and ended with."""

    pages: list[AccountsPage]
    progress: list[Progress]
    error: tuple[object, ...] | None


async def outcome(stream: AsyncIterator[AccountsPage], progress: list[Progress]) -> Outcome:
    pages, error = await drained(stream)
    if error is None:
        return Outcome(pages, progress, None)
    return Outcome(pages, progress, (type(error), str(error), error.resume, error.resume_ids))


SCRIPTS = st.lists(
    sane_pages() | st.lists(st.just(APIError(1)) | PAGES, min_size=1, max_size=6),
    min_size=1,
    max_size=3,
)


def shifted(made: AccountsPage | APIError, part: int) -> AccountsPage | APIError:
    """A page with the ids that the part of a query asks for."""
    if isinstance(made, APIError):
        return made
    ids = [200 * part + account.id for account in made.individual_accounts]
    return attrs.evolve(
        made, individual_accounts=[IndividualAccount(account_id=one) for one in ids]
    )


@given(scripts=SCRIPTS, workers=st.integers(1, 5), start=st.integers(1, 3))
async def test_same_pages_or_same_error(
    scripts: list[list[AccountsPage | APIError]], workers: int, start: int
) -> None:
    """Whatever a server answers, both ways of walking make the same of it."""

    def answer(operation: Any) -> AccountsPage | APIError:
        part: int = operation.ids[0] // 200
        pages = scripts[part]
        number: int = operation.page
        return shifted(pages[number - 1], part) if number <= len(pages) else APIError(2)

    def server() -> Any:
        ids = range(1, 200 * len(scripts))
        return PageServer(answer).paginator(ids=ids, page=start, page_size=3)

    said: tuple[list[Progress], list[Progress]] = [], []
    plain = await outcome(server().pages(on_progress=said[0].append), said[0])
    async with server().lookahead_pages(workers, on_progress=said[1].append) as pages:
        ahead = await outcome(pages, said[1])

    assert [one.page for one in plain.pages] == [one.page for one in ahead.pages]
    assert plain.pages == ahead.pages
    assert plain.error == ahead.error
    assert [one.items_done for one in plain.progress] == [one.items_done for one in ahead.progress]


@given(scripts=SCRIPTS)
async def test_no_walk_is_endless(scripts: list[list[AccountsPage | APIError]]) -> None:
    """However the pages repeat, an iteration ends, and asks again only about records it refuses."""

    def answer(operation: Any) -> AccountsPage | APIError:
        part: int = operation.ids[0] // 200
        pages = scripts[part]
        number: int = operation.page
        return shifted(pages[(number - 1) % len(pages)], part)

    server = PageServer(answer)
    found = await outcome(server.paginator(ids=range(1, 200 * len(scripts))).pages(), [])

    asked = [(operation.ids[0], operation.page) for operation in server.asked]
    refused = found.error is not None and found.error[0] is ProtocolError
    assert max(map(asked.count, asked)) <= 1 + refused
    assert len(asked) < 1000
