"""Retry policy and retry quota: plain decisions that never sleep."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any, Final

import attrs

from neon_async._wire.type_guards import is_number
from neon_async.errors import (
    APIError,
    ClientClosedError,
    ConnectError,
    DeadlineExceededError,
    HTTPStatusError,
    NeonError,
    ProtocolError,
    ServiceUnavailableError,
    ThrottledError,
    TransportError,
)
from neon_async.operations._base import Effect
from neon_async.operations._validation import require, require_positive

_SERVER_ERRORS: Final = 500
_THROTTLED: Final = 429
_PROXY_REFUSED: Final = 407
_LONGEST_RETRY_AFTER: Final = 7 * 24 * 3600.0
# Beyond this the doubled base is above every cap, and a float would overflow.
_MOST_DOUBLINGS: Final = 64


def _at_least(bound: float) -> Callable[[object, attrs.Attribute[Any], Any], None]:
    """Return a validator for a finite number of at least `bound`."""

    def validate(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:  # noqa: ANN401
        is_valid = is_number(value) and bound <= value < math.inf
        require(is_valid, f"a finite number of at least {bound:g}", value, attribute.name)

    return validate


def _positive(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    require_positive(value, attribute.name)


def _uniform() -> float:
    """Draw from the generator of the process that waits.

    `random.random` is bound to one generator, and pickled with its state: every process that a
    policy is sent to would wait in step with the others.
    """
    return random.random()  # noqa: S311 - it only spreads waits


def _own_jitter(jitter: Callable[[], float]) -> Callable[[], float]:
    return _uniform if jitter == random.random else jitter  # noqa: S311 - as above


def _callable(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    require(callable(value), "a callable", value, attribute.name)


@attrs.frozen
class RetryPolicy:
    """When a call is sent again after a failure.

    A read is sent again after connection trouble, an attempt's time-out, status 429 or 5xx, code 2
    and a reply that is not an envelope of v1, unless that is out of the client's bounds. A write is
    sent again only on proof that it was not processed: nothing of it left, or status 429. Nothing
    is sent again after a proxy's 407.

    The wait before the n-th repetition is `jitter() * min(cap, base * 2 ** (n - 1))` seconds. A
    Retry-After of the server, in seconds or as a date, takes its place. A wait that does not fit
    the call's deadline is not begun: the call ends at once with the error that it would have
    waited for. So does a call when the client's retry quota is used up: an outage costs about one
    request a call.

    Renewing a session that the server has forgotten is not a retry: it happens with `attempts=1`
    too, because the refusal proves that the operation was not processed.

    Attributes:
        attempts: how often a call is sent at most, at least 1; 1 turns retries off.
        base: the longest first wait, in seconds.
        cap: the longest wait, in seconds.
        jitter: returns a number from 0 to 1, called for each wait. The default draws from the
            `random` of the process that waits, also where a policy came by pickle.
    """

    attempts: int = attrs.field(default=4, validator=_positive)
    base: float = attrs.field(default=0.5, validator=_at_least(0))
    cap: float = attrs.field(default=20.0, validator=_at_least(0))
    jitter: Callable[[], float] = attrs.field(
        default=_uniform, converter=_own_jitter, validator=_callable
    )

    def wait(
        self, error: NeonError, *, attempt: int, effect: Effect, remaining: float
    ) -> float | None:
        """Decide what follows a failed attempt.

        Args:
            error: what the attempt ended with.
            attempt: how many attempts have failed, this one included.
            effect: whether what failed reads or writes.
            remaining: seconds until the call's deadline.

        Returns:
            The seconds to wait before the next attempt, or None to give up.
        """
        if attempt >= self.attempts or not _may_repeat(error, effect):
            return None
        wait = error.retry_after if isinstance(error, (HTTPStatusError, APIError)) else None
        # A date in the past or a week ahead is a wrong clock, and no wish of the server.
        if wait is None or not 0 <= wait <= _LONGEST_RETRY_AFTER:
            wait = self._backoff(attempt)
        return wait if wait < remaining else None

    def _backoff(self, attempt: int) -> float:
        longest: float = self.base * 2.0 ** min(attempt - 1, _MOST_DOUBLINGS)
        return self.jitter() * min(self.cap, longest)


def proves_unprocessed(error: NeonError) -> bool:
    """Whether the server has certainly not acted on the request: nothing left, or status 429."""
    # RFC 6585: a 429 is a refusal, whatever stands below it.
    throttled = isinstance(error, APIError) and error.status == _THROTTLED
    unsent = isinstance(error, TransportError) and not error.sent
    return throttled or unsent or isinstance(error, ThrottledError)


def leaves_outcome_unknown(error: NeonError, effect: Effect) -> bool:
    """Whether a write may have happened although there is no answer that says so.

    FAIL is an answer, whatever its code.
    """
    unanswered = isinstance(error, (TransportError, ProtocolError, ClientClosedError))
    return effect is Effect.WRITE and unanswered and not proves_unprocessed(error)


def _may_repeat(error: NeonError, effect: Effect) -> bool:
    # A wrong password that is sent again and again locks the proxy's account.
    if isinstance(error, ConnectError) and error.proxy_status == _PROXY_REFUSED:
        return False
    if effect is Effect.WRITE:
        return proves_unprocessed(error)
    if isinstance(error, HTTPStatusError):
        return isinstance(error, ThrottledError) or is_passing(error.status)
    if isinstance(error, ProtocolError):  # HTML error pages have been seen
        return not error.out_of_bounds
    if type(error) is APIError:  # of no class that says what the caller has to do
        return is_passing(error.status)
    return isinstance(error, (TransportError, ServiceUnavailableError))


def is_passing(status: int) -> bool:
    """Whether a status is about the server's state and not about the request."""
    # FAIL comes with status 200 as a rule; these are of proxies in front of v1.
    return status == _THROTTLED or status >= _SERVER_ERRORS


class RetryQuota:
    """A bucket of tokens that repetitions cost and answers refill, shared by all calls.

    The figures are those of the standard mode of the AWS SDKs (botocore's `retries.standard`): a
    server that fails occasionally is asked again each time, one that is down only as often as the
    bucket lasts.
    """

    CAPACITY: Final = 500
    COST: Final = 5
    TIMEOUT_COST: Final = 10
    REFILL: Final = 1

    __slots__ = ("tokens",)

    def __init__(self) -> None:
        self.tokens = self.CAPACITY

    def spend(self, error: NeonError) -> int:
        """Pay for a repetition after `error`, and return the price, or 0 if there is too little."""
        cost = self.TIMEOUT_COST if isinstance(error, DeadlineExceededError) else self.COST
        if cost > self.tokens:
            return 0
        self.tokens -= cost
        return cost

    def refill(self, spent: int) -> None:
        """Give back after an answer what its last repetition cost, or a little without one."""
        self.tokens = min(self.CAPACITY, self.tokens + (spent or self.REFILL))
