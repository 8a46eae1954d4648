"""Which of some ids exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neon_async._dispatch import bare
from neon_async._paging import IDS_PER_REQUEST, Collected
from neon_async.errors import PaginationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_async.operations._base import Sender
    from neon_async.operations._sync import Sync


async def present(sender: Sender, operation: type[Sync[Any]], ids: Sequence[int]) -> list[Any]:
    """Return the records that exist of those with certain ids, without regard to any time.

    Args:
        sender: the client.
        operation: the operation that lists such records.
        ids: the ids, as many as one likes.

    Raises:
        PaginationError: the server shows other records, or fewer than it says there are.
    """
    return await bare(_present(sender, operation, ids))


async def _present(sender: Sender, operation: type[Sync[Any]], ids: Sequence[int]) -> list[Any]:
    records = Collected[Any]()
    waiting = [ids[at : at + IDS_PER_REQUEST] for at in range(0, len(ids), IDS_PER_REQUEST)]
    while waiting:
        batch = waiting.pop()
        asked = operation(ids=batch, ignore_deleted=True, page_size=IDS_PER_REQUEST)
        page = await sender.send(asked)
        # Without a page block only a single record, or none at all, can be told to be all.
        unknown = len(batch) if page.items else 0
        total = unknown if page.page is None else page.page.total_results
        if any(key not in batch for key in page.keys):
            problem = "a query by ids was answered with other records"
            raise PaginationError(problem, operation=asked.name)
        if total <= len(page.items):
            records.items.extend(page.items)
        elif len(batch) > 1:
            # The server's pages are smaller than asked for.
            waiting += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
        else:
            problem = "a record that is counted is not shown"
            raise PaginationError(problem, operation=asked.name)
        del page
    return records.items
