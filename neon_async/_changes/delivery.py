"""Turn pages of records into changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeAlias

import attrs

from neon_async._changes.dedupe import Dedupe
from neon_async._changes.events import Deleted, Merged, Upserted
from neon_async._changes.plan import Plan
from neon_async._changes.record_type import RecordT, RecordType
from neon_async._paging.existing import existing_ids
from neon_async.models import Unreadable
from neon_async.operations._base import Sender

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async._changes.events import Change
    from neon_async._changes.protocol import PageRequest, PageResult
    from neon_async._changes.record_type import RecordPage

Resolve: TypeAlias = Callable[[Sequence[int]], Awaitable[dict[int, int | None]]]
OnUnreadable: TypeAlias = Callable[[Unreadable], object]

_LISTED_AT_ONCE = 200


@attrs.frozen
class Delivery(Generic[RecordT]):
    """Turns what is news on a page into changes.

    Attributes:
        sender: asks whether what is listed as deleted exists.
        record_type: the kind of records.
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
        """Return what the page of a request changes."""
        result = page.result
        self._report_unreadable(page)
        # A deletion that was not listed when the run began is not settled.
        listed = self.dedupe.newly_deleted(request, result)
        changes = await self.deletions(listed, provisional=True)
        positions = self.dedupe.new_records(request, result)
        for position in sorted([*positions, *await self._brought_back(result)]):
            if position < len(page.records):
                provisional = self.plan.provisional(result.times[position])
                changes.append(Upserted(page.records[position], provisional))
        return changes

    async def _brought_back(self, result: PageResult) -> list[int]:
        """Return the positions of records that were deleted before, and exist now.

        A node that is behind still shows deleted records, so those are asked for.
        """
        rows = {result.ids[position]: position for position in self.dedupe.reappeared}
        alive = await existing_ids(self.sender, self.record_type.operation, sorted(rows))
        for number in alive:
            self.dedupe.bring_back(number, result.times[rows[number]])
        return [rows[number] for number in alive]

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
