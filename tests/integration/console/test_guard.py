"""Who may use the console."""

from urllib.parse import urlsplit

import httpx
import pytest

from neon_async.emulator import Emulator, running

from .conftest import ORIGIN

PATHS = ["/", "/accounts", "/accounts/10001", "/docs", "/openapi.json", "/console/live"]


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:8100", True),
        ("[::1]:8100", True),
        ("192.0.2.7", True),
        ("localhost:8100", True),
        ("crm.example.org", True),
        ("rebound.example.org:8100", False),
        ("localhost.example.org", False),
        ("[", False),
        ("", False),
    ],
)
async def test_hosts(emulator: Emulator, host: str, allowed: bool) -> None:  # noqa: FBT001 - a case
    """A name that anybody could lead here is refused, so that no other page can read this one."""
    transport = httpx.ASGITransport(app=emulator.with_console(["crm.example.org"]))
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as browser:
        for path in PATHS:
            response = await browser.get(path, headers={"Host": host})
            assert (200 if allowed else 403) == response.status_code


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": ORIGIN}, True),
        ({}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://127.0.0.1:9999"}, False),
        ({"Origin": "https://evil.example.org"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example.org"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9999"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}, False),
        ({"Sec-Fetch-Site": "none"}, False),
    ],
)
async def test_origins(
    emulator: Emulator,
    headers: dict[str, str],
    allowed: bool,  # noqa: FBT001 - a case
) -> None:
    """Only a form of the console's own pages changes anything."""
    emulator.fail_next()
    transport = httpx.ASGITransport(app=emulator.with_console())
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as browser:
        response = await browser.post("/console/clear-faults", headers=headers)
        page = (await browser.get("/")).text

    assert (303 if allowed else 403) == response.status_code
    assert allowed == ("No faults:" in page)


async def test_reading_changes_nothing(console: httpx.AsyncClient) -> None:
    """No action can be triggered by a link or a picture."""
    for action in ("advance", "clear-faults", "expire-sessions", "fault", "load"):
        assert 405 == (await console.get(f"/console/{action}")).status_code


@pytest.mark.parametrize("path", [*PATHS, "/console/static/htmx.min.js"])
async def test_headers(console: httpx.AsyncClient, path: str) -> None:
    """Every page forbids foreign scripts, frames and guesses about its type."""
    headers = (await console.get(path)).headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "nosniff" == headers["x-content-type-options"]
    assert "same-origin" == headers["cross-origin-resource-policy"]
    assert "no-store" == headers["cache-control"]


@pytest.mark.parametrize(
    ("host", "asked", "served"),
    [
        ("127.0.0.1", None, True),
        ("localhost", None, True),
        ("127.0.0.1", False, False),
        ("0.0.0.0", None, False),  # noqa: S104 - what is tested
        ("0.0.0.0", True, True),  # noqa: S104 - what is tested
    ],
)
def test_console_is_for_loopback(
    emulator: Emulator,
    host: str,
    asked: bool | None,  # noqa: FBT001 - a case
    served: bool,  # noqa: FBT001 - a case
) -> None:
    """Where others can reach the emulator, the console has to be asked for."""
    with running(emulator, host, console=asked) as base_url:
        reply = httpx.get(f"http://127.0.0.1:{urlsplit(base_url).port}/")

    assert served == ("<!doctype html>" in reply.text)


async def test_in_process_there_is_none(emulator: Emulator) -> None:
    """The emulator itself has no console."""
    transport = httpx.ASGITransport(app=emulator)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as browser:
        assert 404 == (await browser.get("/")).status_code
