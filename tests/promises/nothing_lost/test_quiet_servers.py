"""Where nothing changes, one run delivers everything and proves it, however the server is."""

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from tests.promises.nothing_lost.test_feed_machine import ActivityFeeding, WorldFeeding
from tests.support.feed_scenario import layouts


@pytest.mark.parametrize("machine", [WorldFeeding, ActivityFeeding])
@pytest.mark.parametrize("unsorted", [False, True])
@pytest.mark.parametrize("bounds", ["inclusive", "exclusive", "seconds"])
@given(
    layout=layouts,
    page_size=st.integers(2, 4),
    patience=st.integers(0, 8),
    workers=st.integers(1, 3),
)
# What only the last pages had shown was called late, also when it had been found where it belongs.
@example(layout=[0, 20_000_000, 0, 0], page_size=2, patience=0, workers=1)
# A range that began within a second of the last page held the same page again, for ever.
@example(layout=[10**9, 3_000_000, 10**9, 4_500_000, 3_000_000], page_size=3, patience=7, workers=1)
# Halving the way to each of so small pages takes more requests than a run may.
@example(
    layout=[20_000_000, *[0] * 8, 5_500_000, 4_000_000, 20_000_000, *[10**9, 3 * 10**9] * 2, 0],
    page_size=2,
    patience=0,
    workers=2,
)
def test_one_run_is_proven(
    machine: type[WorldFeeding],
    bounds: str,
    *,
    unsorted: bool,
    layout: list[int],
    page_size: int,
    patience: int,
    workers: int,
) -> None:
    """The copy is the truth after the first run, and the certificate says so."""
    feeding = machine()
    feeding.start(page_size, layout, bounds=bounds, unsorted=unsorted, patience=[patience])

    feeding.quiet(workers)

    assert len(layout) == len(feeding.replica.versions)
