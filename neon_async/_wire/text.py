"""Check text for what can't be sent."""

from __future__ import annotations

import re
from typing import Any

from neon_async._wire.type_guards import is_array, is_object

_HALVES = re.compile("[\ud800-\udfff]")


def checked_text(value: str) -> str:
    """Return the text when it can be sent, as plain text.

    A member of an enumeration becomes its value: printed it would be its name.
    """
    if value.__class__ is not str:
        value = str.__str__(value)
    # C strings end at a NUL: what v1 stores could be another text.
    if "\0" in value:
        message = "text must not hold a NUL character"
        raise ValueError(message)
    if is_encodable(value):
        return value
    message = "text must not hold lone surrogates"
    raise ValueError(message)


def is_encodable(value: str) -> bool:
    """Whether text can be written at all: half of a surrogate pair can't."""
    if value.isascii():
        return True
    # UTF-8 has no bytes for half of a surrogate pair.
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def encodable(value: Any) -> Any:
    """Return a JSON value with a replacement character for each half of a surrogate pair."""
    if isinstance(value, str):
        return _HALVES.sub("\N{REPLACEMENT CHARACTER}", value)
    if is_array(value):
        return [encodable(inner) for inner in value]
    if is_object(value):
        return {encodable(key): encodable(inner) for key, inner in value.items()}
    return value
