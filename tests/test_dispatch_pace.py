"""The next request goes out before a large reply is decoded."""

from typing import Any

import anyio
import attrs
import pytest

from neon_async._retry import RetryPolicy
from neon_async.errors import ProtocolError
from tests.dispatch_fakes import FakeTransport, Lookup, Reply, dispatcher, success

LARGE = success(found="x" * 40_000)
SMALL = success(found="x")


@attrs.frozen
class Watching(Lookup):
    """A read that notes what has been sent when its reply is decoded."""

    path = "account/watching"

    transport: FakeTransport = attrs.field(factory=FakeTransport)
    seen: list[int] = attrs.field(factory=list[int])

    def parse(self, payload: dict[str, Any]) -> str:
        self.seen.append(self.transport.count["watching"])
        return super().parse(payload)


@pytest.mark.parametrize(
    ("reply", "expected"), [(LARGE, [2, 3, 3]), (SMALL, [1, 2, 3])], ids=["large", "small"]
)
async def test_next_request_goes_out_first(reply: Reply, expected: list[int]) -> None:
    """Three calls share one slot: while a large reply is decoded the next call is under way."""
    transport = FakeTransport(script={"watching": [reply] * 3}, pauses=20)
    sender = dispatcher(transport, limiter=anyio.CapacityLimiter(1))
    operation = Watching(transport=transport)
    await sender.login()

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(sender.send, operation)

    assert expected == operation.seen
    assert 1 == transport.most_in_flight
    assert 0 == sender.limiter.borrowed_tokens


async def test_large_nonsense() -> None:
    """A large reply that can't be read is an error like any other, and its slot is free."""
    nonsense = Reply(b'{"r": {"operationResult": "SUCC' + b"x" * 40_000)
    transport = FakeTransport(script={"lookup": [nonsense, SMALL]}, pauses=20)
    once = RetryPolicy(attempts=1)
    sender = dispatcher(transport, limiter=anyio.CapacityLimiter(1), retry=once)
    answers: list[str] = []
    await sender.login()

    async def call() -> None:
        try:
            answers.append(await sender.send(Lookup()))
        except ProtocolError as error:
            answers.append(type(error).__name__)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        tasks.start_soon(call)

    assert ["ProtocolError", "x"] == answers
    assert 0 == sender.limiter.borrowed_tokens
