"""Whatever a client ends with, it shows neither credentials, session nor donors."""

from typing import Literal

import pytest

from neon_async import NeonError
from tests.support.echoing_server import FAULTS, LOGIN_FAULTS, SHAPES
from tests.support.leak_detector import Canary, shown
from tests.support.secrets_scenario import (
    API_KEY,
    CALLS,
    DONOR,
    LONG,
    ORG_ID,
    REQUESTS,
    Scene,
    public_methods,
)

Method = Literal["POST", "GET"]

METHODS: list[Method] = ["POST", "GET"]
LATE_FAULTS = ["SessionError", "TransportError", "ProtocolError html", "page", "contradiction"]
LATE_FAULTS += ["DeadlineExceededError"]


@pytest.fixture(autouse=True)
def _secrets(canary: Canary) -> None:
    """Let the canary know them before a client does."""
    canary.protect(ORG_ID, API_KEY, DONOR)


def look(canary: Canary, error: BaseException) -> None:
    """Expect nothing in an error, as long as it has all that it left the client with."""
    canary.look("error", shown(error))
    assert [] == canary.search()


async def fail(scene: Scene, name: str, canary: Canary) -> NeonError | None:
    """Use a method of the client, and look at what it ends with."""
    failure: NeonError | None = None
    try:
        await scene.call(name)
    except NeonError as error:
        failure = error
    await scene.neon.aclose()
    if failure is not None:
        look(canary, failure)
        assert (None, None) == (failure.__cause__, failure.__context__)
    return failure


def patience(fault: str) -> float:
    return 0.005 if fault == "DeadlineExceededError" else 5.0


def test_every_method_is_tested() -> None:
    """Who adds a method to the client adds it to the calls of the scene."""
    assert public_methods() == {name.partition(" ")[0] for name in CALLS}


@pytest.mark.parametrize("http_method", METHODS)
@pytest.mark.parametrize("fault", FAULTS | SHAPES)
async def test_no_failure_of_a_method_shows_anything(
    fault: str, http_method: Method, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each method, failing in each way, has an error without values."""
    monkeypatch.setattr("neon_async._writing.recovery._WAITS", (0.0,))
    seen: set[str] = set()
    for name in CALLS:
        scene = Scene.set_up(http_method=http_method, timeout=patience(fault))
        scene.engine.fault = (FAULTS | SHAPES)[fault]
        seen.add(type(await fail(scene, name, canary)).__name__)

    assert fault in SHAPES or fault.partition(" ")[0] in seen


@pytest.mark.parametrize("fault", LATE_FAULTS)
async def test_no_failure_in_the_middle_shows_anything(
    fault: str, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a method has already received is not shown by the failure of a later request."""
    monkeypatch.setattr("neon_async._writing.recovery._WAITS", (0.0,))
    failures = dict.fromkeys(LONG, 0)
    for name in LONG:
        for good in range(1, REQUESTS):
            scene = Scene.set_up(timeout=patience(fault))
            scene.engine.fault, scene.engine.good = (FAULTS | SHAPES)[fault], good
            failures[name] += await fail(scene, name, canary) is not None
    # Behind a creation that succeeds there is as a rule nothing left to look for.
    del failures["create_individual_account find"]
    assert 0 not in failures.values()


@pytest.mark.parametrize("http_method", METHODS)
@pytest.mark.parametrize("fault", LOGIN_FAULTS)
async def test_no_failure_of_a_login_shows_anything(
    fault: str, http_method: Method, canary: Canary
) -> None:
    """The request that has the credentials in it fails as quietly, whatever needed it."""
    for name in ("login", *LONG):
        scene = Scene.set_up(http_method=http_method, timeout=patience(fault))
        scene.engine.fault, scene.engine.fails_logins = LOGIN_FAULTS[fault], True
        error = await fail(scene, name, canary)
        assert type(error).__name__ == fault.partition(" ")[0], name
