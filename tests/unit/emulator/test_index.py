"""Pages over synthetic and changed rows equal those of a sorted list."""

from hypothesis import given
from hypothesis import strategies as st

from neon_async.emulator._state.index import EARLIEST, LATEST, Base, Index, time_key

COUNT = 12
START, STEP = 1000, 10

changes = st.lists(
    st.tuples(
        st.integers(0, COUNT + 4),
        st.one_of(st.none(), st.integers(START - 20, START + STEP * COUNT + 20)),
        st.booleans(),
    ),
    max_size=20,
)
times = st.integers(START - 30, START + STEP * COUNT + 30)
ends = st.tuples(st.one_of(st.just(EARLIEST), times), st.one_of(st.just(LATEST), times))


class Model:
    """The same rows in a plain dict: id → last-modified time."""

    def __init__(self, base: Base) -> None:
        """Begin with the synthetic rows."""
        self.rows = {number: base.modified(number) for number in base.ids}
        self.deleted: dict[int, int | None] = {}
        self.index = Index(base)
        self.changed: set[int] = set()

    def change(self, number: int, modified: int | None, *, deleted: bool) -> None:
        """Change a row here and in the index; deleted ones stay deleted."""
        if number in self.deleted:
            return
        if number in self.changed:
            self.index.remove(number, self.rows[number])
        self.changed.add(number)
        self.index.add(number, modified, deleted=deleted)
        if deleted:
            self.deleted[number] = modified
            self.rows.pop(number, None)
        else:
            self.rows[number] = modified

    def within(self, low: int, high: int) -> list[int]:
        """Return the ids in a range, sorted."""
        return sorted(
            number for number, at in self.rows.items() if at is not None and low <= at <= high
        )


def model(unmodified: int, script: list[tuple[int, int | None, bool]]) -> Model:
    rows = Model(Base(0, COUNT, START, STEP, unmodified))
    for number, modified, deleted in script:
        rows.change(number, modified, deleted=deleted)
    return rows


@given(
    unmodified=st.integers(0, COUNT),
    script=changes,
    ends=ends,
    offset=st.integers(0, 20),
    size=st.integers(1, 20),
    descending=st.booleans(),
)
def test_pages_equal_a_sorted_list(  # noqa: PLR0917
    unmodified: int,
    script: list[tuple[int, int | None, bool]],
    ends: tuple[int, int],
    offset: int,
    size: int,
    descending: bool,  # noqa: FBT001
) -> None:
    """Whatever changed, each order gives the slices that sorting all rows would give."""
    rows = model(unmodified, script)
    by_id = rows.within(*ends)
    by_time = sorted(by_id, key=lambda number: time_key(rows.rows[number], number))
    everything = sorted(rows.rows)

    for expected, merged in (
        (by_id, rows.index.by_id(*ends)),
        (by_time, rows.index.by_time(*ends)),
        (everything, rows.index.everything()),
    ):
        ordered = expected[::-1] if descending else expected
        assert len(expected) == len(merged)
        assert ordered[offset : offset + size] == merged.ids(offset, size, descending=descending)


@given(script=changes, ends=ends)
def test_deleted_rows_are_found_by_time(
    script: list[tuple[int, int | None, bool]], ends: tuple[int, int]
) -> None:
    """Deletions have their own times."""
    rows = model(0, script)
    low, high = ends
    expected = [
        number for number, at in rows.deleted.items() if at is not None and low <= at <= high
    ]

    assert sorted(expected) == sorted(rows.index.deleted_between(low, high))


def test_pages_of_one_range_are_sorted_once() -> None:
    """The pages of a walk share the sorted ids of their range."""
    rows = model(0, [(3, 1500, False), (1, 1500, False)])

    first, second = rows.index.by_id(1400, LATEST), rows.index.by_id(1400, LATEST)

    assert [1, 3] == first.keys
    assert first.keys is second.keys
