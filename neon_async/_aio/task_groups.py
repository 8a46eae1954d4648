"""Work on many items, several at once, until the first error."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import anyio

from neon_async._aio.lifetime import ungrouped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

T = TypeVar("T")


async def for_each(
    things: Iterable[T], work: Callable[[T], Awaitable[object]], *, workers: int
) -> None:
    """Work on all things until the first error, which is raised without a group.

    Raises:
        Exception: the first that `work` raised.
    """
    waiting = iter(things)
    failed: list[Exception] = []

    async def run() -> None:
        for thing in waiting:
            try:
                await work(thing)
            except Exception as error:  # noqa: BLE001 - raised below, outside of the group
                failed.append(error)
            if failed:
                return

    with ungrouped():
        async with anyio.create_task_group() as tasks:
            for _ in range(workers):
                tasks.start_soon(run)
    if failed:
        raise failed[0]
