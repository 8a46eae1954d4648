"""What every test has: both event loops, a leak detector, and Hypothesis without deadlines."""

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.support.leak_detector"]

# A deadline would make the outcome depend on what else the machine does. Function-scoped
# fixtures are read-only in this suite, so sharing one between examples is harmless. A change is
# judged by the same examples wherever it is tested; the thorough profile draws new ones each time.
settings.register_profile(
    "quick",
    deadline=None,
    derandomize=True,
    max_examples=15,
    stateful_step_count=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile(
    "thorough",
    settings.get_profile("quick"),
    derandomize=False,
    max_examples=1000,
    stateful_step_count=50,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# Sweeps and simulations, the programs of the pages, and what happens in other processes: measured,
# they would take twice as long, and see nothing that the rest does not.
HERE = Path(__file__).parent
UNMEASURED = [
    HERE / "integration" / "console" / "test_browser.py",
    HERE / "integration" / "docs",
    HERE / "integration" / "engines",
    HERE / "integration" / "examples" / "test_browser.py",
    HERE / "integration" / "flows",
    HERE / "promises",
]


# What only processes on terminals, or with other streams than pytest's, come to.
MEASURED_WITH_CHILDREN = [
    *(
        HERE / "integration" / "cli" / f"test_{name}.py"
        for name in ("app", "credentials", "emulator", "interrupts", "streams", "terminal")
    ),
    HERE / "unit" / "testing" / "test_explanations.py",
    HERE / "unit" / "testing" / "test_plugin.py",
    HERE / "unit" / "warehouse" / "test_arrow.py",
]
CHILDREN = "COVERAGE_PROCESS_CONFIG"  # with it, a process measures itself


@pytest.fixture(scope="session")
def _configuration() -> str | None:
    """The configuration of the measurement, taken from the environment of further processes."""
    return os.environ.pop(CHILDREN, None)


@pytest.fixture(scope="module", autouse=True)
def _measurement(request: pytest.FixtureRequest, _configuration: str | None) -> Iterator[None]:
    """Measure, where coverage is measured at all, no more than what adds to it."""
    measurement = coverage.Coverage.current()
    if measurement is None or _configuration is None:
        yield
    elif any(map(request.path.is_relative_to, UNMEASURED)):
        measurement.stop()
        yield
        measurement.start()
    elif request.path in MEASURED_WITH_CHILDREN:
        os.environ[CHILDREN] = _configuration
        yield
        del os.environ[CHILDREN]
    else:
        yield


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """Ctrl-C reaches the tests and the processes they start, also where it was switched off.

    Shells do so for what runs in the background, and so do some CI runners.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run every async test on both event loops."""
    backend: str = request.param
    return backend


def pytest_collection_finish() -> None:
    """Exempt what is there before the first test from collections, of which tests make hundreds.

    Each would look at every test and every module, and take longer than most tests do.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _cheap_collections() -> Iterator[None]:
    """Exempt also what the tests before have left, once it has been looked at."""
    yield
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let the last collection see everything again."""
    gc.unfreeze()
