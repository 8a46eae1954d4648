"""The emulator as a child process that ends with the command that started it."""

import contextlib
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Generator, Iterable

from neon_async.cli._commands.emulator import READY
from neon_async.cli._interrupts import interruptible

# It starts in about a second; a machine under load may take longer.
_SECONDS_TO_START = 60.0
_SECONDS_TO_STOP = 5.0


@contextlib.contextmanager
def emulator_process(*arguments: str) -> Generator[dict[str, str]]:
    """Run `neon-async emulator` on a free port, and yield the settings that lead there.

    Raises:
        OSError: it did not start.
    """
    command = [sys.executable, "-m", "neon_async.cli", "emulator", "--port", "0", *arguments]
    reader, writer = os.pipe()
    with contextlib.ExitStack() as stack:
        lines = stack.enter_context(os.fdopen(reader, encoding="utf-8"))
        stack.enter_context(interruptible())
        # A session of its own, so that Ctrl-C reaches it only after the client has let go of it.
        child = subprocess.Popen(command, stdout=writer, start_new_session=True)  # noqa: S603
        stack.callback(_stop, child)
        os.close(writer)
        patience = threading.Timer(_SECONDS_TO_START, child.kill)
        patience.start()
        stack.callback(patience.cancel)
        settings = _settings(lines)
        patience.cancel()
        yield settings


def _settings(lines: Iterable[str]) -> dict[str, str]:
    """Collect the `export NAME=value` lines up to the one that says that it is ready."""
    settings: dict[str, str] = {}
    for line in lines:
        if line.strip() == READY:
            return settings
        _, assignment = shlex.split(line)
        name, _, value = assignment.partition("=")
        settings[name] = value
    raise OSError("the emulator did not start")


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
