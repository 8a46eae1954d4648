"""Model-based, against the emulator: with faults, and sessions that end, at any request."""

from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import initialize, rule

from neon_async import AsyncClient
from neon_async.emulator import Clock, Emulator
from tests.support.change_server import SINCE
from tests.support.emulated_organization import Emulated
from tests.support.feed_scenario import ACTIONS, Action, Feeding, layouts, pulls
from tests.support.sweeps import THOROUGH

BOUNDS = st.sampled_from(["inclusive", "exclusive", "seconds"])
FAULTS: list[dict[str, Any]] = [
    {"drop": True},
    {"status": 503},
    {"status": 429},
    {"code": 1},
    {"code": 2},
    {"code": 4},
    {"html": "<html>"},
    {"body": b"{"},
]
actions = st.one_of(
    *ACTIONS,
    st.tuples(st.just("set_bounds"), BOUNDS),
    st.tuples(st.just("set_unsorted"), st.booleans()),
    st.tuples(st.just("step_clock"), st.sampled_from([-4.0, -20.0, -3600.0])),
    st.tuples(st.just("expire")),
    st.tuples(st.just("fail"), st.integers(1, 4), st.sampled_from(FAULTS)),
)


class EmulatorFeeding(Feeding):
    """A real client, over HTTP, to an organization that misbehaves."""

    organization: Emulated

    @initialize(page_size=st.integers(2, 4), bounds=BOUNDS, unsorted=st.booleans(), layout=layouts)
    def start(self, page_size: int, bounds: Any, *, unsorted: bool, layout: list[int]) -> None:
        self.page_size = page_size
        # However often the clock is set back, it shows no time before the feed begins.
        clock = Clock(SINCE + timedelta(days=400))
        emulator = Emulator(accounts=0, activities=0, clock=clock)
        self.organization = Emulated(emulator, kind=self.kind)
        self.organization.set_bounds(bounds)
        self.organization.set_unsorted(unsorted)
        self.populate(layout)

    @rule(action=actions)
    def changed(self, action: Action) -> None:
        self.happen(action)

    @rule(**pulls(actions, st.none()), endless=st.booleans())
    def pulled(self, script: list[Action], **options: Any) -> None:
        self.pull(script, **options)

    def calm(self) -> None:
        self.organization.emulator.clear_faults()

    def client(self) -> AsyncClient:
        return self.organization.client(self.page_size)

    def teardown(self) -> None:
        self.organization.emulator.close()


class EmulatorFeedingOnTrio(EmulatorFeeding):
    """The same on the other event loop."""

    backend = "trio"


class EmulatedActivityFeeding(EmulatorFeeding):
    """The same with activities."""

    kind = "activities"


class EmulatedActivityFeedingOnTrio(EmulatorFeedingOnTrio):
    """The same with activities, on the other event loop."""

    kind = "activities"


TestEmulator = EmulatorFeeding.TestCase
TestEmulatorOnTrio = EmulatorFeedingOnTrio.TestCase
TestEmulator.settings = settings(
    max_examples=500 if THOROUGH else 12, stateful_step_count=12, deadline=None
)
TestEmulatorOnTrio.settings = settings(TestEmulator.settings, max_examples=500 if THOROUGH else 4)
TestEmulatedActivities = EmulatedActivityFeeding.TestCase
TestEmulatedActivitiesOnTrio = EmulatedActivityFeedingOnTrio.TestCase
TestEmulatedActivities.settings = TestEmulatorOnTrio.settings
TestEmulatedActivitiesOnTrio.settings = TestEmulatorOnTrio.settings
