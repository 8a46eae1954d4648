"""Clients that live as long as the application, and one per organization for those that need it."""

# No postponed annotations: FastAPI can't look up those of an object that is called.

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Any, TypeAlias

import anyio
import attrs
from fastapi import Depends, FastAPI
from fastapi.requests import HTTPConnection

from neon_async import AsyncClient
from neon_async._pipeline.secrecy import guarded

Lifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any]]]
Inner: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, Any] | None]]

_STATE = "neon_client"


def lifespan(
    *, connect: Callable[[], AsyncClient] = AsyncClient, inner: Inner | None = None
) -> Lifespan:
    """Return a lifespan that opens a client with the application and closes it at its end.

    ```python
    from fastapi import FastAPI

    from neon_async import AsyncClient
    from neon_async.fastapi import lifespan

    app = FastAPI(lifespan=lifespan(connect=lambda: AsyncClient(max_concurrency=3)))
    ```

    Args:
        connect: makes the client, in the application's event loop; by default from the
            environment.
        inner: the application's own lifespan; it runs inside, and its state is kept.
    """

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncGenerator[Mapping[str, Any]]:
        async with connect() as neon, _state(app, inner) as state:
            yield {**state, _STATE: neon}

    return run


@asynccontextmanager
async def _state(app: FastAPI, inner: Inner | None) -> AsyncGenerator[Mapping[str, Any]]:
    if inner is None:
        yield {}
        return
    async with inner(app) as state:
        yield state or {}


async def current_client(connection: HTTPConnection) -> AsyncClient:
    """Return the application's client: the dependency behind `NeonClient`.

    In tests, `app.dependency_overrides[current_client]` replaces it.

    Args:
        connection: the request or WebSocket.

    Raises:
        RuntimeError: the application has no `lifespan` that opens one.
    """
    client = getattr(connection.state, _STATE, None)
    if client is None:
        raise RuntimeError("no client: FastAPI(lifespan=neon_async.fastapi.lifespan()) opens one")
    neon: AsyncClient = client
    return neon


NeonClient = Annotated[AsyncClient, Depends(current_client)]
"""The application's client, as the type of an endpoint's parameter."""


@attrs.define(eq=False)
class _Lease:
    client: AsyncClient
    users: int = 0
    since: float = 0.0

    def give_back(self) -> None:
        self.users -= 1
        self.since = anyio.current_time()


class ClientsByOrg:
    """One client for each organization, made when first asked for and closed when idle.

    Make one with `clients_by_org`. Its `lifespan` belongs to the application, and the object
    itself is the dependency.
    """

    def __init__(
        self,
        identify: Callable[[HTTPConnection], str],
        connect: Callable[[str], AsyncClient],
        idle: float,
    ) -> None:
        """See `clients_by_org`."""
        self._identify = identify
        self._connect = connect
        self._idle = idle
        self._leases: dict[str, _Lease] = {}

    @property
    def open_clients(self) -> int:
        """How many clients are open."""
        return len(self._leases)

    async def __call__(self, connection: HTTPConnection) -> AsyncGenerator[AsyncClient]:
        """Lend the client of the request's organization, until the response has been sent."""
        lease = await self._take(self._identify(connection))
        try:
            yield lease.client
        finally:
            lease.give_back()

    @asynccontextmanager
    async def lease(self, org: str) -> AsyncGenerator[AsyncClient]:
        """Lend an organization's client, for instance to a background task.

        Args:
            org: what `identify` returns for it.
        """
        lease = await self._take(org)
        try:
            yield lease.client
        finally:
            lease.give_back()

    @asynccontextmanager
    async def lifespan(self, _app: FastAPI) -> AsyncGenerator[None]:
        """Close all clients at the end of the application."""
        try:
            yield
        finally:
            leases, self._leases = self._leases, {}
            await _close(leases.values())

    @guarded
    async def _take(self, org: str) -> _Lease:
        await self._evict(org)
        lease = self._leases.get(org)
        if lease is None:
            lease = self._leases[org] = _Lease(self._connect(org))
        lease.users += 1
        return lease

    async def _evict(self, wanted: str) -> None:
        before = anyio.current_time() - self._idle
        idle = [
            org
            for org, lease in self._leases.items()
            if lease.users == 0 and lease.since <= before and org != wanted
        ]
        # Out of the table first: closing takes time, and a closing client must not be lent.
        await _close([self._leases.pop(org) for org in idle])


async def _close(leases: Iterable[_Lease]) -> None:
    # Nothing else refers to them any more, so a request that is cancelled still closes them.
    with anyio.CancelScope(shield=True):
        async with anyio.create_task_group() as group:
            for lease in leases:
                group.start_soon(lease.client.aclose)


def clients_by_org(
    identify: Callable[[HTTPConnection], str],
    connect: Callable[[str], AsyncClient],
    *,
    idle: float = 900.0,
) -> ClientsByOrg:
    """Return the clients of an application that serves several organizations.

    ```python
    from typing import Annotated

    from fastapi import Depends, FastAPI
    from fastapi.requests import HTTPConnection

    from neon_async import AsyncClient
    from neon_async.fastapi import clients_by_org

    KEYS = {"red": "obviously-fake"}  # in truth from where secrets are kept


    def tenant(connection: HTTPConnection) -> str:
        return connection.state.tenant  # as your authentication has found it


    clients = clients_by_org(tenant, lambda org: AsyncClient(org, KEYS[org]))
    Neon = Annotated[AsyncClient, Depends(clients)]
    app = FastAPI(lifespan=clients.lifespan)


    @app.get("/prefixes")
    async def prefixes(neon: Neon) -> tuple[str, ...]:
        return await neon.list_prefixes()
    ```

    Args:
        identify: returns which organization a request is for. It must have been
            authenticated: who may name any organization reads its donors.
        connect: makes the client for an organization.
        idle: seconds without use after which a client is closed, when the next one is asked for.
    """
    return ClientsByOrg(identify, connect, idle)
