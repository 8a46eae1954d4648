"""Check which record ids exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from neon_async._paging.page_checks import check_readable
from neon_async.errors import NotFoundError, PaginationError
from neon_async.operations._identity import other_records_error
from neon_async.operations._sync import IDS_PER_REQUEST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypeAlias

    from neon_async.models import AccountsPage, ActivitiesPage
    from neon_async.operations._base import Sender
    from neon_async.operations._sync import Sync

    RecordsPage: TypeAlias = AccountsPage | ActivitiesPage
    SendSync: TypeAlias = Callable[[Sync[Any]], Awaitable[RecordsPage]]


async def existing_ids(sender: Sender, operation: type[Sync[Any]], ids: Sequence[int]) -> set[int]:
    """Return those of the ids under which a record exists, whenever it last changed.

    Raises:
        ProtocolError: a record came that was not asked for, or one without a usable id.
        PaginationError: the server returned fewer records than it counted.
    """

    async def send(request: Sync[Any]) -> RecordsPage:
        page: RecordsPage = await sender.send(request)
        check_readable(page, request.name)
        return page

    pages = await pages_by_ids(send, operation, ids, strict=True)
    return {key for page in pages for key in _record_ids(page)}


async def pages_by_ids(
    send: SendSync, operation: type[Sync[Any]], ids: Sequence[int], *, strict: bool
) -> list[RecordsPage]:
    """Return pages that hold every record that exists under one of the ids, each of them once.

    Args:
        send: sends a request.
        operation: the operation that lists such records.
        ids: any number of ids.
        strict: whether to refuse a record that the server counts and does not return.

    Raises:
        ProtocolError: a record came that was not asked for.
        PaginationError: the server returned fewer records than it counted, and this is strict.
    """
    pages: list[RecordsPage] = []
    waiting = [ids[at : at + IDS_PER_REQUEST] for at in range(0, len(ids), IDS_PER_REQUEST)]
    while waiting:
        batch = waiting.pop()
        page = await _page_at_once(send, operation, batch, strict=strict)
        if page is not None:
            pages.append(page)
        elif len(batch) > 1:
            waiting += [batch[: len(batch) // 2], batch[len(batch) // 2 :]]
    return pages


async def _page_at_once(
    send: SendSync, operation: type[Sync[Any]], ids: Sequence[int], *, strict: bool
) -> RecordsPage | None:
    """Return the page of the records, or None where fewer ids have to be asked for at once."""
    request = operation(ids=ids, ignore_deleted=True, page_size=IDS_PER_REQUEST)
    try:
        page = await send(request)
    except NotFoundError:
        # The reference page does not say what becomes of a query with an id that is gone.
        return None
    keys = _record_ids(page)
    others = set(keys).difference(ids)
    if others:
        raise other_records_error(others, (), request.id_parameter, request.name, twice=False)
    # Without a page block, nothing says whether there are more.
    unknown = len(ids) if keys else 0
    held = len(keys) + len(page.unreadable)
    if (unknown if page.page is None else page.page.total_results) <= held:
        return page
    if len(ids) == 1 and strict:
        message = "the server's total includes a record that it does not return"
        raise PaginationError(message, operation=request.name)
    return page if len(ids) == 1 else None


def _record_ids(page: RecordsPage) -> Sequence[int]:
    # A record without an id is among the unreadable ones.
    return cast("Sequence[int]", page.keys)
