"""Locks by account, so that edits of one account take turns."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import anyio
import attrs
from anyio.lowlevel import EventLoopToken, current_token

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


_Key: TypeAlias = tuple[EventLoopToken, int]


@attrs.define
class _KeyedLock:
    lock: anyio.Lock = attrs.field(factory=anyio.Lock)
    users: int = 0


@attrs.define(eq=False)
class AccountLocks:
    """Locks by account id, without unused ones.

    Each event loop has its own: a lock never wakes a task of another one, while
    a client, which belongs to one event loop, refuses the first request of any other.
    """

    # Counted, and not kept for ever: a nightly job edits each account once.
    _locks: dict[_Key, _KeyedLock] = attrs.field(factory=dict[_Key, _KeyedLock])

    def __len__(self) -> int:
        return len(self._locks)

    @asynccontextmanager
    async def lock(self, account_id: int) -> AsyncGenerator[None]:
        """Wait for the account's turn, in the order of asking, and keep it for the block."""
        key = current_token(), account_id
        entry = self._locks.setdefault(key, _KeyedLock())
        entry.users += 1
        try:
            async with entry.lock:
                yield
        finally:
            entry.users -= 1
            if not entry.users:
                del self._locks[key]
