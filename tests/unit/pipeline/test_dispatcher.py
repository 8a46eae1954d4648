"""From an operation to its answer: what is sent, how often, and what comes back."""

import logging
from typing import Any

import anyio
import pytest

from neon_async._pipeline.retry import RetryPolicy
from neon_async.errors import (
    APIError,
    AuthenticationError,
    ConnectError,
    DeadlineExceededError,
    HTTPStatusError,
    InvalidRequestError,
    NeonError,
    PermissionDeniedError,
    ProtocolError,
    ServiceUnavailableError,
    ThrottledError,
    TransportError,
)
from tests.support.fake_transport import (
    API_KEY,
    AT_ONCE,
    DONOR,
    GARBAGE,
    ORG_ID,
    PENDING,
    Create,
    FakeTransport,
    Lookup,
    dispatcher,
    fail,
    success,
)

# What a read is sent again after: as the transport raises it, or as the server answers it.
PASSING: list[Any] = [
    ConnectError("refused", sent=False),
    TransportError("broken", sent=True),
    DeadlineExceededError("slow", sent=True),
    ThrottledError("429", status=429),
    HTTPStatusError("502", status=502),
    ProtocolError("truncated"),
    fail(2),
    PENDING,
    GARBAGE,
]


def named(outcome: object) -> str:
    return type(outcome).__name__


class Refused(Lookup):
    """A read that breaks a rule of its page."""

    def params(self) -> list[tuple[str, str]]:
        raise InvalidRequestError("refused", parameter="term")


async def test_what_is_sent() -> None:
    """The session comes first, then the operation's own pairs in order, and nothing else."""
    transport = FakeTransport()

    answer = await dispatcher(transport).send(Lookup("a b"))

    login, lookup = transport.requests
    assert "found a b" == answer
    assert [("login.apiKey", API_KEY), ("login.orgid", ORG_ID)] == login.pairs
    assert [("userSessionId", "fake-session-canary-1"), ("term", "a b")] == lookup.pairs


async def test_only_writes_ask_for_a_fresh_connection() -> None:
    """On a fresh connection a form leaves exactly once, which only a write needs."""
    transport = FakeTransport()
    client = dispatcher(transport)

    await client.send(Lookup())
    await client.send(Create())

    assert [False, False, True] == [request.new_connection for request in transport.requests]


async def test_invalid_operation_is_not_sent() -> None:
    """Nothing leaves for an operation that breaks a rule, not even a login."""
    transport = FakeTransport()

    with pytest.raises(InvalidRequestError):
        await dispatcher(transport).send(Refused())

    assert [] == transport.requests


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        *(("deadline", value) for value in (0, -1.0, float("nan"), "30", None, True)),
        ("limiter", 5),
        ("retry", 3),
    ],
)
def test_options_are_checked(parameter: str, value: Any) -> None:
    """A deadline is a positive number, and the other options are what they are called."""
    options: dict[str, Any] = {parameter: value}

    with pytest.raises(InvalidRequestError) as caught:
        dispatcher(FakeTransport(), **options)

    assert parameter == caught.value.parameter


async def test_deadline_may_be_infinite() -> None:
    """Without a deadline only each attempt is bounded, which the transport does."""
    transport = FakeTransport()

    await dispatcher(transport, deadline=float("inf")).send(Lookup())

    assert float("inf") == transport.requests[-1].timeout


@pytest.mark.parametrize("outcome", PASSING, ids=named)
async def test_read_is_repeated(outcome: object) -> None:
    """A read is sent again after trouble that may pass."""
    transport = FakeTransport(script={"lookup": [outcome] * 3})

    answer = await dispatcher(transport).send(Lookup())

    assert "found x" == answer
    assert {"login": 1, "lookup": 4} == transport.count


@pytest.mark.parametrize("outcome", PASSING, ids=named)
async def test_read_ends_with_the_last_error(outcome: object) -> None:
    """After the last attempt the call ends with what that one ended with."""
    transport = FakeTransport(script={"lookup": [outcome] * 9})

    with pytest.raises(NeonError) as caught:
        await dispatcher(transport).send(Lookup())

    assert 4 == transport.count["lookup"]
    expected = ProtocolError if outcome in (PENDING, GARBAGE) else type(outcome)
    assert type(caught.value) is (ServiceUnavailableError if outcome is PASSING[6] else expected)


@pytest.mark.parametrize("outcome", PASSING, ids=named)
async def test_one_attempt_is_one_attempt(outcome: object) -> None:
    """With `attempts=1` nothing is sent twice, by the transport neither."""
    transport = FakeTransport(script={"lookup": [outcome]})

    with pytest.raises(NeonError):
        await dispatcher(transport, retry=RetryPolicy(attempts=1)).send(Lookup())

    assert {"login": 1, "lookup": 1} == transport.count
    assert {(False, False)} == {(one.new_connection, one.retry_stale) for one in transport.requests}


@pytest.mark.parametrize(
    ("outcome", "kind"),
    [
        (fail(1), APIError),
        (fail(5), PermissionDeniedError),
        (HTTPStatusError(status=404), HTTPStatusError),
        (success(unexpected="shape"), ProtocolError),
    ],
    ids=named,
)
async def test_answers_are_final(outcome: object, kind: type[NeonError]) -> None:
    """What another attempt would not change ends the call: FAIL, and a reply of another shape."""
    transport = FakeTransport(script={"lookup": [outcome]})

    with pytest.raises(kind):
        await dispatcher(transport).send(Lookup())

    assert 1 == transport.count["lookup"]


async def test_outage_costs_about_one_request_a_call() -> None:
    """When the quota of repetitions is used up, each call is one request."""
    transport = FakeTransport()
    client = dispatcher(transport)
    await client.login()
    transport.script["lookup"] = [ConnectError(sent=False)] * 1000

    for _ in range(200):
        with pytest.raises(ConnectError):
            await client.send(Lookup())

    assert 200 + 100 == transport.count["lookup"]


async def test_quota_refills_with_answers() -> None:
    """After an outage calls are repeated again, once enough of them were answered."""
    transport = FakeTransport()
    client = dispatcher(transport)
    client._context.quota.tokens = 0
    for _ in range(5):
        await client.send(Lookup())
    transport.script["lookup"] = [ConnectError(sent=False)]

    assert "found x" == await client.send(Lookup())


@pytest.mark.parametrize("codes", [(10,), (13, 14), (4,), (3,), (5,), ()], ids=str)
async def test_refused_login_is_final(codes: tuple[int, ...]) -> None:
    """A login that is refused, with whatever code, is about the credentials."""
    transport = FakeTransport(script={"login": [fail(*codes)]})

    with pytest.raises(AuthenticationError) as caught:
        await dispatcher(transport).send(Lookup())

    assert {"login": 1} == transport.count
    assert codes == tuple(error.code for error in caught.value.errors)
    assert "login" == caught.value.operation
    assert DONOR not in str(caught.value)


async def test_system_error_on_login_is_not_about_credentials() -> None:
    """Codes 1 and 2 come from the server's own trouble, also when it was asked to log in."""
    transport = FakeTransport(script={"login": [fail(2), fail(1)]})

    with pytest.raises(APIError) as caught:
        await dispatcher(transport).send(Lookup())

    assert type(caught.value) is APIError
    assert {"login": 2} == transport.count


@pytest.mark.parametrize("operation", [Lookup(), Create()], ids=named)
@pytest.mark.parametrize("outcome", [*PASSING, success()], ids=named)
async def test_login_is_repeated_like_a_read(operation: Lookup, outcome: object) -> None:
    """Trouble with the login is the server's, and nothing of the operation has been sent."""
    transport = FakeTransport(script={"login": [outcome] * 3})

    assert "found x" == await dispatcher(transport).send(operation)
    assert {"login": 4, operation.name: 1} == transport.count


async def test_session_id_that_comes_as_a_number() -> None:
    """Older replies have numbers where newer ones have text; an id is text in either."""
    login, found = success(userSessionId=1356492402097), success(found="it")
    transport = FakeTransport(script={"login": [login], "lookup": [found]})

    assert "it" == await dispatcher(transport).send(Lookup())
    assert ("userSessionId", "1356492402097") == transport.requests[-1].pairs[0]


async def test_login_trouble_of_a_write_leaves_nothing_unknown() -> None:
    """A write whose login fails was not sent, and says so by the login's own error."""
    transport = FakeTransport(script={"login": [TransportError("broken", sent=True)] * 4})

    with pytest.raises(TransportError):
        await dispatcher(transport).send(Create())

    assert {"login": 4} == transport.count


@pytest.mark.parametrize("outcome", [ThrottledError(status=429), fail(2)], ids=named)
async def test_server_that_asks_to_slow_down_is_given_fewer_slots(outcome: object) -> None:
    """The limiter narrows on a refusal and widens with the answers."""
    transport = FakeTransport(script={"lookup": [outcome]})
    client = dispatcher(transport, limiter=anyio.CapacityLimiter(4))
    await client.login()
    totals = []

    for _ in range(6):
        await client.send(Lookup())
        totals.append(client.limiter.total_tokens)

    assert [2, 3, 3, 3, 4, 4] == totals


async def test_limiter_bounds_what_is_in_flight() -> None:
    """Two clients with one limiter have no more in flight than it allows, logins included."""
    shared = anyio.CapacityLimiter(3)
    transport = FakeTransport(pauses=3)
    clients = [dispatcher(transport, limiter=shared) for _ in range(2)]

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(clients[number % 2].send, Lookup(str(number)))

    assert 3 == transport.most_in_flight
    assert 0 == shared.borrowed_tokens


async def test_one_record_for_each_attempt(caplog: pytest.LogCaptureFixture) -> None:
    """The log says operation, attempt, outcome, bytes and seconds."""
    caplog.set_level(logging.DEBUG, "neon_async")
    transport = FakeTransport(script={"lookup": [HTTPStatusError(status=503), fail(2)]})

    await dispatcher(transport).send(Lookup(DONOR))

    assert {"neon_async"} == {record.name for record in caplog.records}
    said = [(record.levelname, record.getMessage().split(" bytes")[0]) for record in caplog.records]
    assert [
        ("DEBUG", "login: attempt 1: 200, 85"),
        ("INFO", "lookup: attempt 1: 503 HTTPStatusError, 0"),
        ("INFO", f"lookup: attempt 2: ServiceUnavailableError, {len(fail(2).body)}"),
        ("DEBUG", "lookup: attempt 3: 200, 86"),
    ] == said


async def test_silent_log_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """Where nobody listens nothing is formatted."""
    caplog.set_level(logging.WARNING, "neon_async")

    await dispatcher(FakeTransport(), retry=AT_ONCE).send(Lookup())

    assert [] == caplog.records
