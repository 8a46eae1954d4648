"""A headless Chromium for tests of web pages; without one they are skipped.

It is the system's (Debian's package `chromium`), driven by Playwright, which is in the dependency
group `browser`. `nox -s browser` sets `BROWSER_TESTS=required`: then a missing one is a failure.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from playwright.sync_api import Browser, ConsoleMessage, HttpCredentials, Page, Response

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

_ALL_LOOKS = [(size, scheme) for size in SIZES for scheme in SCHEMES]
# Contrast depends on the scheme, all else on the size: two looks show each of either.
LOOKS = (
    _ALL_LOOKS
    if os.environ.get("BROWSER_TESTS") == "required"
    else [*zip(SIZES, SCHEMES, strict=True)]
)
"""Sizes and colour schemes in which pages are tested: two, or all four in `nox -s browser`."""


def turn_of(pages: Iterable[str], size: str) -> list[str]:
    """Return the pages to look at in a size: every other one, or all in `nox -s browser`."""
    every = [*pages]
    full = os.environ.get("BROWSER_TESTS") == "required"
    return every if full else every[[*SIZES].index(size) :: len(SIZES)]


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
def page_of(
    browser: Browser,
    base_url: str,
    size: str,
    scheme: str,
    credentials: HttpCredentials | None = None,
) -> Generator[Page]:
    """Open a page that fails its test when a script or the network does."""
    width, height = SIZES[size]
    context = browser.new_context(
        base_url=base_url,
        color_scheme="dark" if scheme == "dark" else "light",
        http_credentials=credentials,
        viewport={"width": width, "height": height},
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    problems = _watch(page)
    try:
        yield page
        assert not problems, problems
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
        # 304: what is still as it was is taken from the cache.
        failed = not response.ok and response.status != 304
        if failed and response.request.method == "GET":
            problems.append(f"status {response.status}: {response.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", answered)
    return problems


def check_look(page: Page, axe: Any, name: str) -> None:
    """Require that a page is accessible and no wider than its screen; keep its picture if asked.

    The pictures go to the folder that the variable SCREENSHOTS names.
    """
    if place := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(place) / f"{name}.png", full_page=True)
    results = axe.run(page)
    assert 0 == results.violations_count, f"{name}: {results.generate_report()}"
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], name
