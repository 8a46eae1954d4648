"""One login at a time, whoever needs it, and what happens when it fails or is cancelled."""

import contextlib
import copy
import copyreg
import pickle
import traceback
from collections.abc import Generator
from datetime import UTC, datetime
from types import TracebackType

import anyio
import attrs
import pytest
from anyio.lowlevel import checkpoint
from rich.pretty import pretty_repr

from neon_async._pipeline.secrecy import without_frames
from neon_async._pipeline.session import Credentials, Session, Sessions
from neon_async.errors import (
    AuthenticationError,
    DeadlineExceededError,
    NeonError,
    OutcomeUnknownError,
    ThrottledError,
)


@attrs.define(eq=False)
class Caller:
    """A call that logs in when it is told that it may."""

    sessions: Sessions
    logins: list[str]
    may_answer: anyio.Event
    failure: Exception | None = None
    expired: bool = False
    patience: float = 10.0

    @contextlib.contextmanager
    def waiting(self) -> Generator[None]:
        with anyio.fail_after(self.patience):
            yield

    async def log_in(self) -> Session:
        self.logins.append("begun")
        await self.may_answer.wait()
        if self.failure is not None:
            raise self.failure
        return Session(f"fake-{len(self.logins)}")


@attrs.define(eq=False)
class Crowd:
    """Callers of the same sessions, and what became of each."""

    sessions: Sessions = attrs.field(factory=Sessions)
    logins: list[str] = attrs.field(factory=list)
    may_answer: anyio.Event = attrs.field(factory=anyio.Event)
    outcomes: dict[int, object] = attrs.field(factory=dict)

    def caller(self, failure: Exception | None = None, *, expired: bool = False) -> Caller:
        return Caller(self.sessions, self.logins, self.may_answer, failure, expired)

    async def obtain(self, number: int, caller: Caller | None = None) -> None:
        try:
            self.outcomes[number] = await self.sessions.obtain(caller or self.caller())
        except NeonError as error:
            self.outcomes[number] = error


async def settle() -> None:
    for _ in range(10):
        await checkpoint()


async def test_one_login_for_all() -> None:
    """Whoever comes while a login is under way gets its session."""
    crowd = Crowd()

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(crowd.obtain, number)
        await settle()
        crowd.may_answer.set()

    assert ["begun"] == crowd.logins
    assert {crowd.sessions.current} == set(crowd.outcomes.values())


async def test_session_is_kept() -> None:
    """With a session there is no login."""
    crowd = Crowd()
    crowd.sessions.current = Session("fake")

    assert crowd.sessions.current is await crowd.sessions.obtain(crowd.caller())
    assert [] == crowd.logins


async def test_old_session_is_not_the_current_one() -> None:
    """A session that was renewed meanwhile is not forgotten for a late refusal of the old one."""
    sessions = Sessions()
    old, new = Session("fake"), Session("fake")
    sessions.current = new

    sessions.forget(old)
    kept = sessions.current
    sessions.forget(new)

    assert kept is new
    assert sessions.current is None


async def test_failed_login_releases_every_waiter() -> None:
    """All who waited for a login that fails get its error, each their own copy."""
    crowd = Crowd()
    refused = AuthenticationError(13, "text", (), "login")

    async with anyio.create_task_group() as group:
        group.start_soon(crowd.obtain, 0, crowd.caller(refused))
        await settle()
        for number in range(1, 5):
            group.start_soon(crowd.obtain, number)
        await settle()
        crowd.may_answer.set()

    assert ["begun"] == crowd.logins
    errors = list(crowd.outcomes.values())
    assert {(AuthenticationError, str(refused))} == {(type(error), str(error)) for error in errors}
    assert 5 == len({id(error) for error in errors})


async def test_each_failed_login_releases_its_own_waiters() -> None:
    """Who waits for a later login that fails gets its error as well, and no earlier one."""
    crowd = Crowd()
    crowd.may_answer.set()
    await crowd.obtain(0, crowd.caller(AuthenticationError(13)))
    crowd.may_answer = anyio.Event()

    async with anyio.create_task_group() as group:
        group.start_soon(crowd.obtain, 1, crowd.caller(AuthenticationError(14)))
        await settle()
        group.start_soon(crowd.obtain, 2)
        await settle()
        crowd.may_answer.set()

    assert ["begun", "begun"] == crowd.logins
    errors = [crowd.outcomes[number] for number in (1, 2)]
    assert [14, 14] == [error.code for error in errors if isinstance(error, AuthenticationError)]


async def test_copies_of_a_failure_keep_what_it_says() -> None:
    """A waiter can decide on its copy as the first caller on the original."""
    crowd = Crowd()
    throttled = ThrottledError("slow down", status=429, retry_after=3.0, operation="login")

    async with anyio.create_task_group() as group:
        group.start_soon(crowd.obtain, 0, crowd.caller(throttled))
        await settle()
        group.start_soon(crowd.obtain, 1)
        await settle()
        crowd.may_answer.set()

    copied = crowd.outcomes[1]
    assert isinstance(copied, ThrottledError)
    assert copied is not throttled
    assert (429, 3.0, "login") == (copied.status, copied.retry_after, copied.operation)


async def test_next_caller_after_a_failure_logs_in() -> None:
    """A failure is not remembered: who comes later tries."""
    crowd = Crowd()
    crowd.may_answer.set()
    await crowd.obtain(0, crowd.caller(AuthenticationError(13)))

    await crowd.obtain(1)

    assert crowd.sessions.current is crowd.outcomes[1]
    assert ["begun", "begun"] == crowd.logins


async def test_cancelled_login_hands_over() -> None:
    """When the caller that logs in is cancelled, the next waiter does it instead."""
    crowd = Crowd()

    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as leader:
            async with anyio.create_task_group() as first:
                first.start_soon(crowd.obtain, 0)
                await settle()
                for number in range(1, 5):
                    group.start_soon(crowd.obtain, number)
                await settle()
                leader.cancel()
        await settle()
        assert ["begun", "begun"] == crowd.logins
        crowd.may_answer.set()

    assert {1, 2, 3, 4} == crowd.outcomes.keys()
    assert {crowd.sessions.current} == set(crowd.outcomes.values())


async def test_caller_out_of_time_hands_over() -> None:
    """The deadline of the caller that logs in is not the waiters' failure."""
    crowd = Crowd()
    late = crowd.caller(DeadlineExceededError("late"), expired=True)

    async with anyio.create_task_group() as group:
        group.start_soon(crowd.obtain, 0, late)
        await settle()
        group.start_soon(crowd.obtain, 1)
        await settle()
        crowd.may_answer.set()

    assert isinstance(crowd.outcomes[0], DeadlineExceededError)
    assert crowd.sessions.current is crowd.outcomes[1]


async def test_bug_in_a_login_is_not_shared() -> None:
    """What is no error of this package concerns only the caller that it happened to."""
    crowd = Crowd()
    crowd.may_answer.set()

    with pytest.raises(ZeroDivisionError):
        await crowd.obtain(0, crowd.caller(ZeroDivisionError()))
    await crowd.obtain(1)

    assert crowd.sessions.current is crowd.outcomes[1]


async def test_waiters_time_is_their_own() -> None:
    """A waiter whose patience ends leaves the login to the others."""
    crowd = Crowd()

    async with anyio.create_task_group() as group:
        group.start_soon(crowd.obtain, 0)
        await settle()
        hasty = crowd.caller()
        hasty.patience = 0.0
        with pytest.raises(TimeoutError):
            await crowd.sessions.obtain(hasty)
        crowd.may_answer.set()

    assert crowd.sessions.current is crowd.outcomes[0]


async def test_take_waits_for_a_login_under_way() -> None:
    """Who ends the session gets also the one that is just being opened."""
    crowd = Crowd()
    taken: list[Session | None] = []

    async def take() -> None:
        taken.append(await crowd.sessions.take(crowd.caller()))

    async with anyio.create_task_group() as group:
        group.start_soon(crowd.obtain, 0)
        await settle()
        group.start_soon(take)
        await settle()
        crowd.may_answer.set()

    assert [crowd.outcomes[0]] == taken
    assert crowd.sessions.current is None


@pytest.mark.parametrize(
    "secret", [Credentials("fake-org-71", "fake-key-72"), Session("fake-session-73")], ids=repr
)
def test_no_representation_shows_a_secret(secret: object) -> None:
    """Neither `repr` nor Rich, which looks into attrs classes, shows the text."""
    shown = repr(secret) + str(secret) + pretty_repr(secret) + pretty_repr([secret])

    assert "fake-" not in shown


def test_credentials_pickle() -> None:
    """Credentials reach another process whole."""
    credentials = Credentials("fake-org-71", "fake-key-72")

    assert credentials == pickle.loads(pickle.dumps(credentials))  # noqa: S301 - our own bytes


async def test_kept_failure_has_no_traceback() -> None:
    """What is kept for the waiters leads to no frame of the login."""
    crowd = Crowd()
    crowd.may_answer.set()

    await crowd.obtain(0, crowd.caller(AuthenticationError(13)))

    kept = crowd.sessions._failure
    assert kept is not None
    assert [] == traceback.extract_tb(kept.__traceback__)


def _again(error: BaseException, traceback_: TracebackType | None) -> BaseException:
    return error.with_traceback(traceback_)


@pytest.mark.parametrize(
    "error",
    [
        NeonError("what happened", operation="login"),
        AuthenticationError(13, operation="login"),
        DeadlineExceededError("no reply", sent=True, operation="login"),
        ThrottledError("slow down", retry_after=2.0),
        OutcomeUnknownError("login", datetime(2014, 1, 10, tzinfo=UTC), "reason"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_copy_without_frames_says_the_same(error: NeonError) -> None:
    """Its class, text, arguments and attributes are those of the original."""
    copied = without_frames(error)

    assert copied is not error
    assert (type(error), str(error), error.args) == (type(copied), str(copied), copied.args)
    assert vars(error) == vars(copied)


async def test_kept_failure_where_tracebacks_can_be_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries such as tblib, which Dask imports, let `copy` keep the traceback of any error."""
    monkeypatch.setitem(
        copyreg.dispatch_table,
        AuthenticationError,
        lambda error: (_again, (AuthenticationError(13), error.__traceback__)),
    )
    crowd = Crowd()
    crowd.may_answer.set()

    await crowd.obtain(0, crowd.caller(AuthenticationError(13, operation="login")))

    error, kept = crowd.outcomes[0], crowd.sessions._failure
    assert isinstance(error, AuthenticationError)
    assert copy.copy(error).__traceback__ is not None
    assert kept is not None
    assert (None, "login") == (kept.__traceback__, kept.operation)
    assert (type(error), error.args) == (type(kept), kept.args)
