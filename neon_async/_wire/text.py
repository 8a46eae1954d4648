"""Text that can be sent."""

from __future__ import annotations


def checked_text(value: str) -> str:
    """Return the text when it can be sent, as plain text.

    A member of an enumeration becomes its value: printed it would be its name.

    Raises:
        ValueError: it holds a NUL or a lone surrogate.
    """
    if value.__class__ is not str:
        value = str.__str__(value)
    if "\0" in value:
        problem = "text must not hold a NUL character"
        raise ValueError(problem)
    if is_encodable(value):
        return value
    problem = "text must not hold lone surrogates"
    raise ValueError(problem)


def is_encodable(value: str) -> bool:
    """Whether text can be written at all: half of a surrogate pair can't."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
