"""The table of ids and times of a feed: as a dict, in a fraction of its memory."""

import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from neon_async._changes import id_times
from neon_async._changes.id_times import IdTimes

EDGES = st.sampled_from([0, -1, 2**62, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**80])
IDS = st.one_of(st.integers(1, 60), EDGES, st.integers(-(2**70), 2**70))
TIMES = st.integers(-(2**62) - 1, 2**62)


@pytest.mark.parametrize("few", [3, 1_000])
@example(notes=[(1, 1), (2, 1), (3, 1), (4, 1), (1, 2), (1, 1)])  # of each id in the arrays
@given(notes=st.lists(st.tuples(IDS, TIMES), max_size=60))
def test_same_as_a_dict(few: int, notes: list[tuple[int, int]]) -> None:
    """Of each id the latest time counts, however many there are and whatever their size is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(id_times, "_FEW", few)
        table, expected = IdTimes(), dict[int, int]()
        for number, time in notes:
            is_later = time > expected.get(number, time - 1)
            assert is_later == table.advance(number, time)
            expected[number] = max(time, expected.get(number, time))
            assert len(expected) == len(table)

    assert expected == dict(table.items())
    assert sorted(expected.values()) == sorted(table.values())
    for number in [*expected, 61, 2**63, -(2**63), 2**90]:
        assert (number in expected) == (number in table)
        assert expected.get(number, 7) == table.get(number, 7)


@pytest.mark.parametrize("step", [1, 1_000_003])
def test_memory(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many ids take 43 bytes each at most, where a dict takes three times that."""
    monkeypatch.setattr(id_times, "_FEW", 1 << 10)
    table = IdTimes()
    for number in range(50_000):
        table.advance(10_000 + number * step, 1_400_000_000_000_000 + number)

    held = sum(sys.getsizeof(getattr(table, name)) for name in IdTimes.__slots__)
    assert 50_000 == len(table)
    assert held / 50_000 < 43
