"""Pages that are not what was asked for, or not what they say they are: they prove nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neon_async._changes.protocol import SLACK
from neon_async._changes.timestamps import micros

if TYPE_CHECKING:
    from neon_async._changes.protocol import Answer
    from neon_async.models import PageInfo
    from neon_async.operations._sync import Sync


def contradiction(answer: Answer, info: PageInfo | None, asked: Sync[Any]) -> str | None:
    """Say what is wrong with a page; None for a page that fits.

    Args:
        answer: what the page says.
        info: its page block.
        asked: the operation that it answers.
    """
    held = len(answer.ids)
    if info is None:
        return "a page came without a page block, so the end can't be known" if held else None
    # Beyond the end, servers may show the last page instead of an empty one.
    if info.current_page != asked.page and asked.page <= answer.pages:
        return f"page {asked.page} was asked for, page {info.current_page} came"
    if held > answer.size:
        return f"{held} records came on a page of {answer.size}"
    if _outside(answer, asked):
        return "a record came that was last changed outside of the range"
    return None


def _outside(answer: Answer, asked: Sync[Any]) -> bool:
    """Return whether a record is further from the range than an end may be off."""
    low = None if asked.time_from is None else micros(asked.time_from) - SLACK
    high = None if asked.time_to is None else micros(asked.time_to) + SLACK
    return any(
        (low is not None and time < low) or (high is not None and time > high)
        for time in answer.times
        if time is not None
    )
