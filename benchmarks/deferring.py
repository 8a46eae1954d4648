"""What it is worth to write the next request before a page is decoded: pulls in virtual time.

The clock is trio's: it stands still while code runs, and moves by what decoding a page is said to
take. So the figures are exact, whatever else the machine does.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import anyio
import attrs
import orjson
import trio
from anyio.lowlevel import checkpoint
from trio.testing import MockClock

from benchmarks.table import Row, at_most
from neon_async._paging import decode_gate
from neon_async._paging.paginator import Paginator
from neon_async._pipeline.dispatcher import Dispatcher
from neon_async._pipeline.retry import RetryPolicy
from neon_async._pipeline.session import Credentials
from neon_async.operations import SyncAccounts

if TYPE_CHECKING:
    from neon_async._wire.form import Form
    from neon_async.models import AccountsPage

_PAGES = 200
_LATENCY = 0.05  # seconds
_DECODING = 0.003  # seconds of CPU a page
_WRITING = 5  # turns of the event loop that the HTTP transport takes to write a request


@attrs.frozen
class _Reply:
    body: bytes


class _Latency:
    """A transport that answers after the latency."""

    def check_form(self, path: str, pairs: object) -> None:
        """Accept every form."""

    async def send_form(self, operation: str, path: str, form: Form, **_: Any) -> _Reply:
        del path
        for _turn in range(_WRITING):
            await checkpoint()
        await anyio.sleep(_LATENCY)
        if operation == "login":
            return _Reply(b'{"r": {"operationResult": "SUCCESS", "userSessionId": "fake"}}')
        number = int(parse_qs(form.content.decode())["page.currentPage"][0])
        block = {"currentPage": number, "pageSize": 1, "totalPage": _PAGES, "totalResults": _PAGES}
        accounts = {"individualAccount": [{"accountId": number, "url": "x" * 40_000}]}
        payload = {"operationResult": "SUCCESS", "page": block, "individualAccounts": accounts}
        return _Reply(orjson.dumps({"r": payload}))

    async def aclose(self) -> None:
        """Do nothing."""


@attrs.frozen(kw_only=True)
class _Slow(SyncAccounts):
    """A sync whose pages take virtual time to decode."""

    clock: MockClock

    def parse(self, payload: dict[str, Any]) -> AccountsPage:
        self.clock.jump(_DECODING)
        return super().parse(payload)


async def _pull(clock: MockClock, width: int) -> float:
    """Return the seconds of a pull."""
    dispatcher = Dispatcher(
        _Latency(),
        credentials=Credentials("example", "not-a-real-key"),
        limiter=anyio.CapacityLimiter(width),
        retry=RetryPolicy(),
    )
    await dispatcher.login()
    operation = _Slow(time_from=datetime(2014, 1, 1, tzinfo=UTC), clock=clock)
    start = anyio.current_time()
    paginator: Paginator[Any, Any] = Paginator(dispatcher, operation, workers=2 * width)
    async with paginator.lookahead() as accounts:
        async for _ in accounts:
            pass
    return anyio.current_time() - start


def _of_ideal(width: int, turns: int) -> float:
    usual, decode_gate.TURNS = decode_gate.TURNS, turns
    try:
        clock = MockClock(autojump_threshold=0)
        return trio.run(_pull, clock, width, clock=clock) / (_PAGES / width * _LATENCY)
    finally:
        decode_gate.TURNS = usual


def measure(*, quick: bool) -> list[Row]:
    """Measure pulls with and without the turns that a look-ahead leaves before it decodes."""
    del quick  # it takes a second
    with_turns, without = (
        {width: _of_ideal(width, turns) for width in (5, 20)} for turns in (decode_gate.TURNS, 0)
    )
    return [
        at_most(
            "look-ahead in virtual time, 3 ms of decoding a page, 5 at once, ÷ ideal",
            with_turns[5],
            1.1,
            others=f"decoding before the next request is written {without[5]:.2f} · "
            f"20 at once {with_turns[20]:.2f} and {without[20]:.2f}",
        )
    ]
