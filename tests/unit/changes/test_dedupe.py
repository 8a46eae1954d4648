"""Which records and ids of a reply are news."""

from neon_async._changes.dedupe import Dedupe
from neon_async._changes.plan import Plan
from neon_async._changes.protocol import PageResult

PLAN = Plan(ranges=((100, 200),), to=200, settled=200)


def answer(*rows: tuple[int, int | None], deleted: tuple[int, ...] = ()) -> PageResult:
    ids, times = tuple(one for one, _ in rows), tuple(time for _, time in rows)
    return PageResult(ids, times, len(rows), 10, 1, 0, deleted)


def test_newest_wins() -> None:
    """A record is news once, and again when it is newer, but never when it is older."""
    dedupe = Dedupe(PLAN)

    assert [0, 1] == dedupe.new_records(answer((1, 110), (2, 120)), tail=False)
    assert [1] == dedupe.new_records(answer((1, 110), (2, 130)), tail=False)
    assert [] == dedupe.new_records(answer((1, 105), (2, 120)), tail=False)
    assert (2, 0) == (dedupe.received, dedupe.departed)


def test_margins_are_received_and_not_delivered() -> None:
    """What was asked for beyond the ends counts for the certificate, but belongs to others."""
    dedupe = Dedupe(PLAN)

    assert [] == dedupe.new_records(answer((1, 99), (2, 201)), tail=False)
    assert 2 == dedupe.received
    assert [1] == dedupe.new_records(answer((1, 99), (2, 201)), tail=True)
    assert 0 == dedupe.departed


def test_departures() -> None:
    """A received record that is met behind the range with a later time has departed."""
    dedupe = Dedupe(PLAN)
    dedupe.new_records(answer((1, 110), (2, 120)), tail=False)

    assert [0, 1] == dedupe.new_records(answer((1, 300), (3, 310)), tail=True)
    assert [1] == dedupe.new_records(answer((1, 300), (3, 320)), tail=True)
    assert (2, 1) == (dedupe.received, dedupe.departed)


def test_tail_delivers_what_the_ranges_did_not() -> None:
    """A record within a range that comes late is news all the same."""
    dedupe = Dedupe(PLAN)
    dedupe.new_records(answer((1, 110)), tail=False)

    assert [1] == dedupe.new_records(answer((1, 110), (2, 150)), tail=True)
    assert 0 == dedupe.departed


def test_records_without_a_time() -> None:
    """They are delivered once, whichever way they come."""
    dedupe = Dedupe(PLAN)

    assert [0] == dedupe.new_records(answer((1, None)), tail=False)
    assert [] == dedupe.new_records(answer((1, None)), tail=False)
    assert [1] == dedupe.new_records(answer((1, None), (2, None)), tail=True)


def test_gone_is_gone() -> None:
    """What comes of a record after it was found to be gone was sent before."""
    dedupe = Dedupe(PLAN)
    dedupe.new_records(answer((1, 110)), tail=False)

    assert [1, 2] == dedupe.newly_deleted(answer(deleted=(2, 1)))
    assert [] == dedupe.newly_deleted(answer(deleted=(1,)))
    assert 2 == dedupe.revived
    dedupe.settle_gone([1, 2])

    assert [] == dedupe.new_records(answer((1, 150), (2, 150)), tail=False)
    assert [] == dedupe.new_records(answer((1, 250), (2, 250)), tail=True)
    assert (1, 1, 0) == (dedupe.received, dedupe.departed, dedupe.revived)
