"""Values of options and arguments, as they are typed: numbers, ids, names of files.

The parser's own conversions are too lenient for a tool that writes: it rounds 10002.7 to the id of
another account, reads 0x10 as a number, and takes an empty `--output "$FILE"` for this folder.
"""

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

from cyclopts import Parameter, Token

_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_LARGEST_ID: Final = 2**63 - 1
_LARGEST_PORT: Final = 65_535
# About 30 years: a timer of the system overflows somewhere behind it.
_LONGEST: Final = 1e9

Converter: TypeAlias = Callable[[Any, Sequence[Token]], Any]


def _whole(least: int, most: float = math.inf, what: str = "") -> Converter:
    """Return a converter for whole numbers within bounds, or a tuple of them."""
    if not what:
        bounds = f"of at least {least}" if most == math.inf else f"from {least} to {most}"
        what = f"a whole number {bounds}"

    def convert(type_: Any, tokens: Sequence[Token]) -> Any:  # noqa: ANN401 - as the parser has it
        numbers = tuple(parse(token.value) for token in tokens)
        return numbers if getattr(type_, "__origin__", None) is tuple else numbers[0]

    def parse(text: str) -> int:
        number = int(text) if _WHOLE.fullmatch(text.strip()) else None
        if number is None or not least <= number <= most:
            raise ValueError(_expected(what, text))
        return number

    return convert


def _seconds(least: str, is_enough: Callable[[float], bool]) -> Converter:
    def convert(_: object, tokens: Sequence[Token]) -> float:
        text = tokens[0].value
        seconds = float(text) if _DECIMAL.fullmatch(text.strip()) else math.nan
        if not (is_enough(seconds) and seconds <= _LONGEST):
            raise ValueError(_expected(f"a number of seconds, {least} and at most 1e9", text))
        return seconds

    return convert


def _account(_: object, tokens: Sequence[Token]) -> int | str:
    """Take an id, or an e-mail address, which is looked up later."""
    text = tokens[0].value.strip()
    if "@" in text:
        return text
    if _WHOLE.fullmatch(text) and int(text) > 0:
        return int(text)
    raise ValueError(_expected("an id or an e-mail address", text))


def _path(_: object, tokens: Sequence[Token]) -> Path:
    return Path(_name(_, tokens))


def _name(_: object, tokens: Sequence[Token]) -> str:
    # An empty one comes from a shell's variable that is not set, and would be this folder.
    if not tokens[0].value:
        raise ValueError(_expected("the name of a file", ""))
    return tokens[0].value


def _expected(what: str, text: str) -> str:
    return f"expected {what}, got {text!r}" if text else f"expected {what}, got an empty text"


FILE_NAME = Parameter(converter=_name)
"""Text that names a file, or stands for stdout."""

_FILE = Parameter(converter=_path)
FilePath: TypeAlias = Annotated[Path, _FILE]
# Cyclopts below 5 sees no annotation inside of a union.
OptionalFilePath: TypeAlias = Annotated[Path | None, _FILE]

_ID = Parameter(converter=_whole(1, _LARGEST_ID, "an id, such as 10002"))
RecordId: TypeAlias = Annotated[int, _ID]
OptionalRecordId: TypeAlias = Annotated[int | None, _ID]
RecordIds: TypeAlias = Annotated[tuple[int, ...], _ID]
AccountName: TypeAlias = Annotated[int | str, Parameter(converter=_account)]
"""How a command's argument names an account: by its id, or by its e-mail address."""

_ANY = Parameter(converter=_whole(-_LARGEST_ID, what="a whole number"))
WholeNumber: TypeAlias = Annotated[int, _ANY]
_COUNT = Parameter(converter=_whole(0))
AtLeastZero: TypeAlias = Annotated[int, _COUNT]
OptionalAtLeastZero: TypeAlias = Annotated[int | None, _COUNT]
AtLeastOne: TypeAlias = Annotated[int, Parameter(converter=_whole(1))]
Port: TypeAlias = Annotated[int, Parameter(converter=_whole(0, _LARGEST_PORT))]
Seconds: TypeAlias = Annotated[
    float, Parameter(converter=_seconds("0 or more", lambda number: number >= 0))
]
PositiveSeconds: TypeAlias = Annotated[
    float, Parameter(converter=_seconds("more than 0", lambda number: number > 0))
]
