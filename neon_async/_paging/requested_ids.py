"""Check that pages by ids hold only records that were asked for."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from neon_async.operations._identity import other_records_error

if TYPE_CHECKING:
    from neon_async._paging.page_checks import Page
    from neon_async.errors import ProtocolError
    from neon_async.operations._base import Sender
    from neon_async.operations._paged import PagedOperation


async def other_records(
    sender: Sender, operation: PagedOperation[Any], page: Page
) -> ProtocolError | None:
    """Return the error of a page that holds records which were not asked for, or None.

    A merged account may come under its new id, which may have been asked for as well, so that it
    comes twice. To resume without it takes the ids that are there,
    which other pages of the same query may hold: `resume_ids` of the error are those of this page
    and the later ones.

    Raises:
        NeonError: another page could not be had.
    """
    requested = frozenset(operation.ids)
    keys = _ids(page)
    doubled = {key for key, times in Counter(keys).items() if times > 1}
    if not doubled and requested.issuperset(keys):
        return None
    number = operation.page
    pages = {number: page}
    total = 1 if page.page is None else page.page.total_page
    # No page of a query by ids is empty, so there are no more of them than ids.
    for other in range(1, min(total, len(requested)) + 1):
        if other != number:
            pages[other] = await sender.send(attrs.evolve(operation, page=other))
    shown = {record_id for each in pages.values() for record_id in _ids(each)}
    deleted = {record_id for each in pages.values() for record_id in each.deleted_ids}
    # Ids listed as deleted are delivered as such, unless nothing else can have been merged.
    missing = requested - shown - deleted or requested - shown
    others = shown - requested
    if not others and not missing:
        return None  # a record that came twice is not lost
    late = [each for at, each in pages.items() if at >= number]
    left = {record_id for each in late for record_id in (*_ids(each), *each.deleted_ids)} - missing
    error = other_records_error(
        others or doubled, missing, operation.id_parameter, operation.name, twice=not others
    )
    error.resume = 1
    error.resume_ids = tuple(record_id for record_id in operation.ids if record_id in left)
    return error


def _ids(page: Page) -> list[int]:
    return [key for key in page.keys if isinstance(key, int)]
