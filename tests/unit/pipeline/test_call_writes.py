"""A write is never sent twice without proof that the first time was not processed."""

import copy
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from neon_async.errors import (
    APIError,
    ClientClosedError,
    ConnectError,
    DeadlineExceededError,
    HTTPStatusError,
    NeonError,
    OutcomeUnknownError,
    ProtocolError,
    ServiceUnavailableError,
    ThrottledError,
    TransportError,
    ValidationError,
)
from tests.support.fake_transport import (
    DONOR,
    GARBAGE,
    PENDING,
    Create,
    FakeTransport,
    dispatcher,
    fail,
    success,
)

PROOF: list[Any] = [
    ConnectError("refused", sent=False),
    TransportError("refused", sent=False),
    DeadlineExceededError("no connection in time", sent=False),
    ThrottledError("429", status=429),
]
NO_PROOF: list[Any] = [
    TransportError("broken", sent=True),
    DeadlineExceededError("no reply in time", sent=True),
    HTTPStatusError("302", status=302),
    HTTPStatusError("404", status=404),
    HTTPStatusError("500", status=500),
    HTTPStatusError("503", status=503, retry_after=1.0),
    ProtocolError("truncated"),
    ClientClosedError("closed meanwhile"),
    PENDING,
    GARBAGE,
    success(unexpected="shape"),
]


def named(outcome: object) -> str:
    return str(outcome) or type(outcome).__name__


@pytest.mark.parametrize("outcome", PROOF, ids=named)
async def test_write_is_repeated_on_proof(outcome: NeonError) -> None:
    """When certainly nothing was processed, the write is sent again."""
    transport = FakeTransport(script={"create": [outcome] * 3})

    assert "found x" == await dispatcher(transport).send(Create())
    assert 4 == transport.count["create"]


@pytest.mark.parametrize("outcome", PROOF, ids=named)
async def test_write_that_was_not_processed_says_so(outcome: NeonError) -> None:
    """After the last attempt the error is the server's own, for the write can be sent again."""
    transport = FakeTransport(script={"create": [outcome] * 9})

    with pytest.raises(type(outcome)) as caught:
        await dispatcher(transport).send(Create())

    assert type(outcome) is type(caught.value)
    assert 4 == transport.count["create"]


@pytest.mark.parametrize("outcome", NO_PROOF, ids=named)
async def test_write_without_an_answer_is_unknown(outcome: object) -> None:
    """Anything but an answer leaves the write alone, and says that it may have happened."""
    transport = FakeTransport(script={"create": [outcome]})

    with pytest.raises(OutcomeUnknownError) as caught:
        await dispatcher(transport).send(Create(DONOR))

    assert {"login": 1, "create": 1} == transport.count
    assert "create" == caught.value.operation
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


async def test_unknown_outcome_after_proof() -> None:
    """The last attempt decides: the ones before are proven."""
    outcomes = [ConnectError(sent=False), ThrottledError(status=429), HTTPStatusError(status=502)]
    transport = FakeTransport(script={"create": outcomes})

    with pytest.raises(OutcomeUnknownError):
        await dispatcher(transport).send(Create())

    assert 3 == transport.count["create"]


async def test_unknown_outcome_says_when_and_why() -> None:
    """The error has the time of sending and a reason, and no value that was sent."""
    slow = DeadlineExceededError("no reply within 30 s", sent=True, operation="create")
    transport = FakeTransport(script={"create": [slow]})

    with pytest.raises(OutcomeUnknownError) as caught:
        await dispatcher(transport).send(Create(DONOR))

    error = caught.value
    assert "DeadlineExceededError: no reply within 30 s" == error.reason
    assert (
        "create: the write may or may not have happened: DeadlineExceededError: no reply within "
        "30 s. Read the record before you send it again"
    ) == str(error)
    assert error.sent_at is not None
    assert timedelta(0) <= datetime.now(UTC) - error.sent_at < timedelta(minutes=1)
    assert str(error) == str(pickle.loads(pickle.dumps(error)))  # noqa: S301 - our own bytes
    assert error.sent_at == copy.copy(error).sent_at


@pytest.mark.parametrize(
    ("codes", "kind"),
    [((1,), APIError), ((2,), ServiceUnavailableError), ((10001,), ValidationError)],
)
async def test_fail_is_an_answer(codes: tuple[int, ...], kind: type[APIError]) -> None:
    """FAIL ends a write as it is: the server answered, and nothing is sent again."""
    transport = FakeTransport(script={"create": [fail(*codes)]})

    with pytest.raises(kind) as caught:
        await dispatcher(transport).send(Create())

    assert kind is type(caught.value)
    assert 1 == transport.count["create"]


async def test_reads_are_never_unknown() -> None:
    """A write that logs in again and fails there was never sent."""
    transport = FakeTransport(script={"create": [fail(4)], "login": []})
    client = dispatcher(transport)
    await client.login()
    transport.script["login"] = [HTTPStatusError("502", status=502)] * 9

    with pytest.raises(HTTPStatusError):
        await client.send(Create())

    assert 1 == transport.count["create"]
