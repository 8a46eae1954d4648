"""Answers on a socket: a scripted HTTP server for everything that can go wrong on the way.

It runs in a thread with an event loop of its own, so tests on asyncio and on trio use the same one.
What it does with a request is a row of steps:

```python
with FaultServer() as server:
    server.always(http(b'{"ok": true}'))            # bytes are sent as they are
    server.nth(2, rst())                            # the second request, and no other
    server.next(wait(0.1), http(status=503))        # the next one that has nothing better
    server.route("common/login", http(LOGIN))       # by the end of the path
    client = AsyncClient("org", "key", base_url=server.url)
    ...
    assert 2 == server.connections
    assert [("accountId", "1")] == server.seen[-1].pairs
```

`nth` wins over `next`, `next` over `route`, `route` over `always`. In place of steps a function
from `Seen` to steps may stand. `on_connect` scripts what happens to the next connection before it
is read. Steps, of `tests.support.fault_steps`: bytes, `wait`, `drip`, `hang`, `fin`, `rst`, and
`Gate`, which waits until the test opens it. `await server.until(lambda: server.requests == 3)`
waits for the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Self

import anyio.to_thread

from tests.support.fault_steps import Connection, OverError, http, play, read

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    from tests.support.fault_steps import Script, Seen, Step, Steps

_STEPS_TO_ACCEPT = 10
PATIENCE = 5.0  # seconds that anything may take before a test gives up


class FaultServer:
    """The server; see the module.

    Attributes:
        seen: every request, in order of arrival.
        connections: sockets accepted so far.
        open_connections: sockets open now.
        in_flight: requests being answered now.
        most_in_flight: the most that ever were.
    """

    def __init__(self, *, ssl_context: ssl.SSLContext | None = None) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self.open_connections = 0
        self.in_flight = 0
        self.most_in_flight = 0
        self._ssl_context = ssl_context
        self._always: Script = (http(),)
        self._nth: dict[int, Script] = {}
        self._next: deque[Script] = deque()
        self._routes: dict[str, Script] = {}
        self._on_connect: deque[Steps] = deque()
        self._changed = threading.Condition()
        self._ready: threading.Event = threading.Event()
        self._port = 0
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="fault-server", daemon=True)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._port

    @property
    def url(self) -> str:
        """The base URL."""
        scheme = "https" if self._ssl_context else "http"
        host = "localhost" if self._ssl_context else "127.0.0.1"
        return f"{scheme}://{host}:{self._port}"

    @property
    def requests(self) -> int:
        """Requests so far."""
        return len(self.seen)

    @property
    def logins(self) -> int:
        """Logins so far."""
        return sum(seen.path.endswith("/common/login") for seen in self.seen)

    def always(self, *steps: Step) -> None:
        """Do this with every request that has nothing better."""
        self._always = steps

    def answer(self, script: Callable[[Seen], Iterable[Step]]) -> None:
        """Ask this function what to do with every request that has nothing better."""
        self._always = script

    def nth(self, number: int, *steps: Step) -> None:
        """Do this with the request of that number, from 1."""
        self._nth[number] = steps

    def next(self, *steps: Step) -> None:
        """Do this with the next request; several calls make a queue."""
        self._next.append(steps)

    def route(self, path: str, *steps: Step) -> None:
        """Do this with requests whose path ends so."""
        self._routes[path] = steps

    def on_connect(self, *steps: Step) -> None:
        """Do this with the next connection before reading from it; several calls make a queue."""
        self._on_connect.append(steps)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for the condition, at most 5 seconds."""
        await anyio.to_thread.run_sync(self.wait_until, condition)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait for the condition from a thread, at most 5 seconds."""
        end = time.monotonic() + PATIENCE
        with self._changed:
            while not condition():
                if time.monotonic() > end:
                    raise TimeoutError
                # The condition may be about something else than the server, too.
                self._changed.wait(0.01)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(PATIENCE)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        listener = await asyncio.start_server(
            self._accept, "127.0.0.1", 0, ssl=self._ssl_context, limit=2**20
        )
        self._port = listener.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        listener.close()
        # A connection that was only just accepted has no task yet, which would close it.
        for _ in range(_STEPS_TO_ACCEPT):
            await asyncio.sleep(0)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # A transport closes its socket a step later.
        await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        self._count(connections=1, open_connections=1)
        connection = Connection(self.connections, reader, writer)
        try:
            with contextlib.suppress(OverError, OSError, asyncio.IncompleteReadError):
                await self._converse(connection)
        except asyncio.CancelledError:
            writer.transport.abort()  # the server stops
        finally:
            writer.close()
            try:
                await writer.wait_closed()
            except OSError:
                pass
            except asyncio.CancelledError:
                writer.transport.abort()
            self._count(open_connections=-1)
            self._tasks.discard(task) if task else None

    async def _converse(self, connection: Connection) -> None:
        if self._on_connect:
            await play(self._on_connect.popleft(), connection)
        while True:
            seen = await read(connection)
            with self._changed:
                self.seen.append(seen)
                script = self._script(seen)
            self._count(in_flight=1)
            try:
                await play(script if isinstance(script, tuple) else script(seen), connection)
            finally:
                self._count(in_flight=-1)

    def _script(self, seen: Seen) -> Script:
        if self.requests in self._nth:
            return self._nth[self.requests]
        if self._next:
            return self._next.popleft()
        for path, script in self._routes.items():
            if seen.path.endswith(path):
                return script
        return self._always

    def _count(self, **changes: int) -> None:
        with self._changed:
            for name, change in changes.items():
                setattr(self, name, getattr(self, name) + change)
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            self._changed.notify_all()
