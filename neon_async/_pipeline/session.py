"""The session of a client: one login at a time, renewed when the server forgets it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

import anyio
import attrs

from neon_async._pipeline.secrecy import without_frames
from neon_async._wire.spelling import spell_text
from neon_async.errors import InvalidRequestError, NeonError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


@attrs.frozen
class Credentials:
    """Organization id and API key, which no representation shows."""

    org_id: str = attrs.field(repr=False)
    api_key: str = attrs.field(repr=False)

    def check(self) -> None:
        """Refuse what can't be sent."""
        for name, variable in (("org_id", "NEON_ORG_ID"), ("api_key", "NEON_API_KEY")):
            message = _refusal(getattr(self, name), variable)
            if message is not None:
                raise InvalidRequestError(message, parameter=name)

    @property
    def organization(self) -> str:
        """A fingerprint of the organization that does not name it."""
        # A checkpoint names the organization, and must not hold half of a credential.
        return hashlib.sha256(f"neon-async:{self.org_id}".encode()).hexdigest()[:32]


def _refusal(value: object, variable: str) -> str | None:
    if not value:
        return f"a credential is missing: pass it, or set {variable}"
    try:
        spell_text(value)
    except ValueError as error:
        return str(error)
    return None


@attrs.frozen(eq=False)
class Session:
    """One login's session, known by its identity.

    Attributes:
        id: the `userSessionId`, which no representation shows.
    """

    id: str = attrs.field(repr=False)


class Caller(Protocol):
    """A call that needs a session, and can log in if no other call does."""

    def waiting(self) -> AbstractContextManager[None]:
        """Bound the wait for somebody else's login."""
        ...

    async def log_in(self) -> Session:
        """Exchange the credentials for a session."""
        ...

    @property
    def expired(self) -> bool:
        """Whether the call's own time is up."""
        ...


class Sessions:
    """The session that all calls of a client share.

    Attributes:
        current: the session, or None before the first login and after the server forgot it.
    """

    __slots__ = ("_failure", "_failures", "_lock", "current")

    def __init__(self) -> None:
        self.current: Session | None = None
        self._lock = anyio.Lock()
        self._failures = 0
        self._failure: NeonError | None = None

    async def obtain(self, caller: Caller) -> Session:
        """Return the session, after a login if there is none.

        The first caller logs in and the others wait. A caller that is cancelled, or whose time is
        up, hands over to the next; a login that fails does so for everyone who waited for it.

        Raises:
            NeonError: the login failed, here or in the call that was waited for.
        """
        if self.current is not None:
            return self.current
        failures = self._failures
        with caller.waiting():
            await self._lock.acquire()
        try:
            return await self._lead(caller, failures)
        finally:
            self._lock.release()

    def forget(self, session: Session | None) -> None:
        """Drop `session` if it is still the one in use, and no later one."""
        if self.current is session:
            self.current = None

    async def take(self, caller: Caller) -> Session | None:
        """Return the session and forget it, after a login that is under way."""
        with caller.waiting():
            await self._lock.acquire()
        # Taken out first: a call that starts meanwhile logs in, and does not use a dying session.
        session, self.current = self.current, None
        self._lock.release()
        return session

    async def _lead(self, caller: Caller, failures: int) -> Session:
        if self.current is not None:
            return self.current
        if self._failure is not None and self._failures != failures:
            # Each gets a copy: raising one error in several tasks would mix their tracebacks.
            raise without_frames(self._failure)
        try:
            self.current = await caller.log_in()
        except NeonError as error:
            # A deadline that passed is this caller's own, and no answer for those who wait.
            if not caller.expired:
                self._failures += 1
                self._failure = without_frames(error)
            raise
        return self.current
