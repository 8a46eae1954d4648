"""Certificates: proven by numbers, or not at all."""

from collections.abc import Callable, Iterable

import hypothesis.strategies as st
from hypothesis import given

from neon_async import Certificate, Verdict
from neon_async._changes.certificate import certify
from neon_async._changes.dedupe import Dedupe
from neon_async._changes.plan import Plan
from neon_async._changes.protocol import PageResult
from tests.support.row_server import SECOND, START, Server, run, spread

LOW, HIGH = START, START + 100 * SECOND
PLAN = Plan(ranges=((LOW, HIGH),), to=HIGH, settled=HIGH)
LATER = START + 150 * SECOND
NOW = START + 200 * SECOND


def certified(
    server: Server,
    *received: int,
    plan: Plan = PLAN,
    before: Callable[[], object] = lambda: None,
    shown: Callable[[Iterable[int]], object] = lambda _: None,
) -> Certificate:
    """The certificate of a walk that has received these records; `shown` is told of others."""
    server.now = NOW
    dedupe = Dedupe(plan)
    times = tuple(server.rows[one] for one in received)
    dedupe.new_records(PageResult(received, times, 0, 1, 1, 0), tail=False)

    def take(answer: PageResult) -> None:
        shown(answer.ids)
        dedupe.settle_gone(dedupe.newly_deleted(answer))
        dedupe.new_records(answer, tail=server.queries[-1].tail)

    return run(certify(plan, dedupe), server, before=before, after=take)


def test_proven() -> None:
    """As many are there as were received: two counts and a look at the tail say so."""
    server = Server(spread([10, 20, 30]))

    found = certified(server, 1, 2, 3)

    assert (Verdict.PROVEN, "", True) == (found.verdict, found.reason, found.proven)
    assert (3, 3, 3, 0) == (found.before, found.after, found.received, found.departed)
    assert 3 == len(server.queries)


def test_departed_records_are_taken_off() -> None:
    """What has been changed or deleted since it was received is counted no more."""
    server = Server(spread([10, 20, 30]))

    def leave() -> None:
        if not server.queries:
            server.rows[1] = LATER
            del server.rows[2]
            server.deleted[2] = LATER

    found = certified(server, 1, 2, 3, before=leave)

    assert found.proven
    assert (1, 1, 3, 2) == (found.before, found.after, found.received, found.departed)


def test_lost_record_is_found_out() -> None:
    """A record that is counted, and was not received, makes the run incomplete."""
    # The counts show the oldest record themselves.
    found = certified(Server(spread([10, 20, 30])), 1, 2)

    assert Verdict.INCOMPLETE is found.verdict
    assert "the server reports more records than it returned" == found.reason
    assert not found.proven


def test_record_that_counting_shows() -> None:
    """A record that comes with a count is received by that."""
    assert certified(Server(spread([10, 20])), 2).proven


def test_leaving_while_counted() -> None:
    """A range that records leave until the last attempt can't be counted."""
    server = Server(spread([10, 20, 30, 40, 50]), size=10)

    def leave() -> None:
        if server.queries and not server.queries[-1].tail and len(server.queries) % 3 == 1:
            server.rows[len(server.rows) - len(server.queries) // 3] = LATER + len(server.queries)

    found = certified(server, 1, 2, 3, 4, 5, before=leave)

    assert Verdict.UNPROVEN is found.verdict
    assert "kept leaving" in found.reason
    assert 9 == len(server.queries)


def test_second_attempt_succeeds() -> None:
    """A record that left while the range was counted is found by the next attempt."""
    server = Server(spread([10, 20, 30]))

    def leave() -> None:
        if len(server.queries) == 2:
            server.rows[3] = LATER

    found = certified(server, 1, 2, 3, before=leave)

    assert found.proven
    assert 6 == len(server.queries)


def test_fewer_than_shown() -> None:
    """A record that has left without a trace proves nothing, for it might hide another."""
    server = Server(spread([10, 20, 30]))

    def leave() -> None:
        server.rows.pop(3, None)

    found = certified(server, 1, 2, 3, before=leave)

    assert Verdict.UNPROVEN is found.verdict
    assert "fewer" in found.reason


def test_listed_and_alive() -> None:
    """A record that is listed as deleted, and exists, might be deleted again unseen."""
    server = Server(spread([10, 20]))
    dedupe = Dedupe(PLAN)
    dedupe.newly_deleted(PageResult((), (), 0, 1, 1, 0, deleted=(1,)))

    found = run(certify(PLAN, dedupe), server)

    assert Verdict.UNPROVEN is found.verdict
    assert "listed as deleted" in found.reason


def test_tail_of_many_pages() -> None:
    """What has changed since may fill several pages, as long as each slice fits one."""
    server = Server(spread([10, 20, 30, 40, 50, 60]))

    def leave() -> None:
        for one in range(1, 6):
            server.rows[one] = START + (100 + 15 * one) * SECOND
        server.rows[7] = NOW - SECOND

    found = certified(server, 1, 2, 3, 4, 5, 6, before=leave)

    assert found.proven
    assert 5 == found.departed
    assert server.queries[-2].count


def test_tail_with_a_crowd() -> None:
    """More changes at once than a page holds might hide one that joins them."""
    server = Server(spread([10, 20, 30, 40]))

    def leave() -> None:
        for one in range(1, 5):
            server.rows[one] = LATER

    found = certified(server, 1, 2, 3, 4, before=leave)

    assert Verdict.UNPROVEN is found.verdict
    assert "more has changed at once" in found.reason


def test_nothing_to_read() -> None:
    """Without a range there is nothing to lose."""
    found = certified(Server({}), plan=Plan((), HIGH, HIGH))

    assert found.proven
    assert (None, None, 0) == (found.time_from, found.time_to, found.after)


@given(
    received=st.sets(st.integers(1, 6)),
    leaving=st.lists(st.tuples(st.integers(0, 9), st.integers(1, 6), st.booleans())),
    size=st.integers(2, 4),
    unsorted=st.booleans(),
)
def test_proven_is_never_wrong(
    received: set[int], leaving: list[tuple[int, int, bool]], size: int, *, unsorted: bool
) -> None:
    """Whatever a walk has lost, and whatever leaves while it is judged, proven means complete."""
    order = (lambda number, _: number) if unsorted else None
    server = Server(spread([10, 20, 30, 30, 40, 50]), size=size, order=order)
    shown = set(received)

    def leave() -> None:
        for query, number, deleted in leaving:
            if query == len(server.queries) and server.rows.get(number, LATER) != LATER:
                if deleted:
                    del server.rows[number]
                    server.deleted[number] = LATER
                else:
                    server.rows[number] = LATER + number * 20 * SECOND

    found = certified(server, *sorted(received), before=leave, shown=shown.update)

    left = {one for one, time in server.rows.items() if time is not None and time <= HIGH}
    assert not found.proven or left <= shown
