"""Hooks: who is told what, in which order, and that nothing they do matters to a call."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest
from anyio.lowlevel import checkpoint

from neon_async import (
    APIError,
    AsyncClient,
    ConnectError,
    Effect,
    Hooks,
    InvalidRequestError,
    OperationEvent,
    OutcomeUnknownError,
    PageEvent,
    ReplyEvent,
    RequestEvent,
    ResultEvent,
    RetryEvent,
    ThrottledError,
    TransportError,
)
from neon_async._pipeline.notifier import HookNotifier
from neon_async.emulator import Emulator
from neon_async.models import AccountsPage
from neon_async.operations import SyncAccounts
from tests.support.fake_transport import (
    DONOR,
    GARBAGE,
    Create,
    FakeTransport,
    Lookup,
    dispatcher,
    fail,
    success,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from tests.support.leak_detector import LeakDetector

LONG_AGO = datetime(2014, 1, 1, tzinfo=UTC)


EVENTS = [OperationEvent, PageEvent, ReplyEvent, RequestEvent, ResultEvent, RetryEvent]


@pytest.mark.parametrize("event", EVENTS)
def test_events_are_made_by_keywords(event: type[Any]) -> None:
    """An event may get a further attribute: none has a position that programs could rely on."""
    kinds = {field.name: field.kw_only for field in attrs.fields(event)}

    assert dict.fromkeys(kinds, True) == kinds


class Recorder(Hooks):
    """Keeps all events."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def on_operation(self, event: OperationEvent) -> None:
        self.events.append(event)

    def on_result(self, event: ResultEvent) -> None:
        self.events.append(event)

    def on_request(self, event: RequestEvent) -> None:
        self.events.append(event)

    def on_reply(self, event: ReplyEvent) -> None:
        self.events.append(event)

    def on_retry(self, event: RetryEvent) -> None:
        self.events.append(event)

    def on_page(self, event: PageEvent) -> None:
        self.events.append(event)

    @property
    def story(self) -> list[str]:
        """What happened, in short."""
        return [
            f"{type(event).__name__.removesuffix('Event')} {event.operation}"
            for event in self.events
        ]

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


async def test_first_call() -> None:
    """A call, its login and its request are told in the order in which they happen."""
    hooks = Recorder()

    await dispatcher(FakeTransport(), hooks=hooks).send(Lookup())

    assert [
        "Operation lookup",
        "Request login",
        "Reply login",
        "Request lookup",
        "Reply lookup",
        "Result lookup",
    ] == hooks.story
    assert (
        OperationEvent(operation="lookup", path="account/lookup", effect=Effect.READ)
        == (hooks.events[0])
    )


async def test_reply_and_result() -> None:
    """What ends well has a status, a size and a time, and no error."""
    hooks = Recorder()
    client = dispatcher(FakeTransport(), hooks=[hooks])

    await client.send(Create())

    reply = hooks.of(ReplyEvent)[-1]
    assert (1, Effect.WRITE, 200, None, None) == (
        reply.attempt,
        reply.effect,
        reply.status,
        reply.error,
        reply.code,
    )
    assert len(success(found="found x").body) == reply.size
    assert 0 <= reply.seconds < 60
    result = hooks.of(ResultEvent)[0]
    assert (1, 0, None, None) == (result.attempts, result.renewals, result.error, result.code)
    assert 0 <= result.seconds < 60


async def test_retries() -> None:
    """Each repetition is told with what failed, and how long it waits."""
    hooks = Recorder()
    script = [
        fail(2),
        ThrottledError("busy", status=429, retry_after=0.0),
        ConnectError("refused", sent=False),
    ]
    client = dispatcher(FakeTransport(script={"lookup": [*script]}), hooks=hooks)

    await client.send(Lookup())

    retries = hooks.of(RetryEvent)
    assert [
        (1, "ServiceUnavailableError", 2),
        (2, "ThrottledError", None),
        (3, "ConnectError", None),
    ] == [(event.attempt, event.error, event.code) for event in retries]
    assert [(0.0, False)] * 3 == [(event.wait, event.renewal) for event in retries]
    replies = [event for event in hooks.of(ReplyEvent) if event.operation == "lookup"]
    assert [200, 429, None, 200] == [event.status for event in replies]
    assert [1, 2, 3, 4] == [event.attempt for event in replies]
    assert 4 == hooks.of(ResultEvent)[0].attempts


async def test_renewal() -> None:
    """A session that the server forgot is told as a renewal."""
    hooks = Recorder()
    client = dispatcher(FakeTransport(script={"lookup": [fail(4)]}), hooks=hooks)

    await client.send(Lookup())

    (retry,) = hooks.of(RetryEvent)
    assert (True, 0.0, "SessionError", 4) == (retry.renewal, retry.wait, retry.error, retry.code)
    assert 1 == hooks.of(ResultEvent)[0].renewals
    assert 2 == hooks.story.count("Request login")


async def test_failure() -> None:
    """A call that fails is told by the class and the code of what it raises."""
    hooks = Recorder()
    client = dispatcher(FakeTransport(script={"create": [fail(10001)]}), hooks=hooks)

    with pytest.raises(APIError) as caught:
        await client.send(Create(DONOR))

    result = hooks.of(ResultEvent)[0]
    assert (type(caught.value).__name__, 10001) == (result.error, result.code)
    assert 200 == hooks.of(ReplyEvent)[-1].status


async def test_outcome_is_the_callers() -> None:
    """The request ends with what happened to it, the call with what it means."""
    hooks = Recorder()
    broken = TransportError("broken", sent=True)
    client = dispatcher(FakeTransport(script={"create": [broken]}), hooks=hooks)

    with pytest.raises(OutcomeUnknownError):
        await client.send(Create())

    assert "TransportError" == hooks.of(ReplyEvent)[-1].error
    assert "OutcomeUnknownError" == hooks.of(ResultEvent)[0].error


async def test_login_and_logout() -> None:
    """What the caller asks for is a call, whatever it is."""
    hooks = Recorder()
    client = dispatcher(FakeTransport(), hooks=hooks)

    await client.login()
    await client.logout()

    assert ["login", "logout"] == [event.operation for event in hooks.of(ResultEvent)]
    assert ["login", "logout"] == [event.operation for event in hooks.of(ReplyEvent)]


async def test_cancellation() -> None:
    """What is cancelled has ended, too, and is told so by one name."""
    hooks = Recorder()
    client = dispatcher(FakeTransport(hold=anyio.Event()), hooks=hooks)

    async with anyio.create_task_group() as group:
        group.start_soon(client.send, Lookup())
        while "Request lookup" not in hooks.story:
            await checkpoint()
        group.cancel_scope.cancel()

    assert ["Reply lookup", "Result lookup"] == hooks.story[-2:]
    assert ["Cancelled"] * 2 == [event.error for event in hooks.events[-2:]]
    assert hooks.events[-2].status is None


async def test_abandoned_coroutine() -> None:
    """A call whose coroutine is thrown away has ended like a cancelled one."""
    hooks = Recorder()
    client = dispatcher(FakeTransport(), hooks=hooks)
    await client.login()
    call = client.send(Lookup())
    call.send(None)

    call.close()

    assert ["Reply lookup", "Result lookup"] == hooks.story[-2:]
    assert ["Cancelled"] * 2 == [event.error for event in hooks.events[-2:]]


class Listed(Recorder):
    """Can be iterated over itself."""

    def __iter__(self) -> Iterator[object]:
        return iter(self.events)


async def test_hooks_that_are_iterable() -> None:
    """What is a hook is taken as one, whatever else it is."""
    hooks = Listed()

    await dispatcher(FakeTransport(), hooks=hooks).login()

    assert 4 == len([*hooks])


async def test_refused_before_sending() -> None:
    """What is refused unsent makes no event, since even its path may be anything."""
    hooks = Recorder()

    async with AsyncClient("fake-org", "fake-key", hooks=hooks) as neon:
        with pytest.raises(InvalidRequestError):
            await neon.call("account/no-method")

    assert [] == hooks.events


async def test_pages() -> None:
    """Every page tells which one it is, of how many, and how much is on it."""
    hooks = Recorder()
    with_pages = Emulator(accounts=5, seed=1).client(page_size=2, hooks=hooks)

    async with with_pages as neon:
        await neon.sync_accounts(time_from=LONG_AGO).collect()
        async with neon.sync_accounts(time_from=LONG_AGO).lookahead() as accounts:
            ahead = [account async for account in accounts]

    assert 5 == len(ahead)
    pages = hooks.of(PageEvent)
    assert [(1, 3, 2, 0, 5), (2, 3, 2, 0, 5), (3, 3, 1, 0, 5)] == [
        (page.number, page.pages, page.records, page.deleted, page.total) for page in pages[:3]
    ]
    assert {1, 2, 3} == {page.number for page in pages[3:]}
    assert {"syncAccounts"} == {page.operation for page in pages}


async def test_pages_of_a_search() -> None:
    """A search has pages like a sync."""
    hooks = Recorder()
    with_pages = Emulator(accounts=5, seed=1).client(page_size=2, hooks=hooks)

    async with with_pages as neon:
        rows = await neon.search_accounts([], output_fields=[]).collect()

    pages = hooks.of(PageEvent)
    assert 5 == len(rows)
    assert [("listAccounts", 1, 2), ("listAccounts", 2, 2), ("listAccounts", 3, 1)] == [
        (page.operation, page.number, page.records) for page in pages
    ]


async def test_pages_of_attendees() -> None:
    """The attendees of an event come in pages, too."""
    hooks = Recorder()

    async with Emulator(accounts=5, seed=1).client(hooks=hooks) as neon:
        [event, *_] = await neon.search_events([], output_fields=[]).collect()
        attendees = await neon.retrieve_event_attendees(event.id).collect()

    pages = [page for page in hooks.of(PageEvent) if page.operation == "retrieveEventAttendees"]
    assert [(1, len(attendees), 0)] == [(page.number, page.records, page.deleted) for page in pages]


def test_page_without_a_block() -> None:
    """A page that does not say which one it is has no numbers."""
    hooks = Recorder()
    operation = SyncAccounts(time_from=LONG_AGO)

    HookNotifier([hooks]).page(operation, AccountsPage(deleted_account_ids=[1, 2]))

    (page,) = hooks.events
    assert (None, None, 0, 2, None) == (
        page.number,
        page.pages,
        page.records,
        page.deleted,
        page.total,
    )


CURRENT: ContextVar[str] = ContextVar("current", default="nothing")


class Stages(Hooks):
    """Sets a context variable while a call and a request last."""

    def __init__(self, log: list[str], name: str = "") -> None:
        self.log = log
        self.name = name

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        token = CURRENT.set(name)
        self.log.append(f"{self.name}> {name}")
        yield
        self.log.append(f"{self.name}< {name}")
        CURRENT.reset(token)

    def on_operation(self, event: OperationEvent) -> AbstractContextManager[None]:
        return self.stage(f"{self.name}operation {event.operation}")

    def on_request(self, event: RequestEvent) -> AbstractContextManager[None]:
        return self.stage(f"{self.name}request {event.operation}")

    def on_reply(self, event: ReplyEvent) -> None:
        self.log.append(f"{self.name}reply in {CURRENT.get()}: {event.error}")

    def on_result(self, event: ResultEvent) -> None:
        self.log.append(f"{self.name}result in {CURRENT.get()}: {event.error}")


async def test_context_managers() -> None:
    """What a hook returns is open while the call or the request lasts, failing ones included."""
    log: list[str] = []
    client = dispatcher(FakeTransport(script={"create": [fail(10001)]}), hooks=Stages(log))
    await client.login()
    log.clear()

    with pytest.raises(APIError):
        await client.send(Create())

    assert [
        "> operation create",
        "> request create",
        "reply in request create: ValidationError",
        "< request create",
        "result in operation create: ValidationError",
        "< operation create",
    ] == log
    assert "nothing" == CURRENT.get()


async def test_several_hooks() -> None:
    """Several hooks are called in order, and what they opened closes in reverse."""
    log: list[str] = []
    client = dispatcher(FakeTransport(), hooks=(Stages(log, "a "), Hooks(), Stages(log, "b ")))

    await client.login()

    assert ["a > a operation login", "b > b operation login"] == log[:2]
    assert ["b < b operation login", "a < a operation login"] == log[-2:]


class Broken(Hooks):
    """Fails wherever it can, and quotes a donor."""

    def on_operation(self, _event: OperationEvent) -> AbstractContextManager[None]:
        return self.leaving()

    @contextmanager
    def leaving(self) -> Iterator[None]:
        yield
        raise ZeroDivisionError(DONOR)

    def on_request(self, _event: RequestEvent) -> AbstractContextManager[None]:
        return "no context manager"  # type: ignore[return-value]

    def on_reply(self, _event: ReplyEvent) -> None:
        raise ZeroDivisionError(DONOR)

    def on_retry(self, _event: RetryEvent) -> None:
        raise TransportError(DONOR, sent=False)


async def test_errors_of_hooks(
    caplog: pytest.LogCaptureFixture, leak_detector: LeakDetector
) -> None:
    """A hook's error neither breaks nor repeats a call, and is logged once by its class."""
    transport = FakeTransport(script={"create": [ConnectError("refused", sent=False)]})
    client = dispatcher(transport, hooks=[Broken(), recorder := Recorder()])

    assert "found x" == await client.send(Create())
    assert "found x" == await client.send(Create())

    assert 3 == transport.count["create"]
    assert 2 == len(recorder.of(ResultEvent))
    told = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert [
        ("Broken.on_request", "AttributeError"),
        ("Broken.on_reply", "ZeroDivisionError"),
        ("Broken.on_retry", "TransportError"),
        ("Broken.on_operation", "ZeroDivisionError"),
    ] == [one.args for one in told]
    assert told[0].getMessage().startswith("the hook Broken.on_request failed with AttributeError")
    assert [] == leak_detector.search()


class Interrupting(Hooks):
    """Passes on what is no error of its own."""

    def on_request(self, event: RequestEvent) -> None:
        if event.operation == "lookup":
            raise KeyboardInterrupt


async def test_interrupts_pass() -> None:
    """An interrupt is not the hook's error, and leaves no slot of the limiter taken."""
    limiter = anyio.CapacityLimiter(1)
    client = dispatcher(FakeTransport(), limiter=limiter, hooks=Interrupting())

    with pytest.raises(KeyboardInterrupt):
        await client.send(Lookup())

    assert 0 == limiter.borrowed_tokens


class Late(Hooks):
    """Can't be called without awaiting it."""

    async def on_reply(self, _event: ReplyEvent) -> None:  # type: ignore[override]
        await checkpoint()


@pytest.mark.parametrize("hooks", [Late(), Hooks, [Recorder(), None], print, 1])
def test_unusable_hooks(hooks: Any) -> None:
    """What can't be called is refused when the client is made."""
    with pytest.raises(InvalidRequestError) as caught:
        AsyncClient("fake-org", "fake-key", hooks=hooks)

    assert "hooks" == caught.value.parameter


@pytest.mark.parametrize("hooks", [None, (), []])
def test_no_hooks(hooks: Any) -> None:
    """Without hooks there is nothing to look after."""
    assert hooks is None or HookNotifier.of(hooks) is None
    assert dispatcher(FakeTransport(), hooks=hooks)._context.notifier is None


class Partial(Hooks):
    """Waits for one event."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def on_reply(self, event: ReplyEvent) -> None:
        self.sizes.append(event.size)


async def test_partial_hooks() -> None:
    """A hook overrides what it needs; methods that do nothing are not called."""
    hooks = Partial()
    client = dispatcher(FakeTransport(script={"lookup": [GARBAGE]}), hooks=[hooks])

    await client.send(Lookup())

    notifier = client._context.notifier
    assert notifier is not None
    assert {"on_reply": [hooks.on_reply]} == {
        name: methods for name, methods in notifier._methods.items() if methods
    }
    assert 3 == len(hooks.sizes)
    assert len(GARBAGE.body) == hooks.sizes[1]


def test_defaults_do_nothing() -> None:
    """A subclass may call what it overrides."""
    about: dict[str, Any] = {"operation": "lookup", "path": "x/lookup", "effect": Effect.READ}
    hooks = Hooks()

    assert hooks.on_operation(OperationEvent(**about)) is None
    assert hooks.on_request(RequestEvent(**about, attempt=1)) is None


async def test_events_show_nothing(leak_detector: LeakDetector) -> None:
    """No event holds a value that was sent or received."""
    hooks = Recorder()
    outcomes = [fail(4), fail(2), GARBAGE, fail(10001)]
    client = dispatcher(FakeTransport(script={"lookup": outcomes}), hooks=hooks)
    with pytest.raises(APIError):
        await client.send(Lookup(DONOR))
    async with Emulator(accounts=20, seed=1).client(page_size=10, hooks=hooks) as neon:
        await neon.sync_accounts(time_from=LONG_AGO).collect()
        leak_detector.protect(DONOR)

    leak_detector.look("span", "\n".join(map(repr, hooks.events)))

    assert {OperationEvent, ResultEvent, RequestEvent, ReplyEvent, RetryEvent, PageEvent} == {
        type(event) for event in hooks.events
    }
    assert [] == leak_detector.search()
