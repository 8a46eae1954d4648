"""The emulator's web console: pages in front of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.routing import Route, Router

from neon_async.emulator._console.controls import ACTIONS, Controls
from neon_async.emulator._console.guard import Guard
from neon_async.emulator._console.pages import Pages

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

    from neon_async.emulator._server.app import App


class Console:
    """An ASGI application: the console's pages, and everything else as before.

    Only browsers that ask for an IP address, for localhost or for one of `hosts` are served, so
    that no page of the web can reach it under a name of its own. What changes something takes
    POST requests of the console's own pages only.
    """

    def __init__(self, owner: object, app: App, hosts: Collection[str] = ()) -> None:
        """Put pages in front of an application.

        Args:
            owner: the emulator, which closes its database when it is garbage-collected.
            app: the emulator's application.
            hosts: further host names under which browsers may ask.
        """
        self._owner = owner
        guard = Guard(frozenset(hosts))
        pages = Pages(app)
        controls = Controls(app)
        reading = {
            "/": pages.home,
            "/accounts": pages.accounts,
            "/accounts/{number}": pages.account,
            "/activities": pages.activities,
            "/activities/{number}": pages.activity,
            "/console/live": pages.live,
            "/console/static/{name}": pages.static,
            "/docs": pages.docs,
            "/favicon.ico": pages.icon,
            "/openapi.json": pages.openapi,
        }
        routes = [
            Route(path, guard.reading(endpoint), methods=["GET"])
            for path, endpoint in reading.items()
        ]
        routes += [
            Route(f"/console/{name}", guard.changing(controls.endpoint(action)), methods=["POST"])
            for name, action in ACTIONS.items()
        ]
        self._api = app.asgi
        self._pages = pages
        self._unknown = guard.reading(pages.unknown)
        self._router: ASGIApp = Router(routes, redirect_slashes=False, default=self._otherwise)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as an ASGI application."""
        await self._router(scope, receive, send)

    async def _otherwise(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a person who mistyped an address with a page, and programs as v1 would."""
        if scope["type"] == "http" and not self._pages.is_method(scope["path"]):
            request = Request(scope, receive)
            if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
                response = await self._unknown(request)
                return await response(scope, receive, send)
        return await self._api(scope, receive, send)
