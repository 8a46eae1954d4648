"""`neon-async login` and `logout`, and credentials from a keyring."""

import getpass
import os
import subprocess
import sys

import orjson
import pexpect
import pytest

from neon_async import InvalidRequestError
from neon_async.cli import _connection
from neon_async.cli._credentials import credentials
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator
from tests.support.leak_detector import LeakDetector

keyring = pytest.importorskip("keyring", reason="the extra keyring is not installed")
backend = pytest.importorskip("keyring.backend")
errors = pytest.importorskip("keyring.errors")

NAMES = ("NEON_ORG_ID", "NEON_API_KEY")


class Memory(backend.KeyringBackend):  # type: ignore[misc,name-defined]
    """A keyring that lasts as long as the test."""

    priority = 0

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.failure: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        if self.failure:
            raise self.failure
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.failure:
            raise self.failure
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    """A keyring in memory in place of the system's."""
    made = Memory()
    monkeypatch.setattr(keyring.core, "_keyring_backend", made)
    return made


@pytest.fixture
def bare(served: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The environment leads to the emulator, but has no credentials."""
    monkeypatch.setenv("NEON_BASE_URL", served["NEON_BASE_URL"])
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return served


def typing(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Type answers where nothing is shown of them."""
    left = iter(answers)
    monkeypatch.setattr(getpass, "getpass", lambda _: next(left))


def test_from_login_to_logout(
    bare: dict[str, str],
    memory: Memory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What was typed is tried, stored for this server, used by commands, and removed again."""
    org_id, api_key = (bare[name] for name in NAMES)
    typing(monkeypatch, org_id, f" {api_key} ")
    assert Exit.OK == run(["login"])

    assert memory.entries.keys() == {("neon-async", bare["NEON_BASE_URL"].rstrip("/"))}
    assert [orjson.loads(one) for one in memory.entries.values()] == [credentials()]
    assert Exit.OK == run(["lists", "sources"])
    assert Exit.OK == run(["doctor", "--concurrency=1"])
    # Another server gets nothing.
    with monkeypatch.context() as patch:
        patch.delenv("NEON_BASE_URL")
        with pytest.raises(InvalidRequestError, match="run neon-async login"):
            credentials()

    assert Exit.OK == run(["logout"])
    assert memory.entries == {}
    assert Exit.OK == run(["logout"])
    assert Exit.USAGE == run(["lists", "sources"])
    said = capsys.readouterr()
    assert "There are no credentials" in said.err
    assert api_key not in said.out + said.err


def test_environment_wins(
    bare: dict[str, str],
    memory: Memory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One variable is enough for the keyring to be left alone, and `login` says so."""
    monkeypatch.setenv("NEON_ORG_ID", "another-organization")
    typing(monkeypatch, *(bare[name] for name in NAMES))
    assert Exit.OK == run(["login"])
    assert "environment take precedence" in capsys.readouterr().err

    memory.failure = AssertionError("the keyring was asked")
    assert Exit.USAGE == run(["lists", "sources"])
    assert "neon-async: NEON_API_KEY is not set\n" == capsys.readouterr().err

    monkeypatch.setenv("NEON_API_KEY", "a-key")
    assert credentials() == {}


@pytest.mark.parametrize(("set_", "notices"), [("", 0), ("another-organization", 1)])
def test_what_was_accepted_is_stored(
    set_: str,
    notices: int,
    memory: Memory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Credentials of NeonCRM itself are stored as such, and what comes before them is told."""
    emulator = Emulator(accounts=1)
    monkeypatch.setattr(_connection, "make_client", emulator.client)
    monkeypatch.delenv("NEON_BASE_URL", raising=False)
    monkeypatch.delenv("NEON_API_KEY", raising=False)
    monkeypatch.setenv("NEON_ORG_ID", set_)
    typing(monkeypatch, emulator.org_id, emulator.api_key)

    assert Exit.OK == run(["login"])

    stored = {"org_id": emulator.org_id, "api_key": emulator.api_key}
    assert stored == orjson.loads(memory.entries["neon-async", "NeonCRM"])
    assert notices == capsys.readouterr().err.count("environment take precedence")


@pytest.mark.parametrize(
    ("answers", "code"), [(("", ""), Exit.USAGE), (("an-org", "wrong-key-canary"), Exit.FAILED)]
)
@pytest.mark.usefixtures("bare")
def test_what_is_refused_is_not_stored(
    answers: tuple[str, str],
    code: Exit,
    memory: Memory,
    leak_detector: LeakDetector,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only credentials that NeonCRM accepted are stored."""
    leak_detector.protect(*answers)
    typing(monkeypatch, *answers)

    assert code == run(["login"])

    assert memory.entries == {}


@pytest.mark.parametrize(
    ("failure", "code", "said"),
    [
        (errors.NoKeyringError("none"), Exit.USAGE, "NEON_ORG_ID"),
        (errors.KeyringLocked("canary"), Exit.FAILED, "the keyring failed: KeyringLocked"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_keyring_that_fails(
    failure: Exception, code: Exit, said: str, memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    """No keyring is as good as an empty one; one that fails is named, and not quoted."""
    memory.failure = failure

    assert code == run(["lists", "sources"])

    err = capsys.readouterr().err
    assert said in err
    assert "canary" not in err


def test_login_without_keyring(
    bare: dict[str, str],
    memory: Memory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where nothing can be stored, `login` names the variables instead."""
    memory.failure = errors.NoKeyringError("none")
    typing(monkeypatch, *(bare[name] for name in NAMES))

    assert Exit.FAILED == run(["login"])

    assert "set NEON_ORG_ID and NEON_API_KEY" in capsys.readouterr().err


@pytest.mark.parametrize("stored", ["{", "[]", "{}"])
@pytest.mark.usefixtures("bare")
def test_entry_of_somebody_else(
    stored: str, memory: Memory, capsys: pytest.CaptureFixture[str]
) -> None:
    """An entry that `login` has not written is not used."""
    memory.entries["neon-async", os.environ["NEON_BASE_URL"].rstrip("/")] = stored

    assert Exit.FAILED == run(["lists", "sources"])

    assert "run neon-async login" in capsys.readouterr().err


def test_nothing_is_shown_on_the_terminal(bare: dict[str, str]) -> None:
    """On a real terminal, nothing of what is typed appears."""
    child = pexpect.spawn(
        sys.executable, ["-m", "neon_async.cli", "login"], encoding="utf-8", timeout=30
    )
    shown = ""
    for prompt, name in zip(("Organization id: ", "API key: "), NAMES, strict=True):
        child.expect_exact(prompt)
        shown += str(child.before)
        child.sendline(bare[name])
    child.expect_exact("The credentials are in the keyring.")
    shown += str(child.before)
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == Exit.OK
    assert [name for name in NAMES if bare[name] in shown] == []


@pytest.mark.usefixtures("bare")
def test_no_terminal() -> None:
    """Without a terminal `login` refuses, because what is typed might be shown."""
    done = subprocess.run(
        [sys.executable, "-m", "neon_async.cli", "login"],
        capture_output=True,
        check=False,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        text=True,
    )

    assert Exit.USAGE == done.returncode
    assert "not a terminal" in done.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["login"], "python -m pip install 'neon-async[keyring]'"),
        (["logout"], "python -m pip install 'neon-async[keyring]'"),
        (["lists", "sources"], "NEON_ORG_ID"),
    ],
)
@pytest.mark.usefixtures("bare")
def test_missing_extra(
    command: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without the extra `login` says how to install it, and other commands do without."""
    monkeypatch.delitem(sys.modules, "neon_async.cli._keyring", raising=False)
    monkeypatch.delattr("neon_async.cli._keyring", raising=False)
    monkeypatch.setitem(sys.modules, "keyring", None)

    assert Exit.USAGE == run(command)

    assert said in capsys.readouterr().err
