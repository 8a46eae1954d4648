"""Whatever a client ends with, it shows neither credentials, session nor donors."""

from typing import Literal

import pytest

from neon_async import NeonError
from tests.support.echoing_replies import FAULTS, LOGIN_FAULTS, SHAPES
from tests.support.leak_detector import LeakDetector, shown
from tests.support.secrets_scenario import (
    API_KEY,
    CALLS,
    DONOR,
    LONG,
    ORG_ID,
    REQUESTS,
    Scenario,
    public_methods,
)
from tests.support.sweeps import share

Method = Literal["POST", "GET"]

METHODS: list[Method] = ["POST", "GET"]
LATE_FAULTS = ["SessionError", "TransportError", "ProtocolError html", "page", "contradiction"]
LATE_FAULTS += ["DeadlineExceededError"]


@pytest.fixture(autouse=True)
def _secrets(leak_detector: LeakDetector) -> None:
    """Let the leak detector know them before a client does."""
    leak_detector.protect(ORG_ID, API_KEY, DONOR)


def look(leak_detector: LeakDetector, error: BaseException) -> None:
    """Expect nothing in an error, as long as it has all that it left the client with."""
    leak_detector.look("error", shown(error))
    assert [] == leak_detector.search()


async def fail(scenario: Scenario, name: str, leak_detector: LeakDetector) -> NeonError | None:
    """Use a method of the client, and look at what it ends with."""
    failure: NeonError | None = None
    try:
        await scenario.call(name)
    except NeonError as error:
        failure = error
    await scenario.neon.aclose()
    if failure is not None:
        look(leak_detector, failure)
        assert (None, None) == (failure.__cause__, failure.__context__)
    return failure


def patience(fault: str) -> float:
    return 0.005 if fault == "DeadlineExceededError" else 5.0


def test_every_method_is_tested() -> None:
    """Who adds a method to the client adds it to the calls of the scenario."""
    assert public_methods() == {name.partition(" ")[0] for name in CALLS}


@pytest.mark.parametrize("http_method", METHODS)
@pytest.mark.parametrize("fault", FAULTS | SHAPES)
async def test_no_failure_of_a_method_shows_anything(
    fault: str,
    http_method: Method,
    anyio_backend: str,
    leak_detector: LeakDetector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each method, failing in each way, has an error without values."""
    monkeypatch.setattr("neon_async._writing.recovery._WAITS", (0.0,))
    seen: set[str] = set()
    organization = Scenario.set_up()
    turn = [*(FAULTS | SHAPES)].index(fault) + 2 * (http_method == "GET")
    for name in share(CALLS, turn, anyio_backend == "trio", of=4):
        scenario = organization.again(http_method=http_method, timeout=patience(fault))
        scenario.engine.fault = (FAULTS | SHAPES)[fault]
        seen.add(type(await fail(scenario, name, leak_detector)).__name__)

    assert fault in SHAPES or fault.partition(" ")[0] in seen


@pytest.mark.parametrize("fault", LATE_FAULTS)
async def test_no_failure_in_the_middle_shows_anything(
    fault: str, anyio_backend: str, leak_detector: LeakDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a method has already received is not shown by the failure of a later request."""
    monkeypatch.setattr("neon_async._writing.recovery._WAITS", (0.0,))
    failures = dict.fromkeys(share(LONG, LATE_FAULTS.index(fault), anyio_backend == "trio"), 0)
    for name in failures:
        organization = Scenario.set_up()
        for good in range(1, REQUESTS):
            scenario = organization.again(timeout=patience(fault))
            scenario.engine.fault, scenario.engine.good = (FAULTS | SHAPES)[fault], good
            failures[name] += await fail(scenario, name, leak_detector) is not None
    # Behind a creation that succeeds there is as a rule nothing left to look for.
    failures.pop("create_individual_account find", None)
    assert 0 not in failures.values()


@pytest.mark.parametrize("http_method", METHODS)
@pytest.mark.parametrize("fault", LOGIN_FAULTS)
async def test_no_failure_of_a_login_shows_anything(
    fault: str, http_method: Method, leak_detector: LeakDetector
) -> None:
    """The request that has the credentials in it fails as quietly, whatever needed it."""
    organization = Scenario.set_up()
    for name in ("login", *LONG):
        scenario = organization.again(http_method=http_method, timeout=patience(fault))
        scenario.engine.fault, scenario.engine.fails_logins = LOGIN_FAULTS[fault], True
        error = await fail(scenario, name, leak_detector)
        assert type(error).__name__ == fault.partition(" ")[0], name
