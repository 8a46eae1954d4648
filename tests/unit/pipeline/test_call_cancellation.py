"""Cancelled at any await, a call leaves the slots and the session as they were."""

import asyncio

import anyio
import attrs
import pytest
from anyio.lowlevel import checkpoint

from neon_async._pipeline.dispatcher import Dispatcher
from neon_async._pipeline.retry import RetryPolicy
from neon_async.errors import ConnectError
from tests.support.fake_transport import AT_ONCE, Create, FakeTransport, Lookup, dispatcher, fail
from tests.support.sweeps import share

# More event loop steps than the longest call below takes.
STEPS = range(35)


@attrs.define(eq=False)
class Scene:
    """A client whose only slot is contended, and a call with every kind of await in it."""

    transport: FakeTransport
    client: Dispatcher
    limiter: anyio.CapacityLimiter
    answered: int = 0

    @classmethod
    def set_up(cls, retry: RetryPolicy = AT_ONCE) -> "Scene":
        transport = FakeTransport(pauses=2)
        # Refused session, renewed; no connection, waited for; then answered.
        for name in ("create", "lookup"):
            transport.script[name] = [fail(4), ConnectError(sent=False)]
        limiter = anyio.CapacityLimiter(1)
        client = dispatcher(transport, limiter=limiter, retry=retry)
        return cls(transport, client, limiter)

    async def call(self) -> None:
        await self.client.send(Create())
        self.answered += 1

    async def others(self) -> None:
        """Send calls that compete for login and slot, and must not be harmed."""
        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(self.client.send, Lookup())

    async def check(self) -> None:
        """Expect the next 100 calls to find everything in order."""
        statistics = self.limiter.statistics()
        assert (0, 0, ()) == (
            statistics.borrowed_tokens,
            statistics.tasks_waiting,
            statistics.borrowers,
        )
        assert 0 == self.transport.in_flight
        assert not self.client._context.sessions._lock.locked()
        assert set() == self.client._context.lifetime._waits
        # Two sessions were refused by script, and a cancelled login may have opened another.
        assert self.transport.logins <= 4
        logins = self.transport.logins
        self.transport.script.clear()
        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(self.client.send, Lookup())
        assert self.transport.logins - logins <= 1
        assert 1 == self.transport.most_in_flight


async def pass_steps(steps: int) -> None:
    for _ in range(steps):
        await checkpoint()


@pytest.mark.parametrize(
    ("steps", "anyio_backend"),
    [(steps, loop) for steps in STEPS for loop in share(["asyncio", "trio"], steps)],
)
async def test_scope(steps: int) -> None:
    """A cancelled scope around a call leaves nothing behind and harms no other call."""
    scene = Scene.set_up()

    async with anyio.create_task_group() as group:
        group.start_soon(scene.others)
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as own:
                own.start_soon(scene.call)
                await pass_steps(steps)
                scope.cancel()

    await scene.check()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("steps", STEPS)
async def test_task_cancel(steps: int) -> None:
    """So does `task.cancel()`."""
    scene = Scene.set_up()
    others = asyncio.create_task(scene.others())
    task = asyncio.create_task(scene.call())

    await pass_steps(steps)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await others

    assert task.cancelled() or scene.answered
    await scene.check()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("steps", STEPS)
async def test_asyncio_timeout(steps: int) -> None:
    """So does `asyncio.timeout`, which ends with its own error."""
    scene = Scene.set_up()
    others = asyncio.create_task(scene.others())

    async def bounded() -> None:
        async with asyncio.timeout(None) as timeout:
            expiry.append(timeout)
            await scene.call()

    expiry: list[asyncio.Timeout] = []
    task = asyncio.create_task(bounded())
    await pass_steps(steps)
    if expiry and not task.done():
        expiry[0].reschedule(0)
    (outcome,) = await asyncio.gather(task, return_exceptions=True)
    await others

    assert type(outcome) in {TimeoutError, type(None)}
    await scene.check()


async def test_longest_call_ends_within_the_steps() -> None:
    """The steps above reach past the last await of the call."""
    scene = Scene.set_up()

    async with anyio.create_task_group() as group:
        group.start_soon(scene.others)
        group.start_soon(scene.call)
        await pass_steps(len(STEPS))
        assert 1 == scene.answered

    await scene.check()
