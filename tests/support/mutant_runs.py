"""Test runs of mutants: forked from a warm process, the tests of the changed line first.

One run of a room's unchanged tests records which test executes which line, and how long each
takes. A mutant is then tried with the tests that reach its line, those of its own module first.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib
import itertools
import json
import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import coverage
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OWN = {"neon_async", "pytest_neon_async", "tests", "conftest", "__main__", "__mp_main__"}
# A fixed seed makes runs comparable, and one event loop notices nearly as much as two in half the
# time. What is imported before pytest starts can't be rewritten.
ARGUMENTS = (
    *("-q", "-x", "--no-header", "--tb=line", "--basetemp=temporary", "--hypothesis-seed=0"),
    *("-k", "not trio", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
QUICK = 24  # tests that are tried before the rest
PATIENCE = 5  # times the usual duration, and
GRACE = 15.0  # seconds for the start


@attrs.frozen
class Baseline:
    """What the unchanged tests of a room do."""

    durations: dict[str, float]
    reached: dict[str, dict[str, list[str]]]
    """By module and line: the tests that execute it."""

    def tests(self, module: Path, lines: range) -> list[str]:
        """Return the tests for some lines of a module: its own ones first, quick ones first."""
        by_line = self.reached.get(str(module), {})
        found = {test for line in lines for test in by_line.get(str(line), ())}
        own = {test for test in self.durations if is_own(test, module)}
        # What runs only when the module is imported concerns whoever uses the module.
        if not found:
            found = {test for tests in by_line.values() for test in tests}
        return sorted(
            found | own, key=lambda test: (test not in found, test not in own, self.durations[test])
        )


def is_own(test: str, module: Path) -> bool:
    """Whether a test is in a file that is named after the module."""
    return Path(test.partition("::")[0]).name.startswith(f"test_{module.stem}")


def statement(source: str, line: int) -> range:
    """Return the lines of the statement around a line, without the body that it may have."""
    around = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    if not around:  # a decorator, which runs with the import
        return range(line, line + 1)
    inner = max(around, key=lambda node: node.lineno)
    body = getattr(inner, "body", None)
    end = body[0].lineno if body else (inner.end_lineno or inner.lineno) + 1
    return range(inner.lineno, max(end, line + 1))


class _Recorder:
    """A pytest plugin that notes which lines of a room each test executes."""

    def __init__(self, room: str) -> None:
        self._coverage = coverage.Coverage(
            data_file=None, include=[f"neon_async/{room}/*"], config_file=False
        )
        self._durations: dict[str, float] = {}

    def start(self) -> None:
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        start = time.perf_counter()
        try:
            return (yield)
        finally:
            self._durations[item.nodeid] = time.perf_counter() - start
            self._coverage.switch_context("")

    def save(self, target: Path) -> None:
        self._coverage.stop()
        data = self._coverage.get_data()
        reached = {
            str(Path(file).relative_to(Path.cwd())): {
                line: [test for test in tests if test]
                for line, tests in data.contexts_by_lineno(file).items()
            }
            for file in data.measured_files()
        }
        target.write_text(json.dumps({"durations": self._durations, "reached": reached}))


class _Selection:
    """A pytest plugin that runs some of the collected tests, in the order given."""

    def __init__(self, tests: list[str]) -> None:
        self._rank = {test: rank for rank, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self._rank),
            key=lambda item: self._rank[item.nodeid],
        )


def record(room: str, tests: list[str], kept: Path) -> Baseline:
    """Run all tests of a room on the original, which must pass, and return what they did."""
    digest = hashlib.sha256()
    files = Path("neon_async", room).glob("*.py"), *(Path(name).rglob("*.py") for name in tests)
    for path in sorted({*itertools.chain(*files), *map(Path, tests)}):
        digest.update(path.read_bytes() if path.is_file() else b"")
    target = kept / f"{room}-{digest.hexdigest()[:16]}.json"

    def run() -> int:
        sys.dont_write_bytecode = False
        recorder = _Recorder(room)
        recorder.start()
        code = int(pytest.main([*ARGUMENTS, *tests], plugins=[recorder]))
        if code == 0:
            recorder.save(target)
        return code

    if not target.exists() and fork(run, timeout=1800) != 0:
        raise SystemExit(f"{' '.join(tests)} must pass before mutants are tried:\n{output()}")
    return Baseline(**json.loads(target.read_text()))


def warm_up(tests: list[str]) -> None:
    """Import the dependencies that tests need, and nothing of the package or of plugins."""
    target = Path("imported.json")

    def run() -> int:
        sys.dont_write_bytecode = False
        code = int(pytest.main([*ARGUMENTS, "--collect-only", *tests]))
        names = [name for name in sys.modules if name.partition(".")[0] not in OWN]
        target.write_text(json.dumps(names))
        return code

    if fork(run, timeout=600) != 0:
        raise SystemExit(f"the tests can't be collected:\n{output()}")
    for name in json.loads(target.read_text()):
        if "pytest" not in name and not name.startswith(("xdist", "coverage")):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    if threading.active_count() > 1:
        raise SystemExit("a dependency starts threads, which a fork would lose")


def is_killed(tests: list[str], baseline: Baseline) -> bool:
    """Run the tests that concern a mutant, until one fails or hangs."""
    for part in (tests[:QUICK], tests[QUICK:]):
        if not part:
            continue
        expected = sum(baseline.durations[test] for test in part)
        files = sorted({test.partition("::")[0] for test in part})

        def run(part: list[str] = part, files: list[str] = files) -> int:
            return int(pytest.main([*ARGUMENTS, *files], plugins=[_Selection(part)]))

        if fork(run, timeout=PATIENCE * expected + GRACE) != 0:
            return True
    return False


def fork(run: Callable[[], int], timeout: float) -> int:
    """Run something in a process of its own, and return its exit code; -1 if it hung."""
    shutil.rmtree(".hypothesis/examples", ignore_errors=True)
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.setsid()
            code = run_alone(run)
        finally:
            os._exit(code)
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.05)
    else:
        status = None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if status is None:
        os.waitpid(child, 0)
        return -1
    return os.waitstatus_to_exitcode(status)


def run_alone(run: Callable[[], int]) -> int:
    """Import package and tests from the copy, and write to a file what would be printed."""
    for name in [name for name in sys.modules if name.partition(".")[0] in OWN]:
        if not name.startswith("__"):
            del sys.modules[name]
    sys.path.insert(0, str(Path.cwd()))
    importlib.invalidate_caches()
    log = os.open("output.txt", os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    return run()


def output() -> str:
    """Return the last lines of what the last process printed."""
    return "\n".join(Path("output.txt").read_text(errors="replace").splitlines()[-30:])
