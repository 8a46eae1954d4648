"""Many runs against servers that do everything at once: nothing is lost without a word."""

from collections import Counter
from random import Random
from typing import Any, get_args

import attrs
import pytest

from neon_async import Verdict
from tests.support.feed_runs import Consumer, EventLoop
from tests.support.hostile_server import QUIET, HostileServer, Hostility, Node, Order, seeded
from tests.support.sweeps import THOROUGH

BLOCKS = 50 if THOROUGH else 1
SEEDS_PER_BLOCK = 20
LOOPS: list[EventLoop] = ["asyncio", "trio"]
# Half of the servers keep the order.
ORDERS: list[Order] = [*get_args(Order), "kept", "kept", "kept", "kept"]


def hostility(random: Random, answered: int) -> Hostility:
    """Anything that may come together, in a run that begins after so many requests."""
    steps, imports = {}, {}
    if random.random() < 0.4:
        steps[answered + random.randrange(25)] = -random.choice([20.0, 90.0, 300.0, 3600.0])
    if random.random() < 0.4:
        imports[answered + random.randrange(25)] = random.choice([9, 30])
    nodes = random.choice([(Node(),), (Node(), Node(5.0)), (Node(), Node(10.0, -3.0), Node(2.0))])
    return Hostility(
        seconds=random.choice([0.05, 0.5, 2.0]),
        edits=random.choice([0.0, 0.3, 1.5]),
        births=random.choice([0.0, 0.1, 0.5]),
        deaths=random.choice([0.0, 0.1, 0.3]),
        late=random.choice([0.0, 0.0, 30.0]),
        steps=steps,
        imports=imports,
        nodes=nodes,
        losing=random.choice([0.0, 0.0, 0.01, 0.2]),
        order=random.choice(ORDERS),
    )


def sequence(seed: int) -> Consumer:
    """Some runs of one consumer, with changes and clock steps within and between them."""
    random = seeded(seed)
    server = HostileServer(random=seeded(seed), kind=random.choice(["accounts", "activities"]))
    server.populate(random.choice([20, 60, 90]), random.choice([0.3, 10.0, 35.0]))
    options: dict[str, Any] = {"workers": random.choice([1, 2, 4])}
    reader = Consumer(server, options, random.choice([4, 7, 20]), LOOPS[seed % 2])
    for _ in range(random.choice([1, 3])):
        server.hostility = hostility(random, server.answered)
        reader.run()
        server.hostility = QUIET
        for _ in range(random.randrange(6)):
            server.tick(random.choice([1.0, 60.0, 700.0]))
            server.edit(random.choice(server.alive() or [server.create()]))
        if random.random() < 0.3:
            server.step_clock(-random.choice([90.0, 1200.0]))
    # Twice the largest step: until then records may lie in the server's future.
    server.tick(8000)
    for _ in range(2):
        reader.run()
        server.tick(120)
    return reader


@pytest.mark.parametrize("block", range(BLOCKS))
def test_hostile_runs(block: int) -> None:
    """Clock steps, stale nodes, births, deaths and planted losses: no false proof, no loss."""
    false, lost, verdicts = {}, {}, Counter[str]()
    for seed in range(block * SEEDS_PER_BLOCK, (block + 1) * SEEDS_PER_BLOCK):
        reader = sequence(seed)
        verdicts.update(outcome.certificate.verdict for outcome in reader.outcomes)
        proofs = [outcome.false for outcome in reader.outcomes if outcome.false]
        if proofs:
            false[seed] = proofs
        if reader.lost_without_a_word():
            lost[seed] = reader.lost_without_a_word()

    assert ({}, {}) == (false, lost)
    assert {Verdict.PROVEN, Verdict.UNPROVEN} <= {*verdicts}, "or the runs are not hostile"


STALE = (Node(), Node(10.0))
LOSSY = {
    "stale nodes": Hostility(nodes=STALE, edits=0.3, deaths=0.3),
    "stale look-ups": Hostility(look_ups_behind=10.0, deaths=0.5),
    "brought back": Hostility(restores=0.4, deaths=0.6),
    "deletions": Hostility(deaths=1.0),
    "order refused": Hostility(order="refused", edits=0.1, deaths=0.1),
    "order ignored": Hostility(order="ignored", edits=0.1, deaths=0.1),
    "no descending order": Hostility(order="descending refused", edits=0.3, deaths=0.3),
    "descending order ignored": Hostility(order="descending ignored", edits=0.3, births=0.3),
}


@pytest.mark.parametrize("name", LOSSY)
def test_no_proof_is_false(name: str) -> None:
    """Whatever a server that leaves out some rows does besides, no such run is proven."""
    false, left_out = {}, 0
    for seed in range(500 if THOROUGH else 15):
        server = HostileServer(random=seeded(seed))
        server.populate(150, 20.0)
        server.hostility = attrs.evolve(LOSSY[name], seconds=0.2, losing=0.004)
        reader = Consumer(server, {"workers": 1 + seed % 3}, event_loop=LOOPS[seed % 2])
        outcome = reader.run()
        assert outcome is not None
        false.update({seed: outcome.false} if outcome.false else {})
        left_out += server.left_out

    assert {} == false
    assert left_out


def test_deleted_records_stay_deleted() -> None:
    """No record comes after its deletion, whatever a node that is behind still shows."""
    ghosts, deleted = {}, 0
    for seed in range(500 if THOROUGH else 15):
        server = HostileServer(random=seeded(seed))
        server.populate(150, 20.0)
        server.hostility = Hostility(seconds=0.2, nodes=STALE, look_ups_behind=0.0, deaths=0.5)
        server.answered = 1  # From now on it counts when a change reaches a node.
        for number in server.alive()[40:150:11]:
            server.tick(0.5)
            server.delete(number)
        reader = Consumer(server, {"workers": 1 + seed % 3}, event_loop=LOOPS[seed % 2])
        outcome = reader.run()
        assert outcome is not None
        ghosts.update({seed: outcome.ghosts} if outcome.ghosts else {})
        deleted += len(server.deleted)

    assert {} == ghosts
    assert deleted


@pytest.mark.parametrize("loop", LOOPS)
def test_changes_that_are_visible_late(loop: EventLoop) -> None:
    """A run's checkpoint leaves to the next one what was not visible yet."""
    server = HostileServer(hostility=Hostility(seconds=0.5, edits=1.0, births=0.3, late=50.0))
    server.populate(150, 20.0)
    reader = Consumer(server, {"workers": 2, "lookback": 0.0}, event_loop=loop)
    for _ in range(3):
        outcome = reader.run()
        assert outcome is not None
        assert outcome.proven
    server.hostility = QUIET
    server.tick(120)

    reader.run()

    assert [] == reader.wrong()


def test_changes_that_the_catch_up_misses() -> None:
    """No run is proven that has missed the latest state of a record, though it has another."""
    outdated, left_out = {}, 0
    for seed in range(500 if THOROUGH else 25):
        server = HostileServer(random=seeded(seed))
        server.populate(150, 20.0)
        server.hostility = Hostility(seconds=3.0, edits=3.0, catch_up_loses=0.1)
        reader = Consumer(server, {"workers": 1 + seed % 3}, event_loop=LOOPS[seed % 2])
        outcome = reader.run()
        assert outcome is not None
        outdated.update({seed: outcome.outdated} if outcome.outdated else {})
        left_out += server.left_out

    assert {} == outdated
    assert left_out


UNCERTAIN = {
    "visible late": Hostility(edits=0.3, births=1.0, late=30.0),
    "small steps": Hostility(edits=0.3, births=1.0, steps=dict.fromkeys(range(155, 300, 9), -4.0)),
    "stale, no order": Hostility(edits=0.5, births=0.1, nodes=STALE, order="refused"),
    "stale, no descending order": Hostility(
        edits=0.3, deaths=0.1, nodes=STALE, order="descending refused"
    ),
    "stale, order ignored": Hostility(edits=0.3, deaths=0.1, nodes=STALE, order="ignored"),
}


@pytest.mark.parametrize("name", UNCERTAIN)
def test_nothing_is_called_incomplete_that_is_only_late(name: str) -> None:
    """What a server may have shown late, or counted for the last time, is no missing record."""
    verdicts, false, wrong = Counter[str](), [], []
    for seed in range(200 if THOROUGH else 8):
        server = HostileServer(random=seeded(seed))
        server.populate(150, 20.0)
        server.hostility = attrs.evolve(UNCERTAIN[name], seconds=0.5)
        server.answered = 1
        for _ in range(150):
            server.let_happen()
        reader = Consumer(server, {"workers": 1 + seed % 3}, event_loop=LOOPS[seed % 2])
        outcome = reader.run()
        assert outcome is not None
        verdicts[outcome.certificate.verdict] += 1
        false += outcome.false
        server.hostility = QUIET
        server.tick(120)
        reader.run()
        wrong += reader.wrong()

    assert (0, [], []) == (verdicts[Verdict.INCOMPLETE], false, wrong)
    assert verdicts[Verdict.PROVEN]
