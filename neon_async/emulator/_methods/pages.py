"""Cut results into the pages that a request asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from neon_async.emulator._wire.codes import malformed
from neon_async.emulator._wire.messages import parse_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_async.emulator._wire.messages import Fields, Json

T = TypeVar("T")

# The reference pages do not say how many there are by default. Their samples have 10.
_DEFAULT_SIZE = 10


def page_number(fields: Fields) -> int:
    """Return the number of the page that is asked for, from 1.

    Raises:
        RefusedError: it is none.
    """
    # Pages count from 1, on every page that has them.
    return _count(fields, "page.currentPage", 1)


def page_size(fields: Fields, limit: int) -> int:
    """Return how many results a page has.

    Args:
        fields: the request.
        limit: the largest page; a request for a larger one gets this.

    Raises:
        RefusedError: the request's size is no number from 1.
    """
    # List methods allow 200 at most. The limit of the sync methods is not documented, so that a
    # client has to obey the size that a reply repeats.
    return min(limit, _count(fields, "page.pageSize", min(_DEFAULT_SIZE, limit)))


def page_block(fields: Fields, number: int, size: int, total: int) -> Json:
    """Return the page block, which repeats the order that was asked for."""
    block: Json = {
        "currentPage": number,
        "pageSize": size,
        "totalPage": -(-total // size),
        "totalResults": total,
    }
    # Both are response parameters, and their samples lack them: shown only where asked for.
    for name in ("sortColumn", "sortDirection"):
        if fields.text(f"page.{name}"):
            block[name] = fields.text(f"page.{name}")
    return block


def cut_page(fields: Fields, results: Sequence[T], limit: int) -> tuple[Json, Sequence[T]]:
    """Return the page block, and the results on the page.

    Raises:
        RefusedError: a number of the request is none.
    """
    number, size = page_number(fields), page_size(fields, limit)
    start = (number - 1) * size
    return page_block(fields, number, size, len(results)), results[start : start + size]


def _count(fields: Fields, name: str, default: int) -> int:
    value = fields.text(name)
    count = parse_id(value) if value else default
    if not count:
        raise malformed(f"{name} must be a number from 1.")
    return count
