"""Contradictions between the records of one page and the totals of its page block."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async.models import PageInfo

# A reply is taken as one snapshot of records and totals, so that these contradictions can't come
# from records that change meanwhile. What v1 counts as a result is not documented.


def empty_contradictions(
    number: int, info: PageInfo, *, deleted: bool, first: bool
) -> Iterator[str]:
    """Say why a page can't be without records.

    Args:
        number: its number.
        info: its page block.
        deleted: whether it lists deleted records that the page before it does not list.
        first: whether there was no page before it.
    """
    results, pages = info.total_results, info.total_page
    if not deleted and number < pages:
        yield f"page {number} of {pages} is empty, so records are missing"
    if not first and not results:
        yield f"page {number} is empty, with a total of 0 records after pages that had some"
    if results < 0 or (results > 0 and pages < 1):
        yield f"page {number} is empty, with a total of {results} records on {pages} pages"


def total_contradictions(
    number: int, held: int, info: PageInfo, size: int, before: int
) -> Iterator[str]:
    """Say where the totals contradict the records.

    Args:
        number: number of the page.
        held: how many records are on it.
        info: its page block.
        size: how many records fit on a page; not positive if that is unknown.
        before: the total of pages that the page before it said.
    """
    results, pages = info.total_results, info.total_page
    if pages < number:
        yield f"page {number} has records, with a total of {pages} pages"
    if results < 1:
        yield f"page {number} has records, with a total of {results} records"
    if held > size > 0:
        yield f"page {number} has {held} records, more than its size of {size}"
    if held < size:
        return  # a page that is not full may be the last one, whatever the total
    until = (number - 1) * size + held if size > 0 else held
    if results < until:
        yield f"page {number} goes up to record {until}, with a total of {results} records"
    if number < pages or size < 1:
        return
    if results > until:
        yield f"page {number}, the last one, goes up to record {until} of {results}"
    if number < before:
        yield (
            f"the total fell from {before} pages to {number}, and page {number} is full, so "
            "records may be missing"
        )
