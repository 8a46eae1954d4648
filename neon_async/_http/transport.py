"""HTTP transport: send one form and receive a bounded reply in time.

The only package that imports httpx.
"""

from __future__ import annotations

import ssl
from functools import partial
from types import NoneType
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import anyio
import attrs

from neon_async._aio.lifetime import Lifetime, closed_error
from neon_async._http.connections import (
    AsyncTransport,
    ConnectionPool,
    ConnectionProvider,
    SharedTransport,
    adapted,
    connection_builder,
)
from neon_async._http.errors import is_transport_error, transport_error
from neon_async._http.request import (
    Method,
    RequestTarget,
    parse_base_url,
    parse_proxy,
    parse_user_agent,
)
from neon_async._http.response import HttpReply, Limits, receive
from neon_async._http.trace import Trace
from neon_async._wire.form import Form, Pairs
from neon_async.errors import (
    APIError,
    DeadlineExceededError,
    InvalidRequestError,
    NeonError,
    TransportError,
)
from neon_async.operations._validation import require_choice, require_finite, require_type

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx
    from anyio.lowlevel import EventLoopToken


__all__ = ["HttpReply", "HttpTransport", "Limits"]

_CLOSING = 2.0  # seconds


@attrs.define(eq=False)
class _Attempt:
    """One exchange in flight, and why it was cut short."""

    operation: str
    path: str
    form: Form = attrs.field(repr=False)
    seconds: float
    scope: anyio.CancelScope
    trace: Trace = attrs.field(factory=Trace)
    closed: bool = False
    outcome: NeonError | None = None

    def close(self) -> None:
        """End it because the client closes."""
        self.closed = True
        self.scope.cancel()

    def set_outcome(self, error: NeonError) -> None:
        """Set the error it ends with if it is cut short from now on."""
        self.outcome = error

    def cut(self, error: NeonError) -> None:
        self.outcome = error
        self.scope.cancel()

    def ended(self) -> NeonError:
        """Return the error for an exchange that its own scope ended."""
        if self.closed:
            return closed_error()
        if self.outcome is not None:
            return self.outcome
        return DeadlineExceededError(
            f"no complete reply within {self.seconds:g} s",
            sent=self.trace.may_have_sent(),
            operation=self.operation,
        )


@runtime_checkable
class FormChecker(Protocol):
    """A transport that can't send every form, as one of another protocol may not."""

    def check_form(self, path: str, pairs: Pairs) -> None:
        """Refuse a form, still without its session id, by an `InvalidRequestError`."""
        ...


class HttpTransport:
    """Sends forms to one server, on the event loop of its first exchange."""

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float = 30.0,
        connections: int = 5,
        transport: AsyncTransport | None = None,
        http_method: Method = "POST",
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        limits: Limits | None = None,
        user_agent: str | None = None,
    ) -> None:
        """Check the options, without opening anything.

        Args:
            base_url: https, or http to a loopback host.
            timeout: seconds for one exchange, from the first byte out to the last one in.
            connections: the most idle connections to keep.
            transport: another transport of httpx or httpx2, which then has its own connections.
            http_method: GET puts the form into the query. The URL's representation hides
                it, unless the transport passed is none of httpx's or httpx2's own: such a one may
                need the text of the URL to send it, and may log or trace it.
            proxy: URL of an http or https proxy.
            ssl_context: for servers whose certificate the default does not accept.
            limits: the most bytes of a reply.
            user_agent: put before this package's own; None for nothing.

        Raises:
            InvalidRequestError: an option breaks a rule.
        """
        url = parse_base_url(base_url)
        require_finite(timeout, "timeout")
        require_finite(connections, "connections")
        via = None if proxy is None else parse_proxy(proxy, url)
        _check_method(http_method, via)
        self._timeout = timeout
        self._limits = limits or Limits()
        engine, masked = (None, True) if transport is None else adapted(transport)
        self._target = RequestTarget(url, http_method, masked, parse_user_agent(user_agent))
        self._provider = _provider(url, connections, via, ssl_context, engine)
        self._checker = _checker(transport)
        self._attempts: set[_Attempt] = set()
        self._lifetime = Lifetime(_claim_nothing)
        self._left: anyio.Event | None = None

    def check_form(self, path: str, pairs: Pairs) -> None:
        """Refuse a form that the transport passed can't send, before a login is sent for it.

        Raises:
            InvalidRequestError: it can't be sent.
        """
        if self._checker is not None:
            self._checker.check_form(path, pairs)

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
    ) -> HttpReply:
        """Send a form once and return the reply of status 200.

        A kept connection may turn out to have been closed by the server. Then it is replaced and
        the form sent a second time at once, unless `retry_stale` is off. Writes need
        `new_connection`: on a
        connection that the server has closed nothing proves that they were not processed.

        Args:
            operation: the name for errors.
            path: section and method.
            form: what to send.
            timeout: seconds that are left for the call.
            attempt_timeout: seconds for this exchange; None for the transport's own `timeout`.
            new_connection: send on a new connection, and so exactly once.
            retry_stale: send a second time where a kept connection gave no answer.

        Raises:
            ConnectError: no connection, nothing was sent.
            DeadlineExceededError: no complete reply in time.
            ThrottledError: status 429.
            HTTPStatusError: any other status than 200, redirects included.
            APIError: another status than 200 with a FAIL of v1.
            TransportError: the exchange failed otherwise; `sent` says whether anything left.
            ProtocolError: a reply that is too large or wrongly encoded.
            ClientClosedError: the transport was closed, before or meanwhile.
            EventLoopError: called from another event loop than the first time.
        """
        self._lifetime.check()
        seconds = self._timeout if attempt_timeout is None else attempt_timeout
        seconds = seconds if timeout is None else min(seconds, timeout)
        if seconds <= 0:
            raise DeadlineExceededError("no time left", sent=False, operation=operation)
        self._provider.warm_up()
        scope = anyio.CancelScope(deadline=anyio.current_time() + seconds)
        attempt = _Attempt(operation, path, form, seconds, scope)
        send = partial(self._send, attempt, new_connection=new_connection, retry_stale=retry_stale)
        outcome = await self._run(attempt, send)
        if isinstance(outcome, HttpReply):
            return outcome
        raise outcome

    async def aclose(self) -> None:
        """Close all connections within 2 s, and end exchanges in flight with `ClientClosedError`.

        Raises:
            EventLoopError: called from another event loop than the one it was used in.
        """
        self._lifetime.close()
        with anyio.move_on_after(_CLOSING, shield=True):
            for attempt in tuple(self._attempts):
                attempt.close()
            while self._attempts:
                self._left = anyio.Event()
                await self._left.wait()
            await self._provider.aclose()

    def __repr__(self) -> str:
        return f"<HttpTransport {self._target.base_url.host}>"

    def _leave(self, attempt: _Attempt) -> None:
        self._attempts.discard(attempt)
        if self._left is not None:
            self._left.set()

    async def _run(
        self, attempt: _Attempt, send: Callable[[], Awaitable[HttpReply | NeonError]]
    ) -> HttpReply | NeonError:
        self._attempts.add(attempt)
        try:
            with attempt.scope:
                return await self._provider.run(send)
        finally:
            self._leave(attempt)
        return attempt.ended()

    async def _send(
        self, attempt: _Attempt, *, new_connection: bool, retry_stale: bool
    ) -> HttpReply | NeonError:
        outcome = await self._once(attempt, new_connection=new_connection)
        may_retry = retry_stale and not new_connection
        if may_retry and isinstance(outcome, TransportError) and attempt.trace.stale:
            attempt.trace = Trace()
            return await self._once(attempt, new_connection=True)
        return outcome

    async def _once(self, attempt: _Attempt, *, new_connection: bool) -> HttpReply | NeonError:
        request = self._target.request(attempt.path, attempt.form, attempt.trace)
        connection = await self._provider.acquire(new_connection=new_connection)
        healthy = False
        try:
            response = await connection.handle_async_request(request)
            outcome = await receive(response, self._limits, attempt)
            healthy = isinstance(outcome, (HttpReply, APIError))  # read to its end
        except BaseException as error:
            if not is_transport_error(error):
                raise
            outcome = transport_error(error, attempt.trace, attempt.operation)
        finally:
            if healthy:
                await self._provider.release(connection)
            else:
                await self._provider.discard(connection, attempt.trace)
        return outcome


def _provider(
    base_url: httpx.URL,
    connections: int,
    proxy: httpx.URL | None,
    context: ssl.SSLContext | None,
    transport: httpx.AsyncBaseTransport | None,
) -> ConnectionProvider:
    if transport is None:
        require_type(context, (ssl.SSLContext, NoneType), "an ssl.SSLContext", "ssl_context")
        return ConnectionPool(connection_builder(base_url, proxy, context), connections)
    for parameter, value in (("proxy", proxy), ("ssl_context", context)):
        if value is not None:
            raise InvalidRequestError("belongs to the transport passed", parameter=parameter)
    return SharedTransport(transport)


def _checker(transport: object) -> FormChecker | None:
    return transport if isinstance(transport, FormChecker) else None


def _check_method(method: Method, proxy: httpx.URL | None) -> None:
    require_choice(method, ("POST", "GET"), "http_method")
    if method == "GET" and proxy is not None:
        message = "a GET has credentials in its URL, which a proxy may log"
        raise InvalidRequestError(message, parameter="proxy")


def _claim_nothing(_lifetime: Lifetime, _loop: EventLoopToken) -> None:
    """Pass: nothing of a transport is shared with another client."""
