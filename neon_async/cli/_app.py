"""The parser of all commands."""

from collections.abc import Sequence

# Cyclopts imports it only when it prints: a missing one is to be found before a command has run.
import rich  # noqa: F401 # pyright: ignore[reportUnusedImport]
from cyclopts import App, CycloptsError

from neon_async.cli._catalog import COMMANDS
from neon_async.cli._exit_codes import Exit, brief_list
from neon_async.cli._front import EXAMPLES, INTRODUCTION, versions

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
    """Parse a command line, run its command, and return the exit code."""
    try:
        code = app(arguments, exit_on_error=False, result_action="return_value")
    except CycloptsError:
        return Exit.USAGE
    return code or Exit.OK
