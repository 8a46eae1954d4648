"""One event loop, from the first use until the close."""

from functools import partial

import anyio
import pytest
from anyio.lowlevel import EventLoopToken, checkpoint, current_token

from neon_async._aio.lifetime import Lifetime, closed_error, ungrouped
from neon_async.errors import ClientClosedError, DeadlineExceededError, EventLoopError


async def test_first_use_binds() -> None:
    """The event loop of the first use is the one it belongs to."""
    claimed: list[EventLoopToken] = []
    lifetime = Lifetime(lambda _, loop: claimed.append(loop))

    lifetime.check()
    lifetime.check()

    assert [current_token()] == claimed
    assert current_token() == lifetime.loop


async def test_nobody_has_to_be_asked() -> None:
    """Without a claim the first use binds all the same."""
    lifetime = Lifetime()

    lifetime.check()

    assert current_token() == lifetime.loop


async def test_refused_claim_does_not_bind() -> None:
    """What may not be used in this event loop is not bound to it."""

    def refuse(_: Lifetime, __: EventLoopToken) -> None:
        raise EventLoopError("refused")

    lifetime = Lifetime(refuse)

    for _ in range(2):
        with pytest.raises(EventLoopError, match="refused"):
            lifetime.check()

    assert lifetime.loop is None


async def test_closed_is_closed() -> None:
    """After the close every use is refused, and closing again does nothing."""
    lifetime = Lifetime()
    lifetime.close()
    lifetime.close()

    with pytest.raises(ClientClosedError, match=str(closed_error())):
        lifetime.check()


async def test_wait_that_ends_in_time() -> None:
    """A wait that ends by itself raises nothing and leaves nothing."""
    lifetime = Lifetime()

    with lifetime.waiting(anyio.current_time() + 10, DeadlineExceededError("late")):
        await checkpoint()

    assert set() == lifetime._waits


async def test_wait_that_takes_too_long() -> None:
    """A wait ends with the given error when its time is up."""
    lifetime = Lifetime()
    late = DeadlineExceededError("late")

    with (
        pytest.raises(DeadlineExceededError) as caught,
        lifetime.waiting(anyio.current_time() + 0.01, late),
    ):
        await anyio.sleep_forever()

    assert late is caught.value


async def test_close_ends_waits() -> None:
    """Who waits when it closes is told so, whatever time was left."""
    lifetime = Lifetime()

    async def wait() -> None:
        with (
            pytest.raises(ClientClosedError),
            lifetime.waiting(float("inf"), DeadlineExceededError("late")),
        ):
            await anyio.sleep_forever()

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(wait)
        await checkpoint()
        await checkpoint()
        lifetime.close()

    assert set() == lifetime._waits


async def test_errors_pass_through_a_wait() -> None:
    """An error of what is waited for is not ours to change."""
    lifetime = Lifetime()

    with (
        pytest.raises(ZeroDivisionError),
        lifetime.waiting(float("inf"), DeadlineExceededError("late")),
    ):
        raise ZeroDivisionError

    assert set() == lifetime._waits


class Interrupt(BaseException):
    """Stands for what ends a program, such as a KeyboardInterrupt."""


async def interrupted(*, deep: bool = False) -> None:
    """Raise it in a task of a group, or of a group in a group."""
    if not deep:
        raise Interrupt
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(interrupted)


@pytest.mark.parametrize("deep", [False, True])
async def test_interrupts_come_without_groups(*, deep: bool) -> None:
    """However many task groups it passes, `except KeyboardInterrupt` is enough."""

    async def work() -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(2):
                tasks.start_soon(partial(interrupted, deep=deep))
            await anyio.sleep_forever()

    with pytest.raises(Interrupt) as caught, ungrouped():
        await work()
    assert caught.value.__suppress_context__


async def test_what_comes_without_groups_stays_as_it_is() -> None:
    """An error of the block itself, and a cancellation, pass."""
    with pytest.raises(ValueError, match="mine"), ungrouped():
        raise ValueError("mine")
    with anyio.CancelScope() as scope, ungrouped():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.sleep_forever)
            scope.cancel()
    assert scope.cancelled_caught
    cls = anyio.get_cancelled_exc_class()
    cancelled = BaseExceptionGroup("", [cls.__new__(cls)])  # trio's can't be made otherwise
    with pytest.raises(BaseExceptionGroup) as caught, ungrouped():
        raise cancelled
    assert cancelled is caught.value
