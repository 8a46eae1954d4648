"""Small projects of users, whose tests run in a pytest process of their own."""

import re
import subprocess
import sys
import textwrap
from importlib.metadata import entry_points
from pathlib import Path

import attrs

CONFIG = """
[pytest]
anyio_mode = {anyio_mode}
filterwarnings = error
"""
# Without it the plugin warns.
ASYNCIO = "asyncio_default_fixture_loop_scope = function\n"


@attrs.frozen
class Outcome:
    """What a run of pytest ended with."""

    text: str
    counts: dict[str, int]


def run_pytest(
    place: Path, source: str, *arguments: str, anyio_mode: str = "strict", trio: bool = False
) -> Outcome:
    """Run the tests in `source`, with every warning an error."""
    config = CONFIG.format(anyio_mode=anyio_mode) + ("" if trio else ASYNCIO)
    (place / "pytest.ini").write_text(config, encoding="utf-8")
    (place / "test_user.py").write_text(textwrap.dedent(source), encoding="utf-8")
    # Either plugin of an event loop is there alone, as in a user's project, and none of those that
    # only the tests of this package need: importing them takes half the time.
    needed = {"anyio", "neon_async", "trio" if trio else "asyncio"}
    others = {plugin.name for plugin in entry_points(group="pytest11")} - needed
    blocked = [f"-pno:{name}" for name in sorted({"cacheprovider", *others})]
    command = [sys.executable, "-W", "error", "-m", "pytest", *blocked]
    done = subprocess.run(
        [*command, *arguments],
        capture_output=True,
        check=False,
        cwd=place,
        text=True,
        timeout=60,
    )
    summary = done.stdout.splitlines()[-1] if done.stdout else ""
    found = re.findall(r"(\d+) (passed|failed|errors?|skipped|warnings?)", summary)
    return Outcome(done.stdout + done.stderr, {name: int(count) for count, name in found})
