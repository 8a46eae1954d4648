"""The parser of all commands."""

from collections.abc import Sequence

# Cyclopts imports it only when it prints: a missing one is to be found before a command has run.
import rich  # noqa: F401 # pyright: ignore[reportUnusedImport]
from cyclopts import App, CycloptsError

from neon_async.cli._catalog import COMMANDS
from neon_async.cli._console import AnswerConsole
from neon_async.cli._exit_codes import Exit, brief_list
from neon_async.cli._front import EXAMPLES, INTRODUCTION, versions
from neon_async.cli._usage import usage_message
from neon_async.errors import InvalidRequestError

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
        InvalidRequestError: the words fit no command.
        OSError: a file, or stdout, is closed or full.
    """
    try:
        code = app(
            arguments,
            console=AnswerConsole(),
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except CycloptsError as error:
        raise InvalidRequestError(usage_message(error, arguments)) from None
    return code or Exit.OK
