"""How many exchanges may be in flight: narrowed when the server asks for it, and widened again."""

import gc
import math

import anyio
import pytest
from anyio.lowlevel import checkpoint, current_token
from hypothesis import given
from hypothesis import strategies as st

from neon_async._aio.lifetime import Lifetime
from neon_async._pipeline import limiter as limiter_module
from neon_async._pipeline.limiter import AdaptiveLimiter, asks_to_slow_down
from neon_async.errors import (
    APIError,
    EventLoopError,
    HTTPStatusError,
    NeonError,
    ProtocolError,
    ServiceUnavailableError,
    ThrottledError,
)


def adaptive(total: float = 8) -> AdaptiveLimiter:
    return AdaptiveLimiter(anyio.CapacityLimiter(total))


def answer(limiter: AdaptiveLimiter, epoch: int, times: int = 1) -> None:
    for _ in range(times):
        limiter.succeeded(epoch)


def with_status(error: APIError, status: int) -> APIError:
    error.status = status
    return error


@pytest.mark.parametrize(
    ("error", "slow"),
    [
        (ThrottledError(status=429), True),
        (HTTPStatusError(status=503), True),
        (ServiceUnavailableError(2), True),
        (HTTPStatusError(status=500), False),
        (APIError(1), False),
        (with_status(APIError(1), 500), False),
        (with_status(APIError(1), 503), True),
        (with_status(APIError(10001), 429), True),
        (ProtocolError(), False),
    ],
    ids=str,
)
def test_what_asks_to_slow_down(error: NeonError, slow: bool) -> None:  # noqa: FBT001
    """Status 429 and 503 and code 2 narrow; other trouble has nothing to do with quotas."""
    assert slow == asks_to_slow_down(error)


def test_refusals_halve_down_to_one() -> None:
    """Each refusal halves the total, and one token always remains."""
    limiter = adaptive(8)
    totals = []

    for epoch in range(5):
        limiter.refused(epoch)
        totals.append(limiter.total_tokens)

    assert [4, 2, 1, 1, 1] == totals
    assert 8 == limiter.maximum


async def test_one_window_narrows_once() -> None:
    """Refusals of exchanges that were in flight together count as one."""
    limiter = adaptive(5)
    epochs = [limiter.acquire_nowait(borrower) for borrower in range(5)]

    for epoch in epochs:
        limiter.refused(epoch)

    assert 2 == limiter.total_tokens
    for borrower in range(5):
        limiter.release(borrower)


def test_answers_widen_by_one_per_window() -> None:
    """As many answers as there are tokens make one token more, up to the maximum."""
    limiter = adaptive(4)
    limiter.refused(0)
    totals = []

    for _ in range(10):
        answer(limiter, 1)
        totals.append(limiter.total_tokens)

    assert [2, 3, 3, 3, 4, 4, 4, 4, 4, 4] == totals


def test_answers_from_before_a_refusal_do_not_widen() -> None:
    """An exchange that began before the last narrowing says nothing about the new total."""
    limiter = adaptive(4)
    limiter.refused(0)

    answer(limiter, 0, times=20)

    assert 2 == limiter.total_tokens


def test_a_refusal_forgets_the_answers_counted_so_far() -> None:
    """After a narrowing the count begins anew."""
    limiter = adaptive(8)
    limiter.refused(0)
    answer(limiter, 1, times=3)
    limiter.refused(1)

    answer(limiter, 2)

    assert 2 == limiter.total_tokens


def test_limiter_is_shared_with_what_it_learnt() -> None:
    """What adapts the same limiter narrows and widens together, and knows the first maximum."""
    shared = anyio.CapacityLimiter(4)
    first, second = AdaptiveLimiter(shared), AdaptiveLimiter(shared)

    first.refused(0)
    late = AdaptiveLimiter(shared)

    assert (2, 2, 2) == (first.total_tokens, second.total_tokens, shared.total_tokens)
    assert (4, 4) == (second.maximum, late.maximum)


def test_owner_may_resize() -> None:
    """A total that was set from outside is the new maximum."""
    shared = anyio.CapacityLimiter(4)
    limiter = AdaptiveLimiter(shared)
    limiter.refused(0)

    shared.total_tokens = 10
    answer(limiter, 1, times=100)

    assert (10, 10) == (limiter.total_tokens, limiter.maximum)


async def test_unbounded_limiter_is_narrowed_to_half_of_what_was_too_much() -> None:
    """A limiter without a bound gets one from the number of exchanges in flight."""
    limiter = adaptive(math.inf)
    epochs = [limiter.acquire_nowait(borrower) for borrower in range(10)]

    limiter.refused(epochs[0])
    answer(limiter, 1, times=5)

    assert (6, math.inf) == (limiter.total_tokens, limiter.maximum)
    for borrower in range(10):
        limiter.release(borrower)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), max_size=100), st.integers(1, 9))
def test_total_stays_between_one_and_the_maximum(
    outcomes: list[tuple[bool, int]], maximum: int
) -> None:
    """Whatever comes back in whatever order, the total is a whole number in its bounds."""
    limiter = adaptive(maximum)
    epoch = 0
    for refused, age in outcomes:
        before = limiter.total_tokens
        if refused:
            limiter.refused(max(0, epoch - age))
            epoch += age == 0 or epoch == 0
        else:
            limiter.succeeded(max(0, epoch - age))
        assert limiter.total_tokens - before in {0, 1} or refused
        assert 1 <= limiter.total_tokens <= maximum
    assert 1 <= limiter.total_tokens <= maximum


async def test_waiters_get_tokens_as_they_come_free() -> None:
    """No more than the total are in flight, before and after narrowing."""
    limiter = adaptive(4)
    most: list[int] = []

    async def exchange(borrower: int) -> None:
        epoch = await limiter.acquire(borrower)
        await checkpoint()
        if not most:
            limiter.refused(epoch)
        most.append(limiter.borrowed_tokens)
        limiter.release(borrower)

    async with anyio.create_task_group() as group:
        for borrower in range(12):
            group.start_soon(exchange, borrower)

    assert 4 == max(most)
    assert 2 == max(most[-4:])
    assert 0 == limiter.borrowed_tokens


def test_nothing_is_kept_of_a_limiter_that_is_gone() -> None:
    """What was learnt lives as long as the limiter and no longer."""
    gc.collect()
    before = len(limiter_module._windows)
    limiter = adaptive()
    assert before + 1 == len(limiter_module._windows)

    del limiter
    gc.collect()

    assert before == len(limiter_module._windows)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_limiter_made_outside_of_an_event_loop(backend: str) -> None:
    """A limiter needs no event loop to be made, and serves in the one it is used in."""
    limiter = adaptive(1)

    async def use() -> float:
        limiter.acquire_nowait("first")
        with pytest.raises(anyio.WouldBlock):
            limiter.acquire_nowait("second")
        limiter.release("first")
        await limiter.acquire("second")
        limiter.release("second")
        return limiter.total_tokens

    assert 1 == anyio.run(use, backend=backend)


def test_open_clients_share_a_limiter_in_one_event_loop_only() -> None:
    """A second event loop is refused while a client of the first is open, and welcome after."""
    limiter = adaptive()
    first, second = Lifetime(limiter.claim), Lifetime(limiter.claim)

    async def use(lifetime: Lifetime) -> None:
        lifetime.check()
        await checkpoint()

    anyio.run(use, first)
    with pytest.raises(EventLoopError, match="shared only by clients of one event loop"):
        anyio.run(use, second)
    with pytest.raises(EventLoopError):
        anyio.run(use, second)
    first.closed = True
    anyio.run(use, second)

    assert second.loop is not None


async def test_clients_of_one_event_loop_share_a_limiter() -> None:
    """Any number of clients may claim the limiter in the same event loop."""
    limiter = adaptive()
    lifetimes = [Lifetime(limiter.claim) for _ in range(3)]

    for lifetime in lifetimes:
        lifetime.check()

    assert {current_token()} == {lifetime.loop for lifetime in lifetimes}


def test_a_forgotten_client_does_not_hold_the_limiter() -> None:
    """A client that was never closed and is gone leaves the limiter to other event loops."""
    limiter = adaptive()

    async def use() -> None:
        Lifetime(limiter.claim).check()
        await checkpoint()

    for _ in range(2):
        anyio.run(use)
        gc.collect()

    assert 8 == limiter.total_tokens
