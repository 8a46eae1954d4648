"""What the parser refuses, in the form that all messages of the command have."""

import difflib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, Literal, get_args, get_origin

from cyclopts import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

_ALIKE: Final = 0.7  # of 1; below, a guess is more often wrong than right


def usage_message(error: CycloptsError, words: Sequence[str]) -> str:
    """Return the message of an error of the parser, and where the right usage stands.

    Args:
        error: the error.
        words: the command line.
    """
    command = " ".join(["neon-async", *(error.command_chain or ())])
    return f"{_message(error, words)}\nsee: {command} --help"


def _message(error: CycloptsError, words: Sequence[str]) -> str:
    match error:
        case UnknownCommandError():
            text = _unknown_command(error)
        case UnknownOptionError():
            text = _unknown_option(error, words)
        case UnusedCliTokensError(unused_tokens=[word, *_]):
            text = f"unexpected argument {word!r}"
        case MissingArgumentError(argument=argument):
            text = _missing(argument, error.keyword, words)
        case RepeatArgumentError(token=token):
            text = f"{token.keyword} is given twice"
        case CoercionError():
            text = _unusable(error)
        case _:
            text = str(error)
    return text


def _unusable(error: CoercionError) -> str:
    argument, token = error.argument, error.token
    name = token.keyword if token and token.keyword else _name(argument)
    choices = ", ".join(_choices(argument.hint)) if argument else ""
    if choices and token:
        return f"{name}: expected one of {choices}, got {token.value!r}"
    return f"{name}: {error.msg}" if error.msg else str(error)


def _unknown_command(error: UnknownCommandError) -> str:
    word = (error.unused_tokens or [""])[0]
    names = [name for name in error.app or () if not name.startswith("-")]
    if close := difflib.get_close_matches(word, names, 1):
        return f"unknown command {word!r}; did you mean {close[0]}?"
    return f"unknown command {word!r}; expected one of {', '.join(names)}"


def _unknown_option(error: UnknownOptionError, words: Sequence[str]) -> str:
    word = error.token.keyword or error.token.value
    if not word.startswith("--"):
        # Some files have such names. Cyclopts below 5 has only the first letter.
        word = next((typed for typed in words if typed.startswith(word)), word)
        return f"unknown option {word}; for a file of this name, write ./{word}"
    names = [name for argument in error.argument_collection for name in argument.names]
    close = [name for name in difflib.get_close_matches(word, names, 1, _ALIKE) if name != word]
    return f"unknown option {word}; did you mean {close[0]}?" if close else f"unknown option {word}"


def _missing(argument: Any, keyword: str | None, words: Sequence[str]) -> str:  # noqa: ANN401
    typed = keyword or next((name for name in argument.names if name in words), None)
    if typed is None:
        return f"{_name(argument)} is missing"
    # What begins with a hyphen counts as the next option.
    after = next((then for word, then in pairwise(words) if word == typed), "")
    hint = f"; if it is {after}, write {typed}={after}" if after.startswith("-") else ""
    return f"{typed} needs a value{hint}"


def _name(argument: Any) -> str:  # noqa: ANN401 - cyclopts exports no type of it
    name: str = argument.name
    return name if name.startswith("-") else name.upper()


def _choices(hint: Any) -> Iterator[str]:  # noqa: ANN401 - any annotation
    """Yield the texts of a `Literal`, also of one that is optional."""
    for part in get_args(hint):
        if get_origin(hint) is Literal:
            yield str(part)
        else:
            yield from _choices(part)
