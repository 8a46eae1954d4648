"""A server that shuffles its pages hides no record of an import, however many share an instant."""

from typing import Literal

import pytest

from neon_async._changes.protocol import to_micros
from tests.support.change_server import SINCE
from tests.support.feed_runs import Consumer, EventLoop
from tests.support.hostile_server import HostileServer, Hostility, Order, seeded

LOOPS: list[EventLoop] = ["asyncio", "trio"]
SHUFFLED: list[Order] = ["shuffled", "refused", "ignored"]


def importer(order: Order, count: int, page_size: int, seed: int, *, apart: int = 1) -> Consumer:
    """A consumer of records of which many were imported at one instant."""
    kind: Literal["accounts", "activities"] = "accounts" if seed % 4 < 2 else "activities"
    server = HostileServer(random=seeded(seed), kind=kind, hostility=Hostility(order=order))
    server.populate(5, 100.0)
    for _ in range(count):
        server.create(at=to_micros(SINCE) + 1_000_000_000)
        server._numbers += apart - 1
    server.populate(5, 200.0)
    return Consumer(server, {"workers": 1 + seed % 3}, page_size, LOOPS[seed % 2])


@pytest.mark.parametrize("order", SHUFFLED)
@pytest.mark.parametrize(("count", "page_size"), [(43, 5), (52, 7), (300, 20)])
def test_imports_are_read_by_their_ids(order: Order, count: int, page_size: int) -> None:
    """Whatever of an import random pages do not show is asked for by its ids, and all is proven."""
    for seed in range(8):
        reader = importer(order, count, page_size, seed)

        outcome = reader.run()

        assert outcome is not None
        assert "" == outcome.certificate.reason
        assert [] == reader.wrong()
        # Three passes in the order of ids, three by halves and as many draws.
        assert outcome.requests < 10 * count / page_size + 60


def test_ids_far_apart_give_the_reason() -> None:
    """Where no ids help, the certificate says that the order is what was missing."""
    reasons = set[str]()
    for seed in range(8):
        reader = importer("shuffled", 52, 5, seed, apart=1_000)
        outcome = reader.run()
        assert outcome is not None
        assert outcome.proven or outcome.requests < 200
        reasons.add(outcome.certificate.reason)

    assert len(reasons) > 1
    assert [] == [reason for reason in reasons if reason and "order" not in reason]
