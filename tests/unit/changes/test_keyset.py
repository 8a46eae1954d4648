"""The walks, by what they cost, and where they change from one to another."""

import itertools

import attrs
import pytest

from neon_async._changes.keyset import _boundary, bisect_range, catch_up, keyset
from neon_async._changes.protocol import MILLISECOND, SLACK, PageRequest, PageResult
from tests.support.row_server import SECOND, START, RowServer, Tracked, run, spread

LOW, HIGH = START, START + 10_000 * SECOND


def walked(server: RowServer) -> Tracked:
    track = Tracked()
    run(keyset(LOW - SLACK, HIGH + SLACK, track), server)
    return track


def test_quiet_server_costs_one_request_a_page() -> None:
    """Of each page one record is read again."""
    server = RowServer(spread(range(0, 10_000, 10)), size=100)

    track = walked(server)

    assert -(-1000 // 99) == len(server.queries)
    assert (HIGH, []) == (track.reached, track.unconfirmed)


@pytest.mark.parametrize("more", [-SECOND, 0, 1, SECOND])
def test_no_record_is_near_a_boundary(more: int) -> None:
    """Wherever within the slack the server cuts the next range, it cuts between the same two."""
    margin = SLACK + MILLISECOND
    times = [LOW, LOW + 2 * margin + more]

    boundary = _boundary(LOW, 3, times)

    assert (more > 0) is (boundary is not None)
    if boundary is not None:
        assert times[0] + margin < boundary.at <= times[1] - margin


@pytest.mark.parametrize("gap", range(1, 8))
def test_page_is_cut_in_its_latter_half(gap: int) -> None:
    """Behind a boundary in the first half most of the page would be read again."""
    times = [LOW + index + (10 * SECOND if index >= gap else 0) for index in range(8)]

    boundary = _boundary(LOW, 9, times)

    assert (gap if gap >= 4 else None) == (boundary and boundary.older)


@pytest.mark.parametrize("nearer", [-1, 0, 2 * SLACK])
def test_crowd_is_read_by_id_where_half_of_a_page_would_come_again(nearer: int) -> None:
    """The next range begins a second before the last record, and may be cut a second earlier."""
    last = LOW + 100 * SECOND
    at = last - SLACK - MILLISECOND
    times = (LOW, at - SLACK + nearer, last)
    track = Tracked()
    steps = keyset(LOW - SLACK, HIGH + SLACK, track)
    next(steps)

    following = steps.send(PageResult((1, 2, 3), times, total=9, size=3, pages=3, now=HIGH))

    # A stretch of two seconds, which overlaps with the next one.
    by_id = PageRequest(LOW - SLACK, last + 4 * SECOND, by_id=True)
    assert (by_id if nearer >= 0 else PageRequest(at, HIGH + SLACK)) == following
    unconfirmed = [] if nearer >= 0 else [(LOW - 2 * SLACK, at + SLACK)]
    assert unconfirmed == track.unconfirmed


def test_catching_up_costs_one_request_a_page() -> None:
    """Where the server sorts, nothing is halved."""
    server = RowServer(spread(range(0, 10_000, 10)), size=100)

    run(catch_up(LOW - SLACK, trusting=True), server)

    assert -(-1000 // 99) == len(server.queries)


def test_catching_up_with_a_long_import_takes_growing_stretches() -> None:
    """Each stretch is twice as long as the one before, and no longer."""
    server = RowServer(spread(index / 100 for index in range(10_000)), size=50)

    run(catch_up(LOW - SLACK, trusting=True), server)

    firsts = [query for query in server.queries if query.by_id and query.page == 1]
    lengths = [*dict.fromkeys((query.upper or 0) - query.lower for query in firsts)]
    assert 4 < len(lengths)
    assert all(earlier < later <= 2 * earlier for earlier, later in itertools.pairwise(lengths))


def test_crowded_second_is_read_by_id() -> None:
    """A mass import at one instant takes its pages, not more, and the rest goes on by time."""
    times = [10.0, 20.0, *[30.0] * 500, *range(100, 1000, 100)]
    server = RowServer(spread(times), size=50)

    walked(server)

    assert len([query for query in server.queries if query.by_id]) == 12
    assert len(server.queries) < 16


def test_long_import_is_read_in_growing_stretches() -> None:
    """Where no page can be cut for long, each stretch is twice as long as the one before."""
    server = RowServer(spread(index / 40 for index in range(4000)), size=50)

    walked(server)

    assert len(server.queries) < 2 * 4000 / 50


def test_dense_records_are_read_with_an_overlap() -> None:
    """Without a gap between records no total confirms a page, and a second is read again."""
    server, track, seen = (
        RowServer(spread(index / 20 for index in range(2000)), size=100),
        Tracked(),
        set[int](),
    )

    run(
        keyset(LOW - SLACK, HIGH + SLACK, track),
        server,
        after=lambda found: seen.update(found.ids),
    )

    assert server.rows.keys() == seen
    assert not [query for query in server.queries if query.by_id]
    assert len(server.queries) < 30
    assert (HIGH, len(server.queries) - 1) == (track.reached, len(track.unconfirmed))
    # A page of a hundred takes five seconds, and the second on either side may be cut differently.
    assert all(0 < high - low <= 9 * SECOND for low, high in track.unconfirmed)


def test_ignored_sort_column_changes_to_slices() -> None:
    """The first page that is not sorted tells, and no page is read by its number."""
    server = RowServer(
        spread([50.0 * (index * 7 % 100) for index in range(100)]),
        size=20,
        order=lambda number, _: number,
    )

    track = walked(server)

    assert not [query for query in server.queries if query.by_id]
    assert HIGH == track.reached
    assert len(server.queries) < 30


class Timeless(RowServer):
    """Begins with a page of records that have no time."""

    def answer(self, query: PageRequest) -> PageResult:
        answer = super().answer(query)
        if len(self.queries) > 1:
            return answer
        return attrs.evolve(answer, times=(None, None), in_time_order=False)


def test_page_of_records_without_a_time() -> None:
    """What can't be sorted by time is no page to go on from."""
    assert HIGH == walked(Timeless(spread([10, 20, 30, 40]))).reached


class Everywhere(RowServer):
    """Counts records without a time to every range."""

    def holds(self, query: PageRequest) -> list[int]:
        timeless = [number for number, time in self.rows.items() if time is None]
        return sorted([*timeless, *super().holds(query)])


@pytest.mark.parametrize("timeless", [1, 5, 9, 10, 11, 60])
def test_records_without_a_time_in_every_range(timeless: int) -> None:
    """Ranges are not halved in the hope that such records become fewer."""
    rows = spread(range(0, 100, 2)) | dict.fromkeys(range(101, 101 + timeless))
    server, track, seen = Everywhere(rows, size=10), Tracked(), set[int]()

    run(
        keyset(LOW - SLACK, HIGH + SLACK, track),
        server,
        after=lambda found: seen.update(found.ids),
    )

    assert rows.keys() == seen
    assert (HIGH, False) == (track.reached, track.doubtful)
    assert len(server.queries) < 60


def test_empty_page_of_many_records() -> None:
    """A page whose records have left before it was read is no page to go on from, either."""
    server = RowServer(spread([10, 20, 30, 40]))
    steps = keyset(LOW - SLACK, HIGH + SLACK, Tracked())

    asked = next(steps)
    again = steps.send(attrs.evolve(server.answer(asked), ids=(), times=()))

    assert asked == again


def test_departures_leave_pages_unconfirmed() -> None:
    """A page that no total confirms is noted, and the reading goes on."""
    server = RowServer(spread(range(0, 10_000, 10)), size=100)

    def leave() -> None:
        del server.rows[max(server.rows)]

    track = Tracked()
    run(keyset(LOW - SLACK, HIGH + SLACK, track), server, before=leave)

    assert HIGH == track.reached
    assert len(server.queries) <= 11
    assert 8 <= len(track.unconfirmed)
    assert all(low < high for low, high in track.unconfirmed)
    assert LOW - 2 * SLACK == track.unconfirmed[0][0]


def test_open_slices_follow_the_time() -> None:
    """A range without an end is halved up to the server's present."""
    server = RowServer(spread([10, 20, 30, 40]), now=START + 50 * SECOND)
    seen: set[int] = set()

    at_once = run(
        bisect_range(LOW, None, Tracked(), tail=True),
        server,
        after=lambda found: seen.update(found.ids),
    )

    assert at_once
    assert {1, 2, 3, 4} == seen
    assert server.queries[-1].upper is None
    assert all(query.tail for query in server.queries)


def test_open_slices_with_a_crowd() -> None:
    """What is too narrow to be halved is not seen at one moment."""
    server = RowServer(spread([49] * 5), now=START + 50 * SECOND)

    assert not run(bisect_range(LOW, None, Tracked(), tail=True), server)


def test_crowd_at_the_end_of_the_range() -> None:
    """Behind it there is nothing left to read."""
    server = RowServer(spread([10.0, 20.0, *[9999.5] * 7]), size=3)

    track = walked(server)

    assert (HIGH, False) == (track.reached, track.doubtful)
    assert server.queries[-1].by_id
