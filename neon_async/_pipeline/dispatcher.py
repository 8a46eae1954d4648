"""Send one operation: session, limiter, retries."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, TypeVar

import anyio
import attrs
from anyio import CapacityLimiter

from neon_async._aio.lifetime import Lifetime
from neon_async._pipeline.call import Call
from neon_async._pipeline.context import CallContext
from neon_async._pipeline.limiter import AdaptiveLimiter
from neon_async._pipeline.retry import RetryPolicy, RetryQuota
from neon_async._pipeline.session import Sessions
from neon_async._wire.type_guards import is_number
from neon_async.errors import NeonError
from neon_async.operations._session import Logout, OpenSession
from neon_async.operations._validation import require, require_finite, require_type

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async._pipeline.context import Gate, Transport
    from neon_async._pipeline.hooks import Hooks
    from neon_async._pipeline.notifier import HookNotifier
    from neon_async._pipeline.session import Credentials
    from neon_async.operations._base import Operation

T = TypeVar("T")


class Dispatcher:
    """Sends operations: session, free slot, exchange, reply, and again where that is safe.

    Attributes:
        limiter: how many exchanges may be in flight now, and at most.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        credentials: Credentials,
        limiter: CapacityLimiter,
        retry: RetryPolicy,
        deadline: float = 120.0,
        hooks: Hooks | Iterable[Hooks] | None = None,
    ) -> None:
        """Prepare, without an event loop or a request.

        Args:
            transport: sends one form at a time; closed by `aclose`.
            credentials: who logs in.
            limiter: bounds the exchanges in flight; may be shared between clients of one
                organization, which then share what is learnt about its quota.
            retry: when to send again.
            deadline: seconds for a call with its login, waits and repetitions; may be infinite.
            hooks: observers of calls, requests and pages.

        Raises:
            InvalidRequestError: the deadline is not a positive number, or an option has the wrong
                type.
        """
        _check(retry, deadline)
        require_type(limiter, CapacityLimiter, "CapacityLimiter", "limiter")
        self.limiter = AdaptiveLimiter(limiter)
        self._context = CallContext(
            transport=transport,
            login=OpenSession(credentials.org_id, credentials.api_key),
            limiter=self.limiter,
            retry=retry,
            quota=RetryQuota(),
            sessions=Sessions(),
            lifetime=Lifetime(self.limiter.claim),
            deadline=deadline,
            notifier=None if hooks is None else _notifier(hooks),
        )

    def with_options(
        self,
        *,
        timeout: float | None,
        deadline: float | None,
        retry: RetryPolicy | None,
    ) -> Dispatcher:
        """Return a dispatcher whose calls have other bounds, and share all else with this one's.

        Args:
            timeout: seconds for one attempt; None for the same.
            deadline: seconds for a call; None for the same.
            retry: when to send again; None for the same.

        Raises:
            InvalidRequestError: an option is not usable.
        """
        context = self._context
        if timeout is not None:
            require_finite(timeout, "timeout")
        retry = context.retry if retry is None else retry
        deadline = context.deadline if deadline is None else deadline
        _check(retry, deadline)
        view = copy.copy(self)
        view._context = attrs.evolve(  # noqa: SLF001 - its own class
            context,
            timeout=context.timeout if timeout is None else timeout,
            deadline=deadline,
            retry=retry,
        )
        return view

    @property
    def closed(self) -> bool:
        """Whether `aclose` was called."""
        return self._context.lifetime.closed

    async def send(
        self,
        operation: Operation[T],
        /,
        *,
        decode_when: Gate | None = None,
    ) -> T:
        """Send an operation and return its reply.

        Reads are repeated as the retry policy says. A write is repeated only on proof that it was
        not processed; where nothing proves either, it ends with `OutcomeUnknownError`. A FAIL
        reply is an answer and ends the call, but for a refused session: the session is
        renewed and the operation sent again, twice at most. A write whose SUCCESS reply can't be
        read ends with `OutcomeUnknownError`, too.

        Args:
            operation: what to send.
            decode_when: entered before a large reply is decoded, after its slot of the limiter was
                given back; None to decode it at once.

        Raises:
            InvalidRequestError: the operation breaks a rule of its page, and was not sent.
            APIError: the server answered FAIL, to the operation or to the login.
            TransportError: the exchange failed, and no repetition helped.
            DeadlineExceededError: the call's deadline passed.
            ProtocolError: the reply is not what v1 documents.
            OutcomeUnknownError: a write may or may not have happened.
            ClientClosedError: the client was closed before or meanwhile.
            EventLoopError: the client belongs to another event loop.
        """
        try:
            return await Call(self._context, operation, decode_when).run()
        except NeonError as error:
            explained = operation.explain(error)
            if explained is error:
                raise
            # Raised outside of the except block, so that no chain leads to the first error.
            explained.attempts = error.attempts
        raise explained

    async def login(self) -> None:
        """Log in, unless there is a session, as every call does when it needs one.

        Raises:
            AuthenticationError: the organization id or the API key is wrong.
            NeonError: as for `send`.
        """
        await Call(self._context, self._context.login).log_in_once()

    async def logout(self) -> None:
        """End the session, if there is one.

        The session is forgotten whatever the server answers. There is one attempt, since an
        abandoned session expires after 30 minutes.

        Raises:
            NeonError: as for `send`.
        """
        await Call(self._context, Logout()).log_out()

    async def pause(self, seconds: float) -> None:
        """Sleep between requests that belong together.

        Raises:
            ClientClosedError: the client was closed meanwhile.
        """
        with self._context.lifetime.waiting():
            await anyio.sleep(seconds)

    async def aclose(self) -> None:
        """Close every connection, and end calls in flight with `ClientClosedError`.

        It does not log out: that would be one more exchange with a server that may be the reason
        for closing. May be called again.
        """
        self._context.lifetime.close()
        await self._context.transport.aclose()


def _check(retry: RetryPolicy, deadline: float) -> None:
    is_valid = is_number(deadline) and deadline > 0
    require(is_valid, "a positive number of seconds", deadline, "deadline")
    require_type(retry, RetryPolicy, "RetryPolicy", "retry")


def _notifier(hooks: Hooks | Iterable[Hooks]) -> HookNotifier | None:
    from neon_async._pipeline.notifier import HookNotifier  # most clients have no hooks

    return HookNotifier.of(hooks)
