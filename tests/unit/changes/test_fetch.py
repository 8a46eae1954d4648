"""Servers that refuse to sort, and errors that mean something else."""

import logging
from collections.abc import Container
from typing import TypeVar

import anyio
import pytest

from neon_async import APIError, PermissionDeniedError, Upserted, ValidationError
from neon_async._changes.fetch import Fetcher
from neon_async._changes.protocol import PageRequest
from neon_async._changes.record_type import ACCOUNTS
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
