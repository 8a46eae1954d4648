"""One session for all calls: renewed when it dies, ended on demand."""

import anyio
import pytest
from anyio.lowlevel import checkpoint

from neon_async._pipeline.dispatcher import Dispatcher
from neon_async._pipeline.retry import RetryPolicy
from neon_async.errors import (
    AuthenticationError,
    NeonError,
    SessionError,
    TransportError,
)
from tests.support.fake_transport import Create, FakeTransport, Lookup, dispatcher, fail


async def call(client: Dispatcher, number: int, outcomes: list[str | NeonError]) -> None:
    try:
        outcomes.append(await client.send(Lookup(str(number))))
    except NeonError as error:
        outcomes.append(error)


async def together(client: Dispatcher, outcomes: list[str | NeonError]) -> None:
    """Send 20 reads at once and note what becomes of each."""
    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(call, client, number, outcomes)


def kinds(outcomes: list[str | NeonError]) -> set[type]:
    assert 20 == len(outcomes)
    return {type(outcome) for outcome in outcomes}


async def test_first_calls_share_a_login() -> None:
    """However many calls begin at once, one of them logs in."""
    transport = FakeTransport()
    outcomes: list[str | NeonError] = []

    await together(dispatcher(transport), outcomes)

    assert {str} == kinds(outcomes)
    assert {"login": 1, "lookup": 20} == transport.count


@pytest.mark.parametrize("tokens", [1, 5, 20])
async def test_session_that_dies_under_20_calls_costs_one_login(tokens: int) -> None:
    """Each refused call finds the session that another one has renewed."""
    transport = FakeTransport(pauses=3)
    client = dispatcher(transport, limiter=anyio.CapacityLimiter(tokens))
    await client.login()
    transport.hold = answer = anyio.Event()
    outcomes: list[str | NeonError] = []

    async def expire() -> None:
        while transport.in_flight < tokens:
            await checkpoint()
        transport.expire()
        answer.set()

    async with anyio.create_task_group() as group:
        group.start_soon(expire)
        group.start_soon(together, client, outcomes)

    assert {str} == kinds(outcomes)
    assert 2 == transport.count["login"]


async def test_late_refusal_of_an_old_session_gives_no_login() -> None:
    """A call whose session was renewed while it waited for its answer goes on with the new one."""
    transport = FakeTransport()
    client = dispatcher(transport)
    await client.login()
    transport.hold = release = anyio.Event()
    outcomes: list[str | NeonError] = []

    async with anyio.create_task_group() as group:
        group.start_soon(call, client, 1, outcomes)
        while not transport.in_flight:
            await checkpoint()
        transport.hold = None
        transport.expire()
        await client.send(Lookup("early"))
        release.set()

    assert ["found 1"] == outcomes
    assert 2 == transport.count["login"]


@pytest.mark.parametrize("code", [3, 4])
@pytest.mark.parametrize("attempts", [1, 4])
async def test_session_is_renewed_for_writes_too(code: int, attempts: int) -> None:
    """A refused session proves that nothing was processed; no attempts are counted for it."""
    transport = FakeTransport(script={"create": [fail(code), fail(code)]})

    answer = await dispatcher(transport, retry=RetryPolicy(attempts=attempts)).send(Create())

    assert "found x" == answer
    assert {"login": 3, "create": 3} == transport.count


@pytest.mark.parametrize("operation", [Lookup(), Create()], ids=lambda value: value.name)
async def test_two_renewals_are_enough(operation: Lookup) -> None:
    """A server that refuses each new session gets no third login from the same call."""
    transport = FakeTransport(script={operation.name: [fail(4)] * 9})

    with pytest.raises(SessionError):
        await dispatcher(transport).send(operation)

    assert {"login": 3, operation.name: 3} == transport.count


async def test_renewals_do_not_use_up_attempts() -> None:
    """Trouble between two renewals is counted by itself."""
    outcomes = [fail(4), fail(2), fail(2), fail(4), fail(2)]
    transport = FakeTransport(script={"lookup": outcomes})

    assert "found x" == await dispatcher(transport).send(Lookup())
    assert {"login": 3, "lookup": 6} == transport.count


async def test_refused_login_releases_all() -> None:
    """All calls that waited for a refused login end with it; none tries for itself."""
    transport = FakeTransport(script={"login": [fail(13)]}, pauses=3)
    client = dispatcher(transport)
    outcomes: list[str | NeonError] = []

    await together(client, outcomes)

    assert {AuthenticationError} == kinds(outcomes)
    assert {"login": 1} == transport.count
    assert "found x" == await client.send(Lookup())


async def test_refused_renewal_releases_all() -> None:
    """A key that was revoked in the middle ends all calls with one login."""
    transport = FakeTransport(pauses=3)
    client = dispatcher(transport, limiter=anyio.CapacityLimiter(20))
    await client.login()
    transport.expire()
    transport.script["login"] = [fail(13)]
    outcomes: list[str | NeonError] = []

    await together(client, outcomes)

    assert {AuthenticationError} == kinds(outcomes)
    assert {"login": 2, "lookup": 20} == transport.count


async def test_trouble_with_a_shared_login_is_each_calls_own_to_repeat() -> None:
    """Calls that waited for a login that broke down repeat it together as well."""
    broken = TransportError("broken", sent=True)
    transport = FakeTransport(script={"login": [broken, broken]}, pauses=3)
    outcomes: list[str | NeonError] = []

    await together(dispatcher(transport), outcomes)

    assert {str} == kinds(outcomes)
    assert {"login": 3, "lookup": 20} == transport.count


async def test_cancelled_login_hands_over() -> None:
    """No call fails because the one that was logging in for all of them was cancelled."""
    answer = anyio.Event()
    transport = FakeTransport(hold_login=answer)
    client = dispatcher(transport)
    outcomes: list[str | NeonError] = []

    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as leader:
            async with anyio.create_task_group() as first:
                first.start_soon(client.send, Lookup("leader"))
                while not transport.in_flight:
                    await checkpoint()
                group.start_soon(together, client, outcomes)
                for _ in range(5):
                    await checkpoint()
                leader.cancel()
        answer.set()

    assert ["found"] * 20 == [str(outcome).split()[0] for outcome in outcomes]
    assert {"login": 2, "lookup": 20} == transport.count
    assert 0 == client.limiter.borrowed_tokens


async def test_waiting_for_a_login_holds_no_slot() -> None:
    """While one call logs in, the others leave the slots to those who can use them."""
    answer = anyio.Event()
    client = dispatcher(FakeTransport(hold_login=answer))

    async with anyio.create_task_group() as group:
        group.start_soon(together, client, [])
        for _ in range(10):
            await checkpoint()
        assert 1 == client.limiter.borrowed_tokens
        answer.set()


async def test_failed_login_is_not_remembered() -> None:
    """A login error long gone does not come back when the session dies, however many call."""
    transport = FakeTransport(script={"login": [fail(13)]})
    client = dispatcher(transport)
    with pytest.raises(AuthenticationError):
        await client.login()
    await client.login()
    transport.expire()
    outcomes: list[str | NeonError] = []

    await together(client, outcomes)

    assert {str} == kinds(outcomes)
    assert 3 == transport.count["login"]


async def test_login_on_demand_is_the_same_login() -> None:
    """A login that was asked for serves the calls after it, and is not repeated."""
    transport = FakeTransport()
    client = dispatcher(transport)

    await client.login()
    await client.login()
    await client.send(Lookup())

    assert {"login": 1, "lookup": 1} == transport.count


async def test_login_on_demand_is_repeated_after_trouble() -> None:
    """A login by itself is as patient as one within a call."""
    transport = FakeTransport(script={"login": [fail(2), TransportError("broken")]})

    await dispatcher(transport).login()

    assert {"login": 3} == transport.count


async def test_logout_ends_the_session() -> None:
    """A logout names the session, and the next call logs in again."""
    transport = FakeTransport()
    client = dispatcher(transport)
    await client.login()

    await client.logout()
    await client.send(Lookup())

    assert [("userSessionId", "fake-session-canary-1")] == transport.requests[1].pairs
    assert {"login": 2, "logout": 1, "lookup": 1} == transport.count


async def test_logout_without_a_session_sends_nothing() -> None:
    """There is no login only to log out."""
    transport = FakeTransport()
    client = dispatcher(transport)

    await client.logout()
    await client.login()
    await client.logout()
    await client.logout()

    assert {"login": 1, "logout": 1} == transport.count


async def test_logout_of_a_dead_session_is_done() -> None:
    """When the server has forgotten the session, it is as if it was logged out."""
    transport = FakeTransport()
    client = dispatcher(transport)
    await client.login()
    transport.expire()

    await client.logout()

    assert {"login": 1, "logout": 1} == transport.count


async def test_failed_logout_says_so_and_forgets() -> None:
    """A logout is tried once; the session is not used again whatever came back."""
    broken = TransportError("broken", sent=True)
    transport = FakeTransport(script={"logout": [broken]})
    client = dispatcher(transport)
    await client.login()

    with pytest.raises(TransportError):
        await client.logout()
    await client.logout()

    assert {"login": 1, "logout": 1} == transport.count
