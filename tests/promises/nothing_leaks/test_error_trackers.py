"""What programs that report errors send of an error, beyond the traceback."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from neon_async import APIError, NeonError
from tests.support.echoing_replies import refused
from tests.support.leak_detector import LeakDetector
from tests.support.secrets_scenario import API_KEY, DONOR, ORG_ID, Scenario

# A refusal of each class, by the code that stands for it.
CODES = {1: "APIError", 4: "SessionError", 5: "PermissionDeniedError", 2: "ServiceUnavailableError"}
CODES |= {10012: "ValidationError", 10031: "NotFoundError"}


class _Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        super().__init__()
        self._events = events

    def capture_envelope(self, envelope: Envelope) -> None:
        """Keep the events of an envelope."""
        self._events += [item.payload.json for item in envelope.items if item.payload.json]


@pytest.fixture
def events() -> Iterator[list[dict[str, Any]]]:
    """What sentry-sdk would send, with local variables, and without patching anything."""
    kept: list[dict[str, Any]] = []
    client = sentry_sdk.Client(
        "http://obviously-fake@127.0.0.1:9/1",
        transport=_Kept(kept),
        default_integrations=False,
        auto_enabling_integrations=False,
        auto_session_tracking=False,
        include_local_variables=True,
    )
    with sentry_sdk.isolation_scope() as scope:
        scope.set_client(client)
        yield kept
    client.close()


async def _refusal(scenario: Scenario, name: str, code: int) -> APIError:
    scenario.engine.fault = refused(code)
    with pytest.raises(APIError) as caught:
        await scenario.call(name)
    await scenario.neon.aclose()
    return caught.value


@pytest.mark.parametrize("code", CODES)
async def test_sentry(code: int, events: list[dict[str, Any]], leak_detector: LeakDetector) -> None:
    """Sentry gets the documented text of a refusal, not the server's, which quotes the donor."""
    leak_detector.protect(ORG_ID, API_KEY, DONOR)
    error = await _refusal(Scenario.set_up(), "create_individual_account", code)

    sentry_sdk.capture_exception(error)

    (event,) = events
    (value,) = event["exception"]["values"]
    assert [str(error), *error.__notes__] == value["value"].splitlines()
    assert CODES[code] == value["type"]
    leak_detector.look("error", json.dumps(event))
    assert [] == leak_detector.search()


async def test_sentry_reads_message_and_detail_first(events: list[dict[str, Any]]) -> None:
    """The test above sees what it is about: of other errors, Sentry sends these attributes."""
    for name in ("message", "detail"):
        error = NeonError("the text")
        setattr(error, name, "something else")
        sentry_sdk.capture_exception(error)

    values = [event["exception"]["values"][0]["value"] for event in events]
    assert 2 * ["something else"] == values


@pytest.mark.parametrize("name", ["create_individual_account", "list_prefixes", "sync_accounts"])
async def test_words_of_the_server(name: str) -> None:
    """They are in `server_message` of the error and of its entry, and under no other name."""
    error = await _refusal(Scenario.set_up(), name, 5)

    (entry,) = error.errors
    assert DONOR in error.server_message
    assert error.server_message == entry.server_message
    for thing in (error, entry):
        names = [name for name in dir(thing) if re.search("message|detail|text|args", name)]
        quoting = [name for name in names if DONOR in repr(getattr(thing, name))]
        assert ["server_message"] == quoting
        assert not hasattr(thing, "message")
        assert not hasattr(thing, "detail")


async def test_words_of_the_server_at_a_login() -> None:
    """A refused login keeps them as well, and shows as little."""
    scenario = Scenario.set_up()
    scenario.engine.fails_logins = True
    error = await _refusal(scenario, "login", 13)

    assert "AuthenticationError" == type(error).__name__
    assert ORG_ID in error.server_message
    assert ORG_ID not in f"{error}{error!r}{error.args}{error.errors}"
