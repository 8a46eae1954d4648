"""A client for synchronous code, with the methods of `AsyncClient`."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack
from typing import (
    TYPE_CHECKING,
    Any,
    Concatenate,
    Final,
    NoReturn,
    ParamSpec,
    Self,
    TypeAlias,
    TypeVar,
    cast,
)

from neon_async import AsyncClient, ClientClosedError
from neon_async._pipeline.secrecy import guarded
from neon_async.blocking._edits import BlockingBulkEdit
from neon_async.blocking._feed import BlockingChangeFeed
from neon_async.blocking._iteration import BlockingPaginator
from neon_async.blocking._loop_thread import LoopThread, warn_inside_event_loop

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from neon_async import (
        Account,
        Activity,
        BulkEdit,
        ChangeFeed,
        CheckpointStore,
        Operation,
        Paginator,
    )
    from neon_async.models import ResultPage

P = ParamSpec("P")
T = TypeVar("T")
PageT = TypeVar("PageT", bound="ResultPage")
ItemT = TypeVar("ItemT")
RecordT = TypeVar("RecordT", bound="Account | Activity")

Connect: TypeAlias = Callable[[], AsyncClient]
"""A function at module level that makes a client, so that each process can make its own.

It reads the credentials where it is called: nothing that a queue or a scheduler stores holds them.
"""

ConnectOrganization: TypeAlias = Callable[[str], AsyncClient]
"""The same for one of several organizations; `functools.partial(connect, "org")` is a `Connect`."""


def _forward(
    method: Callable[Concatenate[AsyncClient, P], Any],
    wrap: Callable[[LoopThread, Callable[[], Any]], T],
) -> Callable[Concatenate[BlockingClient, P], T]:
    @guarded
    @functools.wraps(method)
    def forward(neon: BlockingClient, /, *args: P.args, **kwargs: P.kwargs) -> T:
        asynchronous, thread = neon.opened()
        # By its name: the client may be of a class of the caller's that overrides it.
        bound = getattr(asynchronous, method.__name__)
        return wrap(thread, lambda: bound(*args, **kwargs))

    return forward


def _call(
    method: Callable[Concatenate[AsyncClient, P], Awaitable[T]],
) -> Callable[Concatenate[BlockingClient, P], T]:
    return _forward(method, lambda thread, call: thread.run(call))


def _paginate(
    method: Callable[Concatenate[AsyncClient, P], Paginator[PageT, ItemT]],
) -> Callable[Concatenate[BlockingClient, P], BlockingPaginator[PageT, ItemT]]:
    def wrap(thread: LoopThread, call: Callable[[], Any]) -> BlockingPaginator[PageT, ItemT]:
        return BlockingPaginator(thread, call())

    return _forward(method, wrap)


def _stream(
    method: Callable[Concatenate[AsyncClient, P], ChangeFeed[RecordT]],
) -> Callable[Concatenate[BlockingClient, P], BlockingChangeFeed[RecordT]]:
    return _forward(method, lambda thread, call: BlockingChangeFeed(thread, call()))


def _edit(
    method: Callable[Concatenate[AsyncClient, P], BulkEdit],
) -> Callable[Concatenate[BlockingClient, P], BlockingBulkEdit]:
    return _forward(method, lambda thread, call: BlockingBulkEdit(thread, call()))


def _view(
    method: Callable[Concatenate[AsyncClient, P], AsyncClient],
) -> Callable[Concatenate[BlockingClient, P], BlockingClient]:
    # It needs no block of its own.
    return _forward(method, lambda thread, call: BlockingClient.of(call(), thread))


class BlockingClient:
    """The methods of `AsyncClient` as regular functions: `with blocking.client(…) as neon`.

    Several threads may use it at once. It may not be used in another process than the one that
    opened it: a fork has no thread that would answer, so this is an `EventLoopError`.
    """

    def __init__(self, connect: Connect) -> None:
        """Keep what makes the client, which happens at the beginning of the `with` block.

        Args:
            connect: makes an `AsyncClient`.
        """
        self._connect = connect
        self._open: tuple[AsyncClient, LoopThread] | None = None

    @classmethod
    def of(cls, asynchronous: AsyncClient, thread: LoopThread) -> BlockingClient:
        """Return a client that is open, for an asynchronous one of an event loop's thread."""
        opened = cls(lambda: asynchronous)
        opened._open = asynchronous, thread
        return opened

    def opened(self) -> tuple[AsyncClient, LoopThread]:
        """Return the asynchronous client and the thread of its event loop.

        Raises:
            ClientClosedError: it is used outside of its `with` block.
        """
        if self._open is None:
            raise ClientClosedError(
                "use a blocking client inside its block: `with blocking.client(connect) as neon: …`"
            )
        return self._open

    @guarded
    def __enter__(self) -> Self:
        """Make the client, and start the thread of its event loop, without a request.

        Raises:
            RuntimeError: the block was entered already.
        """
        if self._open is not None:
            raise RuntimeError(
                "this blocking client is open already; leave its `with` block before entering it "
                "again"
            )
        warn_inside_event_loop()
        thread = LoopThread()
        try:
            # Locks are made for the event loop that runs where they are made.
            self._open = thread.run(self._make), thread
        finally:
            if self._open is None:
                thread.stop()
        return self

    async def _make(self) -> AsyncClient:
        neon = cast("object", self._connect())
        if not isinstance(neon, AsyncClient):
            raise TypeError(
                f"connect: expected it to return an AsyncClient, got {type(neon).__name__}"
            )
        return neon

    @guarded
    def __exit__(self, *error: object) -> None:
        """Close the client and its event loop, and end calls with `ClientClosedError`."""
        neon, thread = self.opened()
        # Before the thread ends: a call of another thread is refused from here on, and none waits
        # for a loop that does not run any more.
        self._open = None
        thread.stop(neon.aclose)

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled.

        Raises:
            TypeError: always.
        """
        raise TypeError(
            "a blocking client holds a thread of its process, and can't be pickled or copied; hand "
            "over the function that makes one"
        )

    @guarded
    def send(self, operation: Operation[T], /) -> T:
        """Run an operation, and return its reply (see `AsyncClient.send`)."""
        neon, thread = self.opened()
        return thread.run(lambda: neon.send(operation))

    with_options: Final = _view(AsyncClient.with_options)
    login: Final = _call(AsyncClient.login)
    logout: Final = _call(AsyncClient.logout)
    call: Final = _call(AsyncClient.call)
    sync_accounts: Final = _paginate(AsyncClient.sync_accounts)
    sync_activities: Final = _paginate(AsyncClient.sync_activities)
    search_accounts: Final = _paginate(AsyncClient.search_accounts)
    search_activities: Final = _paginate(AsyncClient.search_activities)
    search_donations: Final = _paginate(AsyncClient.search_donations)
    search_events: Final = _paginate(AsyncClient.search_events)
    search_memberships: Final = _paginate(AsyncClient.search_memberships)
    retrieve_event_attendees: Final = _paginate(AsyncClient.retrieve_event_attendees)
    account_changes: Final = _stream(AsyncClient.account_changes)
    activity_changes: Final = _stream(AsyncClient.activity_changes)
    retrieve_individual_account: Final = _call(AsyncClient.retrieve_individual_account)
    retrieve_organization_account: Final = _call(AsyncClient.retrieve_organization_account)
    retrieve_activity: Final = _call(AsyncClient.retrieve_activity)
    retrieve_duplicate_merge_history: Final = _call(AsyncClient.retrieve_duplicate_merge_history)
    edit_individual_account: Final = _call(AsyncClient.edit_individual_account)
    edit_organization_account: Final = _call(AsyncClient.edit_organization_account)
    undo_edit: Final = _call(AsyncClient.undo_edit)
    edit_many: Final = _edit(AsyncClient.edit_many)
    create_individual_account: Final = _call(AsyncClient.create_individual_account)
    create_organization_account: Final = _call(AsyncClient.create_organization_account)
    update_individual_account: Final = _call(AsyncClient.update_individual_account)
    update_organization_account: Final = _call(AsyncClient.update_organization_account)
    add_activity: Final = _call(AsyncClient.add_activity)
    update_activity: Final = _call(AsyncClient.update_activity)
    resolve_account_id: Final = _call(AsyncClient.resolve_account_id)
    resolve_account_ids: Final = _call(AsyncClient.resolve_account_ids)
    reconcile: Final = _call(AsyncClient.reconcile)
    list_membership_history: Final = _call(AsyncClient.list_membership_history)
    list_campaigns: Final = _call(AsyncClient.list_campaigns)
    list_funds: Final = _call(AsyncClient.list_funds)
    list_purposes: Final = _call(AsyncClient.list_purposes)
    list_prefixes: Final = _call(AsyncClient.list_prefixes)
    list_genders: Final = _call(AsyncClient.list_genders)
    list_states: Final = _call(AsyncClient.list_states)
    list_countries: Final = _call(AsyncClient.list_countries)
    list_address_types: Final = _call(AsyncClient.list_address_types)
    list_sources: Final = _call(AsyncClient.list_sources)
    list_individual_types: Final = _call(AsyncClient.list_individual_types)
    list_organization_types: Final = _call(AsyncClient.list_organization_types)
    list_custom_fields: Final = _call(AsyncClient.list_custom_fields)


def client(connect: Connect) -> BlockingClient:
    """Return a client for synchronous code, to be opened by `with`.

    ```python
    with blocking.client(connect) as neon:
        account = neon.retrieve_individual_account(10004)
    ```

    Inside a running event loop it works, blocks that loop during each call, and warns.

    Args:
        connect: a function that makes an `AsyncClient`, called at the beginning of the block.
    """
    return BlockingClient(connect)


def account_changes(
    connect: Connect,
    since: datetime,
    *,
    checkpoint: CheckpointStore | str | None = None,
    **options: Any,
) -> AbstractContextManager[BlockingChangeFeed[Account]]:
    """Open a client, and the feed of its accounts, for one `with` block.

    ```python
    with blocking.account_changes(connect, last_week, checkpoint=text) as feed:
        for batch in feed.batches():
            ...  # one transaction: store batch.changes and batch.checkpoint
    ```

    Args:
        connect: a function that makes an `AsyncClient`.
        since: where to begin if there is no checkpoint yet; aware.
        checkpoint: as for `AsyncClient.account_changes`.
        options: the other keyword arguments of `AsyncClient.account_changes`.
    """
    return _OpenedFeed(
        connect, lambda neon: neon.account_changes(since, checkpoint=checkpoint, **options)
    )


def activity_changes(
    connect: Connect,
    since: datetime,
    *,
    checkpoint: CheckpointStore | str | None = None,
    **options: Any,
) -> AbstractContextManager[BlockingChangeFeed[Activity]]:
    """Open a client, and the feed of its activities, for one `with` block.

    Args:
        connect: a function that makes an `AsyncClient`.
        since: where to begin if there is no checkpoint yet; aware.
        checkpoint: as for `AsyncClient.activity_changes`.
        options: the other keyword arguments of `AsyncClient.activity_changes`.
    """
    return _OpenedFeed(
        connect, lambda neon: neon.activity_changes(since, checkpoint=checkpoint, **options)
    )


class _OpenedFeed(AbstractContextManager[BlockingChangeFeed[RecordT]]):
    """A client and its feed in one block."""

    def __init__(
        self, connect: Connect, feed: Callable[[BlockingClient], BlockingChangeFeed[RecordT]]
    ) -> None:
        self._client = BlockingClient(connect)
        self._feed = feed
        self._stack = ExitStack()

    @guarded
    def __enter__(self) -> BlockingChangeFeed[RecordT]:
        # If the feed can't be opened, the client is closed again.
        with ExitStack() as stack:
            neon = stack.enter_context(self._client)
            feed = stack.enter_context(self._feed(neon))
            self._stack = stack.pop_all()
        return feed

    @guarded
    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(exc_type, exc_value, traceback)
