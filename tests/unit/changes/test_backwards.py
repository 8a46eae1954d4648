"""Reverse pages by id: what they can't be sure of, they don't vouch for."""

import itertools
from collections.abc import Mapping

import attrs
import pytest

from neon_async._changes.backwards import _Order, read_backwards_by_id
from neon_async._changes.protocol import SLACK, PageRequest, PageResult
from tests.support.row_server import SECOND, START, RowServer, Tracked, run, spread

LOW, HIGH = START, START + 100 * SECOND
RANGE = LOW - SLACK, HIGH + SLACK


def shuffled(server: RowServer) -> None:
    """Let the order change with each query, as without any ORDER BY."""

    def order(number: int, _: int) -> int:
        return number * (len(server.queries) + 2) % 7

    server.order = order


@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_pages_are_drawn_while_the_order_changes(size: int) -> None:
    """Where the order changes between the pages, they are drawn until each record was seen."""
    server, track, seen = RowServer(spread([10.0] * 6), size=size), Tracked(), set[int]()
    shuffled(server)

    run(read_backwards_by_id(*RANGE, track), server, after=lambda answer: seen.update(answer.ids))

    assert {1, 2, 3, 4, 5, 6} == seen
    assert (HIGH, False) == (track.reached, track.doubtful)


class Hiding(RowServer):
    """Counts a record that it never shows, in an order that changes."""

    def answer(self, query: PageRequest) -> PageResult:
        shuffled(self)
        answer = super().answer(query)
        rows = [row for row in zip(answer.ids, answer.times, strict=True) if row[0] != 3]
        return attrs.evolve(
            answer,
            ids=tuple(number for number, _ in rows),
            times=tuple(time for _, time in rows),
        )


def test_drawing_ends() -> None:
    """So many pages show each record, or one is missing, and that is noted."""
    server, track = Hiding(spread([10.0] * 6)), Tracked()

    run(read_backwards_by_id(*RANGE, track), server)

    assert (-1, True) == (track.reached, track.doubtful)
    # Passes over three pages, and draws of three times their number plus the logarithm of six.
    assert len(server.queries) <= 3 * 4 + 1 + 15 + 15


def test_pages_are_drawn_in_passes() -> None:
    """Each pass over the pages asks for every one, and for the ids that none has shown."""
    server = Hiding(spread([10.0] * 6))

    run(read_backwards_by_id(*RANGE, Tracked()), server)

    # Behind an attempt from the last page to the first.
    drawn = server.queries[8:]
    assert [1, 2, 3, 4, 5, 6] == [query.page for query in drawn[:6]]
    assert [False] * 6 + [True] == [bool(query.ids) for query in drawn[:7]]
    assert [*range(1, 7)] == [query.page for query in drawn[7:13]]


def test_records_that_join_twice() -> None:
    """A range is read up to three times, until nothing joins it."""
    server, track = RowServer(spread([10.0] * 6)), Tracked()

    def join() -> None:
        if len(server.queries) in {2, 7}:
            server.rows[len(server.rows) + 1] = START + 10 * SECOND

    run(read_backwards_by_id(*RANGE, track), server, before=join)

    assert 8 == len(server.rows)
    assert (HIGH, False) == (track.reached, track.doubtful)


@pytest.mark.parametrize(("size", "by_id"), [(1, False), (2, True), (3, False)])
def test_pages_of_another_size_are_in_no_order(size: int, *, by_id: bool) -> None:
    """Positions mean nothing where the server changes how many records a page holds."""
    first = PageResult((1, 2), (LOW, LOW), total=6, size=2, pages=3, now=HIGH)
    order = _Order(first)

    order.check(attrs.evolve(first, ids=(5, 6), size=size), {1, 2})

    assert by_id is order.by_id


def test_ids_around_those_that_were_shown() -> None:
    """The one request for what was not shown asks for some below and above as well."""
    rows = dict.fromkeys(range(1_000, 1_052), START + 10 * SECOND)
    server = withholding(rows, 5, 1_026)

    run(read_backwards_by_id(*RANGE, Tracked()), server)

    (asked,) = [query.ids for query in server.queries if query.ids]
    assert 1_026 in asked
    assert len(asked) <= 200
    assert 0 < 1_000 - asked[0] <= 100
    assert 0 < asked[-1] - 1_051 <= 100


def by_ids(server: RowServer) -> list[int]:
    """How many ids each of the queries by ids has asked for."""
    return [len(query.ids) for query in server.queries if query.ids]


class Withholding(RowServer):
    """Shows some records only to those who ask for their ids, in an order that changes."""

    withheld: set[int]

    def answer(self, query: PageRequest) -> PageResult:
        shuffled(self)
        answer = super().answer(query)
        rows = [
            row
            for row in zip(answer.ids, answer.times, strict=True)
            if query.ids or row[0] not in self.withheld
        ]
        return attrs.evolve(
            answer,
            ids=tuple(number for number, _ in rows),
            times=tuple(time for _, time in rows),
        )


def withholding(rows: Mapping[int, int | None], size: int, *withheld: int) -> Withholding:
    server = Withholding({**rows}, size=size)
    server.withheld = {*withheld}
    return server


@pytest.mark.parametrize("number", [1, 2, 26, 51, 52])
def test_ids_that_drawing_has_not_shown_are_asked_for(number: int) -> None:
    """What an import of neighbouring ids still lacks comes by its ids, in one more request."""
    server, track, seen = withholding(spread([10.0] * 52), 5, number), Tracked(), set[int]()

    run(read_backwards_by_id(*RANGE, track), server, after=lambda answer: seen.update(answer.ids))

    assert {*range(1, 53)} == seen
    assert (HIGH, False) == (track.reached, track.doubtful)
    assert 1 == len(by_ids(server))
    # The pass in order, one of draws, the ids, and the count that shows that none has left.
    assert len(server.queries) <= 1 + 11 + 1 + 11 + 1 + 1


def test_ids_are_asked_for_in_requests_of_one_page() -> None:
    """No request asks for more ids than the largest page holds records, nor for one twice."""
    rows = dict.fromkeys(range(1_000, 2_000), START + 10 * SECOND)
    server, track = withholding(rows, 100, *range(1_100, 1_900)), Tracked()

    run(read_backwards_by_id(*RANGE, track), server)

    asked = [number for query in server.queries for number in query.ids]
    assert {*range(1_100, 1_900)} <= {*asked}
    assert len({*asked}) == len(asked)
    assert max(by_ids(server)) <= 200
    assert not track.doubtful


def test_ids_far_apart_are_drawn() -> None:
    """Where asking for all ids between those seen takes more requests than drawing, it is left."""
    rows = dict.fromkeys(range(1, 6_000_000, 1_000_000), START + 10 * SECOND)
    server, track = withholding(rows, 2, 3_000_001), Tracked()

    run(read_backwards_by_id(*RANGE, track), server)

    assert ([], True) == (by_ids(server), track.doubtful)
    assert len(server.queries) <= 1 + 3 + 1 + 15 + 1


def test_ids_are_asked_for_after_the_last_draw() -> None:
    """More requests for ids than a pass of draws takes are spent when drawing has not helped."""
    numbers = [*range(1, 4), *range(2_000, 2_003)]
    server = withholding(dict.fromkeys(numbers, START + 10 * SECOND), 2, 2_001)
    track = Tracked()

    run(read_backwards_by_id(*RANGE, track), server)

    assert 10 == len(by_ids(server))
    assert not track.doubtful


def test_record_that_leaves_while_ids_are_asked_for() -> None:
    """Only the total after them shows whether those that were seen before are still there."""
    server, track = withholding(spread([10.0] * 6), 2, 1, 2, 3), Tracked()

    def leave() -> None:
        if len(by_ids(server)) == 1:
            server.rows.pop(6, None)

    run(read_backwards_by_id(*RANGE, track), server, before=leave)

    assert len(by_ids(server)) > 1
    assert not track.doubtful


def test_only_records_between_the_times_shown_count() -> None:
    """Which second the server cuts a range at is unknown, so that nothing near it is counted."""
    rows = spread([10.0] * 6) | {7: LOW - SLACK}
    server = withholding(rows, 2, 3)
    server.bounds = "exclusive"
    track, found = Tracked(), set[int]()

    def note(answer: PageResult) -> None:
        if server.queries[-1].ids:
            found.update(answer.ids)

    run(read_backwards_by_id(*RANGE, track), server, after=note)

    assert (True, False) == (3 in found, 7 in found)


def test_drawing_begins_again_when_a_record_leaves() -> None:
    """What was seen before the total fell may be what is gone."""
    server, track, seen = RowServer(spread([10.0] * 6)), Tracked(), set[int]()
    shuffled(server)

    def leave() -> None:
        if len(server.queries) == 8:
            del server.rows[6]

    run(
        read_backwards_by_id(*RANGE, track),
        server,
        before=leave,
        after=lambda answer: seen.update(answer.ids),
    )

    assert {1, 2, 3, 4, 5} <= seen
    assert not track.doubtful


def test_it_tries_again() -> None:
    """A pass that misses something is repeated, and may succeed."""
    server, track = RowServer(spread([10.0] * 6)), Tracked()
    passes = itertools.count()

    def shuffle_once() -> None:
        if server.queries and server.queries[-1].page == 1 and len(server.queries) > 1:
            next(passes)
        if len(server.queries) < 4:
            shuffled(server)
        else:
            server.order = None

    run(read_backwards_by_id(*RANGE, track), server, before=shuffle_once)

    assert not track.doubtful
    assert next(passes) > 1


@pytest.mark.parametrize("joining", [0, 7])
def test_what_joins_the_range_is_noticed(joining: int) -> None:
    """A record that joins moves others to pages that were read before."""
    server, track = RowServer(spread([10.0] * 6)), Tracked()
    numbers = itertools.count(-1, -1) if joining == 0 else itertools.count(7)

    def join() -> None:
        if len(server.queries) % 5 == 2:
            server.rows[next(numbers)] = START + 10 * SECOND

    run(read_backwards_by_id(*RANGE, track), server, before=join)

    assert track.doubtful


def test_page_size_that_changes_is_noticed() -> None:
    """Positions mean nothing when the page size is not what it was."""
    server, track = RowServer(spread([10.0] * 6)), Tracked()
    hidden = {2, 3}

    def shrink() -> None:
        server.size = 2 if len(server.queries) % 4 == 0 else 1
        server.rows = {one: START for one in range(1, 7) if one not in hidden or not server.queries}

    run(read_backwards_by_id(*RANGE, track), server, before=shrink)

    # Drawing shows in the end that those have left.
    assert not track.doubtful
    assert len(server.queries) > 6


class LateCounter(RowServer):
    """Counts after it has read the page, and a record leaves in between."""

    def answer(self, query: PageRequest) -> PageResult:
        answer = super().answer(query)
        if len(self.queries) == 1:
            del self.rows[1]
        total = len(self.holds(query))
        return attrs.evolve(answer, total=total, pages=-(-total // self.size))


def test_server_that_counts_late() -> None:
    """A full page is not taken for all there is, even if the total says so."""
    server, track, seen = LateCounter(spread([10.0] * 3)), Tracked(), set[int]()

    run(read_backwards_by_id(*RANGE, track), server, after=lambda answer: seen.update(answer.ids))

    assert {1, 2, 3} == seen
    assert not track.doubtful


class Boastful(RowServer):
    """Says that its pages are larger than they are."""

    def answer(self, query: PageRequest) -> PageResult:
        answer = super().answer(query)
        return attrs.evolve(answer, size=5, pages=-(-answer.total // 5))


def test_smaller_pages_than_the_server_says() -> None:
    """The pages are counted by what the first one holds."""
    server, track, seen = Boastful(spread([10.0] * 7)), Tracked(), set[int]()

    run(read_backwards_by_id(*RANGE, track), server, after=lambda answer: seen.update(answer.ids))

    assert {1, 2, 3, 4, 5, 6, 7} == seen
    assert not track.doubtful


def test_open_range_notes_nothing() -> None:
    """What has no end can't be reached."""
    server, track = RowServer(spread([10.0])), Tracked()

    run(read_backwards_by_id(LOW, None, track), server)

    assert Tracked() == track


def test_last_draw_may_show_the_rest() -> None:
    """What the last of the draws shows needs no ids, and no other total."""
    rows = dict.fromkeys(range(1, 6_000_000, 1_000_000), START + 10 * SECOND)

    class Late(Withholding):
        def answer(self, query: PageRequest) -> PageResult:
            answer = super().answer(query)
            # One page to see whether it fits, three in order, one, and fifteen draws.
            if len(self.queries) < 1 + 3 + 1 + 15:
                return answer
            return attrs.evolve(answer, ids=tuple(rows), times=tuple(rows.values()))

    server, track = Late({**rows}), Tracked()
    server.withheld = {3_000_001}

    run(read_backwards_by_id(*RANGE, track), server)

    assert (20, [], False) == (len(server.queries), by_ids(server), track.doubtful)


def test_records_without_a_time_are_only_drawn() -> None:
    """Nothing says whether a record belongs to the range, if none of it shows its time."""

    class Timeless(Withholding):
        def answer(self, query: PageRequest) -> PageResult:
            answer = super().answer(query)
            return attrs.evolve(answer, times=(None,) * len(answer.ids))

    server, track = Timeless(spread([10.0] * 6)), Tracked()
    server.withheld = {3}

    run(read_backwards_by_id(*RANGE, track), server)

    assert ([], True) == (by_ids(server), track.doubtful)
