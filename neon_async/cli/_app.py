"""The parser of all commands."""

import contextlib
from collections.abc import Sequence

# Cyclopts imports it only when it prints: a missing one is to be found before a command has run.
import rich  # noqa: F401 # pyright: ignore[reportUnusedImport]
from cyclopts import App, CycloptsError

from neon_async.cli._catalog import COMMANDS
from neon_async.cli._exit_codes import Exit, brief_list
from neon_async.cli._front import EXAMPLES, INTRODUCTION, versions
from neon_async.cli._streams import STDOUT, naming

app = App(
    name="neon-async",
    help="\n".join([INTRODUCTION, "```", *EXAMPLES, "```"]),
    help_epilogue=brief_list(),
    suppress_keyboard_interrupt=False,
    version=versions,
)
for name, command in COMMANDS.items():
    app.command(f"neon_async.cli.{command.place}", name=name)


def run_command(arguments: Sequence[str]) -> int:
    """Parse a command line, run its command, and return the exit code.

    Raises:
        OSError: a file, or stdout, is closed or full.
    """
    # Nothing is written but help, to which rich gives no name.
    helping = arguments[:1] == ["help"] or arguments[-1:] in (["--help"], ["-h"])
    try:
        with naming(STDOUT) if helping else contextlib.nullcontext():
            code = app(arguments, exit_on_error=False, result_action="return_value")
    except CycloptsError:
        return Exit.USAGE
    except SystemExit as error:
        # Rich ends the process when the reader has closed its output.
        if isinstance(error.__context__, BrokenPipeError):
            return Exit.OUTPUT_CLOSED
        raise
    return code or Exit.OK
