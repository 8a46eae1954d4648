"""Any faults in any order: calls in batches against a server that fails, forgets and refuses."""

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import anyio
import attrs
from anyio.lowlevel import checkpoint
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from neon_async.errors import (
    APIError,
    AuthenticationError,
    ConnectError,
    DeadlineExceededError,
    HTTPStatusError,
    NeonError,
    OutcomeUnknownError,
    ProtocolError,
    ThrottledError,
    TransportError,
)
from tests.support.fake_transport import (
    GARBAGE,
    PENDING,
    Create,
    FakeTransport,
    Lookup,
    Reply,
    dispatcher,
    fail,
    success,
)

ATTEMPTS, RENEWALS, SLOTS = 4, 2, 3

REFUSED_SESSION: list[Any] = [fail(3), fail(4)]
PROOF: list[Any] = [
    *REFUSED_SESSION,
    ConnectError("refused", sent=False),
    DeadlineExceededError("no connection", sent=False),
    ThrottledError("429", status=429),
]
FAULTS: list[Any] = [
    *PROOF,
    TransportError("broken", sent=True),
    DeadlineExceededError("no reply", sent=True),
    HTTPStatusError("500", status=500),
    HTTPStatusError("503", status=503),
    ProtocolError("truncated"),
    fail(1),
    fail(2),
    fail(10001),
    PENDING,
    GARBAGE,
    success(unexpected="shape"),
]

faults = st.lists(
    st.none() | st.sampled_from(REFUSED_SESSION) | st.sampled_from(FAULTS), max_size=8
)
calls = st.lists(st.sampled_from([Lookup, Create]), min_size=1, max_size=6)
delays = st.lists(st.integers(0, 12), min_size=1, max_size=5)
cancellations = st.dictionaries(st.integers(0, 5), st.integers(0, 25), max_size=2)


@attrs.define(eq=False)
class Recorder(FakeTransport):
    """Keeps the outcome of each request, by what it asked for."""

    outcomes: dict[str, list[object]] = attrs.field(factory=dict)
    refused_sessions: set[str] = attrs.field(factory=set)

    delays: Iterator[int] = attrs.field(factory=lambda: itertools.repeat(1))

    async def exchange(self, *arguments: Any, **options: Any) -> Reply:
        self.pauses = next(self.delays)
        return await FakeTransport.send_form(self, *arguments, **options)

    def _answer(self, operation: str, values: dict[str, str]) -> Reply:
        key = f"{operation} {values.get('term', '')}"
        seen = self.outcomes.setdefault(key, [])
        try:
            reply = FakeTransport._answer(self, operation, values)
        except NeonError as error:
            seen.append(next(fault for fault in FAULTS if is_copy(error, fault)))
            raise
        seen.append(reply)
        if operation != "login" and reply in REFUSED_SESSION:
            self.refused_sessions.add(values["userSessionId"])
        return reply


def is_copy(error: NeonError, fault: object) -> bool:
    """Whether an error is a copy of a fault: the fake raises copies, which are never equal."""
    return isinstance(fault, NeonError) and (type(fault), fault.args) == (type(error), error.args)


class Machine(RuleBasedStateMachine):
    """Batches of concurrent calls; each rule ends when all of its calls have."""

    backend = "asyncio"

    def __init__(self) -> None:
        super().__init__()
        self.transport = Recorder()
        self.limiter = anyio.CapacityLimiter(SLOTS)
        self.client = dispatcher(self.transport, limiter=self.limiter)
        self.ended: dict[str, object] = {}
        self.number = 0

    def run(self, function: Callable[..., Any], *arguments: object) -> None:
        """Run one rule in an event loop of its own, as if the client had always been there."""
        self.client._context.lifetime.loop = None
        self.client.limiter._window.users.clear()
        anyio.run(function, *arguments, backend=self.backend)

    @rule(batch=calls, reads=faults, writes=faults, delays=delays, cancelled=cancellations)
    def send(
        self,
        batch: list[type[Lookup]],
        reads: list[Any],
        writes: list[Any],
        delays: list[int],
        cancelled: dict[int, int],
    ) -> None:
        """Send a batch while the server fails in the given order, and cancel some of it."""
        self.transport.delays = itertools.cycle(delays)
        self.transport.script.update(lookup=list(reads), create=list(writes))
        self.run(self._batch, batch, cancelled)

    @rule(trouble=faults)
    def send_without_session(self, trouble: list[Any]) -> None:
        """Send while the session is gone and the login meets trouble."""
        self.transport.expire()
        self.transport.script["login"] = list(trouble)
        self.run(self._batch, [Lookup, Create, Lookup], {})
        self.transport.script["login"] = []

    @rule()
    def expire(self) -> None:
        """Let the server forget the session."""
        self.transport.expire()

    @rule()
    def log_out(self) -> None:
        """End the session on demand."""
        self.run(self.client.logout)

    @precondition(lambda self: self.client._context.quota.tokens < 100)
    @rule()
    def recover(self) -> None:
        """Let the quota of repetitions fill up, as good times would."""
        self.client._context.quota.tokens = 500

    async def _batch(self, batch: list[type[Lookup]], cancelled: dict[int, int]) -> None:
        async with anyio.create_task_group() as group:
            for index, kind in enumerate(batch):
                self.number += 1
                operation = kind(str(self.number))
                group.start_soon(partial(self._call, operation, cancelled.get(index)))

    async def _call(self, operation: Lookup, steps: int | None) -> None:
        key = f"{operation.name} {operation.term}"
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                if steps is not None:
                    group.start_soon(cancel_after, steps, scope)
                self.ended[key] = "cancelled"
                try:
                    self.ended[key] = await self.client.send(operation)
                except NeonError as error:
                    self.ended[key] = error
                group.cancel_scope.cancel()

    @invariant()
    def slots_are_free(self) -> None:
        """No call holds or awaits a slot after its end, and never were too many in flight."""
        statistics = self.limiter.statistics()
        assert (0, 0) == (statistics.borrowed_tokens, statistics.tasks_waiting)
        assert self.transport.most_in_flight <= SLOTS
        assert 1 <= self.limiter.total_tokens <= SLOTS

    @invariant()
    def logins_have_a_reason(self) -> None:
        """There is one login at first, and one for each session that was refused or ended."""
        ended = len(self.transport.refused_sessions) + self.transport.count["logout"]
        # A cancelled login may have opened a session that nobody knows.
        cancelled = list(self.ended.values()).count("cancelled")
        assert self.transport.logins <= 1 + ended + cancelled

    @invariant()
    def repetitions_are_bounded(self) -> None:
        """No operation is sent more often than the policy and the renewals allow."""
        for key in self.ended.keys() & self.transport.outcomes.keys():
            seen = self.transport.outcomes[key]
            renewals = len([outcome for outcome in seen[:-1] if outcome in REFUSED_SESSION])
            assert renewals <= RENEWALS
            assert len(seen) - renewals <= ATTEMPTS

    @invariant()
    def writes_are_repeated_on_proof_only(self) -> None:
        """All outcomes of a write but the last prove that it was not processed."""
        for key, seen in self._writes():
            assert [] == [outcome for outcome in seen[:-1] if outcome not in PROOF], key

    @invariant()
    def writes_end_truthfully(self) -> None:
        """What is said of a write is what happened to it."""
        for key, seen in self._writes():
            ended, last = self.ended[key], seen[-1] if seen else None
            if isinstance(ended, str) and ended != "cancelled":
                assert isinstance(last, Reply)
                assert last not in FAULTS
            elif isinstance(ended, OutcomeUnknownError):
                assert last not in PROOF
                assert not isinstance(last, Reply) or last in (PENDING, GARBAGE, FAULTS[-1])
            elif isinstance(ended, NeonError):
                assert last is None or last in PROOF or isinstance(ended, APIError)

    @invariant()
    def reads_are_never_unknown(self) -> None:
        """Of a read there is an answer or an error, and a refused login is about credentials."""
        for key, ended in self.ended.items():
            if key.startswith("lookup"):
                assert not isinstance(ended, OutcomeUnknownError)
            if isinstance(ended, AuthenticationError):
                assert "login" == ended.operation

    def _writes(self) -> list[tuple[str, list[object]]]:
        names = [key for key in self.ended if key.startswith("create")]
        return [(key, self.transport.outcomes.get(key, [])) for key in names]


async def cancel_after(steps: int, scope: anyio.CancelScope) -> None:
    for _ in range(steps):
        await checkpoint()
    scope.cancel()


class TrioMachine(Machine):
    """The same on trio."""

    backend = "trio"


TestOnAsyncio = Machine.TestCase
TestOnTrio = TrioMachine.TestCase
