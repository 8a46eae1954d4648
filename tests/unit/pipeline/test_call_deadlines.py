"""The deadline of a call and the waits in it."""

import asyncio
from collections.abc import Callable

import anyio
import attrs
import pytest
from anyio.lowlevel import checkpoint

from neon_async._pipeline.retry import RetryPolicy
from neon_async.errors import DeadlineExceededError, HTTPStatusError, ThrottledError
from tests.support.fake_transport import Create, FakeTransport, Lookup, Reply, dispatcher, fail


@attrs.define
class Clock:
    """The event loop's clock, which a test sets forward."""

    real: Callable[[], float] = anyio.current_time
    skipped: float = 0.0

    def __call__(self) -> float:
        return self.real() + self.skipped

    def skip(self, seconds: float, outcome: Exception | Reply | None = None) -> object:
        """Return what lets the time pass in the fake server before it answers."""

        def answer() -> object:
            self.skipped += seconds
            return outcome

        return answer


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(anyio, "current_time", clock)
    return clock


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> list[float]:
    """Let waits pass at once, and note how long they would have been."""
    seen: list[float] = []

    async def sleep(seconds: float) -> None:
        seen.append(seconds)
        clock.skipped += seconds
        await checkpoint()

    monkeypatch.setattr(anyio, "sleep", sleep)
    return seen


def within(transport: FakeTransport) -> list[int]:
    return [round(request.timeout or 0) for request in transport.requests]


async def test_deadline_is_for_the_whole_call(clock: Clock) -> None:
    """Login, attempts and renewals all use up the same time."""
    transport = FakeTransport(
        script={
            "login": [clock.skip(10)],
            "lookup": [clock.skip(20, fail(2)), clock.skip(15, fail(4))],
        }
    )

    await dispatcher(transport, deadline=60).send(Lookup())

    assert [60, 50, 30, 15, 15] == within(transport)


async def test_each_call_has_its_own_deadline(clock: Clock) -> None:
    """The time that one call took is not missing in the next."""
    transport = FakeTransport(script={"lookup": [clock.skip(20)]})
    client = dispatcher(transport, deadline=60)

    await client.send(Lookup())
    await client.send(Lookup())

    assert [60, 60, 60] == within(transport)


async def test_no_attempt_after_the_deadline(clock: Clock) -> None:
    """When the time is up the call ends with what it has."""
    late = clock.skip(61, HTTPStatusError(status=503))
    transport = FakeTransport(script={"lookup": [late]})

    with pytest.raises(HTTPStatusError):
        await dispatcher(transport, deadline=60).send(Lookup())

    assert 1 == transport.count["lookup"]


@pytest.mark.parametrize("seconds", [60.25, 61, 90])
@pytest.mark.parametrize("operation", [Lookup(), Create()], ids=lambda value: value.name)
async def test_slow_login_leaves_no_time(clock: Clock, operation: Lookup, seconds: float) -> None:
    """A call whose time is up before it could be sent is our own time-out, with nothing sent."""
    transport = FakeTransport(script={"login": [clock.skip(seconds)]})
    client = dispatcher(transport, deadline=60)

    with pytest.raises(DeadlineExceededError) as caught:
        await client.send(operation)

    assert not caught.value.sent
    assert {"login": 1} == transport.count
    assert operation.name == caught.value.operation
    assert 0 == client.limiter.borrowed_tokens


async def test_waits_are_those_of_the_policy(waits: list[float]) -> None:
    """The dispatcher sleeps for as long as the policy says."""
    transport = FakeTransport(script={"lookup": [fail(2)] * 3})

    await dispatcher(transport, retry=RetryPolicy(jitter=lambda: 1.0)).send(Lookup())

    assert [0.5, 1.0, 2.0] == waits


async def test_retry_after_is_waited_for(waits: list[float]) -> None:
    """The server's own figure is obeyed when it fits the deadline."""
    asked = ThrottledError(status=429, retry_after=50.0)
    transport = FakeTransport(script={"lookup": [asked]})

    await dispatcher(transport, deadline=60).send(Lookup())

    assert [50.0] == waits


async def test_retry_after_that_does_not_fit_ends_the_call(waits: list[float]) -> None:
    """When the server asks for more than is left, its error comes at once."""
    asked = ThrottledError(status=429, retry_after=50.0)
    transport = FakeTransport(script={"lookup": [asked, asked]})

    with pytest.raises(ThrottledError):
        await dispatcher(transport, deadline=60).send(Lookup())

    assert [50.0] == waits


async def test_no_slot_is_held_while_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that waits for its next attempt leaves the slot to others."""
    transport = FakeTransport(script={"lookup": [fail(2)]})
    client = dispatcher(transport)
    borrowed: list[int] = []

    async def sleep(_: float) -> None:
        borrowed.append(client.limiter.borrowed_tokens)
        await checkpoint()

    monkeypatch.setattr(anyio, "sleep", sleep)
    await client.send(Lookup())

    assert [0] == borrowed


async def test_deadline_ends_the_wait_for_a_slot() -> None:
    """A call that gets no slot in time ends with our time-out; nothing was sent."""
    limiter = anyio.CapacityLimiter(1)
    transport = FakeTransport()
    client = dispatcher(transport, limiter=limiter, deadline=0.02)

    with pytest.raises(DeadlineExceededError) as caught:
        async with limiter:
            await client.send(Create())

    assert not caught.value.sent
    assert [] == transport.requests
    assert (0, 0) == (limiter.borrowed_tokens, limiter.statistics().tasks_waiting)


async def test_deadline_ends_the_wait_for_somebody_elses_login() -> None:
    """A call waits for another one's login no longer than its own deadline."""
    answer = anyio.Event()
    transport = FakeTransport(hold_login=answer)
    client = dispatcher(transport, deadline=0.02)

    async with anyio.create_task_group() as group:
        group.start_soon(client.login)
        while not transport.in_flight:
            await checkpoint()
        with pytest.raises(DeadlineExceededError) as caught:
            await client.send(Lookup())
        assert not caught.value.sent
        answer.set()


async def test_callers_own_time_wins() -> None:
    """A scope of the caller ends the call as the caller's, not as ours."""
    limiter = anyio.CapacityLimiter(1)
    client = dispatcher(FakeTransport(), limiter=limiter)

    async with limiter:
        with anyio.move_on_after(0.01) as scope:
            await client.send(Lookup())

    assert scope.cancelled_caught


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_callers_asyncio_timeout_wins() -> None:
    """So does `asyncio.timeout`, which ends with its own `TimeoutError`."""
    limiter = anyio.CapacityLimiter(1)
    client = dispatcher(FakeTransport(), limiter=limiter)

    async with limiter:
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(0.01):
                await client.send(Lookup())

    assert TimeoutError is type(caught.value)
