"""The pytest plugin in the projects of its users."""

import inspect
import re
from pathlib import Path

import pytest

from neon_async import testing
from tests.support.user_projects import run_pytest

BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
PAGE = Path(__file__).parents[3] / "docs" / "testing.md"
# The page's module to copy, and the one test of the reference, which is one of the page's as well.
MODULE = "\n".join(
    [
        BLOCK.findall(PAGE.read_text(encoding="utf-8"))[0],
        BLOCK.findall(inspect.getdoc(testing) or "")[0].replace("survives_a", "survives_any"),
    ]
)

SWALLOWED = """
import pytest


async def count_households(client):
    try:
        return len(await client.call("account/listHouseHolds"))
    except Exception:
        return 0


@pytest.fixture
async def households(neon_client):
    yield
    await count_households(neon_client)


async def test_swallows(neon_client):
    assert await count_households(neon_client) == 0


async def test_fails_anyway(neon_client):
    assert await count_households(neon_client) == 1


def test_fails_by_itself(neon_emulator):
    assert neon_emulator.requests


async def test_calls_at_its_end(households):
    pass


async def test_means_it(neon_client, neon_emulator):
    assert await count_households(neon_client) == 0
    neon_emulator.unknown_methods.clear()
"""

OPTIONS = """
import pytest

pytestmark = pytest.mark.neon_emulator(accounts=3, org_id="module")


def test_module(neon_emulator):
    assert len(neon_emulator.account_ids()) == 3


class TestClass:
    pytestmark = pytest.mark.neon_emulator(accounts=4)

    @pytest.mark.neon_emulator(activities=2)
    def test_nearest(self, neon_emulator):
        assert len(neon_emulator.account_ids()) == 4
        assert len(neon_emulator.activity_ids()) == 2
        assert neon_emulator.org_id == "module"
"""

ENVIRONMENT = """
import subprocess
import sys

PROGRAM = '''
import anyio
from neon_async import AsyncClient

async def main():
    async with AsyncClient() as neon:
        print(len(await neon.list_prefixes()))

anyio.run(main)
'''


def test_program(neon_environment, neon_emulator):
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True)
    assert int(done.stdout) == len(neon_emulator.lists.prefixes)
    assert neon_emulator.base_url not in neon_environment
"""

IDLE = """
import sys


def test_nothing_was_imported():
    heavy = {"neon_async", "httpx", "starlette", "uvicorn", "jinja2", "cattrs", "orjson"}
    assert heavy & sys.modules.keys() == set()
"""


@pytest.mark.parametrize(("loop", "runs"), [("asyncio", 1), ("trio", 1), ("anyio", 2)])
def test_documented_module(loop: str, runs: int, tmp_path: Path) -> None:
    """The module to copy passes under each plugin that runs async tests."""
    source = MODULE.replace("pytest.mark.anyio", f"pytest.mark.{loop}")

    outcome = run_pytest(tmp_path, source, trio=loop == "trio")

    assert {"passed": 4 * runs} == outcome.counts, outcome.text


def test_unknown_methods_fail_loudly(tmp_path: Path) -> None:
    """A call of an unknown method fails the test, though the program swallows its error."""
    backend = "@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"

    # The summary would say each failure a second time where it is not cut to the terminal's width.
    outcome = run_pytest(tmp_path, SWALLOWED + backend, "-rN", anyio_mode="auto")

    assert {"failed": 3, "passed": 2, "error": 1} == outcome.counts, outcome.text
    assert 3 == outcome.text.count("NeonCRM's emulator does not know account/listHouseHolds")
    assert "neon_emulator.add_method('account/listHouseHolds', {...})" in outcome.text


def test_options_come_from_markers(tmp_path: Path) -> None:
    """The nearest marker wins, option by option, and is a registered one."""
    outcome = run_pytest(tmp_path, OPTIONS, "--strict-markers")

    assert {"passed": 2} == outcome.counts, outcome.text


def test_environment_leads_other_processes(tmp_path: Path) -> None:
    """A program that makes its own client finds the emulator."""
    outcome = run_pytest(tmp_path, ENVIRONMENT)

    assert {"passed": 1} == outcome.counts, outcome.text


def test_idle_plugin_imports_nothing(tmp_path: Path) -> None:
    """In a project that does not use its fixtures, the plugin is all that is there."""
    outcome = run_pytest(tmp_path, IDLE)

    assert {"passed": 1} == outcome.counts, outcome.text


def test_plugin_can_be_turned_off(tmp_path: Path) -> None:
    """`-p no:neon_async` takes the fixtures away, and nothing else."""
    source = "def test_one(neon_emulator): pass\n\n\ndef test_two(): pass\n"

    outcome = run_pytest(tmp_path, source, "-p", "no:neon_async")

    assert {"passed": 1, "error": 1} == outcome.counts, outcome.text
    assert "fixture 'neon_emulator' not found" in outcome.text
