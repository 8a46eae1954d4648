"""A server's clock that is set back hides nothing from the feed."""

import json
import os

import attrs
import pytest

from tests.support.change_server import SINCE
from tests.support.feed_runs import Consumer, EventLoop
from tests.support.hostile_server import QUIET, HostileServer, Hostility, seeded

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
STEPS = [90.0, 300.0, 3600.0]
SEEDS = range(60 if THOROUGH else 4)
LOOPS: list[EventLoop] = ["asyncio", "trio"]
CHURN = Hostility(edits=0.5, births=0.1, deaths=0.05, seconds=1.0)


def consumer(rows: int, seed: int) -> Consumer:
    """A consumer of records that were changed in the last 50 minutes."""
    server = HostileServer(random=seeded(seed))
    server.populate(rows, 3000 / rows)
    return Consumer(server, {"workers": 1 + seed % 3}, event_loop=LOOPS[seed % 2])


@pytest.mark.parametrize("step", STEPS)
def test_steps_within_a_run(step: float) -> None:
    """Set back while a run reads, the clock makes no false proof, and the next run has it all."""
    stepped, false, wrong = 0, [], []
    for seed in SEEDS:
        reader = consumer(300, seed)
        at = seeded(seed).randrange(2, 12)
        reader.server.hostility = attrs.evolve(CHURN, steps={at: -step})
        outcome = reader.run()
        assert outcome is not None
        false += outcome.false
        stepped += outcome.requests > at
        reader.server.hostility = QUIET
        reader.server.tick(600)
        reader.run()
        wrong += reader.wrong()

    assert (len(SEEDS), [], []) == (stepped, false, wrong)


@pytest.mark.parametrize("step", [90.0, 300.0, 1200.0, 3600.0])
def test_steps_between_runs(step: float) -> None:
    """Set back between two runs, the clock makes no record invisible for good."""
    wrong, refused, false = [], 0, []
    for seed in SEEDS:
        reader, random = consumer(200, seed), seeded(seed)
        stepped_before = random.randrange(1, 4)
        for run in range(5):
            reader.server.hostility = QUIET
            if run == stepped_before:
                reader.server.step_clock(-step)
            for _ in range(20):
                reader.server.tick(30)
                reader.server.edit(random.choice(reader.server.alive()))
            reader.server.delete(random.choice(reader.server.alive()))
            outcome = reader.run()
            false += [] if outcome is None else outcome.false
        reader.server.tick(2 * step + 600)
        reader.run()
        wrong += reader.wrong()
        refused += reader.refused

    assert ([], 0, []) == (wrong, refused, false)


def test_no_step_costs_nothing() -> None:
    """Where no clock was set, a run reads no more than the last one's lookback again."""
    reader = consumer(200, 0)
    reader.run()
    requests = []
    for _ in range(3):
        reader.server.tick(7200)
        reader.server.edit(reader.server.alive()[0])
        outcome = reader.run()
        assert outcome is not None
        requests.append(outcome.requests)
    # The first of them reads what had changed within the lookback of the first run.
    assert [1, 1] == requests[1:]


@pytest.mark.parametrize("kind", ["accounts", "activities"])
def test_checkpoints_of_earlier_versions(kind: str) -> None:
    """A checkpoint without clocks, of schema 1, is read, and the next run goes on from it."""
    reader = consumer(200, 0)
    reader.server.kind = "accounts" if kind == "accounts" else "activities"
    reader.run()
    assert reader.checkpoint is not None
    document = json.loads(reader.checkpoint)
    old = {name: document[name] for name in ("feed", "organization", "to", "pending")}
    reader.checkpoint = json.dumps({"schema": 1, **old})
    reader.server.tick(600)
    changed = reader.server.alive()[:7]
    for number in changed:
        reader.server.edit(number)
    reader.server.tick(600)

    outcome = reader.run()

    assert outcome is not None
    assert outcome.proven
    assert outcome.certificate.time_from is not None
    assert outcome.certificate.time_from > SINCE
    assert [] == reader.wrong()
