"""Spell Python values as parameters of v1, or say what was expected instead.

Each function returns the text to send, or raises an error whose text never shows the value: it may
be a donor's.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from neon_async._wire.iso8601 import format_date
from neon_async._wire.scalars import LARGEST, SMALLEST, format_number, format_parameter
from neon_async._wire.text import checked_text
from neon_async._wire.type_guards import is_number

if TYPE_CHECKING:
    import enum


class SpellingError(ValueError):
    """A value that can't be sent, before the InvalidRequestError that names the parameter."""


def expected(what: str, value: object) -> str:
    """Say what an argument should have been, and of what type it is.

    A number is described by what is wrong with it, so that no message expects an integer and
    gets one.
    """
    return f"expected {what}, got {_described(value)}"


def _described(value: object) -> str:
    name = type(value).__name__
    if isinstance(value, datetime) and value.utcoffset() is None:
        return "a naive datetime"
    if not is_number(value):
        return name
    if value == 0:
        return "0"
    if value != value or abs(value) > LARGEST:  # noqa: PLR0124 - NaN is not itself
        return f"{name} out of range"
    return name if value > 0 else f"a negative {name}"


def spell_text(value: Any) -> str:
    """Spell text: without NUL and lone surrogates, which can't be sent."""
    if not isinstance(value, str):
        raise SpellingError(expected("text", value))
    return checked_text(value)


def spell_id(value: Any) -> str:
    digits = format_number(value)
    if digits is None:
        raise SpellingError(expected("a positive integer", value))
    return digits


def spell_integer(value: Any) -> str:
    """Spell any integer that v1's longest type holds."""
    digits = format_number(value, SMALLEST)
    if digits is None:
        raise SpellingError(expected("an integer", value))
    return digits


def spell_boolean(value: Any) -> str:
    """Spell a truth value, not a text: `"false"` would be true."""
    if not isinstance(value, bool):
        raise SpellingError(expected("bool", value))
    return "true" if value else "false"


def spell_date(value: Any) -> str:
    """Spell a date, which a datetime is not: its day depends on a zone."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise SpellingError(expected("date", value))
    return format_date(value)


def spell_timestamp(value: Any, *, up: bool = False) -> str:
    """Spell an aware datetime in milliseconds, rounded down, or with `up` rounded up."""
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise SpellingError(expected("a datetime with a time zone", value))
    try:
        return format_parameter(value, up=up)
    except OverflowError:
        pass
    raise SpellingError("the datetime is out of range")


def spell_choice(value: Any, members: type[enum.StrEnum]) -> str:
    """Spell a member of an enumeration, given in any case."""
    if value.__class__ is members:
        return str(value)
    known = members.__members__.get(value.upper()) if isinstance(value, str) else None
    if known is None:
        names = ", ".join(members.__members__)
        got = "other text" if isinstance(value, str) else type(value).__name__
        raise SpellingError(f"expected one of {names}, got {got}")
    return str(known)
