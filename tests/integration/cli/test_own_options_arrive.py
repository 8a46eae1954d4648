"""The options that a command alone has, or shares with few, arrive where they count.

Those that are about the records of a pull, sync, search or logged activity are in
test_options_arrive.py, and those of all commands in test_common_options_arrive.py.
"""

import contextlib
import getpass
import importlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

from neon_async import AccountChange, AsyncClient, InvalidRequestError
from neon_async.cli import _checks, _connection, _undo_journal
from neon_async.cli._bulk import BulkOptions
from neon_async.cli._catalog import COMMANDS
from neon_async.cli._commands import demo as demo_module
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator
from tests.support.forwarding import options_of

SETTINGS = {"NEON_BASE_URL": "http://127.0.0.1:9", "NEON_ORG_ID": "fake", "NEON_API_KEY": "fake"}
# By option of `emulator`: a value of its own, and where it arrives.
EMULATOR: dict[str, tuple[int | float | str, str, object]] = {
    "accounts": (13, "accounts", 13),
    "activities": (17, "activities", 17),
    "merged": (5, "accounts", 1_005),
    "seed": (19, "seed", 19),
    "orgs": (3, "count", 3),
    "host": ("127.0.0.7", "host", "127.0.0.7"),
    "port": (8_117, "port", 8_117),
    "latency": (0.375, "latency", 0.375),
    "threads": (7, "threads", 7),
}
# Each has a test below, or where its effect is described: what the command prints or writes.
ELSEWHERE: dict[str, set[str]] = {
    "apply": {"journal", "yes", "bulk"},
    "create-organization": {"set", "acknowledge"},
    "demo": {"accounts", "activities", "latency", "concurrency", "directory"},
    "doctor": {"concurrency", "http_method", "report", "probe_concurrency"},
    "edit": {"set", "clear", "reset_consents", "accept_loss", "dry_run", "yes", "undo_file"},
    "lists": {"component", "form"},
    "merge-history": {"form"},
    "plan": {"output", "clear", "reset_consents", "accept_loss", "concurrency"},
    "show": {"activity", "form"},
    "undo": {"set", "reset_consents", "accept_loss", "account", "journal", "yes", "bulk"},
}
OTHER_MODULES = {"log-activity", "pull", "search", "sync"}


class RecordingEmulator:
    """Stands for an emulator, and notes which accounts were merged."""

    def __init__(self) -> None:
        self.merges: list[tuple[int, int]] = []

    def account_ids(self) -> list[int]:
        return [*range(10, 20)]

    def merge_accounts(self, old: int, new: int) -> None:
        self.merges.append((old, new))


@attrs.define
class RecordingOrganizations:
    """Stands for a set of emulators, and notes what it is set up and served with."""

    arrived: dict[str, object] = attrs.field(factory=dict[str, object])
    emulators: list[RecordingEmulator] = attrs.field(factory=lambda: [RecordingEmulator()])

    def set_up(self, count: int, **options: object) -> contextlib.AbstractContextManager[Any]:
        self.arrived.update(count=count, **options)
        return contextlib.nullcontext(self)

    def serve(self, served: object, host: str, port: int, **_: object) -> None:
        self.arrived.update(served=served, host=host, port=port)

    def __iter__(self) -> Iterator[RecordingEmulator]:
        return iter(self.emulators)


@pytest.mark.parametrize("option", EMULATOR)
def test_options_of_an_emulator(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is what the emulators are set up, or served, with."""
    value, name, expected = EMULATOR[option]
    recorded = RecordingOrganizations()
    monkeypatch.setattr("neon_async.emulator.Organizations", recorded.set_up)
    monkeypatch.setattr("neon_async.emulator.serve", recorded.serve)

    assert Exit.OK == run(["emulator", f"--{option}", str(value)])

    assert expected == recorded.arrived[name]
    (emulator,) = recorded.emulators
    # A single one needs no look into its requests.
    assert recorded.arrived["served"] is (recorded if option == "orgs" else emulator)
    # The last ones are merged, so that the others keep their ids.
    merges = [(number, 10) for number in range(15, 20)] if option == "merged" else []
    assert merges == emulator.merges


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What clients are made with; none is."""
    made: list[dict[str, Any]] = []

    def make_client(**options: Any) -> None:
        made.append(options)
        raise InvalidRequestError("enough was seen")

    monkeypatch.setattr(_connection, "make_client", make_client)
    return made


@pytest.mark.parametrize("option", ["accounts", "activities", "latency", "concurrency"])
def test_options_of_a_demo(
    option: str, clients: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sizes and latency are the emulator's, as are the requests at once, which the client has."""
    words: list[str] = []

    def emulator_process(*arguments: str) -> contextlib.AbstractContextManager[dict[str, str]]:
        words.extend(arguments)
        return contextlib.nullcontext(SETTINGS)

    monkeypatch.setattr(demo_module, "emulator_process", emulator_process)

    code = run(["demo", "--directory", str(tmp_path), f"--{option}=13"])

    assert Exit.USAGE == code
    name = "threads" if option == "concurrency" else option
    assert {"latency": "--latency=13.0"}.get(name, f"--{name}=13") in words
    assert (13 if option == "concurrency" else 5) == clients[0]["max_concurrency"]
    assert SETTINGS["NEON_BASE_URL"] == clients[0]["base_url"]


@pytest.fixture
def _journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A sheet, its plan and the journal of its edits, in the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("changes.csv").write_text("accountId,primaryContact.firstName\n10002,Jen\n")
    losses = ["--reset-consents", "--accept-loss", "login.username"]
    with Emulator(3, 3) as emulator:
        monkeypatch.setattr(_connection, "make_client", emulator.client)
        assert Exit.OK == run(["plan", "changes.csv", "--output", "plan.json", *losses])
        assert Exit.OK == run(["apply", "plan.json", "--journal", "run.ndjson", "--yes"])
        yield


MANY = [
    ["plan", "changes.csv", "--output=new.json"],
    ["apply", "plan.json", "--journal=new.ndjson", "--yes"],
    ["undo", "run.ndjson", "--yes"],
]
WRITING = MANY[1:]


@pytest.mark.usefixtures("_journal")
@pytest.mark.parametrize("command", MANY, ids=lambda words: words[0])
def test_concurrency_of_many_accounts(command: list[str], clients: list[dict[str, Any]]) -> None:
    """So many requests at once are what the client is made for."""
    assert Exit.USAGE == run([*command, "--concurrency=13"])

    assert [13] == [options["max_concurrency"] for options in clients]


@pytest.mark.usefixtures("_journal")
@pytest.mark.parametrize("command", WRITING, ids=lambda words: words[0])
def test_most_refused_of_many_accounts(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run stops behind so many accounts that were not written."""
    with Emulator(3, 3) as emulator:
        monkeypatch.setattr(_connection, "make_client", emulator.client)
        emulator.fail_next(100, method="updateIndividualAccount", code=5)

        assert Exit.FAILED == run([*command, "--max-refused=0"])

    assert "stopped: more than 0 accounts were not written" in capsys.readouterr().err


@pytest.mark.usefixtures("_journal")
def test_decisions_of_undoing_a_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consents and losses of the command line are those of each undoing."""
    changes: list[AccountChange] = []

    async def edit_many(
        _neon: AsyncClient, given: Iterable[AccountChange], *_: Any, **__: Any
    ) -> Exit:
        changes.extend(given)
        return Exit.OK

    monkeypatch.setattr(_undo_journal, "edit_many", edit_many)
    decisions = ["--set=consentInformation.smsConsentStatus=GIVEN", "--accept-loss=source.name"]
    with Emulator(1, 1) as emulator:
        monkeypatch.setattr(_connection, "make_client", emulator.client)

        assert Exit.OK == run([*MANY[2], *decisions])

    (change,) = changes
    assert (10_002, "GIVEN") == (
        change.account_id,
        change.consent and change.consent.sms_consent_status,
    )
    assert "source.name" in change.accept_loss


@pytest.mark.usefixtures("_journal")
@pytest.mark.parametrize("quiet", [True, False])
def test_quiet_edits(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, quiet: bool
) -> None:
    """Counts and advice of many edits are on stderr, unless nobody wants them."""
    with Emulator(3, 3) as emulator:
        monkeypatch.setattr(_connection, "make_client", emulator.client)
        for command in WRITING:
            capsys.readouterr()
            assert Exit.OK == run([*command, *(["--quiet"] if quiet else [])])
            assert ("" if quiet else "1 written.") == capsys.readouterr().err.partition("\n")[0]


def test_concurrency_of_a_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many requests at once are tried first."""
    tried: list[int] = []

    async def at_once(_neon: AsyncClient, requests: int) -> list[Exception]:
        tried.append(requests)
        return []

    with Emulator(1, 1) as emulator:
        monkeypatch.setattr(_connection, "make_client", emulator.client)
        monkeypatch.setattr(_checks, "CHECKS", {"quota": _checks.CHECKS["quota"]})
        monkeypatch.setattr(_checks, "at_once", at_once)

        assert Exit.OK == run(["doctor", "--concurrency=13"])

    assert [13] == tried


@pytest.mark.parametrize("acknowledge", [True, None])
def test_acknowledgement_of_a_creation(
    monkeypatch: pytest.MonkeyPatch, *, acknowledge: bool | None
) -> None:
    """NeonCRM sends its e-mail where it was asked to, and otherwise does as it is set up."""
    arrived: dict[str, object] = {}

    async def create(_self: AsyncClient, _account: object, **options: object) -> int:
        arrived.update(options)
        return 10_001

    with Emulator(1, 1) as emulator:
        monkeypatch.setattr(_connection, "make_client", emulator.client)
        monkeypatch.setattr(AsyncClient, "create_organization_account", create)

        words = ["--acknowledge"] if acknowledge else []
        assert Exit.OK == run(["create-organization", "Example", *words])

    assert arrived["send_acknowledge_email"] is acknowledge


def test_common_options_of_a_login(
    clients: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was typed is tried in the way that the command line says."""
    pytest.importorskip("keyring", reason="the extra keyring is not installed")
    monkeypatch.setattr(getpass, "getpass", lambda _: "fake")

    assert Exit.USAGE == run(["login", "--timeout=7.5"])

    assert (7.5, "fake") == (clients[0]["timeout"], clients[0]["api_key"])


def test_quiet_login(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With --quiet there is no word about where the credentials are."""
    keyring = pytest.importorskip("keyring", reason="the extra keyring is not installed")
    monkeypatch.setattr(getpass, "getpass", lambda _: "fake")
    monkeypatch.setattr(keyring, "set_password", lambda *_: None)
    with Emulator(1, 1) as emulator:
        monkeypatch.setattr(_connection, "make_client", lambda **_: emulator.client())

        assert Exit.OK == run(["login", "--quiet"])

    assert ("", "") == capsys.readouterr()


def test_every_command_is_covered() -> None:
    """Who adds an option to a command says where it is tested that it arrives."""
    options: dict[str, set[str]] = {}
    for name, command in COMMANDS.items():
        module, _, function = command.place.partition(":")
        if name not in OTHER_MODULES:
            loaded = importlib.import_module(f"neon_async.cli.{module}")
            options[name] = {*options_of(getattr(loaded, function))} - {"common"}

    assert ELSEWHERE | {"emulator": {*EMULATOR}} == {
        name: taken for name, taken in options.items() if taken
    }
    assert {"max_refused", "concurrency"} == {field.name for field in attrs.fields(BulkOptions)}
