"""Resource usage of child processes: real commands, each from its start to its end."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Usage(NamedTuple):
    """What a process took.

    Attributes:
        seconds: from its start to its end.
        cpu: seconds of CPU time, those of its own children included.
    """

    seconds: float
    cpu: float


def command(name: str) -> str:
    """Return the path of a command that is installed beside the Python that runs."""
    return str(Path(sys.executable).with_name(name))


def run(
    arguments: Sequence[str], cache: str, environment: Mapping[str, str] | None = None
) -> Usage:
    """Run a process to its end, and return what it took.

    Args:
        arguments: the command and its arguments.
        cache: the folder for compiled code, as what is imported is compiled only the first time,
            whatever the environment says.
        environment: further variables.

    Raises:
        CalledProcessError: it failed; what it wrote to stderr is shown.
    """
    env = {**os.environ, "PYTHONPYCACHEPREFIX": cache, **(environment or {})}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=errors, env=env)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            sys.stderr.write(errors.read().decode(errors="replace"))
            raise subprocess.CalledProcessError(process.returncode, arguments)
    return Usage(seconds, usage.ru_utime + usage.ru_stime)
