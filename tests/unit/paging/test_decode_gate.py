"""The gate before the decoding of pages: one page of an event loop after the other."""

import anyio
import pytest

from neon_async._paging.decode_gate import DecodeGate


class Page:
    """A page that is decoded as soon as its gate opens, unless something else comes up."""

    def __init__(self, *, arrives: bool = True) -> None:
        self.gate = DecodeGate()
        self.ready = anyio.Event()
        self.entered = False
        self._arrives = arrives

    async def decode(self) -> None:
        await self.gate.enter()
        self.entered = True
        self.ready.set()
        self.gate.decoded(has_page=self._arrives)

    async def take(self) -> None:
        await self.gate.take(self.ready)


async def test_page_is_handed_over_first() -> None:
    """While a page is on its way to its consumer, no other is decoded."""
    order: list[str] = []

    async def decode(page: Page, name: str) -> None:
        await page.decode()
        order.append(f"{name} decoded")

    async def take(page: Page, name: str) -> None:
        await page.take()
        order.append(f"{name} taken")

    async with anyio.create_task_group() as tasks:
        for name in "abc":
            page = Page()
            tasks.start_soon(decode, page, name)
            tasks.start_soon(take, page, name)

    pairs = [(before[0], after) for before, after in zip(order[::2], order[1::2], strict=True)]
    assert [(name, f"{name} taken") for name, _ in pairs] == pairs
    assert 3 == len(pairs)


@pytest.mark.parametrize("arrives", [True, False])
async def test_nobody_waits_for_the_page(arrives: bool) -> None:  # noqa: FBT001 - a parameter
    """A page that is decoded ahead, or did not come, keeps no other one back."""
    first, second = Page(arrives=arrives), Page()
    first.gate.open_ahead()
    await first.decode()
    second.gate.open_ahead()
    await second.decode()

    assert second.entered
    await first.take()  # at once
    await second.take()


async def test_failed_page_keeps_nothing_back() -> None:
    """An error instead of a page gives the place back, though its consumer has not seen it yet."""
    first, second = Page(arrives=False), Page()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(first.take)
        await anyio.wait_all_tasks_blocked()
        await first.decode()
        second.gate.open_ahead()
        await second.decode()

    assert second.entered


async def test_cancelled_consumer_keeps_nothing_back() -> None:
    """A consumer that is cancelled while its page is being decoded gives the place back."""
    first, second = DecodeGate(), Page()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(first.take, anyio.Event())
        await first.enter()
        tasks.cancel_scope.cancel()

    second.gate.open_ahead()
    await second.decode()
    first.leave()  # by the task that decodes: the place was given back before

    assert second.entered
    third = Page()
    third.gate.open_ahead()
    await third.decode()


async def test_nothing_is_decoded_ahead_of_others() -> None:
    """While another page is decoded, none is decoded that nobody waits for yet."""
    first, second = DecodeGate(), Page()
    first.open_ahead()
    await first.enter()
    second.gate.open_ahead()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(second.decode)
        await anyio.wait_all_tasks_blocked()
        assert not second.entered
        first.leave()
        await anyio.wait_all_tasks_blocked()
        assert not second.entered
        await second.take()

    assert second.entered
