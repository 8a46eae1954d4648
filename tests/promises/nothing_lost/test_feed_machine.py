"""Model-based: whatever happens to the records, the requests and the consumer, nothing is lost."""

from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import initialize, rule

from neon_async import ConnectError
from neon_async._changes.protocol import to_micros
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer
from tests.support.feed_scenario import ACTIONS, Action, Feeding, Gone, alive, layouts, pulls
from tests.support.sweeps import THOROUGH

BOUNDS = st.sampled_from(["inclusive", "exclusive", "seconds"])
actions = st.one_of(
    *ACTIONS,
    st.tuples(st.just("restore"), st.integers(0, 7).map(Gone)),
    st.tuples(st.just("spoil"), alive),
    st.tuples(st.just("set_bounds"), BOUNDS),
    st.tuples(st.just("set_unsorted"), st.booleans()),
    st.tuples(st.just("step_clock"), st.sampled_from([-4.0, -20.0, -90.0, -3600.0])),
)
errors = st.none() | st.just(ConnectError("the connection broke"))


class WorldFeeding(Feeding):
    """A fake server that is as strange as can be, but for its speed."""

    organization: FakeChangeServer

    @initialize(
        page_size=st.integers(2, 4),
        bounds=BOUNDS,
        unsorted=st.booleans(),
        layout=layouts,
        patience=st.lists(st.integers(0, 8), min_size=1, max_size=5),
    )
    def start(self, page_size: int, layout: list[int], **properties: Any) -> None:
        self.page_size = page_size
        # However often the clock is set back, it shows no time before the feed begins.
        now = to_micros(SINCE + timedelta(days=400))
        self.organization = FakeChangeServer(kind=self.kind, now=now, **properties)
        self.populate(layout)

    @rule(action=actions)
    def changed(self, action: Action) -> None:
        self.happen(action)

    @rule(**pulls(actions, errors), endless=st.booleans())
    def pulled(self, script: list[Action], **options: Any) -> None:
        self.pull(script, **options)

    def excuses(self) -> set[str]:
        # Without an order, no page shows that a record which was brought back is counted. Without
        # a time, no count shows that a record was received in its latest state.
        texts = set[str]()
        if self.organization.unsorted or self.organization.odd:
            texts.add("records that exist were listed as deleted")
        if self.organization.odd:
            texts.add("records have last-modified times that can't be read")
        return texts

    def client(self) -> ChangeClient:
        return ChangeClient(self.organization, page_size=self.page_size)


class WorldFeedingOnTrio(WorldFeeding):
    """The same on the other event loop."""

    backend = "trio"


class ActivityFeeding(WorldFeeding):
    """The same with activities."""

    kind = "activities"


class ActivityFeedingOnTrio(WorldFeedingOnTrio):
    """The same with activities, on the other event loop."""

    kind = "activities"


# The event loop matters least: what a feed does on either is tested elsewhere, step by step.
TestWorld = WorldFeeding.TestCase
TestWorldOnTrio = WorldFeedingOnTrio.TestCase
TestWorld.settings = settings(
    max_examples=2000 if THOROUGH else 30, stateful_step_count=20, deadline=None
)
TestWorldOnTrio.settings = settings(TestWorld.settings, max_examples=2000 if THOROUGH else 10)
TestActivities = ActivityFeeding.TestCase
TestActivitiesOnTrio = ActivityFeedingOnTrio.TestCase
TestActivities.settings = settings(
    max_examples=2000 if THOROUGH else 15, stateful_step_count=20, deadline=None
)
TestActivitiesOnTrio.settings = TestWorldOnTrio.settings


def test_run_cut_short_after_a_clock_went_back() -> None:
    """What changed behind the end of such a run, in the time of the one before, is read later."""
    feeding = ActivityFeeding()
    feeding.start(page_size=2, bounds="inclusive", unsorted=False, layout=[], patience=[0])
    script: list[Action] = [("create", 0.0)] * 5
    script += [("step_clock", -90.0), ("bulk", 2), ("bulk", 7)]
    script += [("tick", 40.0), ("tick", 40.0), ("step_clock", -4.0)]
    feeding.pull(script, each=2, endless=True)
    assert "changes came faster than they could be read" == feeding.pull([]).reason

    feeding.settle()
    feeding.pull([])

    truth = {number: row.version for number, row in feeding.organization.rows.items()}
    assert truth == feeding.replica.versions
