"""Model-based: with clocks that are set back, nodes that are behind, and changes without end."""

import os
from datetime import timedelta
from typing import Any

import attrs
import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import initialize, rule

from neon_async import ConnectError
from neon_async._changes.protocol import to_micros
from tests.support.change_server import SINCE, ChangeClient
from tests.support.feed_scenario import Action, Feeding, alive, layouts, pulls
from tests.support.hostile_server import HostileServer, Hostility, Node

# Together with the nodes that are behind, no change is visible later than the feed allows for.
DELAYS = st.sampled_from([0.0, 0.0, 0.4, 30.0])
STEPS = st.sampled_from([-4.0, -20.0, -90.0, -3600.0])
actions: st.SearchStrategy[Action] = st.one_of(
    st.tuples(st.just("create"), DELAYS),
    st.tuples(st.just("edit"), alive, DELAYS),
    st.tuples(st.just("delete"), alive, DELAYS),
    st.tuples(st.just("bulk"), st.integers(2, 7)),
    st.tuples(st.just("tick"), st.sampled_from([0.0, 0.5, 2.5, 40.0, 1000.0])),
    st.tuples(st.just("step_clock"), STEPS),
)
errors = st.none() | st.just(ConnectError("the connection broke"))


class HostileFeeding(Feeding):
    """A server whose machines and clocks do not agree."""

    organization: HostileServer

    @initialize(
        page_size=st.integers(2, 5),
        layout=layouts,
        kind=st.sampled_from(["accounts", "activities"]),
    )
    def start(self, page_size: int, layout: list[int], kind: Any) -> None:
        self.page_size, self.kind = page_size, kind
        # However often the clock is set back, it shows no time before the feed begins.
        now = to_micros(SINCE + timedelta(days=3650))
        self.organization = HostileServer(kind=kind, now=now)
        self.populate(layout)

    @rule(behind=st.lists(st.sampled_from([0.0, 2.0, 10.0]), min_size=1, max_size=3))
    def set_nodes(self, behind: list[float]) -> None:
        nodes = tuple(map(Node, behind))
        self.organization.hostility = attrs.evolve(self.organization.hostility, nodes=nodes)

    @rule(action=actions)
    def changed(self, action: Action) -> None:
        self.happen(action)

    @rule(**pulls(actions, errors), endless=st.booleans())
    def pulled(self, script: list[Action], **options: Any) -> None:
        self.pull(script, **options)

    def calm(self) -> None:
        self.organization.hostility = Hostility()

    def client(self) -> ChangeClient:
        return ChangeClient(self.organization, page_size=self.page_size)


class HostileFeedingOnTrio(HostileFeeding):
    """The same on the other event loop."""

    backend = "trio"


THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
TestHostile = HostileFeeding.TestCase
TestHostileOnTrio = HostileFeedingOnTrio.TestCase
TestHostile.settings = settings(
    max_examples=2000 if THOROUGH else 10, stateful_step_count=15, deadline=None
)
TestHostileOnTrio.settings = TestHostile.settings
