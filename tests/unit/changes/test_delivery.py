"""The changes that a page stands for."""

import pytest

from neon_async import Account, Deleted, IndividualAccount, Upserted
from neon_async._changes.dedupe import Dedupe
from neon_async._changes.delivery import Delivery
from neon_async._changes.plan import Plan
from neon_async._changes.protocol import PageRequest, PageResult
from neon_async._changes.record_type import ACCOUNTS, RecordPage
from tests.support.change_server import ChangeClient, FakeChangeServer

PLAN = Plan(ranges=((100, 200),), to=200, settled=200)


def delivery(server: FakeChangeServer) -> Delivery[Account]:
    client = ChangeClient(server)
    accounts: Delivery[Account] = Delivery(
        client, ACCOUNTS, PLAN, Dedupe(PLAN), resolve=None, on_unreadable=None
    )
    return accounts


def page(*ids: int, at: int, deleted: tuple[int, ...] = ()) -> RecordPage[Account]:
    result = PageResult(ids, (at,) * len(ids), len(ids), 10, 1, 400, deleted)
    return RecordPage(result, [IndividualAccount(account_id=number) for number in ids])


@pytest.mark.parametrize(
    ("request_", "at"), [(PageRequest(0, 250), 150), (PageRequest(150, tail=True), 300)]
)
async def test_record_beside_its_deletion(request_: PageRequest, at: int) -> None:
    """Of a node that is behind a page may show a record that it lists as deleted: it is gone."""
    server = FakeChangeServer()
    server.create()
    server.delete(server.create())

    changes = await delivery(server).changes(request_, page(1, 2, at=at, deleted=(2,)))

    assert [2, 1] == [change.id for change in changes]
    assert [Deleted, Upserted] == [type(change) for change in changes]


async def test_record_that_was_brought_back() -> None:
    """One that is listed as deleted, and exists by a look-up, is delivered as a record alone."""
    server = FakeChangeServer()
    number = server.create()
    server.delete(number)
    server.restore(number)

    changes = await delivery(server).changes(
        PageRequest(150, tail=True), page(number, at=300, deleted=(number,))
    )

    assert [Upserted] == [type(change) for change in changes]
