"""From replies to changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeAlias

import attrs

from neon_async._changes._dedupe import Dedupe
from neon_async._changes._events import Deleted, Merged, Upserted
from neon_async._changes._moments import micros
from neon_async._changes._plan import Plan
from neon_async._changes._source import RecordT, Source
from neon_async._presence import present
from neon_async.operations._base import Sender

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async._changes._events import Change
    from neon_async._changes._query import Answer
    from neon_async._changes._source import Reply

Resolve: TypeAlias = Callable[[Sequence[int]], Awaitable[dict[int, int | None]]]

_LISTED_AT_ONCE = 200


@attrs.frozen
class Delivery(Generic[RecordT]):
    """Turns what is news in a reply into changes.

    Attributes:
        sender: asks for what the replies leave in doubt.
        source: the kind of records.
        plan: says which records are provisional.
        dedupe: says what is news.
        resolve: returns the current ids of accounts that were merged, or None to show every
            such account as deleted.
    """

    sender: Sender
    source: Source[RecordT]
    plan: Plan
    dedupe: Dedupe
    resolve: Resolve | None

    def listed(self, first: Answer) -> Iterator[Sequence[int]]:
        """Return what was deleted before the walk, in batches that can be looked up in a while."""
        ids = self.dedupe.list_deleted(first)
        return (ids[at : at + _LISTED_AT_ONCE] for at in range(0, len(ids), _LISTED_AT_ONCE))

    async def changes(self, reply: Reply[RecordT], *, tail: bool) -> list[Change[RecordT]]:
        """Return what a reply changes; `tail` as in `Query`."""
        news = self.dedupe.sort(reply.answer, tail=tail)
        # A deletion that was not listed when the walk began is not settled.
        changes: list[Change[RecordT]] = [*await self.deletions(news.deleted, provisional=True)]
        settled = await self._settle(news.doubtful) if news.doubtful else []
        times = reply.answer.times
        for position in news.records:
            provisional = self.plan.provisional(times[position])
            changes.append(Upserted(reply.records[position], provisional))
        return changes + settled

    async def deletions(
        self, ids: Sequence[int], *, provisional: bool = False
    ) -> list[Change[RecordT]]:
        """Return the changes that deleted ids stand for."""
        current = {} if self.resolve is None else await self.resolve(ids)
        return [self._gone(one, current.get(one), provisional=provisional) for one in ids]

    @staticmethod
    def _gone(one: int, current: int | None, *, provisional: bool) -> Deleted | Merged:
        if current is None or current == one:
            return Deleted(one, provisional)
        return Merged(one, current, provisional)

    async def _settle(self, ids: Sequence[int]) -> list[Change[RecordT]]:
        """Ask for records that were seen both alive and deleted, and return what they are now."""
        found: list[RecordT] = await present(self.sender, self.source.operation, ids)
        alive = {self.source.identify(record) for record in found}
        # An iterator does not show what it holds to a traceback that prints variables.
        changes = iter([self._alive(record) for record in found])
        del found
        gone = [one for one in ids if one not in alive]
        for one in gone:
            self.dedupe.settle_gone(one)
        return [*changes, *await self.deletions(gone, provisional=True)]

    def _alive(self, record: RecordT) -> Upserted[RecordT]:
        at = record.last_modified_date_time
        time = None if at is None else micros(at)
        self.dedupe.settle_alive(self.source.identify(record), time)
        return Upserted(record, self.plan.provisional(time))
