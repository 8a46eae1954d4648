"""When to send again: decisions without a clock, and the quota of repetitions."""

import math
import pickle
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async._pipeline.retry import (
    RetryPolicy,
    RetryQuota,
    leaves_outcome_unknown,
    proves_unprocessed,
)
from neon_async.errors import (
    APIError,
    AuthenticationError,
    ClientClosedError,
    ConnectError,
    DeadlineExceededError,
    EventLoopError,
    HTTPStatusError,
    InvalidRequestError,
    NeonError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProtocolError,
    ServiceUnavailableError,
    SessionError,
    ThrottledError,
    TransportError,
    ValidationError,
)
from neon_async.operations._base import Effect

READ, WRITE = Effect.READ, Effect.WRITE

# Proof that nothing was processed.
UNPROCESSED = [
    ConnectError(sent=False),
    TransportError(sent=False),
    DeadlineExceededError(sent=False),
    ThrottledError(status=429),
    ConnectError(sent=False, proxy_status=502),
]
# No answer, and no proof either.
UNKNOWN = [
    TransportError(sent=True),
    DeadlineExceededError(sent=True),
    HTTPStatusError(status=500),
    HTTPStatusError(status=503),
    HTTPStatusError(status=599),
    ProtocolError(),
]
FINAL = [
    APIError(1),
    AuthenticationError(13),
    ClientClosedError(),
    EventLoopError(),
    HTTPStatusError(status=302),
    HTTPStatusError(status=404),
    InvalidRequestError(),
    NeonError(),
    NotFoundError(10031),
    OutcomeUnknownError(),
    PermissionDeniedError(5),
    SessionError(4),
    ValidationError(10001),
]
SLOW = ServiceUnavailableError(2)


def refused(error: APIError, status: int, retry_after: float | None = None) -> APIError:
    """Return the FAIL envelope of a reply with a status of its own."""
    error.status, error.retry_after = status, retry_after
    return error


def named(error: NeonError) -> str:
    sent = "" if getattr(error, "sent", True) else "-unsent"
    return f"{type(error).__name__}{getattr(error, 'status', '')}{sent}"


def wait(
    error: NeonError,
    *,
    policy: RetryPolicy | None = None,
    attempt: int = 1,
    effect: Effect = READ,
    remaining: float = 1000.0,
) -> float | None:
    decide = policy or RetryPolicy(jitter=lambda: 1.0)
    return decide.wait(error, attempt=attempt, effect=effect, remaining=remaining)


@pytest.mark.parametrize("error", [*UNPROCESSED, *UNKNOWN, SLOW], ids=named)
def test_reads_are_repeated(error: NeonError) -> None:
    """A read is sent again after trouble that may pass."""
    assert 0.5 == wait(error)


@pytest.mark.parametrize("error", UNPROCESSED, ids=named)
def test_writes_are_repeated_on_proof(error: NeonError) -> None:
    """A write is sent again when certainly nothing of it was processed."""
    assert proves_unprocessed(error)
    assert 0.5 == wait(error, effect=WRITE)
    assert not leaves_outcome_unknown(error, WRITE)


@pytest.mark.parametrize("error", UNKNOWN, ids=named)
def test_writes_without_an_answer_are_not_repeated(error: NeonError) -> None:
    """Without proof a write may have happened, and is left alone."""
    assert wait(error, effect=WRITE) is None
    assert leaves_outcome_unknown(error, WRITE)
    assert not leaves_outcome_unknown(error, READ)


def test_closing_leaves_a_write_unknown() -> None:
    """A write that was under way when the client was closed may have happened."""
    assert leaves_outcome_unknown(ClientClosedError(), WRITE)


@pytest.mark.parametrize("error", [APIError(1), SLOW, ValidationError(10001)], ids=named)
def test_fail_is_an_answer(error: NeonError) -> None:
    """FAIL leaves nothing unknown, so the write ends with it and is not repeated."""
    assert wait(error, effect=WRITE) is None
    assert not leaves_outcome_unknown(error, WRITE)


@pytest.mark.parametrize("error", [refused(APIError(1), 429), refused(APIError(2), 429)])
def test_fail_with_429_proves_that_nothing_was_processed(error: NeonError) -> None:
    """The quota is what refused it, whatever the envelope says, and a write is sent again."""
    assert [0.5, 0.5] == [wait(error, effect=effect) for effect in (READ, WRITE)]
    assert not leaves_outcome_unknown(error, WRITE)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("code", [None, 1, 77])
def test_fail_with_a_status_of_trouble(code: int | None, status: int) -> None:
    """A read is sent again where the status speaks of the server; a write has its answer."""
    error = refused(APIError(code), status, retry_after=3.0)

    assert (3.0, None) == (wait(error), wait(error, effect=WRITE))
    assert not leaves_outcome_unknown(error, WRITE)


def test_class_of_a_fail_wins_over_its_status() -> None:
    """What is wrong with the request stays wrong, whatever the status beside it."""
    errors = [refused(cls(7), 503) for cls in (ValidationError, NotFoundError, SessionError)]

    assert [None] * 3 == [wait(error) for error in errors]


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize(
    "error",
    [
        ConnectError(sent=False, proxy_status=407),
        HTTPStatusError(status=407),
        ProtocolError(out_of_bounds=True),
    ],
    ids=named,
)
def test_what_is_never_repeated(error: NeonError, effect: Effect) -> None:
    """A refused password locks an account, and a reply out of bounds stays so."""
    assert wait(error, effect=effect) is None


def test_refusal_of_a_proxy_leaves_nothing_unknown() -> None:
    """A CONNECT carries nothing of a write."""
    assert not leaves_outcome_unknown(ConnectError(sent=False, proxy_status=407), WRITE)


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize("error", FINAL, ids=named)
def test_final_errors_end_the_call(error: NeonError, effect: Effect) -> None:
    """What can't get better is not sent again."""
    assert wait(error, effect=effect) is None


def test_wait_doubles_up_to_the_cap() -> None:
    """The longest wait doubles with each failure until it reaches the cap."""
    policy = RetryPolicy(attempts=5000, base=0.5, cap=20.0, jitter=lambda: 1.0)

    waits = [wait(ProtocolError(), policy=policy, attempt=n) for n in (1, 2, 3, 6, 7, 4999)]

    assert [0.5, 1.0, 2.0, 16.0, 20.0, 20.0] == waits


@given(fraction=st.floats(0.0, 1.0), attempt=st.integers(1, 100))
def test_jitter_is_full(fraction: float, attempt: int) -> None:
    """The wait is a fraction of the longest one, from none to all of it."""
    policy = RetryPolicy(attempts=1000, jitter=lambda: fraction)

    waited = wait(ProtocolError(), policy=policy, attempt=attempt)

    assert fraction * min(20.0, 0.5 * 2 ** (attempt - 1)) == waited


def test_attempts_are_counted() -> None:
    """After the last attempt there is no wait."""
    policy = RetryPolicy(attempts=3, jitter=lambda: 0.0)

    waits = [wait(ProtocolError(), policy=policy, attempt=n) for n in (1, 2, 3)]

    assert [0.0, 0.0, None] == waits


@pytest.mark.parametrize("effect", Effect)
def test_one_attempt_is_off(effect: Effect) -> None:
    """With one attempt nothing is ever repeated, whatever the proof."""
    policy = RetryPolicy(attempts=1)

    waits = {wait(error, policy=policy, effect=effect) for error in (*UNPROCESSED, *UNKNOWN)}

    assert {None} == waits


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("asked", [0.0, 7.0, 999.0])
def test_retry_after_is_obeyed(status: int, asked: float) -> None:
    """The server's own figure takes the place of ours."""
    kind = ThrottledError if status == 429 else HTTPStatusError

    assert asked == wait(kind(status=status, retry_after=asked))


def test_retry_after_beyond_the_deadline_gives_up() -> None:
    """When the server asks for more time than is left, the call ends at once."""
    assert wait(ThrottledError(status=429, retry_after=61.0), remaining=60.0) is None


@pytest.mark.parametrize("nonsense", [-1.0, math.nan, math.inf, -math.inf, 8 * 24 * 3600.0])
def test_nonsense_in_retry_after_is_ignored(nonsense: float) -> None:
    """A Retry-After that no server can mean does not count."""
    error = ThrottledError(status=429, retry_after=nonsense)

    assert 0.5 == wait(error, remaining=math.inf)


@pytest.mark.parametrize("remaining", [0.5, 0.1, 0.0, -1.0])
def test_wait_beyond_the_deadline_gives_up(remaining: float) -> None:
    """A wait that would end after the deadline is not begun."""
    assert wait(ProtocolError(), remaining=remaining) is None


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("attempts", 0),
        ("attempts", -1),
        ("attempts", 2.5),
        ("attempts", True),
        ("attempts", "4"),
        ("attempts", None),
        ("base", -0.1),
        ("base", math.nan),
        ("base", math.inf),
        ("base", "1"),
        ("cap", -1),
        ("cap", math.nan),
        ("cap", None),
        ("jitter", 0.5),
    ],
)
def test_options_are_checked(parameter: str, value: object) -> None:
    """A policy that makes no sense is refused, by the parameter's name."""
    options: dict[str, object] = {parameter: value}

    with pytest.raises(InvalidRequestError) as caught:
        RetryPolicy(**options)  # type: ignore[arg-type]

    assert parameter == caught.value.parameter


def test_policy_is_a_value() -> None:
    """Policies compare, print and pickle by their options."""
    policy = RetryPolicy(attempts=2, base=1, cap=3)

    assert RetryPolicy(attempts=2, base=1, cap=3) == policy
    assert repr(policy).startswith("RetryPolicy(attempts=2, base=1, cap=3")
    assert 2 == pickle.loads(pickle.dumps(policy)).attempts  # noqa: S301 - our own bytes


def test_quota_pays_for_repetitions_until_it_is_empty() -> None:
    """An outage is worth 100 repetitions; then there are none."""
    quota = RetryQuota()

    paid = [quota.spend(ProtocolError()) for _ in range(101)]

    assert [5] * 100 + [0] == paid


def test_timeouts_cost_double() -> None:
    """A repetition after a time-out costs more, since it holds a slot for longer."""
    quota = RetryQuota()

    assert 10 == quota.spend(DeadlineExceededError())
    assert 490 == quota.tokens


def test_answers_refill_the_quota() -> None:
    """An answer gives back the price of its last repetition, or one token without any."""
    quota = RetryQuota()
    quota.tokens = 100

    quota.refill(10)
    quota.refill(0)

    assert 111 == quota.tokens


def test_quota_is_never_more_than_full() -> None:
    """Answers don't save up for a longer outage."""
    quota = RetryQuota()

    quota.refill(10)

    assert 500 == quota.tokens


@pytest.mark.parametrize("jitter", [{}, {"jitter": random.random}])  # noqa: S311 - as the default
def test_policies_are_equal_after_pickling(jitter: dict[str, Any]) -> None:
    """A policy that was sent to another process is the same policy."""
    policy = RetryPolicy(**jitter)

    assert policy == pickle.loads(pickle.dumps(policy))  # noqa: S301 - our own bytes


def test_unpickled_policies_do_not_wait_in_step() -> None:
    """A pickled policy carries no random state, so that no two processes wait equally long."""
    pickled = pickle.dumps(RetryPolicy())

    waits = {pickle.loads(pickled).jitter() for _ in range(5)}  # noqa: S301 - our own bytes

    assert 5 == len(waits)
    assert len(pickled) < 500  # the state of a generator has 2,500 bytes
