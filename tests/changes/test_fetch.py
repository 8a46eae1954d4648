"""Servers that refuse to sort, and errors that mean something else."""

import logging
from typing import TypeVar

import pytest

from neon_async import APIError, PermissionDeniedError, Upserted, ValidationError
from neon_async.operations import Operation, SyncAccounts
from tests.changes.test_feed import spread_out
from tests.changes.world import SINCE, World, WorldClient

T = TypeVar("T")


class Refusing(WorldClient):
    """A client of a server that sorts nothing, and answers an error to who asks for it."""

    def __init__(self, world: World, error: APIError) -> None:
        super().__init__(world)
        self._error = error

    async def send(self, operation: Operation[T], /) -> T:
        self.refuse(operation)
        return await super().send(operation)

    def refuse(self, operation: object) -> None:
        if isinstance(operation, SyncAccounts) and operation.sort_column is not None:
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


async def test_other_errors_are_the_callers() -> None:
    """A missing permission has nothing to do with sorting."""
    async with Refusing(World(), PermissionDeniedError(5)).account_changes(SINCE) as changes:
        with pytest.raises(PermissionDeniedError):
            await anext(changes)
