"""Servers that refuse to sort, and errors that mean something else."""

import logging
from collections.abc import Container
from typing import Any, Literal, TypeVar

import anyio
import attrs
import pytest

from neon_async import APIError, PermissionDeniedError, Upserted, ValidationError
from neon_async._changes.fetch import Fetcher
from neon_async._changes.protocol import SECOND, PageRequest, to_micros
from neon_async._changes.record_type import ACCOUNTS, ACTIVITIES
from neon_async.models import Unreadable
from neon_async.operations import Operation, SyncAccounts
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer
from tests.unit.changes.test_feed import spread_out

T = TypeVar("T")
COLUMNS = "accountId", "lastModifiedDateTime"


class Refusing(ChangeClient):
    """A client of a server that answers an error to who asks it to sort by certain columns."""

    def __init__(
        self, world: FakeChangeServer, error: APIError, *, columns: Container[object] = COLUMNS
    ) -> None:
        super().__init__(world, max_concurrency=1)
        self._error = error
        self._columns = columns

    async def send(self, operation: Operation[T], /) -> T:
        self.refuse(operation)
        return await super().send(operation)

    def refuse(self, operation: object) -> None:
        if isinstance(operation, SyncAccounts) and operation.sort_column in self._columns:
            raise self._error


@pytest.mark.parametrize("error", [APIError(1), ValidationError(10240)])
async def test_server_that_refuses_to_sort(
    error: APIError, caplog: pytest.LogCaptureFixture
) -> None:
    """It is asked for no order from then on, which is logged, and nothing is lost."""
    world = spread_out(12)
    world.unsorted = True

    with caplog.at_level(logging.WARNING, "neon_async"):
        async with Refusing(world, error).account_changes(SINCE) as changes:
            seen = [change async for change in changes]

    ids = {change.record.account_id for change in seen if isinstance(change, Upserted)}
    assert set(range(1, 13)) == ids
    assert changes.certificate.proven
    assert 1 == len(caplog.records)
    assert "refuses to sort" in caplog.text


async def test_server_that_refuses_to_sort_by_id(caplog: pytest.LogCaptureFixture) -> None:
    """Where more share an instant than fit a page, they are read in whatever order there is."""
    world = FakeChangeServer()
    world.bulk(7)
    world.tick(100.0)
    client = Refusing(world, APIError(1), columns=["accountId"])

    async with client.account_changes(SINCE) as changes:
        seen = [change async for change in changes]

    ids = {change.record.account_id for change in seen if isinstance(change, Upserted)}
    assert set(range(1, 8)) == ids
    assert changes.certificate.proven
    assert 1 == caplog.text.count("refuses to sort by id")


async def test_it_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """Queries that were under way at the same time say no more."""
    world = FakeChangeServer(patience=[2])
    fetcher = Fetcher(Refusing(world, APIError(1)), ACCOUNTS, 2)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(fetcher.fetch, PageRequest(0, by_id=True))

    assert 1 == len(caplog.records)
    assert 3 == len(world.requests)


async def test_query_that_fails_in_any_order() -> None:
    """Without an order it is asked once, and its error is the caller's; so it is from then on."""
    fetcher = Fetcher(
        Refusing(FakeChangeServer(), APIError(1), columns=[*COLUMNS, None]), ACCOUNTS, 2
    )

    for _ in range(2):
        with pytest.raises(APIError):
            await fetcher.fetch(PageRequest(0, by_id=True))


async def test_other_errors_are_the_callers() -> None:
    """A missing permission has nothing to do with sorting."""
    async with Refusing(FakeChangeServer(), PermissionDeniedError(5)).account_changes(
        SINCE
    ) as changes:
        with pytest.raises(PermissionDeniedError):
            await anext(changes)


@pytest.mark.parametrize("kind", ["accounts", "activities"])
async def test_records_by_their_ids(kind: Literal["accounts", "activities"]) -> None:
    """Of the records with certain ids, those come whose times are known and in the range."""
    world = FakeChangeServer(kind=kind)
    low, high = to_micros(SINCE), to_micros(SINCE) + 5 * SECOND
    for at in [low - 1, low, low + SECOND, high, high + 1000, low + 2 * SECOND]:
        world.create(at=at)
    world.spoil(6)
    record_type: Any = ACCOUNTS if kind == "accounts" else ACTIVITIES
    fetcher: Fetcher[Any] = Fetcher(ChangeClient(world), record_type, 2)
    ids = (1, 2, 3, 4, 5, 6, 77)

    closed = await fetcher.fetch(PageRequest(low, high, by_id=True, ids=ids))
    open_ended = await fetcher.fetch(PageRequest(low, by_id=True, ids=ids))

    assert ((2, 3, 4), (2, 3, 4, 5)) == (closed.result.ids, open_ended.result.ids)
    assert (low, low + SECOND, high) == closed.result.times
    assert [2, 3, 4] == [record_type.id_of(record) for record in closed.records]
    assert (2, 2) == (fetcher.sent, len(world.requests))


async def test_unreadable_record_among_ids() -> None:
    """A record without a usable id is none of those that were asked for, and hides none."""
    world = FakeChangeServer()
    world.create(at=to_micros(SINCE))

    class Client(ChangeClient):
        async def send(self, operation: Any, /) -> Any:
            page = await super().send(operation)
            info = attrs.evolve(page.page, total_results=2)
            return attrs.evolve(page, unreadable=[Unreadable(1, {})], page=info)

    fetcher = Fetcher(Client(world), ACCOUNTS, 2, skip_unreadable=True)
    page = await fetcher.fetch(PageRequest(to_micros(SINCE), by_id=True, ids=(1, 2)))

    assert (1,) == page.result.ids
