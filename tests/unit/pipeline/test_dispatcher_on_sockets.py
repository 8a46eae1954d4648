"""Dispatcher and transport together, against a server on a socket."""

import time
from collections.abc import AsyncIterator, Iterator

import anyio
import attrs
import orjson
import pytest
from anyio.lowlevel import checkpoint

from neon_async._http.transport import HttpTransport
from neon_async._pipeline.dispatcher import Dispatcher
from neon_async._pipeline.retry import RetryPolicy
from neon_async._pipeline.session import Credentials
from neon_async.errors import (
    ClientClosedError,
    DeadlineExceededError,
    OutcomeUnknownError,
    ThrottledError,
    TransportError,
)
from tests.support.fake_transport import API_KEY, AT_ONCE, ORG_ID, Create, Lookup, fail, success
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Gate, Seen, Step, fin, hang, http, rst

SLOTS = 3


@attrs.define(eq=False)
class Service:
    """What the server knows: the sessions that it opened, and the calls that it answered."""

    server: FaultServer
    sessions: set[str] = attrs.field(factory=set)
    answered: list[str] = attrs.field(factory=list)

    def answer(self, seen: Seen) -> list[Step]:
        values = dict(seen.pairs)
        if seen.path.endswith("/login"):
            session = f"fake-{self.server.requests}"
            self.sessions.add(session)
            return [http(success(userSessionId=session).body)]
        if values["userSessionId"] not in self.sessions:
            return [http(fail(4).body)]
        self.answered.append(values["term"])
        return [http(orjson.dumps({"r": {"operationResult": "SUCCESS", "found": "it"}}))]

    def count(self, operation: str) -> int:
        return len([seen for seen in self.server.seen if seen.path.endswith(f"/{operation}")])


@pytest.fixture
def service() -> Iterator[Service]:
    with FaultServer() as server:
        service = Service(server)
        server.answer(service.answer)
        yield service


def connect(
    service: Service, retry: RetryPolicy = AT_ONCE, *, timeout: float = 5.0, deadline: float = 20.0
) -> Dispatcher:
    return Dispatcher(
        HttpTransport(f"{service.server.url}/api", timeout=timeout, connections=SLOTS),
        credentials=Credentials(ORG_ID, API_KEY),
        limiter=anyio.CapacityLimiter(SLOTS),
        retry=retry,
        deadline=deadline,
    )


@pytest.fixture
async def client(service: Service) -> AsyncIterator[Dispatcher]:
    client = connect(service)
    await client.login()
    yield client
    await client.aclose()


async def test_read_survives_a_stale_connection(service: Service, client: Dispatcher) -> None:
    """A connection that the server has closed costs a read nothing."""
    service.server.next(fin())

    assert "it" == await client.send(Lookup())
    assert 2 == service.count("lookup")


async def test_one_attempt_is_one_request(service: Service) -> None:
    """With `attempts=1` a read is not sent twice even for a stale connection."""
    client = connect(service, RetryPolicy(attempts=1))
    await client.login()
    service.server.next(fin())

    with pytest.raises(TransportError):
        await client.send(Lookup())
    await client.aclose()

    assert 1 == service.count("lookup")


@pytest.mark.parametrize("end", [fin(), rst(), http(b"<html>"), http(status=502)])
async def test_write_is_sent_once(service: Service, client: Dispatcher, end: Step) -> None:
    """A write that the server has read leaves once, whatever follows."""
    service.server.next(end)

    with pytest.raises(OutcomeUnknownError):
        await client.send(Create())

    assert 1 == service.count("create")


async def test_write_that_was_throttled_is_sent_again(service: Service, client: Dispatcher) -> None:
    """Status 429 proves that the write was not processed, and narrows the slots."""
    service.server.next(http(status=429, headers={"Retry-After": "0"}))

    assert "it" == await client.send(Create())
    assert 2 == service.count("create")
    assert (2, SLOTS) == (client.limiter.total_tokens, client.limiter.maximum)


async def test_retry_after_beyond_the_deadline(service: Service, client: Dispatcher) -> None:
    """A wait that does not fit the deadline ends the call at once with the server's error."""
    service.server.next(http(status=429, headers={"Retry-After": "3600"}))
    started = time.monotonic()

    with pytest.raises(ThrottledError) as caught:
        await client.send(Lookup())

    assert 3600.0 == caught.value.retry_after
    assert time.monotonic() - started < 5


async def test_session_that_dies_under_20_calls(service: Service, client: Dispatcher) -> None:
    """The calls in flight and those behind them find one new session."""
    gate = Gate()
    for _ in range(SLOTS):
        service.server.next(gate, http(fail(4).body))
    answers: list[str] = []

    async def call(number: int) -> None:
        answers.append(await client.send(Lookup(str(number))))

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(call, number)
        await service.server.until(lambda: service.server.in_flight == SLOTS)
        service.sessions.clear()
        gate.open()

    assert ["it"] * 20 == answers
    assert 20 == len(set(service.answered))
    assert 2 == service.server.logins
    assert service.server.most_in_flight <= SLOTS


async def test_deadline_ends_a_hung_call(service: Service) -> None:
    """Attempts that the server never answers end with the call's deadline."""
    client = connect(service, timeout=5.0, deadline=0.1)
    await client.login()
    service.server.next(hang())

    with pytest.raises(DeadlineExceededError):
        await client.send(Lookup())
    await client.aclose()

    assert 1 == service.count("lookup")


async def test_closing_ends_calls_in_flight(service: Service, client: Dispatcher) -> None:
    """Reads in flight and in the queue end as closed, and no socket stays open."""
    for _ in range(SLOTS):
        service.server.next(hang())
    ended: list[str] = []

    async def call() -> None:
        with pytest.raises(ClientClosedError):
            await client.send(Lookup())
        ended.append("closed")

    async with anyio.create_task_group() as group:
        for _ in range(2 * SLOTS):
            group.start_soon(call)
        await service.server.until(lambda: service.server.in_flight == SLOTS)
        await client.aclose()

    assert ["closed"] * 2 * SLOTS == ended
    await service.server.until(lambda: service.server.open_connections == 0)


async def test_calls_after_cancellations(service: Service, client: Dispatcher) -> None:
    """Cancelled at any step, calls leave slots and connections for the next hundred."""
    for steps in range(40):
        async with anyio.create_task_group() as group:
            for _ in range(SLOTS + 1):
                group.start_soon(client.send, Lookup())
            for _ in range(steps):
                await checkpoint()
            group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        for _ in range(100):
            group.start_soon(client.send, Lookup())

    assert 0 == client.limiter.borrowed_tokens
    assert 1 == service.server.logins
    await service.server.until(lambda: service.server.open_connections <= SLOTS)
