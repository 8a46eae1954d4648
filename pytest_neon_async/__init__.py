"""The pytest plugin of neon-async: `neon_async.testing` says what it offers.

A package of its own, because pytest imports its plugins in every project: this one brings nothing
but itself until a test asks for a fixture.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from neon_async import AsyncClient
    from neon_async.emulator import Emulator
    from neon_async.testing import MakeActivity, MakeIndividual, MakeOrganization

_MARKER = (
    "neon_emulator(**options): options of neon_async.emulator.Emulator for the fixture "
    "neon_emulator, such as accounts=100; the nearest marker wins, option by option."
)
_EMULATOR = pytest.StashKey["Emulator"]()


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", _MARKER)


def pytest_assertrepr_compare(
    config: pytest.Config, op: str, left: object, right: object
) -> list[str] | None:
    """Explain a failed comparison of records field by field: their `repr` shows no values."""
    if "neon_async.models" not in sys.modules:
        return None
    from pytest_neon_async._explanations import explain  # noqa: PLC0415 - nothing unasked

    return explain(op, left, right, whole=config.option.verbose > 1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that called an API method which the emulator does not know."""
    try:
        result = yield
    except BaseException as error:
        if complaint := _complaint(item):
            error.add_note(complaint)
        raise
    if complaint := _complaint(item):
        pytest.fail(complaint, pytrace=False)
    return result


@pytest.fixture
def neon_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A NeonCRM v1 without any records, in this process, for one test."""
    from neon_async.emulator import Emulator  # noqa: PLC0415 - nothing is imported unasked

    options: dict[str, Any] = {"accounts": 0, "activities": 0}
    for marker in reversed(list(request.node.iter_markers("neon_emulator"))):
        options |= marker.kwargs
    with Emulator(**options) as emulator:
        request.node.stash[_EMULATOR] = emulator
        yield emulator
    # Methods that fixtures still called after the test itself.
    if complaint := _complaint(request.node):
        pytest.fail(complaint, pytrace=False)


@pytest.fixture
def neon_client(neon_emulator: Emulator) -> AsyncClient:
    """A client of `neon_emulator` that repeats without waiting.

    It has no socket and belongs to the event loop of the test, so that nothing needs to be closed
    when the test is over; closing it in the test is welcome.
    """
    from neon_async import RetryPolicy  # noqa: PLC0415

    return neon_emulator.client(retry=RetryPolicy(base=0.0))


@pytest.fixture
def neon_environment(neon_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The base URL of `neon_emulator` on a socket, which the environment's settings lead to.

    `AsyncClient()` without arguments finds it, in this process and in those that it starts.
    """
    from neon_async.emulator import running  # noqa: PLC0415

    with running(neon_emulator) as base_url:
        monkeypatch.setenv("NEON_BASE_URL", base_url)
        monkeypatch.setenv("NEON_ORG_ID", neon_emulator.org_id)
        monkeypatch.setenv("NEON_API_KEY", neon_emulator.api_key)
        yield base_url


@pytest.fixture
def make_individual(neon_emulator: Emulator) -> MakeIndividual:
    """`neon_async.testing.make_individual`, whose accounts are in `neon_emulator`."""
    from neon_async import testing  # noqa: PLC0415

    return partial(testing.make_individual, neon_emulator)


@pytest.fixture
def make_organization(neon_emulator: Emulator) -> MakeOrganization:
    """`neon_async.testing.make_organization`, whose accounts are in `neon_emulator`."""
    from neon_async import testing  # noqa: PLC0415

    return partial(testing.make_organization, neon_emulator)


@pytest.fixture
def make_activity(neon_emulator: Emulator) -> MakeActivity:
    """`neon_async.testing.make_activity`, whose activities are in `neon_emulator`."""
    from neon_async import testing  # noqa: PLC0415

    return partial(testing.make_activity, neon_emulator)


def _complaint(node: pytest.Item) -> str:
    """Return what to say of calls to unknown methods since the last time, or `""` without any."""
    emulator = node.stash.get(_EMULATOR, None)
    if emulator is None or not emulator.unknown_methods:
        return ""
    paths = sorted(set(emulator.unknown_methods))
    emulator.unknown_methods.clear()
    return (
        f"NeonCRM's emulator does not know {', '.join(paths)}, and answered with status 404.\n"
        f"Say what it shall answer: neon_emulator.add_method({paths[0]!r}, {{...}}).\n"
        "If the 404 is what the test is about: neon_emulator.unknown_methods.clear()."
    )
