"""Check which record ids exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neon_async._paging.page_checks import check_readable
from neon_async.errors import NotFoundError, PaginationError
from neon_async.operations._sync import IDS_PER_REQUEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_async.operations._base import Sender
    from neon_async.operations._sync import Sync


async def existing_ids(sender: Sender, operation: type[Sync[Any]], ids: Sequence[int]) -> set[int]:
    """Return those of the ids under which a record exists, whenever it last changed.

    Args:
        sender: the client.
        operation: the operation that lists such records.
        ids: the ids, as many as one likes.

    Raises:
        PaginationError: the server shows other records, or fewer than it says there are.
    """
    found: set[int] = set()
    waiting = [ids[at : at + IDS_PER_REQUEST] for at in range(0, len(ids), IDS_PER_REQUEST)]
    while waiting:
        batch = waiting.pop()
        existing = await _existing_at_once(sender, operation, batch)
        if existing is not None:
            found.update(existing)
        else:
            waiting += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
    return found


async def _existing_at_once(
    sender: Sender, operation: type[Sync[Any]], ids: Sequence[int]
) -> Sequence[int] | None:
    """Return the ids of the records; None where fewer ids have to be asked for at once."""
    asked = operation(ids=ids, ignore_deleted=True, page_size=IDS_PER_REQUEST)
    try:
        page = await sender.send(asked)
    except NotFoundError:
        # The reference page does not say what becomes of a query with an id that is gone.
        return None if len(ids) > 1 else ()
    check_readable(page, asked.name)
    keys: Sequence[int] = page.keys
    if any(key not in ids for key in keys):
        problem = "a query by ids was answered with other records"
        raise PaginationError(problem, operation=asked.name)
    # Without a page block, nothing says whether there are more.
    unknown = len(ids) if keys else 0
    if (unknown if page.page is None else page.page.total_results) <= len(keys):
        return keys
    if len(ids) == 1:
        problem = "a record that is counted is not shown"
        raise PaginationError(problem, operation=asked.name)
    return None
