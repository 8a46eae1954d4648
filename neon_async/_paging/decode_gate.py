"""Gate before the decoding of pages: after the next request, and one page after the other."""

from __future__ import annotations

from typing import Final

import anyio
from anyio.lowlevel import RunVar, checkpoint

# Turns of the event loop that a request takes before it is written. With 3 ms of work for a page,
# 50 ms latency and 5 requests at once, pulls take 1.04 times the ideal with these turns and 1.20
# without; at 20 at once the CPU is the bound either way (`python -m benchmarks --only deferring`).
TURNS = 6

# By event loop: a page is decoded when the one before has reached its consumer. Else 50 iterations
# decode 50 pages before one of them is consumed, and the garbage collector looks through them all:
# 1.35 × the CPU time on 3.13, 1.8 × on 3.11 (`python -m benchmarks --only organizations`).
_running: Final[RunVar[anyio.Semaphore]] = RunVar("neon_async_decoding")


def _place() -> anyio.Semaphore:
    place = _running.get(None)
    if place is None:
        place = anyio.Semaphore(1, fast_acquire=True)
        _running.set(place)
    return place


class DecodeGate:
    """Lets one page be decoded, and hands it over before another one of the event loop follows.

    The task that waits for the page gives the place back; without one, the task that decoded it.
    """

    __slots__ = ("_awaited", "_holds", "_place", "_wanted")

    def __init__(self) -> None:
        """Start closed."""
        self._place = _place()
        self._wanted = anyio.Event()
        self._awaited = self._holds = False

    async def enter(self) -> None:
        """Wait until the next request is out, the consumer ready, and no other page on its way."""
        for _ in range(TURNS):
            await checkpoint()
        await self._wanted.wait()
        await self._place.acquire()
        self._holds = True

    def leave(self) -> None:
        """Give the place back, if it is held."""
        if self._holds:
            self._holds = False
            self._place.release()

    def decoded(self, *, has_page: bool) -> None:
        """Keep the place until the consumer has taken the page, if it waits for one that came."""
        if not (has_page and self._awaited):
            self.leave()

    def open_ahead(self) -> None:
        """Let the page be decoded before it is needed, if no other page waits for that."""
        if self._place.value:
            self._wanted.set()

    async def take(self, ready: anyio.Event) -> None:
        """Let the page be decoded, and wait until it is."""
        self._wanted.set()
        self._awaited = True
        try:
            await ready.wait()
        finally:
            self._awaited = False
            self.leave()
