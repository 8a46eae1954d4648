"""One edit at a time for each account."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import attrs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@attrs.define
class _Turn:
    lock: anyio.Lock = attrs.field(factory=anyio.Lock)
    users: int = 0


@attrs.define(eq=False)
class AccountLocks:
    """Locks by account id; one that nobody holds or waits for is forgotten."""

    _turns: dict[int, _Turn] = attrs.field(factory=dict[int, _Turn])

    def __len__(self) -> int:
        """How many accounts are being edited."""
        return len(self._turns)

    @asynccontextmanager
    async def hold(self, account_id: int) -> AsyncGenerator[None]:
        """Wait for the account's turn, in the order of asking, and keep it for the block."""
        turn = self._turns.setdefault(account_id, _Turn())
        turn.users += 1
        try:
            async with turn.lock:
                yield
        finally:
            turn.users -= 1
            if not turn.users:
                del self._turns[account_id]
