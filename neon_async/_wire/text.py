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
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        problem = "text must not hold lone surrogates"
    else:
        return value
    raise ValueError(problem)
