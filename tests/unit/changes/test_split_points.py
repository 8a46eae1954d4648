"""How a range is divided between workers."""

import random
from collections.abc import Callable
from itertools import pairwise

import attrs
import pytest

from neon_async._changes.protocol import PageResult
from neon_async._changes.shards import NARROW, SplitPoints
from tests.support.row_server import SECOND, START

HOUR = 3600 * SECOND
HIGH = START + 1000 * HOUR

Spread = Callable[[float], float]


def answer(total: int, *times: int) -> PageResult:
    """The first page of `total` records, of which 200 fit it."""
    return PageResult((), times, total, 200, -(-total // 200), START)


def found(dividers: SplitPoints, times: list[int]) -> tuple[list[int], int]:
    """Count as asked, and return the sizes of the parts, and how often was counted."""
    questions = 0
    while asked := dividers.times_to_count():
        questions += len(asked)
        for one in asked:
            dividers.note(one, sum(time <= one for time in times))
    ends = [START - 1, *dividers.times(), HIGH]
    parts = [sum(low < time <= high for time in times) for low, high in pairwise(ends)]
    return parts, questions


@pytest.mark.parametrize(
    ("pages", "workers", "spans"),
    [(10_000, 1, 1), (7, 5, 1), (8, 5, 2), (100, 5, 5), (500, 5, 10), (10_000, 2, 8)],
)
def test_spans_are_few(pages: int, workers: int, spans: int) -> None:
    """Each costs requests, so there are as many as workers, and more only of very many pages."""
    dividers = SplitPoints(START, HIGH, answer(200 * pages), workers)

    assert spans - 1 == len(dividers.times_to_count())
    assert spans - 1 == len(dividers.times())


@pytest.mark.parametrize(
    ("spread", "most"),
    [
        pytest.param(lambda share: share, 4, id="evenly"),
        pytest.param(lambda share: 0.9 + share / 10, 4, id="begun late"),
        pytest.param(lambda share: share**3, 16, id="mostly old"),
        pytest.param(lambda share: 1 - (1 - share) ** 3, 16, id="mostly new"),
        pytest.param(lambda share: round(share, 1), 16, id="in ten clusters"),
    ],
)
def test_spans_are_even(spread: Spread, most: int) -> None:
    """A few counts find times between which there is about as much, however it is spread."""
    dice = random.Random(1)  # noqa: S311 - nothing is to be guessed
    times = sorted(START + round(1000 * HOUR * spread(dice.random())) for _ in range(50_000))
    dividers = SplitPoints(START, HIGH, answer(len(times), *times[:200]), 5)

    parts, questions = found(dividers, times)

    assert len(times) == sum(parts)
    assert max(parts) < 1.6 * 10_000
    assert questions <= most


def test_one_instant_is_not_divided() -> None:
    """There is an end to guessing where everything has the same time."""
    times = [START + 5 * HOUR] * 50_000

    parts, questions = found(SplitPoints(START, HIGH, answer(50_000), 5), times)

    assert [50_000] == [part for part in parts if part]
    assert questions <= 16


def test_counts_that_make_no_sense() -> None:
    """What a strange server counts makes spans uneven, and nothing worse."""
    dividers = SplitPoints(START, HIGH, answer(50_000), 5)

    for count in (0, 70_000, 3, 50_000):
        for time in dividers.times_to_count():
            dividers.note(time, count)

    assert all(START <= time <= HIGH for time in dividers.times())
    assert [] == dividers.times_to_count()


def test_unsorted_page_says_nothing_about_the_beginning() -> None:
    """Only a page that begins with the oldest record spares the time before it."""
    late = START + 900 * HOUR
    sorted_page = answer(2000, late)
    unsorted_page = attrs.evolve(sorted_page, in_time_order=False)

    first = [
        SplitPoints(START, HIGH, page, 2).times_to_count() for page in (sorted_page, unsorted_page)
    ]

    assert [[START + 950 * HOUR], [START + 500 * HOUR]] == first


@pytest.mark.parametrize(("length", "counted"), [(NARROW, 0), (2 * NARROW, 4)])
def test_narrow_range_is_not_divided(length: int, counted: int) -> None:
    """Its parts would cost more requests than they save."""
    dividers = SplitPoints(START, START + length, answer(200 * 100), 5)

    assert counted == len(dividers.times_to_count())
