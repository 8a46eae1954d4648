"""Certificates: proven by numbers, or not at all."""

from collections.abc import Callable, Iterable, Iterator

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import given

from neon_async import Certificate, Verdict
from neon_async._changes.audit import certify
from neon_async._changes.certificate import withhold
from neon_async._changes.dedupe import Dedupe
from neon_async._changes.plan import Plan
from neon_async._changes.protocol import PageRequest, PageResult, from_micros
from neon_async._changes.shards import ShardQueue
from tests.support.row_server import SECOND, START, RowServer, run, spread

LOW, HIGH = START, START + 100 * SECOND
PLAN = Plan(ranges=((LOW, HIGH),), to=HIGH, settled=HIGH)
# It ends before what is settled, so that it has to be counted as a range with an end.
UNTIL = Plan(ranges=((LOW, HIGH),), to=HIGH, settled=HIGH + 20 * SECOND)
PLANS = pytest.mark.parametrize("plan", [PLAN, UNTIL], ids=["open", "until"])
LATER = START + 150 * SECOND
NOW = START + 200 * SECOND


def certified(
    server: RowServer,
    *received: int,
    plan: Plan = PLAN,
    before: Callable[[], object] = lambda: None,
    shown: Callable[[Iterable[int]], object] = lambda _: None,
    pages: int = 1,
    queue: ShardQueue | None = None,
    states: dict[int, int | None] | None = None,
    listed: tuple[int, ...] = (),
) -> Certificate:
    """The certificate of a run that has received these records; `shown` gets the others' ids."""
    server.now = NOW
    dedupe = Dedupe(plan)
    states = states or {}
    times = tuple(states.get(one, server.rows[one]) for one in received)
    asked = PageRequest(plan.start - SECOND, plan.end + SECOND)
    dedupe.new_records(asked, PageResult(received, times, 0, 1, 1, 0))
    dedupe.newly_deleted(asked, PageResult((), (), 0, 1, 1, 0, deleted=listed))

    def take(result: PageResult) -> None:
        request = server.queries[-1]
        shown(result.ids)
        listed = dedupe.newly_deleted(request, result)
        dedupe.mark_deleted([one for one in listed if one not in server.rows])
        dedupe.new_records(request, result)

    steps = certify(plan, dedupe, queue or ShardQueue(()), pages=pages)
    return run(steps, server, before=before, after=take)


@PLANS
def test_proven(plan: Plan) -> None:
    """As many are there as were received: a look at what has changed since, and counts, say so."""
    server = RowServer(spread([10, 20, 30]))

    found = certified(server, 1, 2, 3, plan=plan)

    assert (Verdict.PROVEN, "", True) == (found.verdict, found.reason, found.proven)
    assert (3, 3, 3, 0) == (found.before, found.after, found.received, found.departed)
    assert (3 if plan is PLAN else 2) == len(server.queries)


def test_it_asks_for_everything_since_the_beginning() -> None:
    """The newest first, and with the ids of deleted records; then again from later times on."""
    server = RowServer({1: START - 8000 * SECOND, 2: START})
    plan = attrs.evolve(PLAN, ranges=((START - 9000 * SECOND, HIGH),))

    assert certified(server, 1, 2, plan=plan).proven

    tail, *lines = server.queries
    assert PageRequest(HIGH - SECOND, tail=True) == tail
    assert [
        PageRequest(START - 9001 * SECOND, newest_first=True, tail=True),
        PageRequest(HIGH - 7201 * SECOND, newest_first=True, tail=True),
        PageRequest(HIGH - SECOND, newest_first=True, tail=True),
    ] == lines


def leave(server: RowServer) -> Callable[[], None]:
    """Before the first request one record is edited, and one deleted."""

    def change() -> None:
        if not server.queries:
            server.rows[1] = LATER
            del server.rows[2]
            server.deleted[2] = LATER

    return change


def test_edited_records_stay_and_deleted_ones_are_taken_off() -> None:
    """What was edited is in the range without an end all the same."""
    server = RowServer(spread([10, 20, 30]))

    found = certified(server, 1, 2, 3, before=leave(server))

    assert found.proven
    assert (2, 2, 3, 1) == (found.before, found.after, found.received, found.departed)


def test_departed_records_are_taken_off() -> None:
    """What has been changed or deleted is counted no more in a range with an end."""
    server = RowServer(spread([10, 20, 30]))

    found = certified(server, 1, 2, 3, plan=UNTIL, before=leave(server))

    assert found.proven
    assert (1, 1, 3, 2) == (found.before, found.after, found.received, found.departed)


@PLANS
def test_lost_record_is_found_out(plan: Plan) -> None:
    """A record that is counted, and was not received, makes the run incomplete."""
    found = certified(RowServer(spread([10, 20, 30, 40]), size=2), 1, 3, 4, plan=plan)

    assert Verdict.INCOMPLETE is found.verdict
    assert "the server reports more records than it returned" == found.reason
    assert not found.proven
    assert (4, 3) == (found.after, found.received)


def test_record_that_only_the_count_shows_came_late() -> None:
    """It was in a time that was read before; so may be others, and everything is read again."""
    queue = ShardQueue([(LOW, HIGH)])
    queue.clear()

    found = certified(RowServer(spread([10, 20, 30])), 1, 2, queue=queue)

    assert (Verdict.UNPROVEN, "changes arrived in a time that was read before") == (
        found.verdict,
        found.reason.partition(";")[0],
    )
    assert ((LOW, HIGH),) == queue.left()


def test_record_in_an_unconfirmed_range_is_not_late() -> None:
    """What will be read again if need be was perhaps missed, and is received now."""
    queue = ShardQueue([(LOW, HIGH)])
    queue.waiting.popleft().mark_unconfirmed(LOW, HIGH)

    assert certified(RowServer(spread([10, 20, 30]), size=10), 1, 2, queue=queue).proven


def test_change_that_is_visible_late_is_read_again() -> None:
    """What is counted, and too old for the page that counts it, is looked for since the plan."""
    server = RowServer(spread([10, 20, 30, 110, 120]), size=2)

    def edit() -> None:
        # It is on no page that is shown: what has changed since has been read.
        if len(server.queries) == 3:
            server.rows[1] = START + 105 * SECOND

    ids = list[int]()
    found = certified(server, 1, 2, 3, before=edit, shown=ids.extend)

    assert (found.proven, True) == (True, 1 in ids)


@pytest.mark.parametrize("size", [2, 10])
def test_missed_change_is_found_by_a_line(size: int) -> None:
    """A record of which only an older state was received is counted since a later time."""

    class Hiding(RowServer):
        def answer(self, query: PageRequest) -> PageResult:
            answer = super().answer(query)
            rows = [row for row in zip(answer.ids, answer.times, strict=True) if row[0] != 1]
            ids, times = [tuple(column) for column in zip(*rows, strict=True)] or ((), ())
            return attrs.evolve(answer, ids=ids, times=times, total=len(self.holds(query)))

    rows = spread([105, 20, 30, 110, 120])
    found = certified(Hiding(rows, size=size), 1, 2, 3, states={1: START + 10 * SECOND})

    assert (Verdict.UNPROVEN, "changes came faster than they could be read") == (
        found.verdict,
        found.reason,
    )


def test_counts_of_a_node_that_is_behind() -> None:
    """It may count records that have left, so that none is missing for certain."""

    class Behind(RowServer):
        def answer(self, query: PageRequest) -> PageResult:
            answer = super().answer(query)
            return attrs.evolve(answer, total=answer.total + query.count)

    server = Behind(spread([10, 20, 130]))

    found = certified(server, 1, 2, plan=UNTIL)

    assert (Verdict.UNPROVEN, "records kept leaving the range while it was counted") == (
        found.verdict,
        found.reason,
    )
    assert Verdict.INCOMPLETE is certified(Behind(spread([10, 20])), 1, 2, plan=UNTIL).verdict


def test_record_that_left_and_that_no_page_shows() -> None:
    """Without an order, a count of what exists shows that a page came from a node behind."""

    class Behind(RowServer):
        def answer(self, query: PageRequest) -> PageResult:
            answer = attrs.evolve(super().answer(query), in_time_order=not query.newest_first)
            if query.newest_first:
                return attrs.evolve(answer, ids=answer.ids[1:], times=answer.times[1:])
            if query.tail and not query.count:
                return attrs.evolve(answer, ids=(), times=(), total=0)
            return answer

    found = certified(Behind(spread([10, 20, 130])), 1, 2)

    assert (Verdict.UNPROVEN, 2) == (found.verdict, found.received)


def test_endless_churn_is_proven() -> None:
    """Whatever is edited before each request, no record is missing."""
    server = RowServer(spread([10, 20, 30, 40, 50]), size=3)

    def edit() -> None:
        turn = len(server.queries)
        server.rows[turn % 5 + 1] = LATER + turn * 3 * SECOND

    found = certified(server, 1, 2, 3, 4, 5, before=edit)

    assert found.proven
    assert 3 == len(server.queries)


def test_births_beyond_a_page_prove_nothing() -> None:
    """More records may have been created since than the page shows."""
    server = RowServer(spread([10, 20]), size=2)

    def create() -> None:
        if server.queries and server.queries[-1].newest_first:
            return
        for _ in range(3 if server.queries else 0):
            number = len(server.rows) + 1
            server.rows[number] = LATER + 10 * number * SECOND

    found = certified(server, 1, 2, before=create)

    assert (Verdict.UNPROVEN, "changes came faster than they could be read") == (
        found.verdict,
        found.reason,
    )


@PLANS
def test_catching_up_has_an_end(plan: Plan) -> None:
    """After half as many requests as pages, or twenty, it is given up."""
    server = RowServer(spread([10, 20]), size=2)

    def create() -> None:
        for _ in range(5):
            number = len(server.rows) + 1
            server.rows[number] = LATER + 10 * number * SECOND

    for pages, most in [(1, 21), (100, 51)]:
        server.queries.clear()
        found = certified(server, 1, 2, plan=plan, before=create, pages=pages)

        assert "changes came faster than they could be read" == found.reason
        assert Verdict.UNPROVEN is found.verdict
        assert most - 1 <= len(server.queries) <= most


def stale(server: RowServer, answers: Iterator[RowServer]) -> None:
    """Answer the first requests newest first from other servers."""
    answer = server.answer

    def answer_from_a_node(query: PageRequest) -> PageResult:
        node = next(answers, server) if query.newest_first else server
        result = answer(query)
        if node is server:
            return result
        node.now = NOW
        return node.answer(query)

    server.answer = answer_from_a_node  # type: ignore[method-assign]


@attrs.define(slots=False)
class Node(RowServer):
    """A server whose answers can be replaced."""


def nodes(*, edited: bool, times: int) -> tuple[Node, Iterator[RowServer]]:
    """A server, and nodes that are behind it by an edit, or by a deletion."""
    server = Node(spread([10, 20, 30]), size=2)
    behind = dict(server.rows)
    if edited:
        server.rows[1] = LATER
    else:
        del server.rows[1]
        server.deleted[1] = LATER
    return server, iter([RowServer(dict(behind), size=2) for _ in range(times)])


@pytest.mark.parametrize("edited", [True, False])
def test_page_of_a_node_that_is_behind_is_asked_for_again(*, edited: bool) -> None:
    """It lacks what was received before, or does not list what was listed."""
    server, behind = nodes(edited=edited, times=2)
    stale(server, behind)

    assert certified(server, 2, 3).proven
    assert next(behind, None) is None


def test_nodes_that_are_always_behind_prove_nothing() -> None:
    """After three replies it is given up; a lost record beside them makes no proof."""
    server, behind = nodes(edited=True, times=100)
    stale(server, behind)

    def edit() -> None:
        server.rows[1] = LATER + len(server.queries) * SECOND

    found = certified(server, 2, before=edit)

    assert not found.proven


def test_page_with_an_older_state_is_asked_for_again() -> None:
    """It came from a node that is behind, even where it lacks no record."""
    server, behind = nodes(edited=True, times=2)
    server.size = 10
    pages = [attrs.evolve(node, size=10) for node in behind]
    rest = iter(pages)
    stale(server, rest)

    assert certified(server, 2, 3).proven
    assert next(rest, None) is None


def test_replies_that_differ_and_lack_records() -> None:
    """They come from nodes that are behind by more and by less, and prove nothing."""
    server, _ = nodes(edited=True, times=0)
    rows = server.rows
    layouts = [{2: rows[2], 3: rows[3]}, {2: rows[2]}, {3: rows[3]}]
    stale(server, iter([RowServer(dict(layouts[turn % 3]), size=2) for turn in range(100)]))

    found = certified(server, 2, 3)

    assert (Verdict.UNPROVEN, "the server's replies lack records that earlier ones had") == (
        found.verdict,
        found.reason,
    )


def test_order_by_chance() -> None:
    """A page that is sorted by chance lacks the same records each time: ranges are counted."""
    server = RowServer(spread([10, 30, 20, 15]), size=2, order=lambda number, _: -number % 4)

    assert certified(server, 1, 2, 3, 4).proven


class CountsDeleted(RowServer):
    """Counts deleted records with the others, where it lists them."""

    def answer(self, query: PageRequest) -> PageResult:
        answer = super().answer(query)
        return attrs.evolve(answer, total=answer.total + len(answer.deleted))


def test_ranges_are_counted_as_often_as_lines() -> None:
    """Once totals were seen to hold deleted records, the third of three counts may prove it."""
    server = CountsDeleted(spread([10, 20, 30]), size=10, deleted={9: START + 50 * SECOND})
    edited = iter([1, 2])

    def leave() -> None:
        counts = [query for query in server.queries if query.count and not query.tail]
        if counts and counts[-1] is server.queries[-1] and len(counts) in {1, 3}:
            server.rows[next(edited)] = LATER + len(counts) * SECOND

    found = certified(server, 1, 2, 3, before=leave)

    assert next(edited, None) is None
    assert (Verdict.PROVEN, "") == (found.verdict, found.reason)


def test_deletion_before_totals_are_compared_with_what_exists() -> None:
    """Fewer records than were received prove no loss."""
    server = CountsDeleted(spread([10, 20, 30]), size=10, deleted={9: START + 50 * SECOND})

    def leave() -> None:
        if [True] * 3 == [query.newest_first for query in server.queries[-3:]]:
            server.rows.pop(3)

    found = certified(server, 1, 2, 3, before=leave)

    assert 3 not in server.rows
    assert Verdict.UNPROVEN is found.verdict


def test_leaving_while_counted() -> None:
    """A range with an end that records leave until the last attempt can't be counted."""
    server = RowServer(spread([10, 20, 30, 40, 50]), size=10)

    def leave() -> None:
        if server.queries and not server.queries[-1].tail and len(server.queries) % 3 == 1:
            server.rows[len(server.rows) - len(server.queries) // 3] = LATER + len(server.queries)

    found = certified(server, 1, 2, 3, 4, 5, plan=UNTIL, before=leave)

    assert Verdict.UNPROVEN is found.verdict
    assert "kept leaving" in found.reason
    assert 9 == len(server.queries)


def test_second_attempt_succeeds() -> None:
    """A record that left while the range was counted is found by the next attempt."""
    server = RowServer(spread([10, 20, 30]))

    def leave() -> None:
        if len(server.queries) == 1:
            server.rows[3] = LATER

    found = certified(server, 1, 2, 3, plan=UNTIL, before=leave)

    assert found.proven
    assert 5 == len(server.queries)


@PLANS
def test_fewer_than_shown(plan: Plan) -> None:
    """A record that has left without a trace proves nothing, for it might hide another."""
    server = RowServer(spread([10, 20, 30]))

    def leave() -> None:
        server.rows.pop(1, None)

    found = certified(server, 1, 2, 3, plan=plan, before=leave)

    assert Verdict.UNPROVEN is found.verdict
    assert "the server counts fewer records than it has shown" == found.reason


@PLANS
def test_listed_and_alive(plan: Plan) -> None:
    """A record that is listed as deleted, and exists, may hide one that is missing."""
    server = RowServer(spread([10, 20, 30, 40]), size=2, deleted={1: START + 105 * SECOND})

    found = certified(server, 1, 2, 3, 4, plan=plan, listed=(1,))

    assert (Verdict.UNPROVEN, "records that exist were listed as deleted") == (
        found.verdict,
        found.reason,
    )


def test_brought_back_before_the_run() -> None:
    """A deletion that is on the list of the whole range, and not on the last one, hides nothing."""
    server = RowServer(spread([10, 20, 30, 40]), size=2, deleted={1: START + 50 * SECOND})

    assert certified(server, 1, 2, 3, 4, listed=(1,)).proven


@PLANS
def test_lists_of_deleted_ids_that_may_be_cut(plan: Plan) -> None:
    """One deletion that is not listed would hide one loss."""

    class Cut(RowServer):
        def answer(self, query: PageRequest) -> PageResult:
            return attrs.evolve(super().answer(query), all_deleted=False)

    found = certified(Cut(spread([10, 20, 30])), 1, 2, 3, plan=plan)

    assert Verdict.UNPROVEN is found.verdict
    assert "reconcile finds them" in found.reason


@PLANS
def test_tail_of_many_pages(plan: Plan) -> None:
    """What has changed since may fill several pages."""
    server = RowServer(spread([10, 20, 30, 40, 50, 60]))

    def leave() -> None:
        for one in range(1, 6):
            server.rows[one] = START + (120 + 15 * one) * SECOND
        server.rows[7] = NOW - SECOND

    found = certified(server, 1, 2, 3, 4, 5, 6, plan=plan, before=leave)

    assert found.proven
    assert (0 if plan is PLAN else 5) == found.departed


def test_deletion_while_several_pages_are_read_is_listed() -> None:
    """The last request lists what was deleted after the page was read on which it was."""
    server = RowServer(spread([10, 20, 30, 40]), size=2)

    def leave() -> None:
        server.rows.update({5: LATER, 6: LATER + 20 * SECOND, 7: LATER + 40 * SECOND})
        if len(server.queries) == 4:
            server.rows.pop(1)
            server.deleted[1] = START + 125 * SECOND
            server.rows.pop(2)
            server.deleted[2] = NOW

    found = certified(server, 1, 2, 3, 4, plan=UNTIL, before=leave)

    assert server.queries[-1].count
    assert found.proven or found.reason.endswith("while it was counted")
    assert 2 == found.departed


@PLANS
def test_tail_with_a_crowd(plan: Plan) -> None:
    """More changes at once than a page holds might hide one that joins them."""
    server = RowServer(spread([10, 20, 30, 40]))

    def leave() -> None:
        for one in range(1, 5):
            server.rows[one] = LATER

    found = certified(server, 1, 2, 3, 4, plan=plan, before=leave, pages=100)

    if plan is PLAN:
        # In a range without an end it counts.
        assert found.proven
        return
    assert Verdict.UNPROVEN is found.verdict
    assert "more records changed at once" in found.reason


def test_ranges_with_gaps() -> None:
    """Earlier ranges are counted with their ends, and the last one without."""
    plan = attrs.evolve(PLAN, ranges=((LOW, LOW + 20 * SECOND), (LOW + 60 * SECOND, HIGH)))
    times = [10, 15, 40, 70, 80]
    server = RowServer(spread(times))

    found = certified(server, 1, 2, 4, 5, plan=plan)

    assert found.proven
    assert (4, 4, 4, 0) == (found.before, found.after, found.received, found.departed)
    missing = certified(RowServer(spread(times)), 1, 4, 5, plan=plan)
    # In the last range, since when all is counted, there are 2, and 2 in the first.
    assert (Verdict.INCOMPLETE, 4, 4) == (missing.verdict, missing.before, missing.after)
    assert (from_micros(LOW), from_micros(HIGH)) == (missing.time_from, missing.time_to)
    lost = certified(RowServer(spread([*times, 81, 90, 91])), 1, 2, 4, 7, 8, plan=plan)
    assert Verdict.INCOMPLETE is lost.verdict


def test_empty_range_behind_others() -> None:
    """Where nothing is in the last range, the count is that of the others."""
    plan = attrs.evolve(PLAN, ranges=((LOW, LOW + 20 * SECOND), (LOW + 60 * SECOND, HIGH)))

    found = certified(RowServer(spread([10, 15])), 1, 2, plan=plan)

    assert (Verdict.PROVEN, 2, 2) == (found.verdict, found.before, found.after)


def test_range_is_counted_with_a_second_more() -> None:
    """It is asked for so, and what was received of it reaches as far."""
    server = RowServer(spread([10, 20, 30]))

    certified(server, 1, 2, 3, plan=UNTIL)

    counted = PageRequest(LOW - SECOND, HIGH + SECOND, count=True, deleted=False)
    assert counted == server.queries[0]


def test_earlier_ranges_need_no_count_of_all_that_exists() -> None:
    """What has left them was received from the ranges behind, or shows in their counts."""
    plan = attrs.evolve(PLAN, ranges=((LOW, LOW + 20 * SECOND), (LOW + 60 * SECOND, HIGH)))
    server = CountsDeleted(spread([10, 70]), size=10, deleted={9: START + 80 * SECOND})

    found = certified(server, 1, 2, plan=plan)

    assert found.proven
    existing = PageRequest(LOW + 59 * SECOND, count=True, deleted=False, tail=True)
    # Once, to see whether totals hold deleted records.
    assert 1 == server.queries.count(existing)


def test_server_that_cuts_a_range_late() -> None:
    """A record at the beginning of the last line is not counted where no page has shown it."""
    server = RowServer(spread([10, 99, 150]), bounds="exclusive", size=10)

    assert certified(server, 1, 2, plan=PLAN).proven
    assert HIGH - SECOND == server.rows[2] == server.queries[-1].lower


@pytest.mark.parametrize("more", [{}, {1: None}])
def test_records_whose_times_cannot_be_read(more: dict[int, int | None]) -> None:
    """Since when they have changed is not known, so that a later line says nothing about them."""
    times = [-8000, -3600, -500, -400]
    server = RowServer(spread([100.0 + time for time in times]), size=2)
    plan = attrs.evolve(PLAN, ranges=((START - 9000 * SECOND, HIGH),))

    found = certified(server, 1, 2, 3, 4, plan=plan, states={2: None, **more})

    assert (Verdict.UNPROVEN, "records have last-modified times that can't be read") == (
        found.verdict,
        found.reason,
    )


def test_records_beyond_those_whose_times_cannot_be_read() -> None:
    """A line may lack each of those, but no other."""
    times = [-8000, -3600, -3500, -500, -400]
    server = RowServer(spread([100.0 + time for time in times]), size=2)
    plan = attrs.evolve(PLAN, ranges=((START - 9000 * SECOND, HIGH),))
    states = {2: None, 3: START - 8500 * SECOND}

    found = certified(server, 1, 2, 3, 4, 5, plan=plan, states=states)

    assert (Verdict.INCOMPLETE, "changes arrived in a time that was read before") == (
        found.verdict,
        found.reason.partition(";")[0],
    )


def test_dense_changes_two_hours_ago() -> None:
    """Where no gap is known for a line, it begins where a page began, and belongs to that page."""
    line = 100 - 7201
    server = RowServer(spread([line - 1000, line - 1, line + 0.5, line + 100]), size=10)
    plan = attrs.evolve(PLAN, ranges=((START - 9000 * SECOND, HIGH),))

    found = certified(server, 1, 2, 3, 4, plan=plan)

    assert found.proven
    tail, low, last = server.queries
    assert START - 9001 * SECOND == low.lower
    assert tail.lower == last.lower


def test_stale_reply_in_a_range_with_an_end() -> None:
    """A record that shows in an older state than before came from a node that is behind."""
    server = RowServer(spread([10, 20, 130]))

    found = certified(server, 1, 2, 3, plan=UNTIL, states={3: LATER})

    assert (Verdict.UNPROVEN, "the server's replies were older than earlier ones") == (
        found.verdict,
        found.reason,
    )


def test_deleted_ids_that_only_some_pages_list() -> None:
    """Then the range is counted with its end, which needs no list."""

    class Listing(RowServer):
        def answer(self, query: PageRequest) -> PageResult:
            result = super().answer(query)
            return attrs.evolve(result, deleted=() if query.newest_first else result.deleted)

    server = Listing(spread([10, 20, 30]))

    found = certified(server, 1, 2, 3, before=leave(server))

    assert found.proven
    assert (1, 2) == (found.after, found.departed)


def test_what_is_unconfirmed_is_read_before_a_range_is_counted_with_its_end() -> None:
    """Such a count says nothing about deletions, which are listed for halves."""
    queue = ShardQueue([(LOW, HIGH)])
    queue.waiting.popleft().mark_unconfirmed(LOW, LOW)
    server = RowServer(spread([10, 20, 30, 40]), size=2, order=lambda number, _: number)

    found = certified(server, 1, 2, 3, queue=queue)

    assert (Verdict.UNPROVEN, "the server does not keep the order of its pages") == (
        found.verdict,
        found.reason,
    )
    assert Verdict.INCOMPLETE is certified(server, 1, 2, 3).verdict


def test_nothing_to_read() -> None:
    """Without a range there is nothing to lose."""
    found = certified(RowServer({}), plan=Plan((), HIGH, HIGH))

    assert found.proven
    assert (None, None, 0) == (found.time_from, found.time_to, found.after)


PROOF = Certificate(verdict=Verdict.PROVEN, reason="")


@pytest.mark.parametrize(
    ("options", "verdict", "reason"),
    [
        ({}, "proven", ""),
        ({"drift": 30 * SECOND - 1}, "proven", ""),
        ({"drift": 30 * SECOND}, "unproven", "the server's clock went back by 30 s"),
        ({"deleted_again": True}, "unproven", "deleted again"),
        ({"doubtful": True}, "unproven", "keeps no order"),
    ],
)
def test_proofs_that_are_withheld(options: dict[str, bool], verdict: str, reason: str) -> None:
    """Numbers prove nothing where times are not what they were, or deletions don't show."""
    given_: dict[str, bool] = {"drift": False, "doubtful": False, "deleted_again": False} | options

    found = withhold(PROOF, plan=PLAN, **given_)

    assert verdict == found.verdict
    assert reason in found.reason


def test_clock_that_went_back_before_the_run() -> None:
    """A run that begins behind its checkpoint proves nothing, however its numbers are."""
    plan = attrs.evolve(PLAN, set_back=90 * SECOND)

    found = withhold(PROOF, plan=plan, drift=0, doubtful=False, deleted_again=False)

    assert ("unproven", "the server's clock went back by 90 s") == (found.verdict, found.reason)


@PLANS
@given(
    received=st.sets(st.integers(1, 6)),
    leaving=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6), st.booleans())),
    size=st.integers(2, 4),
    unsorted=st.booleans(),
)
def test_proven_is_never_wrong(
    plan: Plan,
    received: set[int],
    leaving: list[tuple[int, int, bool]],
    size: int,
    *,
    unsorted: bool,
) -> None:
    """Whatever a run has lost, and whatever leaves while it is judged, proven means complete."""
    order = (lambda number, _: number) if unsorted else None
    server = RowServer(spread([10, 20, 30, 30, 40, 50]), size=size, order=order)
    shown = set(received)

    def leave() -> None:
        for query, number, deleted in leaving:
            if query == len(server.queries) and server.rows.get(number, LATER) != LATER:
                if deleted:
                    del server.rows[number]
                    server.deleted[number] = LATER
                else:
                    server.rows[number] = LATER + number * 20 * SECOND

    found = certified(server, *sorted(received), plan=plan, before=leave, shown=shown.update)

    left = {one for one, time in server.rows.items() if time is not None and time <= HIGH}
    assert not found.proven or left <= shown


def test_what_may_be_missing_stays_pending() -> None:
    """Where more is counted than was received, all is read again, whatever explains the number."""

    class Behind(RowServer):
        def answer(self, query: PageRequest) -> PageResult:
            answer = super().answer(query)
            return attrs.evolve(answer, total=answer.total + query.count)

    queue = ShardQueue(())

    found = certified(Behind(spread([10, 20, 130])), 1, 2, plan=UNTIL, queue=queue)

    assert (Verdict.UNPROVEN, ((LOW, HIGH),)) == (found.verdict, queue.left())


def test_page_that_is_older_than_what_was_received() -> None:
    """A reply that shows a record in an older state proves nothing, though the numbers agree."""

    class Stale(RowServer):
        def answer(self, query: PageRequest) -> PageResult:
            answer = super().answer(query)
            if not query.newest_first:
                return answer
            return attrs.evolve(answer, times=tuple((time or 0) - SECOND for time in answer.times))

    found = certified(Stale(spread([10, 20, 30])), 1, 2, 3)

    assert (Verdict.UNPROVEN, "the server's replies were older than earlier ones") == (
        found.verdict,
        found.reason,
    )


def test_certificates_are_made_by_keyword() -> None:
    """Their numbers are not to be taken for each other."""
    with pytest.raises(TypeError, match="positional"):
        Certificate(Verdict.PROVEN)  # type: ignore[call-arg]
