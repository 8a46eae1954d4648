"""What every test has: both event loops, a canary, and Hypothesis without deadlines."""

import os

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.canary"]

# A deadline would make the outcome depend on what else the machine does. Function-scoped
# fixtures are read-only in this suite, so sharing one between examples is harmless.
settings.register_profile(
    "quick",
    deadline=None,
    max_examples=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(scope="session", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run every async test on both event loops."""
    backend: str = request.param
    return backend
