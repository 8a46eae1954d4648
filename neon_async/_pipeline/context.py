"""Context of a call: what all calls of a client share, and the transport they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs

from neon_async._aio.lifetime import Lifetime
from neon_async._pipeline.limiter import AdaptiveLimiter
from neon_async._pipeline.retry import RetryPolicy, RetryQuota
from neon_async._pipeline.session import Sessions
from neon_async.operations._base import Operation

if TYPE_CHECKING:
    from neon_async._pipeline.notifier import HookNotifier  # noqa: TC004 - attrs does not look it up
    from neon_async._wire.form import Form, Pairs


class TransportReply(Protocol):
    """The reply to one form."""

    @property
    def body(self) -> bytes: ...


class Transport(Protocol):
    """Sends one form at a time (see `neon_async._http.transport.HttpTransport`)."""

    def check_form(self, path: str, pairs: Pairs) -> None:
        """Refuse a form that can't be sent (see `neon_async._http.transport.FormChecker`)."""
        ...

    async def send_form(
        self,
        operation: str,
        path: str,
        form: Form,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - one of several bounds
        attempt_timeout: float | None = None,
        new_connection: bool = False,
        retry_stale: bool = True,
    ) -> TransportReply: ...

    async def aclose(self) -> None:
        """End the exchanges in flight and close every connection."""
        ...


class Gate(Protocol):
    """Says when a large reply is decoded (see `neon_async._paging.decode_gate.DecodeGate`)."""

    async def enter(self) -> None:
        """Wait until it may be decoded."""
        ...

    def leave(self) -> None:
        """Let others be decoded: something else comes before the call's result."""
        ...


@attrs.frozen(eq=False)
class CallContext:
    """Everything that the calls of one client share.

    A view of the client has the same but for `retry`, `deadline` and `timeout`: seconds for one
    attempt, or None for the transport's own.
    """

    transport: Transport = attrs.field(repr=False)
    login: Operation[Any] = attrs.field(repr=False)
    limiter: AdaptiveLimiter
    retry: RetryPolicy
    quota: RetryQuota
    sessions: Sessions = attrs.field(repr=False)
    lifetime: Lifetime
    deadline: float
    timeout: float | None = None
    notifier: HookNotifier | None = None
