"""Every error of a call says how often it was tried."""

from typing import Any

import anyio
import pytest

from neon_async._pipeline.retry import RetryPolicy
from neon_async.errors import (
    APIError,
    AuthenticationError,
    ClientClosedError,
    ConnectError,
    DeadlineExceededError,
    InvalidRequestError,
    NeonError,
    OutcomeUnknownError,
    ProtocolError,
    SessionError,
    TransportError,
    ValidationError,
)
from tests.support.fake_transport import (
    GARBAGE,
    Create,
    FakeTransport,
    Lookup,
    dispatcher,
    fail,
    success,
)

UNSENT = ConnectError("refused", sent=False)
BROKEN = TransportError("broken", sent=True)

READS: dict[str, tuple[list[Any], type[NeonError], int]] = {
    "an answer": ([fail(10001)], ValidationError, 1),
    "an answer after trouble": ([BROKEN, fail(2), fail(10001)], ValidationError, 3),
    "trouble to the end": ([BROKEN] * 4, TransportError, 4),
    "garbage to the end": ([GARBAGE] * 4, ProtocolError, 4),
    "sessions to the end": ([fail(4)] * 3, SessionError, 3),
    "a session and trouble": ([fail(4), BROKEN, fail(1)], APIError, 3),
    "another shape": ([BROKEN, success()], ProtocolError, 2),
}
WRITES: dict[str, tuple[list[Any], type[NeonError], int]] = {
    "an answer": ([fail(10001)], ValidationError, 1),
    "no answer": ([BROKEN], OutcomeUnknownError, 1),
    "no answer after proof": ([UNSENT, UNSENT, BROKEN], OutcomeUnknownError, 3),
    "proof to the end": ([UNSENT] * 4, ConnectError, 4),
    "another shape": ([UNSENT, success()], OutcomeUnknownError, 2),
}


@pytest.mark.parametrize(("outcomes", "kind", "attempts"), READS.values(), ids=READS)
async def test_reads(outcomes: list[Any], kind: type[NeonError], attempts: int) -> None:
    """Repetitions after a failure and with a new session count, logins don't."""
    client = dispatcher(FakeTransport(script={"lookup": [*outcomes]}))

    with pytest.raises(NeonError) as caught:
        await client.send(Lookup())

    assert (kind, attempts) == (type(caught.value), caught.value.attempts)


@pytest.mark.parametrize(("outcomes", "kind", "attempts"), WRITES.values(), ids=WRITES)
async def test_writes(outcomes: list[Any], kind: type[NeonError], attempts: int) -> None:
    """A write was tried as often as there was proof, and once more."""
    client = dispatcher(FakeTransport(script={"create": [*outcomes]}))

    with pytest.raises(NeonError) as caught:
        await client.send(Create())

    assert (kind, attempts) == (type(caught.value), caught.value.attempts)


@pytest.mark.parametrize(
    ("outcomes", "kind", "attempts"),
    [([fail(13)], AuthenticationError, 1), ([BROKEN, fail(13)], AuthenticationError, 2)],
)
async def test_logins(outcomes: list[Any], kind: type[NeonError], attempts: int) -> None:
    """A login that fails counts for the call that needed it, and by itself."""
    for action in ("login", "lookup"):
        client = dispatcher(FakeTransport(script={"login": [*outcomes]}))

        with pytest.raises(NeonError) as caught:
            await (client.login() if action == "login" else client.send(Lookup()))

        assert (kind, attempts) == (type(caught.value), caught.value.attempts)


async def test_logins_of_others() -> None:
    """Each call that waited for a login that failed has a count of its own."""
    client = dispatcher(FakeTransport(script={"login": [fail(13)]}))
    errors: list[NeonError] = []

    async def send() -> None:
        with pytest.raises(AuthenticationError) as caught:
            await client.send(Lookup())
        errors.append(caught.value)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(send)

    assert [1, 1, 1] == [error.attempts for error in errors]
    assert 3 == len({id(error) for error in errors})


async def test_logout() -> None:
    """There is one attempt."""
    client = dispatcher(FakeTransport(script={"logout": [BROKEN]}))
    await client.login()

    with pytest.raises(TransportError) as caught:
        await client.logout()

    assert 1 == caught.value.attempts


async def test_deadline() -> None:
    """A call whose time is up while it waits for a slot was tried once."""
    limiter = anyio.CapacityLimiter(1)
    client = dispatcher(FakeTransport(), limiter=limiter, deadline=0.02)
    limiter.acquire_on_behalf_of_nowait("somebody")

    with pytest.raises(DeadlineExceededError) as caught:
        await client.send(Lookup())

    assert 1 == caught.value.attempts


async def test_no_retries() -> None:
    """Without retries there is one attempt."""
    client = dispatcher(FakeTransport(script={"lookup": [BROKEN]}), retry=RetryPolicy(attempts=1))

    with pytest.raises(TransportError) as caught:
        await client.send(Lookup())

    assert 1 == caught.value.attempts


async def test_nothing_was_tried() -> None:
    """What is refused before, and errors that are not about a call, have none."""

    class Refused(Lookup):
        def params(self) -> list[tuple[str, str]]:
            raise InvalidRequestError("refused", parameter="term")

    client = dispatcher(FakeTransport())
    with pytest.raises(InvalidRequestError) as refused:
        await client.send(Refused())
    await client.aclose()
    with pytest.raises(ClientClosedError) as closed:
        await client.send(Lookup())

    assert [0, 0, 0] == [error.attempts for error in (refused.value, closed.value, NeonError())]
