"""Tasks that any task of the event loop may start and end."""

import asyncio
import contextvars
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.lowlevel import checkpoint

from neon_async._aio.background import BackgroundTasks
from neon_async.errors import EventLoopError
from tests.support.page_server import nothing_left, settle

WHO: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")


class Interrupt(BaseException):
    """Stands for a KeyboardInterrupt."""


@asynccontextmanager
async def in_another_task() -> AsyncGenerator[BackgroundTasks]:
    """Tasks that are made in one task, used in that of the test, and closed in a third one."""
    made: list[BackgroundTasks] = []

    async def make() -> None:
        await checkpoint()
        made.append(BackgroundTasks("look-ahead"))

    async with nothing_left():
        async with anyio.create_task_group() as group:
            group.start_soon(make)
        yield made[0]
        async with anyio.create_task_group() as group:
            group.start_soon(made[0].aclose)


async def test_any_task_may_start_and_end_them() -> None:
    """What is made in a task that has ended works, and is closed by yet another task."""
    ended: list[str] = []

    async def work(name: str) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(name)

    async with in_another_task() as tasks:
        for name in "ab":
            tasks.start_soon(work, name)
        await settle()
        assert [] == ended

    assert ["a", "b"] == sorted(ended)


async def test_the_caller_is_not_cancelled() -> None:
    """Ending the tasks touches no scope of the task that made them."""
    with anyio.CancelScope() as scope:
        tasks = BackgroundTasks("look-ahead")
        tasks.start_soon(anyio.sleep_forever)
        async with anyio.create_task_group() as group:
            group.start_soon(tasks.aclose)
        await checkpoint()

    assert (False, False) == (scope.cancel_called, scope.cancelled_caught)


async def test_one_task_is_ended_alone() -> None:
    """The scope of a task ends it, also before its first step, and no other one."""
    events: list[str] = []

    async def work(name: str) -> None:
        await checkpoint()
        events.append(name)

    async with in_another_task() as tasks:
        tasks.start_soon(work, "cancelled").cancel()
        tasks.start_soon(work, "left alone")
        await settle()

    assert ["left alone"] == events


async def test_tasks_start_tasks() -> None:
    """A task that has begun may start the next one."""
    names: list[str] = []

    async def work(*left: str) -> None:
        await checkpoint()
        names.append(left[0])
        if len(left) > 1:
            tasks.start_soon(work, *left[1:])

    async with in_another_task() as tasks:
        tasks.start_soon(work, "a", "b", "c")
        await settle()

    assert ["a", "b", "c"] == names


async def test_all_have_the_context_of_their_owner() -> None:
    """Whoever starts a task, it has the context variables of where the tasks were made."""
    seen: list[str] = []

    async def work() -> None:
        seen.append(WHO.get())
        WHO.set("a task")
        await checkpoint()

    token = WHO.set("owner")
    tasks = BackgroundTasks("look-ahead")
    WHO.reset(token)
    for _ in range(2):
        tasks.start_soon(work)
        await settle()
    await tasks.aclose()

    assert ["owner", "owner"] == seen


async def test_closing_again() -> None:
    """A second close does nothing, and nothing more is started."""
    tasks = BackgroundTasks("look-ahead")
    await tasks.aclose()
    await tasks.aclose()

    with pytest.raises(RuntimeError, match="the look-ahead is closed"):
        tasks.start_soon(checkpoint)


@pytest.mark.parametrize("error", [Interrupt, ZeroDivisionError])
async def test_what_work_does_not_keep(error: type[BaseException]) -> None:
    """An interrupt in a task comes out of the close, as it is; the first of several."""

    async def work(kind: type[BaseException]) -> None:
        await checkpoint()
        raise kind

    tasks = BackgroundTasks("look-ahead")
    async with nothing_left():
        tasks.start_soon(work, error)
        await settle()
        tasks.start_soon(work, KeyError)
        await settle()
        with pytest.raises(error):
            await tasks.aclose()

    assert isinstance(tasks.failure, error)


async def test_cancelled_while_closing() -> None:
    """A close that is cancelled waits all the same, since nothing may be left behind."""
    ended: list[str] = []

    async def work() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await settle()
            ended.append("work")

    async with nothing_left():
        tasks = BackgroundTasks("look-ahead")
        tasks.start_soon(work)
        await settle()
        with anyio.CancelScope() as scope:
            scope.cancel()
            await tasks.aclose()

    assert ["work"] == ended


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_native_cancellation_while_closing() -> None:
    """`Task.cancel` does not shorten a close either, and comes out of it."""
    ended: list[str] = []
    end = anyio.Event()

    async def work() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await end.wait()
            ended.append("work")

    tasks = BackgroundTasks("look-ahead")
    tasks.start_soon(work)
    await settle()
    closing = asyncio.create_task(tasks.aclose())
    for _ in range(3):
        await settle()
        closing.cancel()
    await settle()
    assert (False, []) == (closing.done(), ended)
    end.set()
    await asyncio.wait([closing])

    assert (True, ["work"]) == (closing.cancelled(), ended)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize("steps", [0, 3])
async def test_tasks_that_somebody_else_cancels(steps: int) -> None:
    """Frameworks that cancel all tasks leave none, and a close after that ends."""
    before = asyncio.all_tasks()
    tasks = BackgroundTasks("look-ahead")
    tasks.start_soon(anyio.sleep_forever)
    for _ in range(steps):
        await checkpoint()
    for task in asyncio.all_tasks() - before:
        task.cancel()
    await settle()
    await tasks.aclose()

    assert before == asyncio.all_tasks()


def test_another_event_loop() -> None:
    """Tasks of one event loop can't be ended in another one."""

    async def make() -> BackgroundTasks:
        return BackgroundTasks("look-ahead")

    tasks = anyio.run(make)
    with pytest.raises(EventLoopError, match="a look-ahead belongs to the event loop"):
        anyio.run(tasks.aclose)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_end_of_the_program(backend: str) -> None:
    """Whoever never closes them is not kept, and not warned either."""
    ended: list[str] = []

    async def work() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("work")

    async def main() -> None:
        BackgroundTasks("look-ahead").start_soon(work)
        await settle()

    anyio.run(main, backend=backend)

    assert ["work"] == ended


def test_uvloop() -> None:
    """On uvloop they start and end as on asyncio."""
    pytest.importorskip("uvloop")  # there is none for Windows
    anyio.run(test_any_task_may_start_and_end_them, backend_options={"use_uvloop": True})


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are of Python 3.12")
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_eager_tasks() -> None:
    """A task that is over before it could be noted is not waited for."""
    ended: list[str] = []

    async def work() -> None:
        ended.append("work")

    loop = asyncio.get_running_loop()
    before = loop.get_task_factory()
    loop.set_task_factory(getattr(asyncio, "eager_task_factory"))  # noqa: B009 - see mypy's python_version
    try:
        tasks = BackgroundTasks("look-ahead")
        tasks.start_soon(work)
        assert ["work"] == ended
        await tasks.aclose()
    finally:
        loop.set_task_factory(before)
