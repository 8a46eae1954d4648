"""What of the package is alive while it is used: whoever dumps it sees no secret and no donor."""

import gc
from collections.abc import Iterator

import attrs
import httpx
import pytest
from rich.pretty import pretty_repr

from neon_async.emulator._console.records import accounts
from tests.support.leak_detector import LeakDetector
from tests.support.secrets_scenario import API_KEY, DONOR, LONG, ORG_ID, Engine, Scenario
from tests.support.sweeps import share


def live() -> list[object]:
    """Every object whose class is the package's."""
    return [one for one in gc.get_objects() if _module(one).startswith("neon_async")]


def _module(one: object) -> str:
    # Of the class itself: proxies would answer for what they stand for.
    return str(getattr(type(one), "__module__", ""))


# One of each kind, and those of several requests.
NAMES = [
    "call",
    "add_activity",
    "create_organization_account",
    "retrieve_individual_account",
    *LONG,
]


# Each on one event loop, and in the thorough profile on both.
COMBINATIONS = [
    (name, backend)
    for number, name in enumerate(NAMES)
    for backend in share(["asyncio", "trio"], number)
]


class Watching(Engine):
    """Looks at everything that is alive when the first request of a method has come."""

    leak_detector: LeakDetector
    classes: set[str]
    paths: set[str]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Look, and answer."""
        if request.url.path not in self.paths:
            self.paths.add(request.url.path)
            self.look()
        return await super().handle_async_request(request)

    def look(self) -> None:
        """Let the leak detector see how objects are shown, by Rich too."""
        found = live()
        self.classes |= {type(one).__name__ for one in found}
        self.leak_detector.look(
            "error", "\n".join(f"{one!r} {one} {pretty_repr(one)}" for one in found)
        )


@pytest.mark.parametrize(("name", "anyio_backend"), COMBINATIONS)
async def test_live_objects(name: str, leak_detector: LeakDetector) -> None:
    """No representation of anything alive during and after a call shows a secret or a donor."""
    leak_detector.protect(ORG_ID, API_KEY, DONOR)
    gc.collect()
    gc.freeze()  # from here on, only what the call makes is found
    scenario = Scenario.set_up()
    engine = Watching(scenario.emulator)
    engine.leak_detector, engine.classes, engine.paths = leak_detector, set(), set()
    neon = scenario.emulator.client(transport=engine, page_size=2)

    result = await attrs.evolve(scenario, engine=engine, neon=neon).call(name)
    engine.look()
    await neon.aclose()

    assert engine.classes >= {"AsyncClient", "Session", "Emulator", "LoggedRequest"}
    assert [] == leak_detector.search()
    del result


@pytest.fixture(scope="module", autouse=True)
def _unfreeze() -> Iterator[None]:
    yield  # once for all, since each collection would look through all that was there before
    gc.unfreeze()


async def test_pages_of_the_console(leak_detector: LeakDetector) -> None:
    """Rows of the console's lists, which hold names and e-mail addresses, show neither."""
    scenario = Scenario.set_up()
    listing = accounts(scenario.emulator._state).page("", 0, "id")

    leak_detector.look("error", f"{listing} {pretty_repr(listing)}")

    assert DONOR in [row.detail for row in listing.rows]
    assert [] == leak_detector.search()
