"""The first page of help, the version and the exit codes: answered before anything is imported.

The parser, its help and the client together take longer to import than this takes to print.
"""

import os
import platform
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from importlib.metadata import version

from neon_async.cli._catalog import COMMANDS
from neon_async.cli._exit_codes import brief_list, table

INTRODUCTION = """\
Work with NeonCRM's API v1, or with an emulator of it.

Credentials come from the environment, NEON_ORG_ID and NEON_API_KEY, or else from the keyring, where
neon-async login puts them; never from arguments. Set NEON_BASE_URL for another server than NeonCRM
itself, such as the emulator.
"""

EXAMPLES = (
    "neon-async demo",
    "neon-async doctor",
    "neon-async pull accounts --from 2026-01-31Z --output accounts.ndjson",
)
_OPTIONS = {
    "--help (-h)": "Display this message and exit.",
    "--version": "Display the versions of this command, Python and httpx, and exit.",
}
_WIDEST = 100
_NARROWEST = 40
_GAP = 2


def front_page(arguments: Sequence[str], width: int | None = None) -> str | None:
    """Return what to print, or None where the arguments are for the parser.

    Args:
        arguments: the words after `neon-async`.
        width: columns to fill; None for those of the terminal.
    """
    match [*arguments]:
        case [] | ["--help" | "-h" | "help"]:
            return _help(_columns() if width is None else width)
        case ["--version"]:
            return versions()
        case ["help", "exit-codes"]:
            return f"Exit codes of neon-async:\n\n{table()}"
        case _:
            return None


def versions() -> str:
    """Return what a report of a bug should begin with."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"neon-async {version('neon-async')}\n"
        f"{python}, httpx {version('httpx')}, "
        f"{platform.system()} {platform.release()} {platform.machine()}\n"
    )


def _columns() -> int:
    # A pipe has no width; 80 is what most pagers and mails have room for.
    return min(_WIDEST, max(_NARROWEST, shutil.get_terminal_size().columns))


def _help(width: int) -> str:
    # Paragraphs and not the lines of this file: a terminal may be narrower.
    paragraphs = [textwrap.fill(text, width) for text in INTRODUCTION.split("\n\n")]
    examples = "\n".join(f"  {example}" for example in EXAMPLES)
    summaries = {name: command.summary for name, command in COMMANDS.items()} | _OPTIONS
    return "\n\n".join(
        [
            "Usage: neon-async COMMAND",
            *paragraphs,
            examples,
            "\n".join([_bold("Commands:"), *_listed(summaries, width)]),
            "neon-async COMMAND --help shows the options of a command, with examples.",
            f"{textwrap.fill(brief_list(), width)}\n",
        ]
    )


def _listed(summaries: dict[str, str], width: int) -> Iterator[str]:
    """Yield lines of names and what they are."""
    longest = max(map(len, summaries))
    for name, summary in summaries.items():
        first, *more = textwrap.wrap(summary, width - longest - 2 * _GAP)
        indent = " " * _GAP
        yield f"{indent}{name:<{longest}}{indent}{first}"
        yield from (" " * (longest + 2 * _GAP) + line for line in more)


def _bold(text: str) -> str:
    # NO_COLOR counts when it is set and not empty (no-color.org).
    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR") or _is_dumb()
    return text if plain else f"\033[1m{text}\033[0m"


def _is_dumb() -> bool:
    return os.environ.get("TERM", "dumb") == "dumb"
