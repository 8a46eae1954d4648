"""What is refused before anything is sent is refused without being shown."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx
import pytest

from neon_async import (
    AsyncClient,
    ClientClosedError,
    Contact,
    EventLoopError,
    IndividualAccount,
    InvalidRequestError,
    operations,
)
from tests.support.leak_detector import LeakDetector, shown
from tests.support.secrets_scenario import API_KEY, DONOR, ORG_ID, Scenario

PASSWORD = "canary-password-2342"

REFUSED: list[dict[str, Any]] = [
    {"org_id": ""},
    {"api_key": ""},
    {"org_id": f"{PASSWORD}\ud800"},
    {"api_key": f"{PASSWORD}\0"},
    {"api_key": [PASSWORD]},
    {"timeout": 0},
    {"deadline": 0},
    {"max_concurrency": 0},
    {"page_size": 0},
    {"http_method": "PUT"},
    {"http_method": "GET", "proxy": f"https://user:{PASSWORD}@localhost:3128"},
    {"proxy": f"socks5://user:{PASSWORD}@localhost"},
    {"proxy": f"https://user:{PASSWORD}@localhost", "timeout": 0},
    {"proxy": f"https://user:{PASSWORD}@localhost", "deadline": 0},
    {"proxy": f"https://user:{PASSWORD}@localhost", "transport": httpx.AsyncHTTPTransport()},
    {"base_url": f"https://user:{PASSWORD}@api.example.org"},
    {"base_url": f"http://{PASSWORD}.example.org"},
    {"base_url": f"https://api.example.org/?key={PASSWORD}"},
    {"base_url": f"https://api.example.org:{PASSWORD}"},
]


@pytest.fixture(autouse=True)
def _secrets(leak_detector: LeakDetector) -> None:
    """Let the leak detector know them before a client does."""
    leak_detector.protect(ORG_ID, API_KEY, DONOR, PASSWORD)


@pytest.mark.parametrize("options", REFUSED, ids=" ".join)
def test_refused_options(options: dict[str, Any], leak_detector: LeakDetector) -> None:
    """A client that can't be made shows no credentials, and no URL with a password in it."""
    with pytest.raises(InvalidRequestError) as caught:
        AsyncClient(**{"org_id": ORG_ID, "api_key": API_KEY, **options})

    leak_detector.look("error", shown(caught.value))
    assert [] == leak_detector.search()
    assert caught.value.__context__ is None


def unsendable() -> IndividualAccount:
    """An account that v1 would refuse, with a donor in it."""
    return IndividualAccount(primary_contact=Contact(email1=DONOR, fax=DONOR + "\0"))


NO_PAIRS: Any = ["email", DONOR]

CALLS: dict[str, Callable[[AsyncClient], Awaitable[object]]] = {
    "call URL": lambda neon: neon.call(f"https://api.example.org/a/b?email={DONOR}"),
    "call path": lambda neon: neon.call("listAnything", {"email": DONOR}),
    "call pairs": lambda neon: neon.call("account/listAnything", NO_PAIRS),
    "call value": lambda neon: neon.call("account/listAnything", {"email": [DONOR, object()]}),
    "send": lambda neon: neon.send(operations.RawCall("a/b", [("email", DONOR + "\0")])),
    "create": lambda neon: neon.create_individual_account(unsendable()),
    "create find": lambda neon: neon.create_individual_account(unsendable(), on_unknown="find"),
    "update": lambda neon: neon.update_individual_account(unsendable()),
    "edit": lambda neon: neon.edit_individual_account(0, lambda account: account),
}


@pytest.mark.parametrize("name", CALLS)
async def test_refused_calls(name: str, leak_detector: LeakDetector) -> None:
    """A call that can't be sent shows nothing of what it was to send."""
    scenario = Scenario.set_up()
    with pytest.raises(InvalidRequestError) as caught:
        await CALLS[name](scenario.neon)
    await scenario.neon.aclose()

    leak_detector.look("error", shown(caught.value))
    assert [] == leak_detector.search()
    assert [] == scenario.engine.seen


@pytest.mark.parametrize("name", CALLS)
async def test_calls_after_the_close(name: str, leak_detector: LeakDetector) -> None:
    """Neither does one of a closed client."""
    scenario = Scenario.set_up()
    await scenario.neon.aclose()
    with pytest.raises((ClientClosedError, InvalidRequestError)) as caught:
        await CALLS[name](scenario.neon)

    leak_detector.look("error", shown(caught.value))
    assert [] == leak_detector.search()


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("name", CALLS)
def test_calls_from_another_event_loop(
    name: str, backend: str, leak_detector: LeakDetector
) -> None:
    """Neither does one of a client that belongs to another event loop."""
    scenario = Scenario.set_up()
    anyio.run(scenario.neon.login, backend=backend)
    with pytest.raises((EventLoopError, InvalidRequestError)) as caught:
        anyio.run(CALLS[name], scenario.neon, backend=backend)

    leak_detector.look("error", shown(caught.value))
    assert [] == leak_detector.search()
