"""What a run reads, depending on the checkpoint and the server's time."""

import attrs
import pytest

from neon_async import CheckpointError
from neon_async._changes.checkpoint import Checkpoint
from neon_async._changes.plan import Plan, Window, merge_ranges
from neon_async._changes.protocol import EARLIEST, SECOND
from tests.support.row_server import START

NOW = START + 10_000 * SECOND


def at(seconds: float) -> int:
    return START + round(seconds * SECOND)


def planned(
    to: float, *pending: tuple[float, float], until: float | None = None, lookback: float = 900
) -> Plan:
    """The plan of a run after a checkpoint; times in seconds."""
    spans = tuple((at(low), at(high)) for low, high in pending)
    checkpoint = Checkpoint("accounts", "", at(to), spans)
    end = None if until is None else at(until)
    window = Window(START, end, lag=60 * SECOND, lookback=round(lookback * SECOND))
    return Plan.make(checkpoint, window, NOW, NOW)


def ranges(plan: Plan) -> list[tuple[float, float]]:
    return [((low - START) / SECOND, (high - START) / SECOND) for low, high in plan.ranges]


def test_a_run_looks_back_and_keeps_away_from_the_present() -> None:
    """The second that each query asks for beyond the end has to be settled, too."""
    plan = planned(5000)

    assert [(4100, 9939)] == ranges(plan)
    assert at(9939) == plan.to == plan.settled == plan.end
    assert at(4100) == plan.start


def make(checkpoint: Checkpoint, lookback: float | None = None, client: float = 10_000) -> Plan:
    """The plan by a client's clock."""
    back = None if lookback is None else round(lookback * SECOND)
    window = Window(START, None, lag=60 * SECOND, lookback=back)
    return Plan.make(checkpoint, window, NOW, at(client))


@pytest.mark.parametrize(
    ("elapsed", "lookback"),
    [(60, 900), (10_800, 900), (24_000, 2_000), (86_400, 7_200), (10**6, 7_200)],
)
def test_lookback_grows_with_the_time_since_the_last_run(elapsed: int, lookback: int) -> None:
    """It is a twelfth of it, at least 15 minutes and at most 2 hours, unless it is given."""
    window = Window(START, None, lag=0, lookback=None)

    assert lookback * SECOND == window.looking_back(elapsed * SECOND)
    assert 5 * SECOND == attrs.evolve(window, lookback=5 * SECOND).looking_back(elapsed * SECOND)
    past = Checkpoint("accounts", "", at(5000), server=NOW - elapsed * SECOND, client=NOW)
    assert at(5000 - lookback) == make(past).start


def test_clock_that_went_back_since_the_last_run() -> None:
    """What changed since has times that were read before, so that the run begins earlier."""
    past = Checkpoint("accounts", "", at(5000), server=at(9990), client=at(9000))

    # By the client's clock 1,000 seconds have passed, and ten by the server's.
    assert [(5000 - 900 - 990, 9939)] == ranges(make(past, 900))
    # Clocks are never quite the same.
    assert [(4100, 9939)] == ranges(make(past, 900, client=9015))
    assert [(4100 - 6, 9939)] == ranges(make(past, 900, client=9016))
    assert (0, at(9939)) == (make(past, 900).set_back, make(past, 900).to)


def test_time_behind_the_end_is_read_by_the_next_run() -> None:
    """What changed since, up to where the last run had read, may lie behind what is settled."""
    pending = ((at(9900), at(9960)), (at(9970), at(9980)))
    past = Checkpoint("accounts", "", at(9990), pending, server=at(9999), client=at(9000))

    plan = make(past, 900)

    assert at(9939) == plan.to
    assert [9939] == [high for _, high in ranges(plan)]
    assert 0 == plan.set_back


def test_pending_ranges_are_read_after_a_clock_went_back() -> None:
    """Those that end before what is settled are read as they are, the others up to there."""
    pending = ((at(10), at(20)), (at(9000), at(9960)))
    past = Checkpoint("accounts", "", at(9990), pending, server=at(9999), client=at(9000))

    assert [(10, 20), (8091, 9939)] == ranges(make(past, 900))


def test_checkpoint_that_lies_ahead_of_a_clock_that_went_back() -> None:
    """The run goes on from the server's present, and no further than it."""
    pending = ((at(8000), at(8100)), (at(9900), at(10_200)), (at(10_300), at(10_400)))
    past = Checkpoint("accounts", "", at(11_000), pending, server=at(11_061), client=at(9000))

    plan = make(past, 900)

    # Of 1,000 seconds that have passed the server's clock shows none, and 1,061 have come back.
    assert 2061 * SECOND == plan.set_back
    assert [(10_000 - 900 - 2061, 9939)] == ranges(plan)
    assert at(9939) == plan.to


def test_checkpoint_ahead_that_no_clock_explains() -> None:
    """It is refused: to go on would skip what changes until then."""
    past = Checkpoint("accounts", "", at(11_000), server=at(10_100), client=at(10_000))

    with pytest.raises(CheckpointError, match="future"):
        make(past, 900)
    assert make(attrs.evolve(past, drift=900 * SECOND), 900).set_back


def test_what_is_pending_is_read_as_well() -> None:
    """Ranges that were begun are finished, and those that touch are read as one."""
    assert [(10, 20), (30, 41), (4100, 9939)] == ranges(planned(5000, (30, 35), (10, 20), (37, 41)))
    assert [(4000, 9939)] == ranges(planned(5000, (4000, 4097)))


def test_until_ends_the_range() -> None:
    """The checkpoint does not go beyond `until`, and not back before itself."""
    plan = planned(5000, until=7000)
    assert [(4100, 7000)] == ranges(plan)
    assert (at(7000), at(9939)) == (plan.to, plan.settled)

    # Beyond what is settled it ends nothing.
    assert [(4100, 9939)] == ranges(planned(5000, until=9980))

    plan = planned(5000, until=3000)
    assert [] == ranges(plan)
    assert at(5000) == plan.to
    assert plan.start == plan.end == plan.settled


def test_nothing_settled_yet() -> None:
    """A range that begins within the lag is left to a later run."""
    plan = planned(9990, lookback=0)

    assert [] == ranges(plan)
    assert at(9990) == plan.to


def test_times_before_all_records() -> None:
    """Looking back from the beginning of time does not overflow."""
    checkpoint = Checkpoint("accounts", "", EARLIEST)
    window = Window(EARLIEST, None, lag=0, lookback=900 * SECOND)

    assert EARLIEST == window.start(checkpoint)
    assert EARLIEST == Plan.make(checkpoint, window, NOW, NOW).ranges[0][0]


def test_the_first_query_begins_with_what_is_oldest() -> None:
    """Deletions are listed from there on."""
    window = Window(START, None, lag=0, lookback=900 * SECOND)
    pending = ((at(10), at(20)),)

    assert at(10) == window.start(Checkpoint("accounts", "", at(5000), pending))
    assert at(4100) == window.start(Checkpoint("accounts", "", at(5000)))


@pytest.mark.parametrize(
    ("seconds", "covered", "provisional"),
    [(5, False, False), (10, True, False), (20, True, False), (25, False, False)],
)
def test_what_is_covered(seconds: float, *, covered: bool, provisional: bool) -> None:
    """Both ends belong to a range; what is between two ranges was delivered before."""
    plan = planned(30, (10, 20), lookback=0)

    assert covered == plan.covers(at(seconds))
    assert provisional == plan.provisional(at(seconds))


def test_what_is_provisional() -> None:
    """What was changed after the last range will be read again; without a time nothing will."""
    plan = planned(5000)

    assert plan.provisional(at(9940))
    assert not plan.provisional(None)
    assert plan.covers(None)


def test_nothing_joined() -> None:
    """No range is left when all have been seen."""
    assert () == merge_ranges([])
