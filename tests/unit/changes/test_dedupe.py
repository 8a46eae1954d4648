"""Which records and ids of a page are news, and what of the received exists."""

import attrs
import pytest

from neon_async._changes.dedupe import Dedupe
from neon_async._changes.plan import Plan
from neon_async._changes.protocol import EARLIEST, SECOND, SLACK, PageRequest, PageResult

PLAN = Plan(ranges=((100, 200),), to=200, settled=200)
INSIDE, TAIL = PageRequest(0, 250), PageRequest(150, tail=True)


def page(*rows: tuple[int, int | None], deleted: tuple[int, ...] = ()) -> PageResult:
    ids, times = tuple(one for one, _ in rows), tuple(time for _, time in rows)
    in_order = None not in times
    return PageResult(ids, times, len(rows), 10, 1, 0, deleted, in_time_order=in_order)


def received(*rows: tuple[int, int | None]) -> Dedupe:
    """A run that has received these rows from its range."""
    dedupe = Dedupe(PLAN)
    dedupe.new_records(INSIDE, page(*rows))
    return dedupe


def test_newest_wins() -> None:
    """A record is news once, and again when it is newer, but never when it is older."""
    dedupe = Dedupe(PLAN)

    assert [0, 1] == dedupe.new_records(INSIDE, page((1, 110), (2, 120)))
    assert [1] == dedupe.new_records(INSIDE, page((1, 110), (2, 130)))
    assert [] == dedupe.new_records(INSIDE, page((1, 105), (2, 120)))
    assert (2, 0) == (dedupe.inside, dedupe.left_range)


def test_records_of_before_1970_are_news() -> None:
    """Their times are below zero, and above that of a record without one."""
    dedupe = Dedupe(Plan(ranges=((EARLIEST, 200),), to=200, settled=200))

    assert [0, 1] == dedupe.new_records(INSIDE, page((1, EARLIEST), (2, -5)))
    assert (2, 0) == (dedupe.existing(EARLIEST), dedupe.timeless())


@pytest.mark.parametrize("by_id", [False, True])
def test_page_that_is_not_in_the_order_of_its_request(*, by_id: bool) -> None:
    """Only the order that was asked for counts, and none of records without a time."""
    result = attrs.evolve(page((2, 130), (1, 120)), in_time_order=False, in_id_order=False)
    dedupe = Dedupe(PLAN)

    dedupe.new_records(attrs.evolve(INSIDE, by_id=by_id), result)

    assert (not by_id, by_id) == (dedupe.unsorted, dedupe.unsorted_ids)
    dedupe = Dedupe(PLAN)
    dedupe.new_records(INSIDE, page((1, None), (2, 130)))
    assert not dedupe.unsorted


@pytest.mark.parametrize(("beyond", "known"), [(2 * SLACK, 1), (2 * SLACK + 1, 0)])
def test_records_of_the_margin_are_known(beyond: int, known: int) -> None:
    """A range is asked for with a second more, and may be cut a second later."""
    dedupe = received((1, 200 + beyond))

    assert (known, known) == (dedupe.known_until(200), dedupe.inside_until(200))


def test_margins_are_received_and_not_delivered() -> None:
    """What was asked for beyond the ends counts for the certificate, but belongs to others."""
    dedupe = Dedupe(PLAN)

    assert [] == dedupe.new_records(INSIDE, page((1, 99), (2, 201)))
    assert 2 == dedupe.inside
    assert [1] == dedupe.new_records(TAIL, page((1, 99), (2, 201)))
    assert [] == dedupe.new_records(TAIL, page((1, 99), (2, 201), (3, 99)))
    assert (3, 0) == (dedupe.received, dedupe.left_range)


def test_departures() -> None:
    """A received record that is met behind the range with a later time has left it."""
    dedupe = received((1, 110), (2, 120))

    assert [0, 1] == dedupe.new_records(TAIL, page((1, 300), (3, 310)))
    assert [1] == dedupe.new_records(TAIL, page((1, 300), (3, 320)))
    assert (2, 1, 3) == (dedupe.inside, dedupe.left_range, dedupe.received)
    assert 1 == dedupe.inside_until(200)


def test_older_state_comes_from_a_node_that_is_behind() -> None:
    """It is no news, and counted."""
    dedupe = received((1, 110))
    dedupe.new_records(TAIL, page((1, 300)))

    assert [] == dedupe.new_records(TAIL, page((1, 110)))
    assert 1 == dedupe.stale


def test_range_that_is_read_again_brings_nothing_older() -> None:
    """What has come in a later state is not news, but was in the range."""
    dedupe = Dedupe(PLAN)
    dedupe.new_records(TAIL, page((1, 300)))

    assert [] == dedupe.new_records(INSIDE, page((1, 110)))
    assert (1, 1, 1) == (dedupe.inside, dedupe.left_range, dedupe.received)


def test_late_records() -> None:
    """A record within a range that only a later page shows is news, and noted as late."""
    dedupe = received((1, 110))

    assert [1] == dedupe.new_records(TAIL, page((1, 110), (2, 150)))
    assert 0 == dedupe.left_range
    assert {2: 150} == dedupe.late
    # A node that was behind had shown a state that the record had left.
    assert [0] == dedupe.new_records(TAIL, page((2, 300)))
    assert {} == dedupe.late


def test_records_without_a_time() -> None:
    """They are delivered once, whichever way they come."""
    dedupe = Dedupe(PLAN)

    assert [0] == dedupe.new_records(INSIDE, page((1, None)))
    assert [] == dedupe.new_records(INSIDE, page((1, None)))
    assert [1] == dedupe.new_records(TAIL, page((1, None), (2, None)))
    assert (2, 0, {}) == (dedupe.timeless(), dedupe.stale, dedupe.late)


def test_deleted_is_deleted() -> None:
    """What comes of a record after it was found to be deleted was sent before."""
    dedupe = received((1, 110))

    assert [1, 2] == dedupe.newly_deleted(INSIDE, page(deleted=(2, 1)))
    assert [] == dedupe.newly_deleted(INSIDE, page(deleted=(1,)))
    assert [1, 2] == dedupe.undeleted
    dedupe.mark_deleted([1, 2])

    assert [] == dedupe.new_records(INSIDE, page((1, 150), (2, 150)))
    assert (1, 1, []) == (dedupe.inside, dedupe.left_range, dedupe.undeleted)
    assert (1, 0) == (dedupe.received, dedupe.existing())


def test_deleted_records_that_show_up() -> None:
    """Whether they were brought back has to be asked; then they exist again."""
    dedupe = received((1, 110))
    dedupe.newly_deleted(INSIDE, page(deleted=(1,)))
    dedupe.mark_deleted([1])

    assert [1] == dedupe.new_records(TAIL, page((1, 110), (2, 260)))
    assert [0] == dedupe.new_records(TAIL, page((1, 250), (2, 260)))
    assert dedupe.is_deleted(1)
    dedupe.bring_back(1, 250)

    assert not dedupe.is_deleted(1)

    assert (2, 2, [1]) == (dedupe.existing(), dedupe.existing(250), dedupe.undeleted)


def test_existing_since() -> None:
    """Of each record the newest state counts, and deleted ones don't."""
    dedupe = received((1, 110), (2, 120), (3, 160), (4, 170))
    dedupe.new_records(TAIL, page((1, 300), (4, 310), (5, 320)))
    dedupe.newly_deleted(TAIL, page(deleted=(3, 5, 9)))
    dedupe.mark_deleted([3, 5, 9])

    assert (3, 2, 2, 1, 0) == tuple(map(dedupe.existing, (None, 121, 300, 301, 311)))


def test_page_that_lacks_a_record() -> None:
    """All that is newer than its last record has to be on a page in descending order."""
    dedupe = received((1, 110), (2, 120))
    dedupe.new_records(TAIL, page((3, 300)))

    assert not dedupe.lacking(page((3, 300), (2, 120)), None)
    assert dedupe.lacking(page((2, 120)), None)
    assert dedupe.lacking(page((3, 300), (1, 110)), None)
    assert dedupe.lacking(page(), 300)
    assert not dedupe.lacking(page(), 301)


def test_page_that_does_not_list_a_deleted_record() -> None:
    """Ids that were listed for as short a range are in the list of a longer one."""
    dedupe = Dedupe(PLAN)
    dedupe.newly_deleted(PageRequest(100), page(deleted=(1, 2, 3)))
    dedupe.newly_deleted(PageRequest(150), page(deleted=(2,)))
    dedupe.mark_deleted([1, 2])

    assert not dedupe.unlisted(100, page(deleted=(1, 2)))
    assert dedupe.unlisted(100, page(deleted=(2,)))
    assert not dedupe.unlisted(150, page(deleted=(2,)))
    assert dedupe.unlisted(150, page(deleted=(1,)))


def test_beginnings_of_ranges() -> None:
    """The oldest record of a sorted first page tells how the server cuts the range."""
    dedupe = Dedupe(PLAN)
    for request, oldest in [
        (PageRequest(100), 130),
        (PageRequest(160), 170 + 2 * SECOND),
        (PageRequest(140, by_id=True), 150),
        (PageRequest(140, newest_first=True), 150),
        (PageRequest(140, page=2), 150),
    ]:
        dedupe.new_records(request, page((1, oldest)))
    dedupe.new_records(PageRequest(140), page())
    dedupe.new_records(PageRequest(140), page((1, None)))

    assert (100, 130) == dedupe.start_near(125)
    assert (160, 160 + SECOND) == dedupe.start_near(140)
    assert Dedupe(PLAN).start_near(100) is None


def test_listed_records_that_a_look_up_has_shown() -> None:
    """Whether a total counts them is certain only where its page shows them."""
    dedupe = received((1, 110), (2, 120))
    dedupe.newly_deleted(INSIDE, page(deleted=(1, 9)))

    assert dedupe.contradicted((1, 9), {2})
    assert not dedupe.contradicted((1,), {1})
    assert not dedupe.contradicted((9,), set())
    assert dedupe.undeleted_inside
    dedupe.mark_deleted([1])
    assert not dedupe.contradicted((1,), set())
    assert not dedupe.undeleted_inside
