"""Who watches a client by logs or spans sees what it does, and not with what."""

import gc
import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import attrs
import httpx
import pytest
from rich.pretty import pretty_repr

from neon_async import NeonError
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import Step, fin, hang, http, rst
from tests.support.http_spans import http_spans
from tests.support.leak_detector import LeakDetector
from tests.support.secrets_scenario import API_KEY, CALLS, DONOR, LONG, ORG_ID, Engine, Scenario

METHODS = ["POST", "GET"]
FAULTS: dict[str, tuple[Step, ...]] = {
    "none": (),
    "reset": (rst(),),
    "closed": (fin(),),
    "not HTTP": (DONOR.encode() + b"\r\n\r\n", hang()),
    "status": (http(DONOR.encode(), status=500, headers={"Set-Cookie": DONOR}),),
    "redirect": (http(status=302, headers={"Location": f"https://example.org/?{API_KEY}"}),),
    "no reply": (hang(),),
}


@pytest.fixture(autouse=True)
def _secrets(leak_detector: LeakDetector) -> None:
    """Let the leak detector know them before a client does."""
    leak_detector.protect(ORG_ID, API_KEY, DONOR)


@pytest.fixture
def spans() -> Iterator[Any]:
    """The spans of OpenTelemetry's instrumentation of httpx."""
    with http_spans() as exporter:
        yield exporter


async def use(scenario: Scenario, name: str, server: FaultServer, fault: str) -> None:
    """Use a method, whose last request meets a fault if there is one."""
    if FAULTS[fault]:
        server.nth(server.requests + 2, *FAULTS[fault])
        server.nth(server.requests + 3, *FAULTS[fault])
    try:
        await scenario.call(name)
    except NeonError:
        pass
    finally:
        await scenario.neon.aclose()


@pytest.mark.parametrize("http_method", METHODS)
async def test_spans(http_method: str, spans: Any, leak_detector: LeakDetector) -> None:
    """With OpenTelemetry on, there is a span for each request, and nothing in it."""
    with FaultServer() as server:
        for fault in FAULTS:
            for name in ("sync_accounts lookahead", "edit_individual_account"):
                here = Scenario.set_up().on_socket(server, http_method=http_method, timeout=0.1)
                await use(here, name, server, fault)

    told = [span.to_json() for span in spans.get_finished_spans()]
    assert len(told) >= server.requests
    assert any("RemoteProtocolError" in span for span in told)
    assert all("/common/login" in span or "/account/" in span for span in told)
    leak_detector.look("span", "\n".join(told))
    assert [] == leak_detector.search()


@pytest.mark.parametrize("http_method", METHODS)
async def test_logs(
    http_method: str, caplog: pytest.LogCaptureFixture, leak_detector: LeakDetector
) -> None:
    """Every logger at DEBUG says that there are requests, and none says what is in them."""
    caplog.set_level(logging.DEBUG)
    with FaultServer() as server:
        for fault in FAULTS:
            here = Scenario.set_up().on_socket(server, http_method=http_method, timeout=0.1)
            await use(here, "sync_accounts", server, fault)

    told = {record.name for record in caplog.records}
    assert told >= {"neon_async", "httpcore.http11", "httpcore.connection"}
    assert any("send_request_headers.started" in one.getMessage() for one in caplog.records)
    assert [] == leak_detector.search()


async def test_own_log_has_no_values(caplog: pytest.LogCaptureFixture) -> None:
    """The records of the SDK hold no parameter's value: operations, outcomes and numbers only."""
    caplog.set_level(logging.DEBUG, "neon_async")
    sent: set[str] = set()

    class Listening(Engine):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            sent.update(value for _, value in parse_qsl((await request.aread()).decode()))
            return await super().handle_async_request(request)

    for name in CALLS:
        scenario = Scenario.set_up()
        engine = Listening(scenario.emulator)
        neon = scenario.emulator.client(transport=engine, page_size=2)
        await attrs.evolve(scenario, engine=engine, neon=neon).call(name)
        await neon.aclose()

    told = "\n".join(one.getMessage() for one in caplog.records if one.name == "neon_async")
    assert "syncAccounts: attempt 1: 200, " in told
    assert sent >= {ORG_ID, API_KEY, DONOR, str(scenario.person)}
    words = set(re.findall(r"[\w.@:+-]+", told))
    # Shorter ones are numbers that may stand for anything.
    assert set() == {value for value in sent & words if len(value) > 4}


async def test_objects(leak_detector: LeakDetector) -> None:
    """Nothing that a client holds shows a secret, to `repr` or to Rich, after it was used."""
    scenario = Scenario.set_up()
    for name in LONG:
        await scenario.call(name)

    pending: list[object] = [scenario.neon]
    seen: dict[int, object] = {}
    while pending:
        one = pending.pop()
        if id(one) not in seen:
            seen[id(one)] = one
            pending += [held for held in gc.get_referents(one) if is_part(held)]
    await scenario.neon.aclose()

    parts = [one for one in seen.values() if type(one).__module__.startswith("neon_async.")]
    leak_detector.look("error", "\n".join(repr(one) + pretty_repr(one) for one in parts))
    assert [] == leak_detector.search()
    names = {type(one).__name__ for one in parts}
    assert names >= {
        "AsyncClient",
        "Dispatcher",
        "OpenSession",
        "Session",
        "Sessions",
        "HttpTransport",
    }


def is_part(held: object) -> bool:
    """Whether something belongs to the client, or may hold something that does."""
    if isinstance(held, (dict, list, tuple, set)):
        return True
    module = type(held).__module__
    return module.startswith("neon_async.") and not module.startswith("neon_async.emulator")
