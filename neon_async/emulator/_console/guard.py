"""Who may use the console, and what its pages may do."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import attrs
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

Endpoint = Callable[[Request], Awaitable[Response]]

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not "no-referrer": under that browsers send no Origin with a form, either.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


@attrs.frozen
class Guard:
    """Lets requests through to the console.

    Attributes:
        hosts: names that are allowed besides localhost and IP addresses.
    """

    hosts: frozenset[str]

    def reading(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint for browsers that asked for an allowed host."""

        async def guarded(request: Request) -> Response:
            if not self._knows(request.headers.get("host", "")):
                return _forbidden("The console is not served under this host name.")
            response = await endpoint(request)
            response.headers.update(_HEADERS)
            return response

        return guarded

    def changing(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint for the console's own pages."""

        async def guarded(request: Request) -> Response:
            if not is_same_origin(request.headers):
                return _forbidden("Only the console's own pages may do this.")
            return await endpoint(request)

        return self.reading(guarded)

    def _knows(self, host: str) -> bool:
        # A page of the web can lead a name of its own to this address (DNS rebinding), and then
        # would be of one origin with the console; it can't do so with an address or localhost.
        name = _hostname(host)
        return _is_address(name) or name in {"localhost", *self.hosts}


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Return whether the request comes from a page of the same origin. Without a sign it doesn't.

    Browsers send Sec-Fetch-Site over https and to loopback addresses, and Origin with every POST.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    # Every browser of today sends one of the two with a form.
    if site is None and origin is None:
        return False
    same_site = site in {None, "same-origin"}
    return same_site and (origin is None or urlsplit(origin).netloc == headers.get("host"))


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _forbidden(text: str) -> Response:
    return PlainTextResponse(f"{text}\n", 403, _HEADERS)
