"""Cut results into the pages that a request asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from neon_async.emulator._methods.sync import DEFAULT_PAGE_SIZE
from neon_async.emulator._wire.codes import malformed
from neon_async.emulator._wire.messages import parse_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_async.emulator._wire.messages import Fields, Json

T = TypeVar("T")


def cut_page(fields: Fields, results: Sequence[T], limit: int) -> tuple[Json, Sequence[T]]:
    """Return the page block, and the results on the page.

    Args:
        fields: the request.
        results: all of them, in order.
        limit: the largest page; a request for a larger one gets this.

    Raises:
        RefusedError: a number of the request is none.
    """
    number = _count(fields, "page.currentPage", 1)
    size = min(limit, _count(fields, "page.pageSize", min(DEFAULT_PAGE_SIZE, limit)))
    start = (number - 1) * size
    block: Json = {
        "currentPage": number,
        "pageSize": size,
        "totalPage": -(-len(results) // size),
        "totalResults": len(results),
    }
    for name in ("sortColumn", "sortDirection"):
        if fields.text(f"page.{name}"):
            block[name] = fields.text(f"page.{name}")
    return block, results[start : start + size]


def _count(fields: Fields, name: str, default: int) -> int:
    value = fields.text(name)
    count = parse_id(value) if value else default
    if not count:
        raise malformed(f"{name} must be a number from 1.")
    return count
