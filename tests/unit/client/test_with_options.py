"""Views of a client: what is theirs, and what is the client's own."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from neon_async import (
    AsyncClient,
    ClientClosedError,
    DeadlineExceededError,
    InvalidRequestError,
    RetryPolicy,
    ThrottledError,
    blocking,
)
from neon_async.emulator import Emulator
from tests.support.edits import RESET
from tests.support.fake_transport import FakeTransport, Lookup, dispatcher
from tests.support.secrets_scenario import EVER

if TYPE_CHECKING:
    from collections.abc import Iterator

PERSON = 10_002


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator(accounts=5, activities=2) as emulator:
        yield emulator


def calls(emulator: Emulator, method: str) -> int:
    """How often a method was called."""
    return sum(request.method == method for request in emulator.requests)


async def test_page_size(emulator: Emulator) -> None:
    """The pages of a view have its size, and the client's stay as they were."""
    async with emulator.client(page_size=2) as neon:
        view = neon.with_options(page_size=5)

        sizes = [
            [len(page.items) async for page in client.sync_accounts(time_from=EVER).pages()]
            for client in (view, neon)
        ]

    assert [[5], [2, 2, 1]] == sizes


async def test_retry(emulator: Emulator) -> None:
    """A view repeats as its own policy says, and one of a view keeps what it does not change."""
    async with emulator.client(retry=RetryPolicy(jitter=lambda: 0.0)) as neon:
        view = neon.with_options(retry=RetryPolicy(attempts=1)).with_options(page_size=3)
        emulator.fail_next(method="listPrefixes", status=429, times=1)
        with pytest.raises(ThrottledError):
            await view.list_prefixes()
        emulator.fail_next(method="listPrefixes", status=429, times=1)

        assert await neon.list_prefixes()


@pytest.mark.parametrize("option", ["timeout", "deadline"])
async def test_time(option: str, emulator: Emulator) -> None:
    """A reply that takes longer than a view allows ends its call, and the client's not."""
    async with emulator.client(retry=RetryPolicy(attempts=1)) as neon:
        await neon.login()
        emulator.fail_next(method="listPrefixes", delay=60.0)
        options: dict[str, Any] = {option: 0.05}
        with pytest.raises(DeadlineExceededError):
            await neon.with_options(**options).list_prefixes()

        assert await neon.list_prefixes()


async def test_attempts_take_longer_than_the_clients() -> None:
    """The time-out of a view is what the transport obeys, also where it is the larger one."""
    transport = FakeTransport()
    original = dispatcher(transport)
    view = original.with_options(timeout=90.0, deadline=None, retry=None)

    await view.send(Lookup())
    await original.send(Lookup())

    assert [90.0, 90.0, None] == transport.attempt_timeouts


async def test_session_and_lifetime_are_the_clients(emulator: Emulator) -> None:
    """One login serves all; leaving a view ends nothing, and closing the client ends its views."""
    neon = emulator.client()
    async with neon.with_options(deadline=5.0) as view:
        await view.list_prefixes()
    await view.aclose()
    await neon.list_prefixes()
    await neon.aclose()

    with pytest.raises(ClientClosedError):
        await view.list_prefixes()
    assert 1 == calls(emulator, "login")


async def test_edits_take_turns(emulator: Emulator) -> None:
    """An edit through a view waits for the client's edit of the same account."""
    order: list[str] = []

    def change(name: str, account: Any) -> None:
        order.append(name)
        account.url = f"https://{name}.example.org/"

    async with emulator.client() as neon, anyio.create_task_group() as tasks:
        for name, client in {"client": neon, "view": neon.with_options(page_size=5)}.items():
            edit = functools.partial(client.edit_individual_account, accept_loss=RESET)
            tasks.start_soon(edit, PERSON, functools.partial(change, name))

    assert ["client", "view"] == sorted(order)
    assert 2 == calls(emulator, "updateIndividualAccount")


async def test_merged_accounts_are_remembered_together(emulator: Emulator) -> None:
    """What the client has looked up, a view does not look up again."""
    async with emulator.client() as neon:
        await neon.resolve_account_id(PERSON)
        await neon.with_options(page_size=5).resolve_account_id(PERSON)

    assert 1 == calls(emulator, "retrieveDuplicateMergeHistory")


class Bookkeeping(AsyncClient):
    """A client of the caller's own, made in another way than its base."""

    def __init__(self, ledger: str, **options: Any) -> None:
        super().__init__(**options)
        self.ledger = ledger


async def test_subclass() -> None:
    """The view of a caller's own class is of that class, with its attributes."""
    async with Bookkeeping("main", org_id="fake-org-1", api_key="fake-key-1") as neon:
        view = neon.with_options(deadline=1.0)

    assert (Bookkeeping, "main") == (type(view), view.ledger)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": float("inf")},
        {"timeout": "1"},
        {"deadline": -1},
        {"retry": 3},
        {"page_size": 0},
    ],
    ids=str,
)
async def test_unusable_options(options: dict[str, Any], emulator: Emulator) -> None:
    """They are refused by name when the view is made."""
    async with emulator.client() as neon:
        with pytest.raises(InvalidRequestError) as caught:
            neon.with_options(**options)

    assert [*options] == [caught.value.parameter]


def test_blocking_view(emulator: Emulator) -> None:
    """Synchronous code has views as well, which end with the client's block."""
    with blocking.client(lambda: emulator.client(page_size=2)) as neon:
        view = neon.with_options(page_size=5)
        assert 1 == len(list(view.sync_accounts(time_from=EVER).pages()))
