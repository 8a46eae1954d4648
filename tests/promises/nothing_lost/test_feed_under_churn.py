"""While records change without end, the feed proves what it has read, and always ends."""

import os

import pytest

from neon_async import Verdict
from tests.support.feed_runs import Consumer, EventLoop
from tests.support.hostile_server import HostileServer, Hostility, seeded
from tests.support.row_server import Bounds

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
PAGE = 200
TOO_FAST = "changes came faster than they could be read"
LOOPS: list[EventLoop] = ["asyncio", "trio"]


def consumer(rows: int, churn: Hostility, loop: EventLoop, seed: int = 0) -> Consumer:
    """A consumer of so many records, of which some change before each request."""
    server = HostileServer(random=seeded(seed), hostility=churn)
    server.populate(rows, 3000 / rows)
    return Consumer(server, page_size=PAGE, event_loop=loop)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("workers", [1, 5])
@pytest.mark.parametrize("rows", [1_000, 10_000])
def test_proven_under_endless_churn(rows: int, workers: int, loop: EventLoop) -> None:
    """Two edits before each request, for ever: proven, in few more requests than pages."""
    reader = consumer(rows, Hostility(edits=2), loop)

    outcome = reader.run(workers=workers)

    assert outcome is not None
    assert ("", Verdict.PROVEN) == (outcome.certificate.reason, outcome.certificate.verdict)
    assert [] == outcome.false
    assert outcome.requests <= 1.3 * rows / PAGE + 20


@pytest.mark.parametrize("seed", range(100 if THOROUGH else 5))
def test_proven_under_births_and_deletions(seed: int) -> None:
    """Records that are created and deleted meanwhile leave nothing unproven either."""
    churn = Hostility(edits=1.5, births=0.3, deaths=0.2)
    reader = consumer(1_000, churn, LOOPS[seed % 2], seed)

    outcome = reader.run(workers=1 + seed % 5)

    assert outcome is not None
    assert ("", []) == (outcome.certificate.reason, outcome.false)
    assert outcome.requests <= 1.3 * 1_000 / PAGE + 20


@pytest.mark.parametrize(
    ("edits", "workers", "loop"),
    [
        pytest.param(edits, workers, loop)
        for edits in (50, 300)
        for workers in (1, 5)
        for loop in LOOPS
        if THOROUGH or (edits == 50) == (workers == 5) == (loop == "trio")
    ],
)
def test_changes_that_are_too_fast(edits: int, workers: int, loop: EventLoop) -> None:
    """Where more changes than can be read, the run ends, says so, and keeps what it has read."""
    reader = consumer(10_000, Hostility(edits=edits), loop)
    pages, spans = 10_000 / PAGE, 4 * workers

    outcome = reader.run(workers=workers)

    assert outcome is not None
    assert outcome.requests <= 3 * pages + 8 * spans + 100
    assert Verdict.UNPROVEN is outcome.certificate.verdict
    assert TOO_FAST in outcome.certificate.reason
    # What was settled when the run began needs not be read again.
    reader.server.hostility = Hostility()
    reader.server.tick(120)
    again = reader.run(workers=workers)
    assert again is not None
    assert again.proven
    assert [] == reader.wrong()


@pytest.mark.parametrize("bounds", ["inclusive", "exclusive", "seconds"])
@pytest.mark.parametrize("offset", [0.0, 0.3, 0.9995])
def test_the_last_minutes_are_delivered(offset: float, bounds: Bounds) -> None:
    """What has changed up to now is delivered, wherever the run puts the end of its range."""
    reader = consumer(1_000, Hostility(seconds=0), "asyncio")
    reader.server.bounds = bounds
    reader.server.tick(offset)
    for number in reader.server.alive()[::5]:
        reader.server.tick(0.7)
        reader.server.edit(number)
    reader.server.tick(1)

    reader.run()

    assert [] == reader.wrong()
