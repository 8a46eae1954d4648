"""One call: session, limiter, exchanges and retries."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import anyio

from neon_async._aio.lifetime import closed_error
from neon_async._aio.steps import run_steps
from neon_async._pipeline.exchange import Exchange
from neon_async._pipeline.limiter import asks_to_slow_down
from neon_async._pipeline.retry import is_passing, leaves_outcome_unknown
from neon_async._pipeline.session import Session
from neon_async._wire.envelope import open_envelope
from neon_async._wire.form import Form
from neon_async._wire.steps import finish
from neon_async.errors import (
    APIError,
    AuthenticationError,
    DeadlineExceededError,
    ErrorCode,
    NeonError,
    OutcomeUnknownError,
    ProtocolError,
    SessionError,
    TransportError,
)
from neon_async.operations._base import Effect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from contextlib import AbstractContextManager

    from neon_async._pipeline.context import CallContext, Gate, TransportReply
    from neon_async._pipeline.notifier import HookNotifier
    from neon_async._wire.form import Pairs
    from neon_async.operations._base import Operation

# A session ends after 30 minutes without use (the vendor's README), and then all calls get code 4.
_MOST_RENEWALS = 2
# A reply that takes milliseconds to decode. A refusal is smaller, and always decoded at once.
_LARGE = 32 * 1024
# A page of 200 accounts with all documented fields has less, and is parsed in some 3 ms. A larger
# one is parsed in steps of so many seconds.
_USUAL = 512 * 1024
_STEP = 0.004
# The codes of a refused login are not documented for v1, so all others are taken for one.
_NOT_ABOUT_CREDENTIALS = frozenset({ErrorCode.SYSTEM_ERROR, ErrorCode.SERVICE_UNAVAILABLE})

T = TypeVar("T")
R = TypeVar("R")


class Call(Generic[T]):
    """One call with its repetitions, which is also what holds a token of the limiter."""

    __slots__ = (
        "_attempt",
        "_context",
        "_decode_when",
        "_effect",
        "_failures",
        "_operation",
        "_pairs",
        "_renewals",
        "_sent_at",
        "_session",
        "_size",
        "_spent",
        "_until",
    )

    def __init__(
        self,
        context: CallContext,
        operation: Operation[T],
        decode_when: Gate | None = None,
    ) -> None:
        """Start the clock of the call's deadline."""
        self._context = context
        self._operation = operation
        self._decode_when = decode_when
        self._until = anyio.current_time() + context.deadline
        self._pairs: Pairs = []
        self._session: Session | None = None
        self._effect = Effect.READ
        self._sent_at: datetime | None = None
        self._attempt = self._failures = self._renewals = self._spent = self._size = 0

    async def run(self) -> T:
        """Send the operation until there is an answer, and return its reply."""
        # A path that breaks a rule may hold anything, so no hook learns of a refusal here.
        self._pairs = self._operation.params()
        self._context.transport.check_form(self._operation.path, self._pairs)
        return await self._observed(self._answer)

    async def log_in_once(self) -> None:
        """Log in, unless there is a session."""
        await self._observed(lambda: self._persist(self._obtain))

    async def log_out(self) -> None:
        """End the session if there is one, in one attempt."""
        self._context.lifetime.check()
        await self._observed(self._end_session)

    async def _observed(self, work: Callable[[], Awaitable[R]]) -> R:
        """Do the call's work, and notify the hooks if there are any."""
        notifier = self._context.notifier
        try:
            if notifier is None:
                return await work()
            # The result is in no variable when the hooks are called: see `_exchange`.
            with self._emitting(notifier):
                return await work()
        except NeonError as error:
            error.attempts = self._attempt
            raise

    @contextmanager
    def _emitting(self, notifier: HookNotifier) -> Generator[None]:
        span = notifier.operation(self._operation)
        try:
            yield
        except BaseException as error:
            span.end(error, attempts=self._attempt, renewals=self._renewals)
            raise
        span.end(None, attempts=self._attempt, renewals=self._renewals)

    async def _answer(self) -> T:
        reply = await self._parse(await self._persist(self._send))
        if self._context.notifier is not None:
            self._context.notifier.page(self._operation, reply)
        return reply

    async def _parse(self, payload: dict[str, Any]) -> T:
        try:
            steps = self._operation.parse_in_steps(payload)
            if self._size <= _USUAL:
                return finish(steps)
            if self._decode_when is not None:
                self._decode_when.leave()  # other pages need not wait for all the steps
            return await run_steps(steps, _STEP)
        except ProtocolError as error:
            # No repetition: the same record would come back in the same shape.
            raise self._outcome(error) from None

    async def _end_session(self) -> None:
        self._attempt = 1
        self._session = await self._context.sessions.take(self)
        if self._session is not None:
            # A session that the server has forgotten is as good as ended.
            with suppress(SessionError):
                await self._exchange(self._operation, self._form, await self._admit())

    async def log_in(self) -> Session:
        """Exchange the credentials for a session."""
        login, epoch = self._context.login, await self._admit()
        try:
            payload = await self._exchange(login, lambda: Form.encode(login.params()), epoch)
        except APIError as error:
            raise _login_error(error) from None
        return Session(login.parse(payload))

    @property
    def expired(self) -> bool:
        """Whether the call's deadline has passed."""
        return self._remaining() <= 0

    def waiting(self) -> AbstractContextManager[None]:
        """Bound a wait by the call's deadline and the client's lifetime."""
        return self._context.lifetime.waiting(self._until, self._timeout())

    async def _persist(self, attempt: Callable[[], Awaitable[R]]) -> R:
        """Run attempts until one succeeds or its failure is final."""
        while True:
            self._context.lifetime.check()
            self._attempt += 1
            self._effect = Effect.READ
            try:
                result = await attempt()
            except NeonError as error:
                wait = self._wait_after(error)
            else:
                self._context.quota.refill(self._spent)
                return result
            with self.waiting():
                await anyio.sleep(wait)

    def _obtain(self) -> Awaitable[Session]:
        return self._context.sessions.obtain(self)

    async def _send(self) -> dict[str, Any]:
        sessions = self._context.sessions
        while True:
            self._session = await sessions.obtain(self)
            epoch = await self._admit()
            if sessions.current is self._session:
                break
            # It died while this call waited for its slot, which the next login may need.
            self._context.limiter.release(self)
        return await self._exchange(self._operation, self._form, epoch)

    def _form(self) -> Form:
        session = self._session.id if self._session is not None else ""
        return Form.encode([("userSessionId", session), *self._pairs])

    async def _exchange(
        self, operation: Operation[Any], fill_in: Callable[[], Form], epoch: int
    ) -> dict[str, Any]:
        """Send a form once, with a token of the limiter taken before, and give the token back."""
        with self._noting(operation, epoch) as exchange:
            reply = await self._transmit(operation, fill_in())
            exchange.size = self._size = len(reply.body)
            if self._decode_when is None or exchange.size < _LARGE:
                # Returned at once, and kept in no variable: hooks are called next, and one may
                # report the frames that led to it. Those no guard can change.
                return open_envelope(reply.body, operation.name)
        return await self._open_when(self._decode_when, reply, operation.name)

    @contextmanager
    def _noting(self, operation: Operation[Any], epoch: int) -> Generator[Exchange]:
        """Note how an exchange ends, and give its token of the limiter back."""
        limiter = self._context.limiter
        notifier = self._context.notifier
        exchange = Exchange(operation.name, self._attempt)
        try:
            if notifier is not None:
                exchange.span = notifier.request(operation, self._attempt)
            yield exchange
        except BaseException as error:
            if isinstance(error, NeonError) and asks_to_slow_down(error):
                limiter.refused(epoch)
            exchange.end(error)
            raise
        finally:
            limiter.release(self)
        limiter.succeeded(epoch)
        exchange.end(None)

    async def _open_when(self, gate: Gate, reply: TransportReply, name: str) -> dict[str, Any]:
        """Decode a reply when the caller is ready for it, and let the deadline wait as well."""
        received_at = anyio.current_time()
        await gate.enter()
        self._until += anyio.current_time() - received_at
        try:
            return open_envelope(reply.body, name)
        except NeonError:
            # Another attempt may follow, after a wait.
            gate.leave()
            raise

    async def _admit(self) -> int:
        try:
            # Most calls find a free slot; the scope around a wait costs more than the check.
            return self._context.limiter.acquire_nowait(self)
        except anyio.WouldBlock:
            pass
        with self.waiting():
            return await self._context.limiter.acquire(self)

    async def _transmit(self, operation: Operation[Any], form: Form) -> TransportReply:
        remaining = self._remaining()
        if remaining <= 0:
            raise self._timeout()
        self._effect = operation.effect
        writes = operation.effect is Effect.WRITE
        if writes:
            self._sent_at = datetime.now(UTC)
        return await self._context.transport.send_form(
            operation.name,
            operation.path,
            form,
            timeout=remaining,
            attempt_timeout=self._context.timeout,
            # A connection that the server has closed proves nothing about a write on it.
            new_connection=writes,
            retry_stale=self._context.retry.attempts > 1,
        )

    def _wait_after(self, error: NeonError) -> float:
        """Return the seconds until the next attempt, or raise what the call ends with."""
        # Codes 3 and 4 prove that nothing was processed, so writes are sent again as well.
        if isinstance(error, SessionError) and self._renewals < _MOST_RENEWALS:
            self._renewals += 1
            self._context.sessions.forget(self._session)
            self._emit_retry(error, 0.0, renewal=True)
            return 0.0
        self._failures += 1
        wait = self._context.retry.wait(
            error, attempt=self._failures, effect=self._effect, remaining=self._remaining()
        )
        if wait is not None and not self._context.lifetime.closed:
            self._spent = self._context.quota.spend(error)
            if self._spent:
                self._emit_retry(error, wait, renewal=False)
                return wait
        raise self._outcome(error)

    def _emit_retry(self, error: NeonError, wait: float, *, renewal: bool) -> None:
        notifier = self._context.notifier
        if notifier is not None:
            notifier.retry(
                self._operation, error, attempt=self._attempt, wait=wait, renewal=renewal
            )

    def _outcome(self, error: NeonError) -> NeonError:
        if leaves_outcome_unknown(error, self._effect):
            reason = f"{type(error).__name__}: {BaseException.__str__(error)}"
            return OutcomeUnknownError(self._operation.name, self._sent_at, reason)
        if self._context.lifetime.closed and isinstance(error, TransportError):
            return closed_error()
        return error

    def _remaining(self) -> float:
        return self._until - anyio.current_time()

    def _timeout(self) -> DeadlineExceededError:
        return DeadlineExceededError(
            f"the call's deadline of {self._context.deadline:g} s passed while it waited",
            sent=False,
            operation=self._operation.name,
        )


def _login_error(error: APIError) -> APIError:
    """Return the error of a refused login, or the error itself if the server has trouble."""
    if error.code in _NOT_ABOUT_CREDENTIALS or is_passing(error.status):
        return error
    refused = AuthenticationError(error.code, error.server_message, error.errors, error.operation)
    refused.status = error.status
    return refused
