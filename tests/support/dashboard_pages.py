"""No server: reads what the dashboard of a Dask cluster shows to whoever opens its pages."""

import itertools
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import attrs
import httpx
from bokeh.client import pull_session
from distributed import get_worker, worker
from distributed.dashboard.scheduler import applications

# Those that name tasks, or show what happened to them. `/hardware` measures disks and memories.
_PAGES = ["status", "graph", "groups", "exceptions", "tasks", "events", "profile", "workers"]
if os.environ.get("HYPOTHESIS_PROFILE") == "thorough":
    _PAGES = sorted({path.removeprefix("/") for path in applications} - {"hardware"})


@attrs.frozen
class DashboardPages:
    """Stores, instead of changes, what the pages show while they are being stored.

    Attributes:
        url: the dashboard's root.
        folder: where what a worker has seen goes.
    """

    url: str
    folder: Path

    def write(self, _org_id: str, _changes: Sequence[Any]) -> None:
        """Keep what the pages show about this task, and this worker."""
        undeclared: Any = worker
        key = undeclared.thread_state.key
        address = get_worker().address
        pages = [f"task/{_part(key)}", f"call-stack/{_part(key)}", f"call-stacks/{_part(address)}"]
        text = "\n".join(self._texts([f"info/{page}.html" for page in pages]))
        with (self.folder / f"{os.getpid()}.html").open("a", encoding="utf-8") as file:
            file.write(text)

    def texts(self, keys: Iterable[Any], workers: Iterable[str]) -> Iterator[str]:
        """Yield what all pages show, with those about some tasks and workers."""
        workers = [_part(address) for address in workers]
        about = [f"info/task/{_part(key)}.html" for key in keys]
        about += [
            f"info/{kind}/{name}.html"
            for kind, name in itertools.product(["worker", "logs", "call-stacks"], workers)
        ]
        main = [f"info/main/{name}.html" for name in ("workers", "exceptions", "logs")]
        apis = ["json/counts.json", "metrics"]
        yield from self._texts([*about, *main, *apis])
        for page in _PAGES:
            with pull_session(url=f"{self.url}/{page}") as session:
                yield json.dumps(session.document.to_json(), default=str)

    def _texts(self, pages: Iterable[str]) -> Iterator[str]:
        with httpx.Client(base_url=self.url, timeout=30) as browser:
            for page in pages:
                yield browser.get(page, follow_redirects=True).raise_for_status().text


def _part(name: Any) -> str:
    return quote(str(name), safe="")
