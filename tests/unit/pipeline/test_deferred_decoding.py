"""Large replies of a look-ahead are decoded when their page is needed."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import attrs
import orjson
import pytest
from anyio.lowlevel import checkpoint

from neon_async._paging.paginator import Paginator
from neon_async._pipeline.retry import RetryPolicy
from neon_async.errors import ProtocolError
from neon_async.models import AccountsPage
from neon_async.operations import SyncAccounts
from tests.support.fake_transport import FakeTransport, Lookup, Reply, dispatcher, success
from tests.support.page_server import NOW

LARGE = success(found="x" * 40_000)
SMALL = success(found="x" * 8_000)  # as large as a refusal may be


class Gate:
    """A gate that waits for something, and counts."""

    def __init__(self, wait: Callable[[], Awaitable[object]] = checkpoint) -> None:
        self._wait = wait
        self.entered = self.left = 0

    async def enter(self) -> None:
        self.entered += 1
        await self._wait()

    def leave(self) -> None:
        self.left += 1


async def test_slot_is_free_while_a_large_reply_waits() -> None:
    """Two calls share one slot: one whose reply waits to be decoded does not keep the other one."""
    transport = FakeTransport(script={"lookup": [LARGE, SMALL]})
    sender = dispatcher(transport, limiter=anyio.CapacityLimiter(1))
    ready = anyio.Event()
    answers: list[int] = []
    await sender.login()

    async def call() -> None:
        answers.append(len(await sender.send(Lookup(), decode_when=Gate(ready.wait))))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        tasks.start_soon(call)
        await anyio.wait_all_tasks_blocked()
        early = [*answers]
        ready.set()

    assert [8_000] == early  # a small reply waits for nobody
    assert [8_000, 40_000] == answers
    assert 1 == transport.most_in_flight
    assert 0 == sender.limiter.borrowed_tokens


async def test_large_nonsense() -> None:
    """A large reply that can't be read is an error like any other, and its slot is free."""
    nonsense = Reply(b'{"r": {"operationResult": "SUCC' + b"x" * 40_000)
    transport = FakeTransport(script={"lookup": [nonsense, SMALL]}, pauses=20)
    once = RetryPolicy(attempts=1)
    sender = dispatcher(transport, limiter=anyio.CapacityLimiter(1), retry=once)
    answers: list[str] = []
    await sender.login()

    async def call() -> None:
        try:
            answers.append(await sender.send(Lookup(), decode_when=Gate()))
        except ProtocolError as error:
            answers.append(type(error).__name__)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        tasks.start_soon(call)

    assert ["ProtocolError", "x" * 8_000] == answers
    assert 0 == sender.limiter.borrowed_tokens


async def test_wait_for_the_turn_costs_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time that a reply waits to be decoded does not count against the call's deadline."""
    nonsense = Reply(b"x" * 40_000)
    transport = FakeTransport(script={"lookup": [nonsense, LARGE]})
    sender = dispatcher(transport, deadline=30.0)
    await sender.login()
    passed = 0.0
    clock = anyio.current_time
    monkeypatch.setattr(anyio, "current_time", lambda: clock() + passed)

    async def turn() -> None:
        nonlocal passed
        passed += 3600.0
        await checkpoint()

    gate = Gate(turn)
    assert "x" * 40_000 == await sender.send(Lookup(), decode_when=gate)
    assert 2 == transport.count["lookup"]
    assert (2, 1) == (gate.entered, gate.left)  # others are decoded before the second attempt


@pytest.mark.parametrize(("size", "left"), [(40_000, 0), (600_000, 1)])
async def test_others_do_not_wait_for_steps(size: int, left: int) -> None:
    """A reply that is parsed in steps lets others be decoded meanwhile; a usual one is at once."""
    gate = Gate()
    sender = dispatcher(FakeTransport(script={"lookup": [success(found="x" * size)]}))

    assert "x" * size == await sender.send(Lookup(), decode_when=gate)
    assert (1, left) == (gate.entered, gate.left)


@attrs.frozen(kw_only=True)
class Noting(SyncAccounts):
    """A sync that notes which pages were decoded."""

    decoded: list[int] = attrs.field(factory=list[int])

    def parse(self, payload: dict[str, Any]) -> AccountsPage:
        self.decoded.append(payload["page"]["currentPage"])
        return super().parse(payload)


def page(number: int) -> Reply:
    """A page of one account, large enough to be worth waiting with."""
    block = {"currentPage": number, "pageSize": 1, "totalPage": 6, "totalResults": 6}
    account = {"accountId": number, "url": "x" * 40_000}
    payload = {"page": block, "individualAccounts": {"individualAccount": [account]}}
    envelope = {"operationResult": "SUCCESS", **payload}
    return Reply(orjson.dumps({"syncAccountsResponse": envelope}))


class PagesOfAccounts(FakeTransport):
    """Answers with the page that was asked for."""

    def _normal(self, operation: str, values: dict[str, str]) -> Reply:
        if operation == "syncAccounts":
            return page(int(values["page.currentPage"]))
        return super()._normal(operation, values)


async def test_pages_ahead_stay_encoded() -> None:
    """A look-ahead decodes one page ahead of its consumer, however many it has fetched."""
    transport = PagesOfAccounts()
    operation = Noting(time_from=NOW)
    steps: list[tuple[int, list[int], int]] = []

    paginator: Paginator[AccountsPage, object] = Paginator(
        dispatcher(transport), operation, workers=4
    )
    async with paginator.lookahead_pages() as pages:
        async for found in pages:
            assert found.page is not None
            await anyio.wait_all_tasks_blocked()
            number = found.page.current_page
            steps.append((number, list(operation.decoded), transport.count["syncAccounts"]))

    assert [
        (1, [1, 2], 4),
        (2, [1, 2, 3], 5),
        (3, [1, 2, 3, 4], 6),
        (4, [1, 2, 3, 4, 5], 6),
        (5, [1, 2, 3, 4, 5, 6], 6),
        (6, [1, 2, 3, 4, 5, 6], 6),
    ] == steps


class Account:
    """An iteration over six pages, which notes what is decoded and what has arrived."""

    def __init__(self, log: list[str]) -> None:
        self._paginator: Paginator[AccountsPage, object] = Paginator(
            dispatcher(PagesOfAccounts()), Logging(time_from=NOW, log=log), workers=4
        )
        self._log = log

    async def iterate(self) -> None:
        async with self._paginator.lookahead_pages() as pages:
            async for found in pages:
                del found
                self._log.append("arrived")


@attrs.frozen(kw_only=True)
class Logging(SyncAccounts):
    """A sync that notes when a page is decoded."""

    log: list[str] = attrs.field(factory=list[str])

    def parse(self, payload: dict[str, Any]) -> AccountsPage:
        self.log.append("decoded")
        return super().parse(payload)


async def test_one_page_at_a_time() -> None:
    """Of many iterations in an event loop, each page arrives before the next one is decoded."""
    log: list[str] = []
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(Account(log).iterate)

    assert 60 == log.count("decoded") == log.count("arrived")
    # The first page of each is decoded at once, to learn how many there are.
    waiting = [log[: at + 1].count("decoded") - log[: at + 1].count("arrived") for at in range(120)]
    assert max(waiting) <= 10 + 1
    assert max(waiting[60:]) <= 1 + 1
