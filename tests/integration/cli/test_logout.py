"""Sessions are closed by the command that opened them, also by one that a signal has ended."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator, running

SHEET = "accountId,primaryContact.fax\n10002,0049301234\n"
EDIT = ["edit", "10002", "--set", "primaryContact.fax=0049301234", "--reset-consents", "--yes"]
APPLY = ["apply", "plan.json", "--journal", "run.ndjson", "--yes"]
PLAN = ["plan", "changes.csv", "--output=plan.json", "--reset-consents", "--quiet"]
RETRIEVE, UPDATE = "retrieveIndividualAccount", "updateIndividualAccount"
FILES = ["--checkpoint", "checkpoint", "--output", "changes.ndjson"]


@pytest.fixture(scope="module")
def busy() -> Iterator[tuple[Emulator, dict[str, str]]]:
    """An emulator on a socket, and the environment that leads to it."""
    with Emulator(accounts=20) as emulator, running(emulator) as url:
        who = {"NEON_ORG_ID": emulator.org_id, "NEON_API_KEY": emulator.api_key}
        yield emulator, {**os.environ, **who, "NEON_BASE_URL": url}


def calls(emulator: Emulator, method: str) -> int:
    """Count the requests of a method."""
    return sum(request.method == method for request in [*emulator.requests])


def wait_for(emulator: Emulator, method: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until a request of a method is being worked on, or the process has ended before."""
    while not calls(emulator, method) and process.poll() is None:
        time.sleep(0.002)


@pytest.mark.parametrize(
    ("command", "method", "seconds"),
    [
        (["show", "10002"], RETRIEVE, 60.0),
        (["pull", "accounts", "--from=1990-01-01Z", "--output=a.ndjson"], "syncAccounts", 60.0),
        (["sync", "accounts", *FILES], "syncAccounts", 60.0),
        # A write that was sent is waited for.
        (EDIT, UPDATE, 0.3),
        (APPLY, UPDATE, 0.3),
    ],
    ids=["read", "pull", "sync", "edit", "apply"],
)
def test_interrupted_commands_log_out(  # noqa: PLR0917 - the cases are many
    command: list[str],
    method: str,
    seconds: float,
    busy: tuple[Emulator, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """A signal in the middle of a request ends the command, which logs out before."""
    emulator, env = busy
    monkeypatch.chdir(tmp_path)
    if command is APPLY:
        Path("changes.csv").write_text(SHEET, encoding="utf-8")
        with monkeypatch.context() as here:
            here.setattr(_connection, "make_client", emulator.client)
            assert Exit.OK == run(PLAN)
    emulator.requests.clear()
    emulator.fail_next(method=method, delay=seconds)
    # Which signal it is makes no difference: one of both for each kind of command.
    number = signal.SIGTERM if command in (EDIT, APPLY) else signal.SIGINT
    program = [sys.executable, "-m", "neon_async.cli", *command]

    with subprocess.Popen(program, env=env, stderr=subprocess.PIPE) as process:
        wait_for(emulator, method, process)
        process.send_signal(number)
        _, said = process.communicate()

    assert process.returncode == {2: Exit.INTERRUPTED, 15: Exit.TERMINATED}[number]
    assert b"Traceback" not in said
    assert calls(emulator, "login") == calls(emulator, "logout") > 0


def test_dead_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer delays the end of a command by the seconds of a logout."""
    emulator = Emulator(accounts=2)
    monkeypatch.setattr(_connection, "make_client", emulator.client)
    monkeypatch.setattr(_connection, "_SECONDS_TO_LOG_OUT", 0.01)
    emulator.fail_next(method=RETRIEVE, delay=60.0)
    emulator.fail_next(method="logout", delay=60.0)

    def interrupt() -> None:
        while not calls(emulator, RETRIEVE):
            time.sleep(0.002)
        os.kill(os.getpid(), signal.SIGINT)

    began = time.monotonic()
    thread = threading.Thread(target=interrupt)
    thread.start()
    assert Exit.INTERRUPTED == run(["show", "10002"])
    thread.join()

    assert calls(emulator, "logout") == 1
    assert time.monotonic() - began < 30
