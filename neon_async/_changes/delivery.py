"""Turn pages of records into changes, and find where merged accounts live now."""

from __future__ import annotations

import copy
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeAlias

import anyio
import attrs

from neon_async._aio.task_groups import for_each
from neon_async._changes.dedupe import Dedupe
from neon_async._changes.events import Deleted, Merged, Upserted
from neon_async._changes.plan import Plan
from neon_async._changes.record_type import RecordT, RecordType
from neon_async._paging.existing import existing_ids
from neon_async.errors import ErrorCode, InvalidRequestError, NeonError, NotFoundError
from neon_async.models import Unreadable
from neon_async.operations import RetrieveDuplicateMergeHistory
from neon_async.operations._base import Sender

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from neon_async._changes.events import Change
    from neon_async._changes.protocol import PageRequest, PageResult
    from neon_async._changes.record_type import RecordPage

Resolve: TypeAlias = Callable[[Sequence[int]], Awaitable[dict[int, int | None]]]
OnUnreadable: TypeAlias = Callable[[Unreadable], object]

_logger = logging.getLogger("neon_async")

_LISTED_AT_ONCE = 200
_CACHED = 10_000


@attrs.frozen
class Delivery(Generic[RecordT]):
    """Turns what is news on a page into changes.

    Attributes:
        sender: asks whether what is listed as deleted exists.
        plan: says which records are provisional.
        dedupe: says what is news.
        resolve: returns the current ids of accounts that were merged, or None to show every
            such account as deleted.
        on_unreadable: called once for each record without a usable id.
    """

    sender: Sender
    record_type: RecordType[RecordT]
    plan: Plan
    dedupe: Dedupe
    resolve: Resolve | None
    on_unreadable: OnUnreadable | None

    def listed(self, request: PageRequest, first: PageResult) -> Iterator[Sequence[int]]:
        """Return what was deleted before the run, in batches that can be looked up in a while."""
        ids = self.dedupe.newly_deleted(request, first)
        return (ids[at : at + _LISTED_AT_ONCE] for at in range(0, len(ids), _LISTED_AT_ONCE))

    async def changes(
        self, request: PageRequest, page: RecordPage[RecordT]
    ) -> list[Change[RecordT]]:
        result = page.result
        self._report_unreadable(page)
        # A deletion that was not listed when the run began is not settled.
        listed = self.dedupe.newly_deleted(request, result)
        changes = await self.deletions(listed, provisional=True)
        positions = self.dedupe.new_records(request, result)
        hidden = await self._still_deleted(result, positions)
        for position in positions:
            if position not in hidden and position < len(page.records):
                provisional = self.plan.provisional(result.times[position])
                changes.append(Upserted(page.records[position], provisional))
        return changes

    async def _still_deleted(self, result: PageResult, positions: Sequence[int]) -> set[int]:
        """Return those of the positions that show a deleted record which was not brought back.

        A node that is behind still shows deleted records, so those are asked for.
        """
        deleted = {at for at in positions if self.dedupe.is_deleted(result.ids[at])}
        rows = {result.ids[at]: at for at in sorted(deleted)}
        alive = await existing_ids(self.sender, self.record_type.operation, sorted(rows))
        for number in alive:
            self.dedupe.bring_back(number, result.times[rows[number]])
        return deleted - {rows[number] for number in alive}

    async def deleted_again(self) -> bool:
        """Return whether a record that was listed as deleted, and existed, is deleted now."""
        ids = self.dedupe.undeleted
        return len(ids) > len(await existing_ids(self.sender, self.record_type.operation, ids))

    def _report_unreadable(self, page: RecordPage[RecordT]) -> None:
        for record in page.unreadable:
            if record.number not in self.dedupe.unreadable and self.on_unreadable is not None:
                self.dedupe.unreadable.add(record.number)
                self.on_unreadable(record.record)

    async def deletions(
        self, listed: Sequence[int], *, provisional: bool = False
    ) -> list[Change[RecordT]]:
        """Return the changes that ids in the list of deleted ones stand for.

        A record may have been brought back since. Of when it was deleted nothing is known but
        the range, so that its id alone can't be put in order with its record: it is asked for.
        """
        alive = await existing_ids(self.sender, self.record_type.operation, listed)
        deleted = [number for number in listed if number not in alive]
        self.dedupe.mark_deleted(deleted)
        current = {} if self.resolve is None else await self.resolve(deleted)
        return [
            self._deletion(number, current.get(number), provisional=provisional)
            for number in deleted
        ]

    @staticmethod
    def _deletion(number: int, current: int | None, *, provisional: bool) -> Deleted | Merged:
        if current is None or current == number:
            return Deleted(number, provisional)
        return Merged(number, current, provisional)


@attrs.frozen
class _Known:
    """The current id of an account, or None if unknown, and the time of the answer."""

    current: int | None
    at: float


class Merges:
    """Looks up merge histories, several at once, and remembers them.

    Where the organization's v1 does not offer the method, every account is unknown: that is
    logged once, and not asked again.
    """

    def __init__(self, sender: Sender, workers: int) -> None:
        self._sender = sender
        self._workers = workers
        self._cache: dict[int, _Known] = {}
        # Whether the method exists: None before anything is known about it.
        self._offered: bool | None = None

    def sent_by(self, sender: Sender) -> Merges:
        """Return the same memory of merge histories, for which another client asks."""
        merges = copy.copy(self)
        merges._sender = sender  # noqa: SLF001 - its own class
        return merges

    async def resolve(self, ids: Iterable[int], *, max_age: float) -> dict[int, int | None]:
        """Return the current id of each account, and None where it is unknown.

        Args:
            ids: current and former ids.
            max_age: seconds for which an answer is remembered.

        Raises:
            NeonError: as for `AsyncClient.send`.
        """
        oldest = anyio.current_time() - max_age
        wanted = tuple(dict.fromkeys(ids))
        histories: dict[int, _Known] = {}

        async def look_up(account_id: int) -> None:
            if account_id not in histories:
                _keep_newest(histories, await self._histories(account_id, oldest))

        await for_each(wanted, look_up, workers=min(self._workers, len(wanted)))
        return {account_id: histories[account_id].current for account_id in wanted}

    async def _histories(self, account_id: int, oldest: float) -> dict[int, _Known]:
        """Return what is known of an account, and of the others that were merged with it."""
        known = self._cache.get(account_id)
        if known is not None and known.at >= oldest:
            return {account_id: known}
        at = anyio.current_time()
        current = {account_id: None} if self._offered is False else await self._ask(account_id)
        histories = {number: _Known(new, at) for number, new in current.items()}
        _keep_newest(self._cache, histories)
        while len(self._cache) > _CACHED:
            del self._cache[next(iter(self._cache))]
        return histories

    async def _ask(self, account_id: int) -> dict[int, int | None]:
        try:
            history = await self._sender.send(RetrieveDuplicateMergeHistory(account_id))
        except NotFoundError as error:
            self._judge(error)
            return {account_id: None}
        except InvalidRequestError as error:
            if error.parameter is not None:
                raise
            # Not about the id: the transport has no such method, as SOAP hasn't.
            self._withdraw(error)
            return {account_id: None}
        self._offered = True
        current = history.current_account_id
        if history.searched_account_id != account_id or current < 1:
            return {account_id: None}
        return dict.fromkeys([*history.previous_account_ids, current, account_id], current)

    def _judge(self, error: NotFoundError) -> None:
        """Find out whether there is no such account, or no such method."""
        if not error.reason:
            self._offered = True
        elif error.code == ErrorCode.SYSTEM_ERROR.value and self._offered:
            # Code 1 has other causes, too; the method has answered before.
            return
        else:
            self._withdraw(error)

    def _withdraw(self, error: NeonError) -> None:
        if self._offered is not False:
            self._offered = False
            _logger.warning("%s: merged accounts are shown as deleted", error)


def _keep_newest(known: dict[int, _Known], histories: dict[int, _Known]) -> None:
    """Add what was learnt, unless something else was asked later: answers may overtake others."""
    for number, history in histories.items():
        before = known.pop(number, history)
        known[number] = max(history, before, key=lambda entry: entry.at)
