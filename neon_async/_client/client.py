"""The client: its lifetime, `send`, and one thin method per API method."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Self, TypeVar

import attrs
from anyio import CapacityLimiter

from neon_async import operations
from neon_async._client.changes import ChangeMethods
from neon_async._client.edits import EditMethods
from neon_async._client.options import OptionMethods
from neon_async._client.search import SearchMethods
from neon_async._http.transport import HttpTransport
from neon_async._pipeline.dispatcher import Dispatcher
from neon_async._pipeline.retry import RetryPolicy
from neon_async._pipeline.secrecy import guarded
from neon_async._pipeline.session import Credentials
from neon_async.operations._validation import require_type

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from neon_async._http.connections import AsyncTransport
    from neon_async._paging.page_checks import Progress
    from neon_async._paging.paginator import Paginator
    from neon_async._pipeline.hooks import Hooks
    from neon_async._pipeline.limiter import AdaptiveLimiter
    from neon_async.models import Account, AccountsPage, ActivitiesPage, Activity, Unreadable
    from neon_async.operations import Effect, Operation, SortDirection
    from neon_async.operations._paged import PagedOperation

T = TypeVar("T")

# Pages of a look-ahead for each request in flight: with two, the next request can go out before
# the page that was answered is decoded and consumed.
_AHEAD = 2

BASE_URL = "https://api.neoncrm.com/neonws/services/api"


class AsyncClient(OptionMethods, EditMethods, ChangeMethods, SearchMethods):
    """A client of one organization's NeonCRM API v1.

    ```python
    async with AsyncClient(org_id="example", api_key="not-a-real-key") as neon:
        async for account in neon.sync_accounts(time_from=last_week):
            print(account.account_id)
    ```

    The client logs in on its first call, and again when the session has expired. It is
    made for many calls at once, all from the event loop that first used it, on asyncio or trio.

    Every call raises `NeonError`; `neon_async.errors` draws the tree. Whatever the call:
    `InvalidRequestError` before anything is sent, `APIError` when v1 answers FAIL,
    `TransportError` when the exchange fails, `ProtocolError` when the reply is not what v1
    documents, `OutcomeUnknownError` when a write was sent and nothing proves what became of it,
    and `ClientClosedError` or `EventLoopError` when the client is used where it can't be.
    """

    @guarded
    def __init__(
        self,
        org_id: str | None = None,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        deadline: float = 120.0,
        max_concurrency: int = 5,
        retry: RetryPolicy | None = None,
        page_size: int = 200,
        limiter: CapacityLimiter | None = None,
        transport: AsyncTransport | None = None,
        http_method: Literal["POST", "GET"] = "POST",
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        hooks: Hooks | Iterable[Hooks] | None = None,
        user_agent: str | None = None,
    ) -> None:
        """Prepare a client, without an event loop or a request.

        Args:
            org_id: the organization's id; None for the environment's NEON_ORG_ID.
            api_key: the API user's key; None for the environment's NEON_API_KEY.
            base_url: where v1 is; None for the environment's NEON_BASE_URL, or the live service.
                It must be https, except on the loopback interface.
            timeout: seconds for one attempt, from the first byte out to the last byte in.
            deadline: seconds for one call, with its login, waits and repetitions.
            max_concurrency: requests in flight at once. v1 limits what an organization may use at
                once, without saying to how many.
            retry: when to send again; None for `RetryPolicy()`.
            page_size: records per page, unless a method is called with another. List methods
                allow 200 at most.
            limiter: a limiter to share between several clients of one organization, in place of
                an own one of `max_concurrency` tokens.
            transport: another HTTP engine, such as `httpx.ASGITransport`: a transport of httpx or
                httpx2. It is closed with the client.
            http_method: `"GET"` sends the URL form that v1 documents, credentials included.
                The default keeps them out of URLs. What a `transport` that is none of httpx's or
                httpx2's own logs or traces of such a URL is its own affair.
            proxy: URL of an HTTP proxy. The environment's proxy settings are not used.
            ssl_context: how to verify the server; None for httpx's default.
            hooks: receive events of calls, requests, retries and pages: one object of a subclass
                of `Hooks`, or several, which are called in this order.
            user_agent: what the program calls itself in the header User-Agent, such as
                `"our-crm-sync/1.2"`; it is put before this package's own name.

        Raises:
            InvalidRequestError: an argument is not usable.
        """
        credentials = Credentials(
            _setting(org_id, "NEON_ORG_ID"), _setting(api_key, "NEON_API_KEY")
        )
        credentials.check()
        ChangeMethods.__init__(
            self, credentials.organization, page_size=page_size, max_concurrency=max_concurrency
        )
        http = HttpTransport(
            # A variable that is set to nothing counts as not set, as shells and containers do it.
            (os.environ.get("NEON_BASE_URL") or BASE_URL) if base_url is None else base_url,
            timeout=timeout,
            # One for each request in flight: none waits for a connection while it holds a slot.
            connections=max_concurrency,
            transport=transport,
            http_method=http_method,
            proxy=proxy,
            ssl_context=ssl_context,
            user_agent=user_agent,
        )
        self._dispatcher = Dispatcher(
            http,
            credentials=credentials,
            limiter=CapacityLimiter(max_concurrency) if limiter is None else limiter,
            retry=RetryPolicy() if retry is None else retry,
            deadline=deadline,
            hooks=hooks,
        )

    def __repr__(self) -> str:
        """Say whether it is closed, without credentials."""
        dispatcher: Dispatcher | None = getattr(self, "_dispatcher", None)
        if dispatcher is None:  # a traceback with variables shows an object whose making failed
            return "<AsyncClient incomplete>"
        return f"<AsyncClient {'closed' if dispatcher.closed else 'open'}>"

    # pickle and copy both ask for it (Python documentation, module copy), so one refusal serves
    # both.
    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled.

        Raises:
            TypeError: always.
        """
        raise TypeError(
            "an AsyncClient holds connections and a session of its event loop, and can't be "
            "pickled or copied; make one where it is used"
        )

    @guarded
    async def __aenter__(self) -> Self:
        return self

    @guarded
    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    @property
    def limiter(self) -> AdaptiveLimiter:
        """How many requests may be in flight: fewer after the server asked to slow down."""
        return self._dispatcher.limiter

    @guarded
    async def login(self) -> None:
        """Log in, unless there is a session. Calls do so by themselves: this checks credentials.

        Raises:
            AuthenticationError: the organization id or the API key is wrong.
        """
        await self._dispatcher.login()

    @guarded
    async def logout(self) -> None:
        """End the session, if there is one. The client can still be used: it logs in again."""
        await self._dispatcher.logout()

    @guarded
    async def aclose(self) -> None:
        """Close all connections, and end calls in flight with `ClientClosedError`.

        It takes 2 seconds at most, does not log out, may be called again, and closes no view.
        """
        # A view sends through its owner's session and connections: closing them is the owner's
        # part.
        if self._owner is None:
            await self._dispatcher.aclose()

    async def _pause(self, seconds: float) -> None:
        await self._dispatcher.pause(seconds)

    @guarded
    async def send(self, operation: Operation[T], /) -> T:
        """Run an operation, and return its reply.

        Args:
            operation: an object of `neon_async.operations`, or of an own subclass of `Operation`.

        Raises:
            NeonError: see `AsyncClient`.
        """
        require_type(operation, operations.Operation, "an operation", "operation")
        return await self._dispatcher.send(operation)

    @guarded
    async def call(
        self,
        path: str,
        params: Mapping[str, Any] | Sequence[tuple[str, Any]] = (),
        *,
        effect: Effect | None = None,
    ) -> dict[str, Any]:
        """Run an API method that has no operation class, and return the payload as JSON values.

        ```python
        await neon.call("account/listHouseHolds", {"accountId": 1})
        ```

        Args:
            path: section and method.
            params: the parameters, as a mapping (a list stands for a repeated one) or as pairs in
                order. Text, whole numbers, truth values, dates and aware datetimes can be sent.
            effect: whether the method reads, and so may be sent again after a failure, or writes.
                When None, methods named list…, retrieve…, sync…, search… or get… read.

        Raises:
            NeonError: see `AsyncClient`.
        """
        # The operation shows no values. A hook may report this frame with its variables while it is
        # running, which no guard prevents, so that `params` has to be handed over.
        operation, params = operations.RawCall(path, params), ()
        if effect is not None:
            operation = attrs.evolve(operation, effect=effect)
        return await self.send(operation)

    @guarded
    def sync_accounts(
        self,
        *,
        time_from: datetime | None = None,
        time_to: datetime | None = None,
        account_ids: Iterable[int] = (),
        ignore_deleted: bool | None = None,
        page_size: int | None = None,
        start_page: int = 1,
        sort_column: str | None = None,
        sort_direction: SortDirection | str | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> Paginator[AccountsPage, Account]:
        """Iterate over the accounts that changed in a range of time, or that have certain ids.

        Nothing is sent before the iteration begins. What it can't promise while records change,
        `Paginator` says. Reference page: Sync Accounts.

        Args:
            time_from: beginning of the range; aware. Sent in milliseconds, rounded down.
            time_to: end of the range; aware. Sent in milliseconds, rounded up.
            account_ids: ids to ask for, alone or within the range. More than fit one request are
                split into several, and come back as one stream.
            ignore_deleted: whether to leave the ids of deleted accounts out of the pages.
            page_size: records a page; None for the client's.
            start_page: the page to begin with, from 1: `error.resume` of an earlier iteration.
            sort_column: wire name of the field to sort by, such as `"lastModifiedDateTime"`.
            sort_direction: `"ASC"` or `"DESC"`.
            on_progress: called with a `Progress` after each page.
            on_unreadable: called for each record that has no usable id, before the records of its
                page are handed out; the iteration continues. Without it such a record ends it with
                a `ProtocolError`, which says page and position.

        Raises:
            InvalidRequestError: neither `time_from` nor ids are given, the range is reversed, a
                datetime is naive, or a number is not positive.
        """
        operation = operations.SyncAccounts(
            time_from=time_from,
            time_to=time_to,
            ids=account_ids,
            ignore_deleted=ignore_deleted,
            page=start_page,
            page_size=self._page_size if page_size is None else page_size,
            sort_column=sort_column,
            sort_direction=sort_direction,
        )
        return self._paginator(operation, on_progress=on_progress, on_unreadable=on_unreadable)

    @guarded
    def sync_activities(
        self,
        *,
        time_from: datetime | None = None,
        time_to: datetime | None = None,
        activity_ids: Iterable[int] = (),
        ignore_deleted: bool | None = None,
        page_size: int | None = None,
        start_page: int = 1,
        sort_column: str | None = None,
        sort_direction: SortDirection | str | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> Paginator[ActivitiesPage, Activity]:
        """Iterate over the activities that changed in a range of time, or that have certain ids.

        The arguments are those of `sync_accounts`. Reference page: Sync Activities.

        Raises:
            InvalidRequestError: as for `sync_accounts`.
        """
        operation = operations.SyncActivities(
            time_from=time_from,
            time_to=time_to,
            ids=activity_ids,
            ignore_deleted=ignore_deleted,
            page=start_page,
            page_size=self._page_size if page_size is None else page_size,
            sort_column=sort_column,
            sort_direction=sort_direction,
        )
        return self._paginator(operation, on_progress=on_progress, on_unreadable=on_unreadable)

    def _paginator(self, operation: PagedOperation[Any], **callbacks: Any) -> Paginator[Any, Any]:
        from neon_async._paging.paginator import Paginator  # not needed before an iteration

        return Paginator(
            self._dispatcher, operation, workers=_AHEAD * self._max_concurrency, **callbacks
        )


def _setting(value: str | None, variable: str) -> str:
    # A blank argument stays blank and is refused: the environment may name another organization.
    return os.environ.get(variable, "") if value is None else value
