"""Text, numbers, truth values, timestamps and dates, as both generations of replies spell them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeVar

from neon_async._wire.text import is_encodable
from neon_async._wire.type_guards import is_deep

if TYPE_CHECKING:
    import enum
    from collections.abc import Callable

_NAMES: dict[type[object], str] = {
    bool: "a truth value",
    int: "a number",
    float: "a number",
    str: "text",
    list: "an array",
    dict: "an object",
    type(None): "nothing",
}
T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REAL = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,19})?", re.ASCII)
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
# 1988-10-16, 1988-10-16-05:00, 1988-10-16T05:00:00.000+0000
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:?[0-9]{2}|T.*)?", re.ASCII)
# v1 is written in Java, whose longest whole numbers these are.
SMALLEST, LARGEST = -(2**63), 2**63 - 1
# Beyond it a float has lost digits.
_EXACT_FLOAT = 2**53


class StructureError(Exception):
    """A value of the wrong shape, with a `path` that grows on the way out."""

    path: str | None = None

    @classmethod
    def of(cls, expected: str, value: object) -> StructureError:
        """Say what was expected, and of what type the value is, never the value itself."""
        return cls(f"expected {expected}, got {_NAMES.get(type(value), 'something else')}")

    def under(self, place: str) -> StructureError:
        """Add the key or the index that leads here."""
        if self.path is None:
            self.path = place
        else:
            self.path = place + self.path if self.path.startswith("[") else f"{place}.{self.path}"
        return self


def text(value: Any, _: Any) -> str:
    """Accept text, and a whole number as its digits.

    A fraction, and what is too large for a float, may have lost digits: the older serializer made
    numbers of text. Half of a surrogate pair can be written neither back nor to most files.
    """
    if value.__class__ is int and -_EXACT_FLOAT <= value <= _EXACT_FLOAT:
        return str(value)
    if not isinstance(value, str):
        raise StructureError.of("text", value)
    if not is_encodable(value):
        raise StructureError("expected text, got half of a surrogate pair")
    return value


def integer(value: Any, _: Any) -> int:
    """Accept a whole number, and its digits as text."""
    is_text = isinstance(value, str) and _INTEGER.fullmatch(value.strip())
    number: Any = int(value) if is_text else value
    if number.__class__ is int and SMALLEST <= number <= LARGEST:
        return int(number)
    raise StructureError.of("a whole number", value)


def real(value: Any, _: Any) -> float:
    """Accept a finite number, and its digits as text."""
    is_text = isinstance(value, str) and _REAL.fullmatch(value.strip())
    if not is_text and (isinstance(value, bool) or not isinstance(value, (int, float))):
        raise StructureError.of("a number", value)
    # JSON's own numbers are finite, and the text has too few digits to be anything else.
    return float(value)


def boolean(value: Any, _: Any) -> bool:
    """Accept a truth value, and `true` and `false` as text."""
    if isinstance(value, bool):
        return value
    known = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
    if known is None:
        raise StructureError.of("true or false", value)
    return known


def timestamp(value: Any, _: Any) -> datetime:
    """Accept an ISO 8601 timestamp with an offset, with or without its colon."""
    moment = _iso(datetime.fromisoformat, value)
    if moment is None or moment.tzinfo is None:
        raise StructureError.of("a timestamp with an offset", value)
    return moment


def calendar_date(value: Any, _: Any) -> date:
    """Accept a date alone, with an offset or with a time: the date is taken as it is written."""
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    day = _iso(date.fromisoformat, match[1]) if match else None
    if not match or day is None:
        raise StructureError.of("a date", value)
    if (match[2] or "").startswith("T") and _iso(datetime.fromisoformat, value) is None:
        raise StructureError.of("a date", value)
    return day


def _iso(parse: Callable[[str], T], value: Any) -> T | None:
    try:
        return parse(value)
    except (TypeError, ValueError):
        return None


def shallow(unknown: dict[str, Any]) -> dict[str, Any]:
    """Accept unknown fields, unless they are nested too deeply."""
    if is_deep(unknown):
        raise StructureError.of("fewer levels", unknown)
    return unknown


def enum_or_text(members: type[enum.StrEnum]) -> Callable[[Any, Any], str]:
    """Return a hook that knows the members however spelled, and keeps other text as it is.

    `OneLineText` is what v1 had for `ONE_LINE_TEXT` in 2012, and has in XML.
    """
    known = {name.replace("_", ""): member for name, member in members.__members__.items()}

    def known_or_text(value: Any, _: Any) -> str:
        plain = text(value, str)
        return known.get(plain.replace("_", "").upper(), plain)

    return known_or_text


def format_number(value: object, least: int = 1) -> str | None:
    """Spell a whole number of at least `least` as a parameter, or return None.

    A member of an enumeration is spelled as its number: printed it would be its name.
    """
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= LARGEST:
        return str(int(value))
    return None


def since_epoch(timestamp: datetime) -> timedelta:
    """Return the time since 1970, by which aware datetimes compare as instants.

    Two datetimes of one zone compare by its clock face, which repeats an hour when summer ends.
    """
    return timestamp - _EPOCH


def format_parameter(moment: datetime, *, up: bool = False) -> str:
    """Spell a timestamp as a parameter: `2014-01-10T15:50:28.153+08:00`.

    v1 takes milliseconds. Smaller parts are cut off, or with `up` rounded up, so that a range
    only ever grows.
    """
    offset = moment.utcoffset() or timedelta(0)
    # Arithmetic in a zone with summer time goes by its clock face, and forgets which of the two
    # hours was meant when the clock is set back.
    if offset % timedelta(minutes=1):
        moment = moment.astimezone(UTC)
    else:
        moment = moment.replace(tzinfo=timezone(offset), fold=0)
    rest = moment.microsecond % 1000
    if rest:
        moment += timedelta(microseconds=(1000 - rest) if up else -rest)
    return moment.isoformat(timespec="milliseconds")


STRUCTURE: dict[Any, Callable[[Any, Any], Any]] = {
    str: text,
    int: integer,
    float: real,
    bool: boolean,
    datetime: timestamp,
    date: calendar_date,
}
