"""Change feeds, merged accounts, and reconciliation."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Self

from neon_async._client.reads import ReadMethods
from neon_async._pipeline.secrecy import guarded
from neon_async.operations._validation import require_callable, require_positive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from neon_async._changes import ChangeFeed, CheckpointStore, ClientClock, RecordType, Window
    from neon_async._changes.delivery import Merges, Resolve
    from neon_async._changes.reconcile import Reconciliation
    from neon_async._changes.record_type import RecordT
    from neon_async.models import Account, Activity, Unreadable

# Seconds. Merges are rare, and a look-up of an id that has not merged costs a whole request.
_REMEMBERED = 300.0


class ChangeMethods(ReadMethods):
    """Methods of many requests, with imports by the first call."""

    # Tests put a clock of their own in its place.
    _client_clock: ClientClock | None = None
    # The client that this one is a view of.
    _owner: Self | None = None

    def __init__(self, organization: str, *, page_size: int, max_concurrency: int) -> None:
        """Keep what feeds need to know.

        Args:
            organization: fingerprint of the organization.
            page_size: records per page by default.
            max_concurrency: workers of a feed by default.

        Raises:
            InvalidRequestError: a number is not positive.
        """
        self._organization = organization
        # Not limited to 200 here: that is the limit of list methods; the sync pages name none.
        self._page_size = require_positive(page_size, "page_size")
        self._max_concurrency = require_positive(max_concurrency, "max_concurrency")

    @property
    def organization(self) -> str:
        """A fingerprint of the organization, by which checkpoints and journals know it."""
        return self._organization

    @functools.cached_property
    def _merges(self) -> Merges:
        from neon_async._changes.delivery import Merges

        if self._owner is not None:
            # The owner's memory, but with the options of the view: its deadline counts for its
            # look-ups.
            return self._owner._merges.sent_by(self)  # noqa: SLF001 - its own class
        # Kept with the client, so that an id is looked up once for several feeds.
        return Merges(self, self._max_concurrency)

    @guarded
    def account_changes(
        self,
        since: datetime,
        *,
        until: datetime | None = None,
        checkpoint: CheckpointStore | str | None = None,
        workers: int | None = None,
        lag: float = 60.0,
        lookback: float | None = None,
        merges: bool = False,
        page_size: int | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> ChangeFeed[Account]:
        """Stream the accounts that were created, changed, deleted or merged, losing none.

        ```python
        file = FileCheckpoint("accounts.json")
        async with neon.account_changes(last_week, checkpoint=file) as changes:
            async for batch in changes.batches():
                for change in batch.changes:
                    match change:
                        case Upserted(account): ...
                        case Deleted(account_id): ...
                await batch.commit()
        print(changes.certificate.verdict)
        ```

        Page numbers shift while records change, so reading page by page can miss some. This reads
        by time: a record that changes meanwhile moves to a later time, where it is met again. It
        assumes no more than that a change becomes visible within `lag` seconds of its last-modified
        time, by the server's clock. Whatever the server does with the ends of a range, with the
        order asked for, and with deleted ids is checked or compensated. The certificate then says
        by counting whether the range was delivered completely, however much changes meanwhile.

        A change is delivered at least once, and may be again, in this run or in the next: take
        them as the state of a record and not as an event. The latest one of a record counts.
        What no range of time can show, such as imports without a last-modified time,
        `reconcile` finds.

        Args:
            since: where to begin if there is no checkpoint yet; aware. A checkpoint wins.
            until: where to end; aware. By default it is as close to the present as is settled.
                Changes since the run began are delivered as provisional in any case, and
                again by the next run.
            checkpoint: the JSON of a checkpoint; or a `FileCheckpoint` or another store, in which
                `await batch.commit()` and `await feed.commit()` save it; or None for none yet.
            workers: how many pages to hold or fetch at once; None for the client's
                `max_concurrency`. The range is divided into as many slices, by counting.
            lag: seconds after which a change can be seen, at the latest.
            lookback: seconds before the checkpoint to begin with, for changes that took longer and
                for times at which the server's clock was wrong. None for a twelfth of the time
                since the last run, at least 15 minutes and at most 2 hours.
            merges: whether to look up each deleted account in the merge history, which takes a
                request, so that merged ones come as `Merged`. They come as `Deleted` where v1
                does not offer the method, or does not know.
            page_size: records a page; None for the client's.
            on_unreadable: called once, and before the changes of its page are handed out, for each
                record that has no usable id. The feed continues, the certificate says `unproven`,
                and the checkpoint advances. Without it such a record ends the feed.

        Raises:
            InvalidRequestError: an argument is not usable.
        """
        from neon_async._changes import ACCOUNTS, Window

        window = Window.of(since, until, lag=lag, lookback=lookback)
        # An answer of before the deletion would say that the account still lives.
        resolve = functools.partial(self._merges.resolve, max_age=0.0) if merges else None
        return self._feed(
            ACCOUNTS,
            window,
            checkpoint,
            workers=workers,
            page_size=page_size,
            resolve=resolve,
            on_unreadable=on_unreadable,
        )

    @guarded
    def activity_changes(
        self,
        since: datetime,
        *,
        until: datetime | None = None,
        checkpoint: CheckpointStore | str | None = None,
        workers: int | None = None,
        lag: float = 60.0,
        lookback: float | None = None,
        page_size: int | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> ChangeFeed[Activity]:
        """Stream the activities that were created, changed or deleted, losing none.

        The arguments are those of `account_changes`.

        Raises:
            InvalidRequestError: an argument is not usable.
        """
        from neon_async._changes import ACTIVITIES, Window

        window = Window.of(since, until, lag=lag, lookback=lookback)
        return self._feed(
            ACTIVITIES,
            window,
            checkpoint,
            workers=workers,
            page_size=page_size,
            on_unreadable=on_unreadable,
        )

    @guarded
    async def resolve_account_id(
        self, account_id: int, *, max_age: float = _REMEMBERED
    ) -> int | None:
        """Return the id under which an account lives now, or None where that is unknown.

        Args:
            account_id: a current or a former id.
            max_age: seconds for which an answer is remembered; 0 asks again.

        Raises:
            InvalidRequestError: the id is not a positive whole number.
        """
        return (await self.resolve_account_ids([account_id], max_age=max_age))[account_id]

    @guarded
    async def resolve_account_ids(
        self, account_ids: Iterable[int], *, max_age: float = _REMEMBERED
    ) -> dict[int, int | None]:
        """Return the ids under which accounts live now, by the ids given.

        An account is looked up in the merge history, several at once. It is unknown, None, when
        v1 knows no such account, and when the organization's v1 does not offer the method, which
        is logged once. A deleted account looks like one that never existed.

        Args:
            account_ids: current and former ids.
            max_age: seconds for which answers are remembered; 0 asks again.

        Raises:
            InvalidRequestError: an id is not a positive whole number.
        """
        # Page Retrieve Duplicate Merge History takes one id a request, hence the memory.
        return await self._merges.resolve(account_ids, max_age=max_age)

    @guarded
    async def reconcile(
        self,
        known_ids: Iterable[int],
        *,
        ids: Iterable[int] | None = None,
        workers: int | None = None,
    ) -> Reconciliation:
        """Compare known account ids with the server's.

        Ids are asked for by themselves, 200 a request, without regard to any time. So it also
        finds what no change feed can: accounts that were imported without a last-modified time,
        or with one in the past, and copies of accounts whose deletion was missed.

        Args:
            known_ids: the ids that one knows.
            ids: further ids to ask for. By default all from 1 to the highest that is known or
                was ever changed, and on from there as long as there are accounts.
            workers: how many requests may be under way at once; None for the client's
                `max_concurrency`.

        Raises:
            InvalidRequestError: an id is not a positive whole number.
            PaginationError: the server's replies contradict the questions.
        """
        from neon_async._changes.reconcile import reconcile

        return await reconcile(self, known_ids, ids, self._workers(workers))

    def _feed(
        self,
        record_type: RecordType[RecordT],
        window: Window,
        checkpoint: CheckpointStore | str | None,
        *,
        workers: int | None,
        page_size: int | None,
        on_unreadable: Callable[[Unreadable], object] | None,
        resolve: Resolve | None = None,
    ) -> ChangeFeed[RecordT]:
        from neon_async._changes import ChangeFeed, ClientClock, Settings, check_store

        # A wrong argument is refused where the feed is made, not when its first page is fetched.
        check_store(checkpoint)
        size = self._page_size if page_size is None else require_positive(page_size, "page_size")
        require_callable(on_unreadable, "on_unreadable")
        settings = Settings(
            sender=self,
            record_type=record_type,
            window=window,
            page_size=size,
            workers=self._workers(workers),
            resolve=resolve,
            on_unreadable=on_unreadable,
            clock=self._client_clock or ClientClock(),
        )
        return ChangeFeed(settings, self._organization, checkpoint)

    def _workers(self, workers: int | None) -> int:
        return self._max_concurrency if workers is None else require_positive(workers, "workers")
