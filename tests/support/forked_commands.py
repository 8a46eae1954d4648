"""Commands on a terminal that start at once: forks of a process that has imported everything.

As a program, it reads a command line from each line of its input, runs it in a fork whose terminal
has 80 columns, and writes what that has printed and its exit code as a line of JSON.
"""

from __future__ import annotations

import fcntl
import importlib
import json
import os
import pkgutil
import pty
import shlex
import struct
import subprocess
import sys
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from neon_async.cli import _commands, main

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path


@contextmanager
def forked_commands(
    place: Path, settings: dict[str, str]
) -> Generator[Callable[[str], tuple[str, int]]]:
    """Yield what types a line with `neon-async` into a terminal: its output and exit code."""
    with subprocess.Popen(
        [sys.executable, "-P", __file__],
        cwd=place,
        env={**os.environ, **settings, "TERM": "dumb"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdin
        assert process.stdout
        requests, replies = process.stdin, process.stdout

        def run(line: str) -> tuple[str, int]:
            print(line, file=requests, flush=True)
            printed, code = json.loads(replies.readline())
            return printed, code

        yield run
        requests.close()  # with its input, it ends


def _serve() -> None:
    for module in pkgutil.walk_packages(_commands.__path__, f"{_commands.__name__}."):
        importlib.import_module(module.name)
    for line in sys.stdin:
        reply = json.dumps(_on_terminal(shlex.split(line, comments=True)))
        sys.stdout.write(f"{reply}\n")
        sys.stdout.flush()


def _on_terminal(command: list[str]) -> tuple[str, int]:
    process, terminal = pty.fork()
    if process == 0:
        _become(command)
    printed = b"".join(_read(terminal)).decode()
    os.close(terminal)
    _, status = os.waitpid(process, 0)
    return printed, os.waitstatus_to_exitcode(status)


def _become(command: list[str]) -> NoReturn:
    """Do what a new process would do, and end."""
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    sys.argv = command
    code: object = 1
    try:
        main()
    except SystemExit as exit_:
        code = exit_.code
    finally:
        sys.stdout.flush()
        os._exit(code if isinstance(code, int) else 1)


def _read(terminal: int) -> Iterator[bytes]:
    # When nobody holds its other side any more, Linux answers with an error, and macOS with b"".
    try:
        while piece := os.read(terminal, 65536):
            yield piece
    except OSError:
        return


if __name__ == "__main__":
    _serve()
