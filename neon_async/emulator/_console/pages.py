"""The pages of the console."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from starlette.responses import JSONResponse, Response

from neon_async.emulator._console import view
from neon_async.emulator._console.records import SCANNED, Order, accounts, activities
from neon_async.emulator._server.app import BASE_PATH, App
from neon_async.emulator._server.openapi import FORM, document
from neon_async.emulator._wire.codes import TEXTS
from neon_async.emulator._wire.messages import parse_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from neon_async.emulator._console.records import Catalog
    from neon_async.emulator._wire.messages import Json

_SHOWN = 100
"""Requests that the live log shows."""

_TYPES = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "htmx.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
STATUSES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    408: "Request Timeout",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
"""The statuses to choose from for a fault."""


@attrs.frozen(eq=False)
class Pages:
    """Answers what the console's pages ask for."""

    app: App

    async def home(self, request: Request) -> Response:
        values: dict[str, Any] = {
            "base_url": f"{request.url.scheme}://{request.url.netloc}{BASE_PATH}",
            "codes": TEXTS,
            "methods": sorted({method.name for method in self.app.methods.values()}),
            "org_id": self.app.state.sessions.org_id,
            "statuses": STATUSES,
        }
        return view.page("home.html", tab="home", **values, **live_values(self.app))

    async def live(self, request: Request) -> Response:
        """Return the changes since the page was last updated."""
        seen = request.query_params.get("seen", "")
        fresh = seen == str(self.app.log.version)
        return view.page("live.html", fresh=fresh, notice="", **live_values(self.app))

    async def accounts(self, request: Request) -> Response:
        return _listing(request, "accounts", accounts(self.app.state))

    async def activities(self, request: Request) -> Response:
        return _listing(request, "activities", activities(self.app.state))

    async def account(self, request: Request) -> Response:
        return _detail(request, "accounts", accounts(self.app.state))

    async def activity(self, request: Request) -> Response:
        return _detail(request, "activities", activities(self.app.state))

    async def openapi(self, request: Request) -> Response:
        """Return the OpenAPI document."""
        return JSONResponse(self._document(request))

    async def docs(self, request: Request) -> Response:
        """Return the OpenAPI document for people."""
        return view.page("docs.html", tab="docs", api=self._document(request), form=FORM)

    async def static(self, request: Request) -> Response:
        """Return a script, a style or a picture."""
        name = request.path_params["name"]
        if name not in _TYPES:
            return Response(status_code=404)
        return Response(_file(name), media_type=_TYPES[name])

    async def icon(self, request: Request) -> Response:
        """Return the icon that browsers ask for by themselves."""
        del request
        return Response(_file("icon.svg"), media_type=_TYPES["icon.svg"])

    async def unknown(self, request: Request) -> Response:
        return view.page("unknown.html", 404, tab="", path=request.url.path)

    def is_method(self, path: str) -> bool:
        """Return whether the API answers at a path, if only with an error of its own."""
        return path.startswith(BASE_PATH[: BASE_PATH.rindex("/")]) or path.strip("/") in (
            self.app.methods
        )

    def _document(self, request: Request) -> Json:
        server = f"{request.url.scheme}://{request.url.netloc}{BASE_PATH}"
        return document(self.app.methods, server, version("neon-async"))


def live_values(app: App) -> dict[str, Any]:
    """Return what the overview shows of the emulator's state."""
    state = app.state
    return {
        "accounts": len(accounts(state)),
        "activities": len(activities(state)),
        "latency": app.latency,
        "now": state.clock(),
        "pending": app.faults.pending(),
        "requests": app.log.latest(_SHOWN),
        "total": app.log.total,
        "version": app.log.version,
        "sessions": state.sessions.open(state.now()),
        "threads": app.quota.limit,
    }


def _listing(request: Request, kind: str, catalog: Catalog) -> Response:
    params = request.query_params
    query = params.get("q", "").strip()
    order: Order = "changed" if params.get("order") == "changed" else "id"
    start = parse_id(params.get("start", "")) or 0
    listing = catalog.page(query, start, order)
    # A search that is typed only replaces its results.
    only = request.headers.get("hx-target") == "results"
    return view.page(
        "results.html" if only else "records.html",
        tab=kind,
        kind=kind,
        query=query,
        order=order,
        listing=listing,
        scanned=SCANNED,
    )


def _detail(request: Request, kind: str, catalog: Catalog) -> Response:
    number = parse_id(request.path_params["number"]) or 0
    stored = catalog.record(number)
    return view.page(
        "record.html",
        200 if stored else 404,
        tab=kind,
        kind=kind,
        number=number,
        stored=stored,
        heir=catalog.heir(number),
    )


@cache
def _file(name: str) -> bytes:
    return (Path(__file__).parent / "static" / name).read_bytes()
