"""`neon-async emulator` as the process that it is, and what starts it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest

from neon_async.cli import _emulator_process
from neon_async.cli._commands.emulator import READY
from neon_async.cli._emulator_process import emulator_process
from neon_async.cli._exit_codes import Exit
from neon_async.cli._interrupts import Interrupted
from neon_async.cli._main import run
from neon_async.emulator import Emulator

COMMAND = [sys.executable, "-m", "neon_async.cli", "emulator"]


def test_settings_lead_to_it(served: dict[str, str]) -> None:
    """What it prints are the settings for a client, in the form that a shell takes."""
    assert {"NEON_BASE_URL", "NEON_ORG_ID", "NEON_API_KEY"} == served.keys()

    reply = httpx.post(
        f"{served['NEON_BASE_URL']}/common/login",
        data={"login.apiKey": served["NEON_API_KEY"], "login.orgid": served["NEON_ORG_ID"]},
    )
    assert reply.json()["loginResponse"]["operationResult"] == "SUCCESS"


def test_ends_on_ctrl_c() -> None:
    """Ctrl-C is how it is meant to end."""
    with subprocess.Popen(
        [*COMMAND, "--port=0", "--accounts=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        stdout = process.stdout
        assert stdout is not None
        lines = [line.strip() for line in iter(stdout.readline, f"{READY}\n")]
        process.send_signal(signal.SIGINT)
        rest, err = process.communicate(timeout=30)

    assert len(lines) == 3
    assert rest == err == ""
    assert Exit.OK == process.returncode


def test_port_in_use(served: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """A port that is taken ends with 1 and one line."""
    port = httpx.URL(served["NEON_BASE_URL"]).port

    assert Exit.FAILED == run(["emulator", "--port", str(port)])

    assert capsys.readouterr().err.startswith("neon-async: ")


@pytest.mark.shows("secret", "output", reason="the settings lead to the emulator alone")
def test_prints_and_merges(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accounts that were merged come on top of the others."""
    numbers: list[int] = []

    def serve(emulator: Emulator, host: str, port: int, *, on_ready: Callable[[str], None]) -> None:
        numbers.append(len(emulator.account_ids()))
        on_ready(f"http://{host}:{port}/path")
        raise KeyboardInterrupt

    monkeypatch.setattr("neon_async.emulator.serve", serve)

    assert Exit.OK == run(["emulator", "--accounts=5", "--merged=2", "--port=1"])

    assert numbers == [5]
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == "export NEON_BASE_URL=http://127.0.0.1:1/path"
    assert last == READY


@pytest.mark.parametrize("module", ["jinja2", "starlette", "uvicorn"])
def test_missing_extra(module: str) -> None:
    """Without its extra, the emulator says how to install it."""
    code = f"import sys; sys.modules[{module!r}] = None; from neon_async.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "emulator", "--port=0"],
        capture_output=True,
        check=False,
        text=True,
    )

    assert Exit.FAILED == done.returncode
    assert 1 == done.stderr.count("pip install 'neon-async[emulator]'")
    assert "Traceback" not in done.stderr


def test_does_not_start() -> None:
    """An emulator that ends before it is ready is an error, and not a wait for ever."""
    with pytest.raises(OSError, match="did not start"), emulator_process("--nonsense"):
        pass


def test_never_outlives(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not end when it is asked to is ended."""
    monkeypatch.setattr(_emulator_process, "_SECONDS_TO_STOP", 0.01)
    stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); print(); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-uc", stubborn], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        _emulator_process._stop(process)

    assert -signal.SIGKILL == process.returncode


def test_sigterm_ends_both() -> None:
    """A command that is asked to end by SIGTERM takes its emulator along."""
    before = signal.getsignal(signal.SIGTERM)

    with pytest.raises(Interrupted) as caught, emulator_process("--accounts=1"):
        os.kill(os.getpid(), signal.SIGTERM)

    assert signal.SIGTERM == caught.value.number
    assert before == signal.getsignal(signal.SIGTERM)
