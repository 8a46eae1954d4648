"""Runs of the model, judged by the truth."""

from collections.abc import Iterable
from random import Random

import attrs

from tests.support.feed_model.feed import Checkpoint, Run, Weakness
from tests.support.feed_model.server import LAG, SECOND, START, Row, Server, Setting

FIRST = Checkpoint(START - 4000 * SECOND)


@attrs.define
class Tally:
    """What became of some trials.

    Attributes:
        trials: how many.
        proven: how many were proven.
        incomplete: how many said that records are missing.
        lossy: in how many a record of the range was not delivered, or a deletion.
        false: in how many of those that was proven all the same.
        lost: in how many a record is missing or wrong in the end, after a last quiet run.
        requests: all of them.
    """

    trials: int = 0
    proven: int = 0
    incomplete: int = 0
    lossy: int = 0
    false: int = 0
    lost: int = 0
    requests: int = 0


def trials(
    setting: Setting, seeds: Iterable[int], *weak: Weakness, step_between: float = 0.0
) -> Tally:
    """Run the model once with each seed, and once more when everything is quiet."""
    tally = Tally()
    for seed in seeds:
        _trial(setting, seed, frozenset(weak), step_between, tally)
    return tally


def _trial(
    setting: Setting, seed: int, weak: frozenset[Weakness], step: float, tally: Tally
) -> None:
    random = Random(seed)  # noqa: S311 - only has to differ by the seed
    server, replica = Server(setting, random), dict[int, int]()
    before = dict(server.truth.rows)
    run = Run(server, FIRST, weak)
    run.go()
    run.apply(replica)
    lossy = bool(_missing(run, before, replica))
    tally.trials += 1
    tally.requests += server.replies
    tally.proven += run.verdict == "proven"
    tally.incomplete += run.verdict == "incomplete"
    tally.lossy += lossy
    tally.false += lossy and run.verdict == "proven"
    server.setting = attrs.evolve(
        setting,
        edits=0,
        births=0,
        deaths=0,
        restores=0,
        step=0,
        behind=(0,),
        readers_lose=0,
        catch_up_loses=0,
        absent=0,
    )
    if step:
        server.ahead += round(step * SECOND)
        for number in list(server.truth.rows)[:10]:
            server.edit(number)
    server.wait(2 * LAG / SECOND + setting.late)
    last = Run(server, run.checkpoint, weak)
    last.go()
    last.apply(replica)
    tally.lost += {one: row.version for one, row in server.truth.rows.items()} != replica


def _missing(run: Run, before: dict[int, Row], replica: dict[int, int]) -> set[int]:
    """Return the records of the run's range that a copy has in no state, an old one, or for good.

    Meant are those that were in it when the run began, and those that were when it was proven.
    """
    server = run.server
    rows = server.truth.rows
    # Where a record is that was deleted and brought back, nothing is said: it has two histories.
    due = {
        one: row.version
        for one, row in before.items()
        if run.low <= row.time <= run.high and one not in server.truth.deleted
    }
    for one, row in rows.items():
        if server.visible[one] < run.proof_at and run.low <= row.time <= run.high:
            due[one] = row.version
    lacking = {one for one in due if replica.get(one, -1) < due[one]} & rows.keys()
    ghosts = {
        one
        for one in replica.keys() - rows.keys()
        if server.visible[one] < run.proof_at and server.truth.deleted[one] <= run.high
    }
    return lacking | ghosts
