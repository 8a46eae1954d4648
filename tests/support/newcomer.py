"""Do what the README says, from top to bottom, as a newcomer would.

`python -m tests.support.newcomer CLONE` installs first, in a virtual environment of its own, and
runs the lines with pipx and uvx, too; `python -m tests.support.newcomer CLONE WHEEL` installs the
wheel in place of the clone. `follow` with `install=False` runs all the rest with the present
environment.
"""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import venv
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator

# Blocks of commands, of programs and of what these print, and commands within a sentence.
_STEP = re.compile(
    r"^```(?P<language>console|python|text)\n(?P<block>.*?)^```|`(?P<inline>(?:pipx|uvx) [^`]+)`",
    flags=re.DOTALL | re.MULTILINE,
)
_PORT = "8100"
_INSTALLERS = ("pipx", "python -m pip", "uvx")


@attrs.frozen
class Step:
    """One thing to do: a command to type, or a program to save and run.

    Attributes:
        printed: what the page says that a program prints.
    """

    text: str
    program: bool = False
    printed: str | None = None


def steps(page: str) -> Iterator[Step]:
    """Yield what a page has somebody do, in order."""
    program: str | None = None
    for part in _STEP.finditer(page):
        language = part["language"]
        if language == "text" and program is not None:
            yield Step(program, program=True, printed=part["block"])
            program = None
            continue
        if program is not None:
            yield Step(program, program=True)
        program = part["block"] if language == "python" else None
        if part["inline"]:
            yield Step(part["inline"])
        elif language == "console":
            lines = part["block"].splitlines()
            yield from (Step(line[2:]) for line in lines if line.startswith("$ "))
    if program is not None:
        yield Step(program, program=True)


@attrs.define
class Newcomer:
    """Somebody with a folder for files, and with the programs of one environment.

    Attributes:
        python: the interpreter of that environment.
        clone: where commands that install are typed.
        wheel: what is installed in place of the clone.
        done: what was done.
    """

    folder: Path
    python: str
    clone: Path
    wheel: Path | None = None
    environ: dict[str, str] = attrs.field(factory=lambda: dict(os.environ))
    done: list[str] = attrs.field(factory=list[str])

    def __attrs_post_init__(self) -> None:
        """Put the environment's programs first, as `activate` does."""
        programs = Path(self.python).parent
        self.environ["PATH"] = f"{programs}{os.pathsep}{self.environ['PATH']}"

    def follow(self, page: str, *, install: bool) -> None:
        """Do all steps of a page; the emulator runs until the last."""
        with ExitStack() as stack:
            for step in steps(page):
                if step.program:
                    self._run_program(step)
                elif step.text.startswith(_INSTALLERS):
                    if install:
                        self._run(self._from_wheel(step.text), self.clone)
                elif step.text.startswith("neon-async emulator"):
                    self._start_emulator(step.text, stack)
                else:
                    self._run(step.text, self.folder)

    def _from_wheel(self, command: str) -> str:
        return command if self.wheel is None else command.replace('".[', f'"{self.wheel}[')

    def _run(self, command: str, folder: Path) -> None:
        words = shlex.split(command, comments=True)
        result = subprocess.run(
            words, cwd=folder, env=self.environ, capture_output=True, text=True, check=False
        )
        if result.returncode:
            raise AssertionError(f"{command}\n{result.stdout}{result.stderr}")
        self.done.append(command)

    def _run_program(self, step: Step) -> None:
        program = self.folder / "program.py"
        program.write_text(step.text, encoding="utf-8")
        result = subprocess.run(
            [self.python, program.name],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        if (result.stdout, result.returncode) != (step.printed or "", 0):
            raise AssertionError(f"{step.text}\n{result.stdout}{result.stderr}")
        self.done.append("program.py")

    def _start_emulator(self, command: str, stack: ExitStack) -> None:
        """Start it in another terminal, and paste the lines that it prints into this one."""
        words = shlex.split(command.replace(_PORT, str(_free_port())), comments=True)
        process = stack.enter_context(
            subprocess.Popen(words, env=self.environ, stdout=subprocess.PIPE, text=True)
        )
        stack.callback(process.terminate)
        for line in process.stdout or ():
            _, _, setting = line.partition("export ")
            name, _, value = setting.partition("=")
            if not name:
                continue
            self.environ[name] = "".join(shlex.split(value))
            if name == "NEON_API_KEY":
                break
        self.done.append(command)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def main(clone: Path, wheel: Path | None) -> None:
    """Follow the README of a clone in a new environment."""
    with tempfile.TemporaryDirectory() as place:
        folder, environment = Path(place, "work"), Path(place, "venv")
        folder.mkdir()
        venv.create(environment, with_pip=True)
        python = environment / ("Scripts" if os.name == "nt" else "bin") / "python"
        newcomer = Newcomer(folder, str(python), clone, wheel)
        for name in ("PIPX_HOME", "PIPX_BIN_DIR", "PIPX_MAN_DIR", "UV_CACHE_DIR"):
            newcomer.environ[name] = str(Path(place, name))
        newcomer.environ.pop("PYTHONPATH", None)
        page = (clone / "README.md").read_text(encoding="utf-8")
        newcomer.follow(page, install=True)
        sys.stdout.write("".join(f"{command}\n" for command in newcomer.done))


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute() if sys.argv[2:] else None)
