"""Model-based: whatever happens to the records, the requests and the consumer, nothing is lost."""

import os
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import initialize, rule

from neon_async import ConnectError
from tests.support.change_server import ChangeClient, FakeChangeServer
from tests.support.feed_scenario import ACTIONS, Action, Feeding, Gone, alive, layouts, pulls

BOUNDS = st.sampled_from(["inclusive", "exclusive", "seconds"])
actions = st.one_of(
    *ACTIONS,
    st.tuples(st.just("restore"), st.integers(0, 7).map(Gone)),
    st.tuples(st.just("spoil"), alive),
    st.tuples(st.just("set_bounds"), BOUNDS),
    st.tuples(st.just("set_unsorted"), st.booleans()),
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
        self.organization = FakeChangeServer(kind=self.kind, **properties)
        self.populate(layout)

    @rule(action=actions)
    def changed(self, action: Action) -> None:
        self.happen(action)

    @rule(**pulls(actions, errors))
    def pulled(self, script: list[Action], **options: Any) -> None:
        self.pull(script, **options)

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


THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
TestWorld = WorldFeeding.TestCase
TestWorldOnTrio = WorldFeedingOnTrio.TestCase
TestWorld.settings = settings(
    max_examples=2000 if THOROUGH else 60, stateful_step_count=20, deadline=None
)
TestWorldOnTrio.settings = TestWorld.settings
TestActivities = ActivityFeeding.TestCase
TestActivitiesOnTrio = ActivityFeedingOnTrio.TestCase
TestActivities.settings = settings(
    max_examples=2000 if THOROUGH else 15, stateful_step_count=20, deadline=None
)
TestActivitiesOnTrio.settings = TestActivities.settings
