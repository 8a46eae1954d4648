"""The changes that a page stands for."""

from collections.abc import Sequence

import pytest

from neon_async import Account, Certificate, Deleted, IndividualAccount, Merged, Upserted
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


@pytest.mark.parametrize(("current", "expected"), [(None, Deleted), (0, Deleted), (7, Merged)])
async def test_what_became_of_a_deleted_account(
    current: int | None, expected: type[object]
) -> None:
    """The merge history may say nothing of an account, or name the account itself."""
    server = FakeChangeServer()
    number = 1_000_000
    client = ChangeClient(server)

    async def resolve(ids: Sequence[int]) -> dict[int, int | None]:
        # Equal, but not the same object as the id that was asked about.
        itself = int(str(number))
        return dict.fromkeys(ids, itself if current == 0 else current)

    accounts: Delivery[Account] = Delivery(
        client, ACCOUNTS, PLAN, Dedupe(PLAN), resolve=resolve, on_unreadable=None
    )

    changes = await accounts.changes(PageRequest(0, 250), page(at=150, deleted=(number,)))

    assert [expected] == [type(change) for change in changes]


def test_a_certificate_before_its_end_claims_nothing() -> None:
    """Nothing was received then, and nothing has left the range."""
    certificate = Certificate()

    assert (0, 0, False) == (certificate.received, certificate.departed, certificate.proven)
