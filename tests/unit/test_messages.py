"""The language of the package in two files: `messages.txt` and `help.txt`, beside this module.

They are there to be read: what a change does to the words shows in its diff. Both are made by
`RENEW_TEXTS=1 python -m pytest tests/unit/test_messages.py`.
"""

import io
import itertools
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from cyclopts import App
from rich.console import Console

from neon_async.cli._app import app
from neon_async.cli._front import front_page
from tests.support.messages import Message, package_messages

PLACE = Path(__file__).parent
RENEW = "RENEW_TEXTS=1 python -m pytest tests/unit/test_messages.py"
WIDTH = 100
SHOWN_WHOLE = ("apply",)

HEADER = """\
Every text that neon_async can show, module by module: errors with their class and parameter, what
is logged, and other texts of the command line, the emulator and its console. {{placeholders}} are
code. Made by {renew}
"""


def test_messages_are_listed() -> None:
    """`messages.txt` lists every error, warning and refusal that the package can raise."""
    listed = HEADER.format(renew=RENEW) + "".join(sections(package_messages()))

    compare(PLACE / "messages.txt", listed)


def test_no_kind_of_message_is_overlooked() -> None:
    """The list has texts that are raised at once, by a helper, from a variable, and on pages."""
    kinds = {(message.kind, message.text) for message in package_messages()}

    assert (
        set()
        == {
            ("ClientClosedError", "the client is closed; make a new one"),
            ("InvalidRequestError [--undo-file]", "{path} already exists"),
            ("text", "login failed: wrong organization id or API key"),
        }
        - kinds
    )
    assert {"log", "page"} <= {kind for kind, _ in kinds}


# Older ones lay out the same words in other ways.
@pytest.mark.skipif(
    int(version("cyclopts").partition(".")[0]) < 5, reason="help is laid out by cyclopts 5"
)
def test_help_is_listed() -> None:
    """`help.txt` holds the help of every command."""
    pages = [page(tokens) for tokens in commands(app)]

    compare(PLACE / "help.txt", "\n".join(pages))


def compare(path: Path, text: str) -> None:
    """Compare a file with what it should be, or renew it."""
    if os.environ.get("RENEW_TEXTS"):
        path.write_text(text, encoding="utf-8")
    listed = path.read_text(encoding="utf-8").splitlines()
    assert listed == text.splitlines(), f"out of date; renew it: {RENEW}"


def sections(messages: list[Message]) -> Iterator[str]:
    for module, found in itertools.groupby(messages, lambda message: message.module):
        yield f"\n== {module}\n"
        for message in found:
            first, *rest = message.text.strip().splitlines()
            yield f"{message.kind}: {first}\n"
            yield from (f"{'    ' if line else ''}{line}\n" for line in rest)


def commands(parent: App, tokens: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command, those of commands with commands first."""
    yield tokens
    for name in sorted(parent):
        if not name.startswith("-"):
            yield from commands(parent[name], (*tokens, name))


def page(tokens: tuple[str, ...]) -> str:
    if not tokens:
        return front_page([], WIDTH) or ""
    shown = io.StringIO()
    console = Console(
        file=shown, width=WIDTH, color_system=None, force_terminal=False, highlight=False
    )
    app.help_print(tokens, console=console)
    lines = [line.rstrip() for line in shown.getvalue().splitlines()]
    # Every command ends with the same options and exit codes, which the first of them shows.
    end = next(number for number, line in enumerate(lines) if line.startswith("Exit codes:"))
    common = [number for number, line in enumerate(lines) if line.startswith("╭─ Common options")]
    last = end if tokens == SHOWN_WHOLE else min([end, *common])
    return "".join(f"{line}\n" for line in lines[:last])
