"""The documentation as a site, in a real browser."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.chromium import LOOKS, check_look, chromium, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[3]
# One page of each kind, some on a phone and some on a desktop; `nox -s browser` looks at all pages
# on either, in either colour scheme.
CHOSEN = ["", "terminal/", "api/soap/", "benchmarks/"]


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Write nothing to the tests' output."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `nox -s docs` does."""
    pytest.importorskip("mkdocs")
    place = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(place)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return place


@pytest.fixture
def origin(site: Path) -> Iterator[str]:
    """Where the site is served."""
    handler = functools.partial(QuietHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def looks(site: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Yield sizes, schemes, and the pages to look at in them."""
    if os.environ.get("BROWSER_TESTS") == "required":
        pages = sorted(
            path.parent.relative_to(site).as_posix() + "/" for path in site.rglob("index.html")
        )
        yield from ((size, scheme, pages) for size, scheme in LOOKS)
    else:
        for number, (size, scheme) in enumerate(LOOKS):
            yield size, scheme, CHOSEN[number :: len(LOOKS)]


# One test, so that the site is built once also where tests are spread over processes.
@pytest.mark.timeout(600)
def test_pages(site: Path, origin: str) -> None:
    """Every page fits its screen, loads nothing from elsewhere, and is accessible."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    requested: list[str] = []
    with chromium() as browser:
        for size, scheme, pages in looks(site):
            with page_of(browser, origin, size, scheme) as page:
                page.on("request", lambda request: requested.append(request.url))
                for path in pages:
                    page.goto(f"/{path}")
                    name = path.strip("./").replace("/", "-") or "home"
                    check_look(page, axe, f"docs-{name}-{size}-{scheme}")
    local = ("data:", "blob:", origin)
    assert [] == [url for url in requested if not url.startswith(local)]
