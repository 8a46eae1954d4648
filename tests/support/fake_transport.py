"""Answers at the dispatcher's transport: forms to replies, with scripted faults and counters."""

from __future__ import annotations

import copy
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import anyio
import attrs
import orjson
from anyio.lowlevel import checkpoint

from neon_async._pipeline.dispatcher import Dispatcher
from neon_async._pipeline.retry import RetryPolicy
from neon_async._pipeline.secrecy import guarded, without_frames
from neon_async._pipeline.session import Credentials
from neon_async.errors import ClientClosedError, NeonError, ProtocolError
from neon_async.operations._base import Effect, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async import Hooks
    from neon_async._wire.form import Form, Pairs

ORG_ID = "fake-org-canary-71"
API_KEY = "fake-key-canary-72"
DONOR = "canary.donor@example.org"

# Waits of zero seconds: what is decided is tested, not the clock.
AT_ONCE = RetryPolicy(jitter=lambda: 0.0)


@attrs.frozen
class Lookup(Operation[str]):
    """A read with one parameter."""

    path = "account/lookup"
    effect = Effect.READ
    reply = str

    term: str = "x"

    def params(self) -> Pairs:
        return [("term", self.term)]

    def parse(self, payload: dict[str, Any]) -> str:
        try:
            found: str = payload["found"]
        except KeyError:
            raise ProtocolError("missing", path="found", operation=self.name) from None
        return found


@attrs.frozen
class Create(Lookup):
    """A write with one parameter."""

    path = "account/create"
    effect = Effect.WRITE


@attrs.frozen
class Reply:
    """What the server answers."""

    body: bytes


@attrs.frozen
class Request:
    """What the server was sent."""

    operation: str
    pairs: list[tuple[str, str]]
    timeout: float | None
    new_connection: bool
    retry_stale: bool


def success(**payload: object) -> Reply:
    """Return a SUCCESS reply."""
    return Reply(orjson.dumps({"anyResponse": {"operationResult": "SUCCESS", **payload}}))


def fail(*codes: int) -> Reply:
    """Return a FAIL reply with the codes."""
    errors = [{"errorCode": code, "errorMessage": f"quotes {DONOR}"} for code in codes]
    envelope = {"operationResult": "FAIL", "errors": {"error": errors}}
    return Reply(orjson.dumps({"anyResponse": envelope}))


PENDING = Reply(b'{"r": {"operationResult": "PENDING"}}')
GARBAGE = Reply(b"<html>Bad gateway</html>")


@attrs.define(eq=False)
class FakeTransport:
    """Answers logins with new sessions, and everything else where the session is alive.

    Attributes:
        script: outcomes by operation, consumed one a request before the normal answer; an
            exception is raised, a reply returned, a callable called first.
        pauses: how often an exchange gives way to other tasks before it answers.
        hold: when set, every operation but a login waits for it.
    """

    script: dict[str, list[Any]] = attrs.field(factory=dict)
    pauses: int = 1
    hold: anyio.Event | None = None
    hold_login: anyio.Event | None = None
    requests: list[Request] = attrs.field(factory=list)
    attempt_timeouts: list[float | None] = attrs.field(factory=list)
    alive: set[str] = attrs.field(factory=set)
    in_flight: int = 0
    most_in_flight: int = 0
    closed: bool = False
    logins: int = 0

    def check_form(self, path: str, pairs: list[tuple[str, str]]) -> None:
        assert "userSessionId" not in dict(pairs), path

    async def send_form(
        self,
        operation: str,
        path: str,
        form: Form,
        *,
        timeout: float | None = None,  # noqa: ASYNC109
        attempt_timeout: float | None = None,
        new_connection: bool = False,
        retry_stale: bool = True,
    ) -> Reply:
        assert path.endswith(f"/{operation}")
        if self.closed:
            raise ClientClosedError("closed")
        pairs = parse_qsl(form.content.decode(), keep_blank_values=True)
        self.requests.append(Request(operation, pairs, timeout, new_connection, retry_stale))
        self.attempt_timeouts.append(attempt_timeout)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            for _ in range(self.pauses):
                await checkpoint()
            hold = self.hold_login if operation == "login" else self.hold
            if hold is not None:
                await hold.wait()
            return self._answer(operation, dict(pairs))
        finally:
            self.in_flight -= 1

    async def aclose(self) -> None:
        self.closed = True

    def expire(self) -> None:
        """Forget every session."""
        self.alive.clear()

    @property
    def count(self) -> Counter[str]:
        """How often each operation was requested."""
        return Counter(request.operation for request in self.requests)

    def _answer(self, operation: str, values: dict[str, str]) -> Reply:
        scripted = self.script.get(operation)
        outcome = scripted.pop(0) if scripted else None
        if callable(outcome):
            outcome = outcome()
        if isinstance(outcome, Exception):
            # One that is raised again and again would have a traceback that grows and grows.
            raise without_frames(outcome) if isinstance(outcome, NeonError) else copy.copy(outcome)
        if isinstance(outcome, Reply):
            return outcome
        return self._normal(operation, values)

    def _normal(self, operation: str, values: dict[str, str]) -> Reply:
        if operation == "login":
            self.logins += 1
            session = f"fake-session-canary-{self.logins}"
            self.alive.add(session)
            return success(userSessionId=session)
        if values["userSessionId"] not in self.alive:
            return fail(4)
        if operation == "logout":
            self.alive.remove(values["userSessionId"])
            return success()
        return success(found=f"found {values['term']}")


class Guarded(Dispatcher):
    """Lets errors out as the client does, whose methods are guarded."""

    send = guarded(Dispatcher.send)
    login = guarded(Dispatcher.login)
    logout = guarded(Dispatcher.logout)
    aclose = guarded(Dispatcher.aclose)


def dispatcher(
    transport: FakeTransport,
    *,
    limiter: anyio.CapacityLimiter | None = None,
    retry: RetryPolicy = AT_ONCE,
    deadline: float = 60.0,
    hooks: Hooks | Iterable[Hooks] | None = None,
) -> Dispatcher:
    """Return a dispatcher over the fake transport."""
    return Guarded(
        transport,
        credentials=Credentials(ORG_ID, API_KEY),
        limiter=limiter or anyio.CapacityLimiter(5),
        retry=retry,
        deadline=deadline,
        hooks=hooks,
    )
