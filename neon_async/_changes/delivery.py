"""From replies to changes."""

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
    from neon_async._changes.protocol import PageResult
    from neon_async._changes.record_type import RecordPage

Resolve: TypeAlias = Callable[[Sequence[int]], Awaitable[dict[int, int | None]]]
OnUnreadable: TypeAlias = Callable[[Unreadable], object]

_LISTED_AT_ONCE = 200


@attrs.frozen
class Delivery(Generic[RecordT]):
    """Turns what is news in a reply into changes.

    Attributes:
        sender: asks whether what is listed as deleted exists.
        source: the kind of records.
        plan: says which records are provisional.
        dedupe: says what is news.
        resolve: returns the current ids of accounts that were merged, or None to show every
            such account as deleted.
        on_unreadable: called once for each record without a usable id.
    """

    sender: Sender
    source: RecordType[RecordT]
    plan: Plan
    dedupe: Dedupe
    resolve: Resolve | None
    on_unreadable: OnUnreadable | None

    def listed(self, first: PageResult) -> Iterator[Sequence[int]]:
        """Return what was deleted before the walk, in batches that can be looked up in a while."""
        ids = self.dedupe.newly_deleted(first)
        return (ids[at : at + _LISTED_AT_ONCE] for at in range(0, len(ids), _LISTED_AT_ONCE))

    async def changes(self, reply: RecordPage[RecordT], *, tail: bool) -> list[Change[RecordT]]:
        """Return what a reply changes; `tail` as in `PageRequest`."""
        answer = reply.answer
        self._report_unreadable(reply)
        # A deletion that was not listed when the walk began is not settled.
        changes = await self.deletions(self.dedupe.newly_deleted(answer), provisional=True)
        for position in self.dedupe.new_records(answer, tail=tail):
            if position < len(reply.records):
                provisional = self.plan.provisional(answer.times[position])
                changes.append(Upserted(reply.records[position], provisional))
        return changes

    def _report_unreadable(self, reply: RecordPage[RecordT]) -> None:
        for one in reply.unreadable:
            if one.number not in self.dedupe.unreadable and self.on_unreadable is not None:
                self.dedupe.unreadable.add(one.number)
                self.on_unreadable(one.record)

    async def deletions(
        self, listed: Sequence[int], *, provisional: bool = False
    ) -> list[Change[RecordT]]:
        """Return the changes that ids in the list of deleted ones stand for.

        A record may have been brought back since. Of when it was deleted nothing is known but
        the range, so that its id alone can't be put in order with its record: it is asked for.
        """
        alive = await existing_ids(self.sender, self.source.operation, listed)
        gone = [one for one in listed if one not in alive]
        self.dedupe.settle_gone(gone)
        current = {} if self.resolve is None else await self.resolve(gone)
        return [self._gone(one, current.get(one), provisional=provisional) for one in gone]

    @staticmethod
    def _gone(one: int, current: int | None, *, provisional: bool) -> Deleted | Merged:
        if current is None or current == one:
            return Deleted(one, provisional)
        return Merged(one, current, provisional)
