"""What every test has: both event loops, a leak detector, and Hypothesis without deadlines."""

import gc
import os
import signal
from collections.abc import Iterator

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
