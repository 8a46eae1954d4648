"""Check which record ids exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neon_async._paging.page_checks import check_readable
from neon_async.errors import NotFoundError, PaginationError
from neon_async.operations._identity import other_records_error
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
        ids: any number of ids.

    Raises:
        ProtocolError: a record came that was not asked for, or one without a usable id.
        PaginationError: the server returned fewer records than it counted.
    """
    existing: set[int] = set()
    waiting = [ids[at : at + IDS_PER_REQUEST] for at in range(0, len(ids), IDS_PER_REQUEST)]
    while waiting:
        batch = waiting.pop()
        keys = await _existing_at_once(sender, operation, batch)
        if keys is not None:
            existing.update(keys)
        else:
            waiting += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
    return existing


async def _existing_at_once(
    sender: Sender, operation: type[Sync[Any]], ids: Sequence[int]
) -> Sequence[int] | None:
    """Return the ids of the records, or None where fewer ids have to be asked for at once."""
    request = operation(ids=ids, ignore_deleted=True, page_size=IDS_PER_REQUEST)
    try:
        page = await sender.send(request)
    except NotFoundError:
        # The reference page does not say what becomes of a query with an id that is gone.
        return None if len(ids) > 1 else ()
    check_readable(page, request.name)
    keys: Sequence[int] = page.keys
    others = set(keys).difference(ids)
    if others:
        raise other_records_error(others, (), request.id_parameter, request.name, twice=False)
    # Without a page block, nothing says whether there are more.
    unknown = len(ids) if keys else 0
    if (unknown if page.page is None else page.page.total_results) <= len(keys):
        return keys
    if len(ids) == 1:
        message = "the server counts a record that it does not return"
        raise PaginationError(message, operation=request.name)
    return None
