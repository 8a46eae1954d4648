"""The proof of the certificate, replayed on a model: no false proof, and no part is idle.

The model is that of `tests.support.feed_model`: it needs neither the package nor an event loop.
"""

import os

import pytest

from tests.support.feed_model.feed import Weakness
from tests.support.feed_model.server import Setting
from tests.support.feed_model.trial import trials

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
FEW = range(1_000 if THOROUGH else 15)

STALE = Setting(behind=(0, 10), readers_lose=0.004)
STEPPED = Setting(step=-3000, edits=0.2)
LEAKY_CATCH_UP = Setting(catch_up_loses=0.02, pause=100, edits=1, births=0, deaths=0)
DELETING = Setting(readers_lose=0.004, deaths=0.6)
DYING = Setting(readers_lose=0.004, dying=0.9)
RESTORING = Setting(readers_lose=0.005, restores=0.7, deaths=0.7)
LONG = Setting(seconds=5, pause=100)
ABSENT = Setting(absent=0.3)

FAIR = {
    "churn": Setting(),
    "2 edits a request": Setting(edits=2, page=50),
    "visible late": Setting(late=50),
    "read twice": Setting(dying=0.9),
    "caught up later": Setting(pause=200),
}
HOSTILE = {
    "readers lose": Setting(readers_lose=0.004),
    "stale nodes": STALE,
    "clock steps": STEPPED,
    "catch-up loses": LEAKY_CATCH_UP,
    "deletions": DELETING,
    "readers die": DYING,
    "brought back": RESTORING,
    "slices without a result": ABSENT,
}
# With the clock's step between two runs, a seed that shows it, and what it leads to.
WEAK: list[tuple[Weakness, Setting, float, int, str]] = [
    ("catch up from the slices' time", LONG, 0, 0, "lossy"),
    ("no line at T", LEAKY_CATCH_UP, 0, 4, "false"),
    ("page need not agree", STALE, 0, 23, "false"),
    ("no deletion list in the proof", DELETING, 0, 4, "false"),
    ("results of a slice mixed", DYING, 0, 1, "false"),
    ("rows after deletions", Setting(deaths=0.5, pause=60), 0, 0, "false"),
    ("checkpoint at the present", Setting(late=50), 0, 0, "lost"),
    ("pending slice dropped", ABSENT, 0, 1, "lost"),
    ("drift within a run ignored", STEPPED, 0, 1, "false"),
    ("drift between runs ignored", Setting(), -1200, 0, "lost"),
    ("existence not asked again", RESTORING, 0, 35, "false"),
]


@pytest.mark.parametrize("name", FAIR)
def test_all_is_proven(name: str) -> None:
    """Where every assumption holds, each run is proven, and rightly, whatever changes meanwhile."""
    tally = trials(FAIR[name], FEW)

    assert (tally.trials, 0, 0) == (tally.proven, tally.lossy, tally.lost)


def test_nodes_that_disagree() -> None:
    """Nodes five seconds apart, and changes that are visible late, cost a few proofs, no record."""
    tally = trials(Setting(late=50, behind=(0, 5)), FEW)

    assert tally.proven > 0.7 * tally.trials
    assert (0, 0) == (tally.incomplete, tally.lost)


@pytest.mark.parametrize("name", HOSTILE)
def test_no_proof_is_false(name: str) -> None:
    """Where records are lost on the way, some runs lose, and none of those is proven."""
    tally = trials(HOSTILE[name], FEW)

    assert tally.lossy
    assert 0 == tally.false


@pytest.mark.parametrize("step", [-90, -300, -1200])
def test_clock_steps_between_runs(step: float) -> None:
    """A clock that is set back between two runs hides nothing from the second."""
    assert 0 == trials(Setting(), FEW, step_between=step).lost


@pytest.mark.parametrize(("weakness", "setting", "step", "seed", "harm"), WEAK)
def test_each_part_is_needed(
    weakness: Weakness, setting: Setting, step: float, seed: int, harm: str
) -> None:
    """Without a part of it the algorithm loses records, or proves what is false; with it, not."""
    seeds = range(seed, seed + 1_000) if THOROUGH else [seed]
    weak = trials(setting, seeds, weakness, step_between=step)
    whole = trials(setting, seeds, step_between=step)

    assert getattr(weak, harm)
    assert 0 == getattr(whole, harm)
