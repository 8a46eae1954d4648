"""Options of clients and methods, checked before anything is sent."""

from __future__ import annotations

from typing import Any

from neon_async.errors import InvalidRequestError


def expect(
    value: object, cls: type[Any] | tuple[type[Any], ...], what: str, parameter: str
) -> None:
    """Refuse an option that is not of the class.

    Raises:
        InvalidRequestError: it is not.
    """
    if not isinstance(value, cls):
        problem = f"{what} is wanted, not {type(value).__name__}"
        raise InvalidRequestError(problem, parameter=parameter)


def positive(value: object, parameter: str) -> int:
    """Return a positive whole number.

    Raises:
        InvalidRequestError: it is not one.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidRequestError("must be a positive whole number", parameter=parameter)
    return value
