"""`neon-async create-organization`."""

import orjson
import pytest

from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator

CREATE = [
    "create-organization",
    "Example Fund",
    *("--set", "organizationTypes=1"),
    *("--set", "primaryContact.firstName=Ada"),
    *("--set", "primaryContact.lastName=Example"),
    *("--set", "primaryContact.addresses[new].city=Springfield"),
    *("--set", "consentInformation.emailConsentStatus=GIVEN"),
    "--acknowledge",
]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator in this process, which the command talks to instead of the network."""
    made = Emulator(accounts=0)
    monkeypatch.setattr(_connection, "make_client", made.client)
    return made


def test_created(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """What was set is there, and the id is printed."""
    assert Exit.OK == run(CREATE)

    answer = orjson.loads(capsys.readouterr().out)
    assert answer["recovered"] is False
    account = emulator.account(answer["accountId"]) or {}
    contact = account["primaryContact"]
    assert ("Example Fund", "Ada") == (account["organizationName"], contact["firstName"])
    assert contact["addresses"]["address"][0]["city"] == "Springfield"
    assert (emulator.consent(answer["accountId"]) or {})["emailConsentStatus"] == "GIVEN"


def test_recovered(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """When the reply is lost, the account is found instead of made twice."""
    emulator.fail_next(method="createOrganizationAccount", drop=True, processed=True)

    assert Exit.OK == run(CREATE)

    answer = orjson.loads(capsys.readouterr().out)
    assert answer["recovered"] is True
    found = [emulator.account(one) or {} for one in emulator.account_ids()]
    made = [one["accountId"] for one in found if "organizationTypes" in one]
    assert [answer["accountId"]] == made


def test_refused(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """What can't be meant is refused before anything is sent."""
    assert Exit.USAGE == run([*CREATE, "--set", "primaryContact.age=7"])

    assert "unknown field 'age'" in capsys.readouterr().err
    assert not emulator.requests
