"""Async generators that may be abandoned."""

import gc
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from types import TracebackType

import pytest
from anyio.lowlevel import checkpoint

from neon_async._aio.generators import AbandonableGenerator


async def counting(events: list[str]) -> AsyncGenerator[int, None]:
    try:
        for number in range(3):
            await checkpoint()
            try:
                yield number
            except KeyError as error:
                events.append(repr(error))
    finally:
        events.append("closed")


async def test_iterates_like_a_generator() -> None:
    """All items come in order, and then the end."""
    events: list[str] = []
    iteration = AbandonableGenerator(counting(events))

    assert iteration is aiter(iteration)
    assert [0, 1, 2] == [number async for number in iteration]
    assert ["closed"] == events
    with pytest.raises(StopAsyncIteration):
        await anext(iteration)


async def test_sending_throwing_and_closing() -> None:
    """The rest of the generator protocol reaches the generator."""
    events: list[str] = []
    iteration = AbandonableGenerator(counting(events))

    assert 0 == await iteration.asend(None)
    assert 1 == await iteration.athrow(KeyError("a"))
    assert 2 == await iteration.athrow(KeyError, KeyError("b"))
    await iteration.aclose()
    assert ["KeyError('a')", "KeyError('b')", "closed"] == events


async def test_the_forms_of_throwing() -> None:
    """A class, a class with its argument, and a traceback of its own can be thrown."""
    events: list[str] = []
    iteration = AbandonableGenerator(counting(events))
    await anext(iteration)

    assert 1 == await iteration.athrow(KeyError)
    assert 2 == await iteration.athrow(KeyError, "c")
    assert ["KeyError()", "KeyError('c')"] == events
    with pytest.raises(ValueError, match="elsewhere") as caught:
        await iteration.athrow(ValueError, ValueError("elsewhere"), traceback())
    assert "traceback" in [entry.name for entry in caught.traceback]


def traceback() -> TracebackType | None:
    """Where another error was raised."""
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int("traceback")
    return caught.value.__traceback__


async def test_a_thrown_error_keeps_its_traceback() -> None:
    """`contextlib` throws the error of a block as it is, and its origin must stay visible."""
    error = ValueError("origin")
    error.__traceback__ = traceback()
    iteration = AbandonableGenerator(counting([]))
    await anext(iteration)

    with pytest.raises(ValueError, match="origin") as caught:
        await iteration.athrow(error)
    assert "traceback" in [entry.name for entry in caught.traceback]


async def test_closing_at_the_end_of_a_block() -> None:
    """`contextlib.aclosing` takes a iteration."""
    events: list[str] = []
    async with aclosing(AbandonableGenerator(counting(events))) as iteration:
        assert 0 == await anext(iteration)
    assert ["closed"] == events


async def test_abandoned_walks_are_just_collected() -> None:
    """After a `break` the generator ends when it is collected, and no event loop minds."""
    events: list[str] = []
    async for _ in AbandonableGenerator(counting(events)):
        break
    gc.collect()

    assert ["closed"] == events
    await checkpoint()


async def test_hooks_of_the_event_loop_stay() -> None:
    """Other generators are still looked after by the event loop."""
    hooks = sys.get_asyncgen_hooks()
    _ = [number async for number in AbandonableGenerator(counting([]))]

    assert hooks == sys.get_asyncgen_hooks()
    assert any(hooks)


async def test_nothing_runs_before_the_first_item() -> None:
    """A iteration that is not begun does nothing, and closing it neither."""
    events: list[str] = []
    iteration = AbandonableGenerator(counting(events))
    await iteration.aclose()

    assert [] == events
