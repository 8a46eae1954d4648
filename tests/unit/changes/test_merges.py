"""Where merged accounts live now, and what is said when nobody knows."""

import logging
from datetime import UTC, datetime
from typing import TypeVar

import anyio
import httpx
import pytest

from neon_async import (
    APIError,
    ConnectError,
    Deleted,
    InvalidRequestError,
    Merged,
    MergeHistory,
    NotFoundError,
)
from neon_async._changes.delivery import _CACHED
from neon_async.emulator import Emulator
from neon_async.operations import Operation, RetrieveDuplicateMergeHistory
from neon_async.soap import SoapTransport
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer

T = TypeVar("T")


def merged() -> FakeChangeServer:
    """Accounts of which 1 was merged into 2, that into 3, and 4 was deleted."""
    world = FakeChangeServer()
    for _ in range(5):
        world.create()
    world.merge(1, 2)
    world.merge(2, 3)
    world.delete(4)
    return world


class Answering(ChangeClient):
    """A client with scripted answers to questions about merges."""

    def __init__(self, *answers: MergeHistory | Exception) -> None:
        super().__init__(FakeChangeServer())
        self.answers = list(answers)
        self.asked: list[int] = []
        self.waits = False

    async def send(self, operation: Operation[T], /) -> T:
        assert isinstance(operation, RetrieveDuplicateMergeHistory)
        self.asked.append(operation.account_id)
        if self.waits:
            await anyio.wait_all_tasks_blocked()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise operation.explain(answer) if isinstance(answer, APIError) else answer
        return answer  # type: ignore[return-value]


async def test_ids_are_resolved() -> None:
    """Former ids lead to the current one; what was deleted or never was is unknown."""
    client = ChangeClient(merged())

    assert {1: 3, 2: 3, 3: 3, 4: None, 5: 5, 99: None} == await client.resolve_account_ids(
        [1, 2, 3, 4, 5, 99, 1]
    )
    assert 3 == await client.resolve_account_id(1)
    assert {} == await client.resolve_account_ids([])


async def test_answers_are_remembered() -> None:
    """One history answers for all ids in it, for a while; without an age each call asks anew."""
    world = merged()
    client = ChangeClient(world, max_concurrency=1)

    await client.resolve_account_ids([1, 2, 3])
    assert 1 == len(world.requests)
    await client.resolve_account_id(2)
    assert 1 == len(world.requests)
    world.merge(3, 5)
    assert 5 == await client.resolve_account_id(2, max_age=0)
    assert 2 == len(world.requests)


async def test_answers_that_overtake_others() -> None:
    """What was asked later is believed, even when the earlier answer arrives after it."""
    slow = anyio.Event()

    class Overtaking(Answering):
        async def send(self, operation: Operation[T], /) -> T:
            answer = await super().send(operation)
            if len(self.asked) == 1:
                await slow.wait()
            else:
                slow.set()
            return answer

    client = Overtaking(MergeHistory(1, 3, [1, 2]), MergeHistory(2, 5, [2]))

    assert {1: 3, 2: 5} == await client.resolve_account_ids([1, 2])
    assert 5 == await client.resolve_account_id(2)


async def test_what_is_remembered_is_bounded() -> None:
    """The oldest answers are forgotten."""
    client = Answering(*(MergeHistory(one, 1, list(range(2, _CACHED + 10))) for one in (1, 2)))

    assert 1 == await client.resolve_account_id(1)
    assert 1 == await client.resolve_account_id(2)

    assert [1, 2] == client.asked


async def test_method_that_does_not_exist(caplog: pytest.LogCaptureFixture) -> None:
    """It is said once, not asked again, and no id is made up."""
    client = Answering(APIError(1))

    with caplog.at_level(logging.WARNING, "neon_async"):
        assert {1: None, 2: None} == await client.resolve_account_ids([1, 2])
        assert await client.resolve_account_id(3) is None

    assert [1] == client.asked
    assert 1 == len(caplog.records)
    assert "does not seem to offer the method" in caplog.text


async def test_it_is_said_once_by_several_workers(caplog: pytest.LogCaptureFixture) -> None:
    """Answers that were under way already say no more."""
    client = Answering(*(NotFoundError(reason="no such method") for _ in range(2)))
    client.waits = True

    with caplog.at_level(logging.WARNING, "neon_async"):
        await client.resolve_account_ids([1, 2, 3])

    assert [1, 2] == client.asked
    assert 1 == len(caplog.records)


async def test_code_1_of_a_method_that_has_answered(caplog: pytest.LogCaptureFixture) -> None:
    """Code 1 has other causes, too: the method is asked again for other ids."""
    client = Answering(MergeHistory(1, 2, [1]), APIError(1), NotFoundError(10132), APIError(1))

    assert 2 == await client.resolve_account_id(1)
    assert await client.resolve_account_id(3) is None
    assert await client.resolve_account_id(4) is None
    assert await client.resolve_account_id(5) is None

    assert [1, 3, 4, 5] == client.asked
    assert "" == caplog.text


@pytest.mark.parametrize("history", [MergeHistory(7, 8, [1]), MergeHistory(1, 0, [1])])
async def test_answer_to_another_question(history: MergeHistory) -> None:
    """A history of another account is no answer, nor is one that leads to what can't be an id."""
    client = Answering(history)

    assert await client.resolve_account_id(1) is None


async def test_errors_come_out_bare() -> None:
    """The first error of several workers is raised as it is, and ends the others' work."""
    client = Answering(ConnectError("the connection broke"), ConnectError("again"))

    with pytest.raises(ConnectError, match="the connection broke"):
        await client.resolve_account_ids(range(1, 100))
    assert len(client.asked) <= 2


async def test_ids_are_checked() -> None:
    """An id that can't be one is refused before anything is sent."""
    with pytest.raises(InvalidRequestError):
        await ChangeClient(FakeChangeServer()).resolve_account_id(0)


async def test_feed_without_the_method() -> None:
    """Merged accounts come as deleted where nothing else is known."""
    with Emulator(accounts=4, activities=0) as emulator:
        emulator.merge_accounts(10001, 10002)
        async with emulator.client() as neon:
            async with neon.account_changes(SINCE, merges=True) as changes:
                assert Merged(10001, 10002) == await anext(changes)
            emulator.remove_method("retrieveDuplicateMergeHistory", "fail")
            async with neon.account_changes(SINCE, merges=True) as changes:
                assert Deleted(10001) == await anext(changes)
        async with emulator.client() as neon:
            emulator.remove_method("retrieveDuplicateMergeHistory", "404")
            async with neon.account_changes(SINCE, merges=True) as changes:
                assert Deleted(10001) == await anext(changes)


async def test_workers_are_bounded() -> None:
    """No more requests are under way than the client allows."""
    client = Answering(*(MergeHistory(one, one, []) for one in range(1, 21)))
    under_way = []

    class Gate(Answering):
        async def send(self, operation: Operation[T], /) -> T:
            under_way.append(operation)
            await anyio.wait_all_tasks_blocked()
            assert 2 >= len(under_way)
            under_way.remove(operation)
            return await client.send(operation)

    await Gate().resolve_account_ids(range(1, 21))

    assert 20 == len(client.asked)


async def test_transport_without_the_method(caplog: pytest.LogCaptureFixture) -> None:
    """Over SOAP, which has no such method, merged accounts are shown as deleted, said once."""
    with Emulator(10, 0) as emulator:
        old, current = emulator.account_ids()[:2]
        emulator.merge_accounts(old, current)
        transport = SoapTransport(httpx.ASGITransport(app=emulator))
        async with emulator.client(transport=transport) as neon:
            assert {old: None, current: None} == await neon.resolve_account_ids([old, current])
            async with neon.account_changes(datetime(2000, 1, 1, tzinfo=UTC), merges=True) as feed:
                assert old in [change.id async for change in feed if isinstance(change, Deleted)]

    assert 1 == caplog.text.count("merged accounts are shown as deleted")
