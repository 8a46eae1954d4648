"""The emulator as its users see it."""

from __future__ import annotations

import weakref
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Self

import httpx

from neon_async.emulator._control import TestControls
from neon_async.emulator._methods.table import ApiMethod
from neon_async.emulator._server.app import BASE_PATH, App
from neon_async.emulator._server.faults import HTML, OCTETS, Fault, Quota
from neon_async.emulator._state.data import (
    FIRST_ACCOUNT,
    FIRST_ACTIVITY,
    Accounts,
    Activities,
    timeline,
)
from neon_async.emulator._state.quirks import Quirks
from neon_async.emulator._state.sessions import OpenSessions
from neon_async.emulator._state.state import EmulatorState
from neon_async.emulator._state.store import Store
from neon_async.emulator._wire.clock import Clock

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime
    from os import PathLike
    from typing import Literal

    from starlette.types import ASGIApp, Receive, Scope, Send

    from neon_async import AsyncClient
    from neon_async.emulator._server.log import LoggedRequest
    from neon_async.emulator._state.lists import ReferenceLists
    from neon_async.emulator._wire.messages import Fields, Json

ORG_ID = "emulated-organization"
"""The organization id that an emulator accepts by default."""

API_KEY = "not-a-real-api-key"
"""The API key that an emulator accepts by default."""

DEFAULT_SEED = 119
"""With this one the first people have addresses and no login, so that updates just work."""


class Emulator(TestControls):
    """A stateful NeonCRM v1 with synthetic people, as an ASGI application.

    It starts in milliseconds whatever its size: records are computed from the seed and their
    id when they are asked for, and only what changes is stored; a few thousand that were asked for
    last are remembered.

    Args:
        accounts: how many accounts there are to begin with.
        activities: how many activities there are to begin with.
        seed: what the synthetic records are made from.
        database: a SQLite file that keeps the changes, or None to keep them in memory. It can
            be opened again with the same numbers and the same seed.
        org_id: the organization id that a login needs.
        api_key: the API key that a login needs.
        latency: seconds that every request takes.
        threads: how many requests may be worked on at once; more get status 429. None: any.
        clock: a `Clock`, or what a `Clock` can be made from; by default a running one.
        page_size_limit: the largest page of syncAccounts and syncActivities.
        quirks: deviations from what the reference pages lead one to expect.

    Raises:
        ValueError: a number is too small, or the database was made with other numbers.

    Attributes:
        org_id: the organization id that a login needs.
        api_key: the API key that a login needs.
        clock: the clock, which `clock.advance(seconds)` moves.
        base_url: for clients that run in the same process.
    """

    base_url: str = f"https://emulator.example.org{BASE_PATH}"

    def __init__(
        self,
        accounts: int = 1000,
        activities: int = 500,
        *,
        seed: int = DEFAULT_SEED,
        database: str | PathLike[str] | None = None,
        org_id: str = ORG_ID,
        api_key: str = API_KEY,
        latency: float = 0.0,
        threads: int | None = None,
        clock: Clock | datetime | Callable[[], datetime] | None = None,
        page_size_limit: int = 200,
        quirks: Quirks | None = None,
    ) -> None:
        """Set up the organization."""
        _require_at_least(0, accounts=accounts, activities=activities, latency=latency)
        _require_at_least(1, page_size_limit=page_size_limit)
        self.org_id = org_id
        self.api_key = api_key
        self.clock: Clock = clock if isinstance(clock, Clock) else Clock(clock)
        people = Accounts(seed, timeline(FIRST_ACCOUNT, accounts))
        calendar = Activities(seed, timeline(FIRST_ACTIVITY, activities), people.base)
        settings = {"accounts": accounts, "activities": activities, "seed": seed}
        store = Store(database, people, calendar, settings)
        # Closes the database of an emulator that was never closed, without a ResourceWarning.
        self._closing = weakref.finalize(self, store.close)
        sessions = OpenSessions(org_id, api_key)
        self._state = EmulatorState(store, people, sessions, self.clock, page_size_limit)
        self.quirks = Quirks() if quirks is None else quirks
        self._app = App(self._state, Quota(threads), latency)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as an ASGI application."""
        await self._app.asgi(scope, receive, send)

    def __repr__(self) -> str:
        """Show how many records there were to begin with, and no credentials."""
        people = self._state.people.base.count
        calendar = self._state.store.activities.synthetic.base.count
        return f"<Emulator accounts={people} activities={calendar}>"

    @property
    def quirks(self) -> Quirks:
        """The deviations, which may be replaced at any time."""
        return self._state.quirks

    @quirks.setter
    def quirks(self, quirks: Quirks) -> None:
        with self._state.store.lock:
            self._state.quirks = quirks
            self._state.people.base.unmodified = quirks.unmodified

    @property
    def lists(self) -> ReferenceLists:
        """The reference lists, which may be changed in place."""
        return self._state.lists

    @property
    def requests(self) -> deque[LoggedRequest]:
        """The last 10,000 requests, oldest first, until `clear()`."""
        return self._app.log.entries

    @property
    def unknown_methods(self) -> deque[str]:
        """Requested paths that are no method of the emulator, until `clear()`."""
        return self._app.unknown_methods

    @property
    def threads(self) -> int | None:
        """How many requests may be worked on at once, or None for any number."""
        return self._app.quota.limit

    @threads.setter
    def threads(self, threads: int | None) -> None:
        self._app.quota.limit = threads

    def client(self, **options: Any) -> AsyncClient:
        """Return a client that talks to this emulator without a socket.

        Args:
            options: arguments of `AsyncClient`, which win over what the emulator sets.
        """
        from neon_async import AsyncClient  # noqa: PLC0415 - servers need no client

        defaults: dict[str, Any] = {
            "org_id": self.org_id,
            "api_key": self.api_key,
            "base_url": self.base_url,
            "transport": httpx.ASGITransport(app=self),
        }
        return AsyncClient(**{**defaults, **options})

    def with_console(self, hosts: Collection[str] = ()) -> ASGIApp:
        """Return this emulator with its console for browsers in front, as an ASGI application.

        Everybody who can reach it may look into the emulator and change it.

        Args:
            hosts: host names under which browsers may ask for it, besides localhost and IP
                addresses.
        """
        from neon_async.emulator._console import Console  # noqa: PLC0415 - not needed in process

        return Console(self, self._app, hosts)

    def openapi(self) -> Json:
        """Return the OpenAPI document of the methods that this emulator knows."""
        from neon_async.emulator._server.openapi import document  # noqa: PLC0415 - few ask for it

        return document(self._app.methods, self.base_url, version("neon-async"))

    def has_session(self, session_id: str) -> bool:
        """Return whether it opened a session with this id, be it one that has timed out."""
        with self._state.store.lock:
            return session_id in self._state.sessions

    def expire_sessions(self) -> None:
        """End all sessions, so that the next request of each answers FAIL with code 4."""
        with self._state.store.lock:
            self._state.sessions.expire()

    def slow(self, seconds: float) -> None:
        """Let every request from now on take so many seconds."""
        self._app.latency = seconds

    def fail_next(
        self,
        times: int = 1,
        *,
        method: str | None = None,
        delay: float = 0.0,
        status: int | None = None,
        code: int | None = None,
        message: str | None = None,
        drop: bool = False,
        html: str | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        processed: bool = False,
    ) -> None:
        """Script what happens to the next requests. Several calls make a longer script.

        A fault is one of `drop`, `code`, or a reply of `status`, `html` and `body`; the first
        of these that is given wins. Every kind can be late and lose a request's true answer.

        Args:
            times: how many requests it happens to.
            method: the API method that it waits for, such as `"syncAccounts"`; None: any.
            delay: seconds before anything else happens; alone, the request succeeds late.
            status: the HTTP status, with a small HTML page unless a body is given.
            code: answer FAIL with this code.
            message: the text of the code instead of its documented one.
            drop: cut the connection. In process, `httpx.RemoteProtocolError` is raised.
            html: answer with this HTML page.
            body: answer with these bytes, as if they were JSON.
            headers: headers of the faulty reply, such as `Retry-After`.
            processed: carry the request out at once; only its answer is late or lost.
        """
        raw = html.encode() if html is not None else body
        fault = Fault(
            method=method,
            delay=delay,
            status=status,
            code=code,
            message=message,
            drop=drop,
            body=raw,
            content_type=OCTETS if html is None else HTML,
            headers=dict(headers or {}),
            processed=processed,
        )
        self._app.faults.add(fault, times)

    def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        self._app.faults.clear()

    def remove_method(self, method: str, answer: Literal["404", "fail"] = "404") -> None:
        """Let the organization not know an API method.

        Args:
            method: the method, such as `"retrieveDuplicateMergeHistory"`.
            answer: `"404"` for that status with an HTML page, `"fail"` for FAIL with code 1.
        """
        self._app.removed[method] = answer

    def restore_method(self, method: str) -> None:
        """Let the organization know a removed API method again."""
        self._app.removed.pop(method, None)

    def add_method(
        self, path: str, answer: Json | Callable[[dict[str, list[str]]], Json] | None = None
    ) -> None:
        """Let the emulator know a further API method, or another answer for one that it knows.

        It needs a session, as every method does.

        Args:
            path: section and method, such as `"account/listHouseHolds"`.
            answer: the payload of the reply, without its envelope; or a function that returns it
                and gets the request's parameters, each with its values. None: an empty payload.
        """

        def payload(_: EmulatorState, fields: Fields) -> Json:
            return answer(fields.values) if callable(answer) else answer or {}

        self._app.methods[path] = ApiMethod(path, payload, "Added by a test.", known=False)

    def close(self) -> None:
        """Close the database. Writes that `Quirks.commit_delay` still hides are stored."""
        self._closing()

    async def __aenter__(self) -> Self:
        """Return the emulator."""
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close the database."""
        self.close()

    def __enter__(self) -> Self:
        """Return the emulator."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close the database."""
        self.close()


def _require_at_least(least: int, **values: float) -> None:
    for name, value in values.items():
        if value < least:
            raise ValueError(f"{name}: expected at least {least}, got {value}")
