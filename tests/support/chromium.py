"""A headless Chromium for tests of web pages; without one they are skipped.

It is the system's (Debian's package `chromium`), driven by Playwright, which is in the dependency
group `browser`. `nox -s browser` sets `BROWSER_TESTS=required`: then a missing one is a failure.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Response

# Without the sandbox it runs as root, as in a container; it sees nothing but our own pages.
_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
"""Widths and heights of the screens that pages are made for."""

SCHEMES = ("light", "dark")


@contextmanager
def chromium() -> Generator[Browser]:
    """Run a browser, or skip the test where there is none."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it may be missing
    except ImportError:
        _missing("Playwright")
    executable = next(filter(None, map(shutil.which, _NAMES)), None)
    if executable is None:
        _missing("Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_FLAGS))
        yield browser
        browser.close()


def _missing(what: str) -> NoReturn:
    if os.environ.get("BROWSER_TESTS") == "required":
        pytest.fail(f"{what} is not installed", pytrace=False)
    pytest.skip(f"{what} is not installed; `nox -s browser` runs the tests of web pages")


@contextmanager
def page_of(browser: Browser, base_url: str, size: str, scheme: str) -> Generator[Page]:
    """Open a page that fails its test when a script or the network does."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=base_url,
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": height},
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems = _watch(page)
    try:
        yield page
        assert [] == problems
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        context.close()


def _watch(page: Page) -> list[str]:
    """Note what goes wrong, but for what a test may bring about: refused forms."""
    problems: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            problems.append(message.text)

    def answered(response: Response) -> None:
        if response.request.method == "GET" and not response.ok:
            problems.append(f"status {response.status}: {response.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", answered)
    return problems


def screenshot(page: Page, name: str) -> Path:
    """Keep a picture of a page for people to look at, and return where."""
    place = Path(os.environ.get("SCREENSHOTS") or Path(tempfile.gettempdir(), "neon-screenshots"))
    file = place / f"{name}.png"
    page.screenshot(path=file, full_page=True)
    return file
