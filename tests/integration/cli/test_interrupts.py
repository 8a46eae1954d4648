"""Signals that end a command: what was begun is finished, and the exit code says which it was."""

import asyncio
import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from neon_async.cli import _connection
from neon_async.cli import _event_loop as event_loop_module
from neon_async.cli._commands import pull as pull_module
from neon_async.cli._event_loop import run_async
from neon_async.cli._exit_codes import Exit
from neon_async.cli._formats.output import save
from neon_async.cli._interrupts import Interrupted, interruptible
from neon_async.cli._main import run
from neon_async.emulator import Emulator, running

from .conftest import records

PULL = [sys.executable, "-m", "neon_async.cli", "pull", "accounts", "--from", "1990-01-01Z"]
SIGNALS = [
    (signal.SIGINT, Exit.INTERRUPTED, "interrupted"),
    (signal.SIGTERM, Exit.TERMINATED, "terminated"),
    (signal.SIGHUP, Exit.HUNG_UP, "the terminal was closed"),
]


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """Nothing is switched off, as `nohup` does, and every test leaves the handlers as they were."""
    outside = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    before = [signal.getsignal(number) for number, *_ in SIGNALS]
    yield
    assert before == [signal.getsignal(number) for number, *_ in SIGNALS]
    signal.signal(signal.SIGHUP, outside)


def kill(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [number for number, *_ in SIGNALS])
def test_signal_cancels(number: signal.Signals) -> None:
    """The first signal cancels what runs, which may finish what it has begun."""
    finished: list[int] = []

    async def work() -> None:
        try:
            kill(number)
            await anyio.sleep_forever()
        finally:
            finished.append(1)

    with interruptible(), pytest.raises(Interrupted) as caught:
        run_async(work)

    assert [1] == finished
    assert number == caught.value.number


def test_second_signal_does_not_wait() -> None:
    """A second signal ends what does not want to end."""

    async def stubborn() -> None:
        kill(signal.SIGTERM)
        while True:
            try:
                await anyio.sleep_forever()
            except asyncio.CancelledError:
                kill(signal.SIGINT)

    with interruptible(), pytest.raises(Interrupted) as caught:
        run_async(stubborn)

    assert signal.SIGINT == caught.value.number


def test_late_signal_stops_the_next_step() -> None:
    """A signal that comes when there is nothing left to cancel is not forgotten."""

    async def late() -> int:
        kill(signal.SIGTERM)
        return 1

    with interruptible(), pytest.raises(Interrupted):
        run_async(late)


def test_signal_that_is_swallowed() -> None:
    """A command that goes on after its cancellation, and ends well, ends there all the same."""

    async def swallowing() -> int:
        kill(signal.SIGTERM)
        with contextlib.suppress(asyncio.CancelledError):
            await anyio.sleep_forever()
        return 1

    with interruptible(), pytest.raises(Interrupted) as caught:
        run_async(swallowing)

    assert signal.SIGTERM == caught.value.number


def test_signal_that_cancels_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes when the task is done has no cancellation, and still ends the command."""

    class DoneTask:
        def cancel(self) -> None:
            """Do nothing, as a task that is done."""

    async def late() -> int:
        kill(signal.SIGTERM)
        return 1

    names = {**vars(asyncio), "current_task": DoneTask}
    monkeypatch.setattr(event_loop_module, "asyncio", SimpleNamespace(**names))

    with interruptible(), pytest.raises(Interrupted) as caught:
        run_async(late)

    assert signal.SIGTERM == caught.value.number


def test_other_cancellations_come_out() -> None:
    """What cancels itself is no signal's doing."""

    async def cancel() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run_async(cancel)


def test_result_is_returned() -> None:
    """Without a signal there is a result."""

    async def double(number: int) -> int:
        return number * 2

    assert run_async(double, 21) == 42


def test_signals_that_are_switched_off_stay_so() -> None:
    """What was started with `nohup` or by a script in the background is not ended by accident."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            kill(signal.SIGHUP)
            assert signal.SIG_IGN == signal.getsignal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_only_the_main_thread_has_signals() -> None:
    """A command that somebody runs in a thread leaves signals to the main one."""
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(run(["--version"])))
    thread.start()
    thread.join()

    assert [Exit.OK] == codes


@pytest.fixture(scope="module")
def busy() -> Iterator[tuple[Emulator, dict[str, str]]]:
    """An emulator on a socket, and the environment that leads to it."""
    with Emulator(accounts=60) as emulator, running(emulator) as url:
        who = {"NEON_ORG_ID": emulator.org_id, "NEON_API_KEY": emulator.api_key}
        yield emulator, {**os.environ, **who, "NEON_BASE_URL": url}


@contextlib.contextmanager
def stalled_pull(
    busy: tuple[Emulator, dict[str, str]], command: list[str]
) -> Generator[subprocess.Popen[str]]:
    """Start a pull that has written two of three pages, and waits for the third."""
    emulator, env = busy
    emulator.fail_next(2, method="syncAccounts", delay=0.0)
    emulator.fail_next(method="syncAccounts", delay=60.0)
    command = [*command, "--page-size=20", "--concurrency=1"]
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True) as process:
        yield process


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until another process has done something."""
    while not condition():
        time.sleep(0.002)


def lines(folder: Path) -> int:
    """Count the lines of the only file in a folder, whatever it is called."""
    return sum(path.read_bytes().count(b"\n") for path in folder.iterdir())


@pytest.mark.parametrize(
    ("number", "code", "text", "form"),
    [(*case, "csv" if number else "ndjson") for number, case in enumerate(SIGNALS)],
)
def test_pull_can_be_resumed(  # noqa: PLR0917 - the cases are many
    number: signal.Signals,
    code: Exit,
    text: str,
    form: str,
    busy: tuple[Emulator, dict[str, str]],
    tmp_path: Path,
) -> None:
    """Whichever signal ends a pull, whole lines are there, and the rest by the command it says."""
    file = tmp_path / "accounts"
    with stalled_pull(busy, [*PULL, f"--format={form}", f"--output={file}"]) as process:
        wait_for(lambda: lines(tmp_path) >= 40)
        process.send_signal(number)
        _, said = process.communicate()

    assert code == process.returncode
    assert said.startswith(f"neon-async: {text}\n40 records were written to {file}, in whole lines")
    assert [file] == [*tmp_path.iterdir()]
    (rest,) = re.findall(r"^to resume: neon-async (.*)$", said, flags=re.MULTILINE)
    subprocess.run([*PULL[:3], *shlex.split(rest)], env=busy[1], check=True)
    written = file.read_text().splitlines()
    assert {"ndjson": 60, "csv": 61}[form] == len(written) == len({*written})


def test_first_process_of_a_container(
    busy: tuple[Emulator, dict[str, str]], tmp_path: Path
) -> None:
    """As process 1, which the kernel spares from signals without a handler, it ends as well."""
    unshare = shutil.which("unshare") or ""
    inside = [unshare, "--pid", "--fork", "--kill-child", "--mount-proc"]
    if not unshare or subprocess.run([*inside, "true"], check=False).returncode:
        pytest.skip("a container can't be made here")
    file = tmp_path / "accounts"
    with stalled_pull(busy, [*inside, *PULL, f"--output={file}"]) as process:
        wait_for(lambda: lines(tmp_path) == 40)
        child = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
        os.kill(int(child), signal.SIGTERM)
        _, said = process.communicate()

    assert Exit.TERMINATED == process.returncode
    assert "to resume: neon-async pull accounts" in said
    assert len(records(file)) == 40


@pytest.mark.shows("e-mail", "output", reason="the records of a pull are what was asked for")
def test_stuck_reader(served: dict[str, str]) -> None:
    """A reader that takes nothing does not keep the command from ending."""
    with subprocess.Popen(
        PULL,
        env={**os.environ, **served},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        process.send_signal(signal.SIGTERM)
        assert Exit.TERMINATED == process.wait(30)
        process.communicate()


def test_signal_before_the_first_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A signal that comes when no page is written ends the pull, and leaves no file."""
    monkeypatch.setattr(_connection, "make_client", Emulator(accounts=20).client)

    async def kill_and_save(*args: Any, **options: Any) -> int:
        kill(signal.SIGTERM)
        return await save(*args, **options)

    monkeypatch.setattr(pull_module, "save", kill_and_save)

    pull = ["pull", "accounts", "--from", "1990-01-01Z", f"--output={tmp_path / 'accounts'}"]
    assert Exit.TERMINATED == run(pull)

    assert [] == [*tmp_path.iterdir()]
    assert "terminated" in capsys.readouterr().err


def test_signal_behind_the_last_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A signal that comes when all pages are written changes nothing about the file."""
    emulator = Emulator(accounts=20)
    monkeypatch.setattr(_connection, "make_client", emulator.client)

    async def save_and_kill(*args: Any, **options: Any) -> int:
        count = await save(*args, **options)
        kill(signal.SIGTERM)
        return count

    monkeypatch.setattr(pull_module, "save", save_and_kill)
    file = tmp_path / "accounts"

    assert Exit.OK == run(["pull", "accounts", "--from", "1990-01-01Z", f"--output={file}"])

    assert len(records(file)) == 20
    assert capsys.readouterr().err == ""
