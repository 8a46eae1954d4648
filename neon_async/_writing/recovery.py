"""Find an account whose creation was never answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeAlias

import anyio
import attrs

from neon_async._changes.fetch import Fetcher
from neon_async._changes.keyset import bisect_range
from neon_async._changes.protocol import NoWatermark, Stepper, to_micros
from neon_async._changes.record_type import ACCOUNTS
from neon_async._writing import AccountDiff, AccountType, DifferenceKind, Draft, kind_of
from neon_async._writing.account_type import AccountT, contact_of
from neon_async.errors import NeonError, OutcomeUnknownError
from neon_async.models import Account, OrganizationAccount
from neon_async.operations import CreateIndividualAccount, CreateOrganizationAccount, SyncAccounts
from neon_async.operations._base import Sender
from neon_async.operations._sync import IDS_PER_REQUEST

Creation: TypeAlias = CreateIndividualAccount | CreateOrganizationAccount

# Times of replies may be cut to whole seconds, and clocks drift while a request is under way.
_MARGIN: Final = timedelta(seconds=2)
# Seconds before each look: what timed out here may still be under way there.
_WAITS: Final = (0.0, 1.0, 3.0)
# What v1 adds to a new account itself does not speak against it.
_ADDED = {DifferenceKind.SET, DifferenceKind.CUSTOM_FIELD_SET}


class RecoveredId(int):
    """The id of a new account that was found, since the reply to its creation was lost."""

    __slots__ = ()


async def create_or_find(
    sender: Sender, operation: Creation, pause: Callable[[float], Awaitable[None]] = anyio.sleep
) -> int:
    """Send a creation, and if its outcome is unknown, look for the record.

    Args:
        sender: the client.
        operation: the creation.
        pause: lets seconds pass between two looks; may raise an error that ends the search.

    Raises:
        OutcomeUnknownError: not exactly one account was found; `found` lists those that were.
        NeonError: as for any write.
    """
    search = _CreationSearch(
        sender, operation, operation.account, kind_of(operation.account), pause
    )
    return await search.run()


@attrs.define(eq=False)
class _CreationSearch(Generic[AccountT]):
    """One creation and, if need be, the search for its record."""

    _sender: Sender = attrs.field(repr=False)
    _operation: Creation = attrs.field(repr=False)
    _created: AccountT = attrs.field(repr=False)
    _kind: AccountType[AccountT] = attrs.field(repr=False)
    _pause: Callable[[float], Awaitable[None]] = attrs.field(repr=False)
    _since: datetime = attrs.field(init=False)

    async def run(self) -> int:
        try:
            return await self._sender.send(self._operation)
        except OutcomeUnknownError as error:
            unknown = error
        try:
            ids = await self._find(unknown.sent_at)
        except NeonError:
            # A failed search says nothing about the write.
            raise unknown from None
        if ids is None or len(ids) != 1:
            unknown.found = ids
            raise unknown
        return RecoveredId(ids[0])

    async def _find(self, sent_at: datetime | None) -> tuple[int, ...] | None:
        """Return the ids of the accounts that may be it, or None without a time to look from."""
        ahead = await self._server_ahead()
        if sent_at is None or ahead is None:
            return None
        self._since = sent_at + ahead - _MARGIN
        ids: tuple[int, ...] = ()
        for wait in _WAITS:
            await self._pause(wait)
            ids = await self._look()
            if ids:
                break
        return ids

    async def _server_ahead(self) -> timedelta | None:
        """Return by how much the server's clock is at least ahead of this machine's."""
        # A range that starts now is nearly empty; its `responseDateTime` is the server's clock.
        page = await self._sender.send(SyncAccounts(time_from=datetime.now(UTC), page_size=1))
        now = page.response_date_time
        return None if now is None else now - datetime.now(UTC)

    async def _look(self) -> tuple[int, ...]:
        rows = sorted(await self._candidates())
        retrieve = self._kind.retrieve
        return tuple([row for row in rows if self._is_it(await self._sender.send(retrieve(row)))])

    async def _candidates(self) -> set[int]:
        """Return the ids of the accounts of the same name and kind.

        Changes are read as by a change feed: page numbers would shift, and a twin that
        is missed could make another account look like the only one.
        """
        candidates = set[int]()
        fetcher = Fetcher(self._sender, ACCOUNTS, IDS_PER_REQUEST)
        # By time, and not by a search: creating an account sets its last-modified time (page Sync
        # Accounts), and the reply has the whole record to compare.
        changed = Stepper(bisect_range(to_micros(self._since), None, NoWatermark()))
        while not changed.ended:
            reply = await fetcher.first(changed.request)
            candidates |= self._named(reply.records)
            changed.accept(reply.result)
        return candidates

    def _named(self, rows: list[Account]) -> set[int]:
        name = _name(self._created)
        return {row.account_id for row in rows if row.account_id is not None and _name(row) == name}

    def _is_it(self, read: Account) -> bool:
        """Whether an account is as new as the creation, and says all that was sent."""
        # A namesake that existed before is not what was created.
        if read.created_date_time is not None and read.created_date_time < self._since:
            return False
        sent = Draft(self._created, AccountDiff(), frozenset())
        return all(entry.kind in _ADDED for entry in sent.unexpected(read))


def _name(account: Account) -> tuple[str | None, ...]:
    if isinstance(account, OrganizationAccount):
        return (account.organization_name,)
    contact = contact_of(account)
    return contact.first_name, contact.last_name
