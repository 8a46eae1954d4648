"""Rules about single values that are checked before anything is sent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from neon_async._wire.scalars import format_number, format_parameter
from neon_async._wire.text import checked_text
from neon_async.errors import InvalidRequestError

if TYPE_CHECKING:
    from neon_async.errors import ErrorCode


def positive(
    value: Any,
    parameter: str,
    operation: str,
    code: ErrorCode | None = None,
) -> str:
    """Return a positive whole number as text.

    Raises:
        InvalidRequestError: it is not one.
    """
    digits = format_number(value)
    if digits is not None:
        return digits
    problem = "a positive whole number is wanted"
    raise InvalidRequestError(problem, parameter=parameter, code=code, operation=operation)


def text(value: Any, parameter: str, operation: str) -> str:
    """Return text that can be sent.

    Raises:
        InvalidRequestError: it is not text, or holds what can't be sent.
    """
    problem = f"text is wanted, not {type(value).__name__}"
    if isinstance(value, str):
        try:
            return checked_text(value)
        except ValueError as error:
            problem = str(error)
    raise InvalidRequestError(problem, parameter=parameter, operation=operation)


def boolean(value: Any, parameter: str, operation: str) -> str:
    """Return a truth value as a parameter.

    Raises:
        InvalidRequestError: it is not one; the text `"false"` would be true.
    """
    if isinstance(value, bool):
        return str(value).lower()
    problem = f"true or false is wanted, not {type(value).__name__}"
    raise InvalidRequestError(problem, parameter=parameter, operation=operation)


def moment(value: Any, parameter: str, operation: str, *, up: bool = False) -> str:
    """Return an aware datetime as a parameter, rounded to milliseconds.

    Raises:
        InvalidRequestError: it is not a datetime, or a naive one.
    """
    problem = f"a datetime is wanted, not {type(value).__name__}"
    if isinstance(value, datetime):
        problem = "a datetime with a time zone is wanted, not a naive one"
        if value.utcoffset() is not None:
            try:
                return format_parameter(value, up=up)
            except OverflowError:
                problem = "the datetime is out of range"
    raise InvalidRequestError(problem, parameter=parameter, operation=operation)


def require_type(
    value: object, cls: type[Any] | tuple[type[Any], ...], what: str, parameter: str
) -> None:
    """Refuse an option that is not of the class.

    Raises:
        InvalidRequestError: it is not.
    """
    if not isinstance(value, cls):
        problem = f"{what} is wanted, not {type(value).__name__}"
        raise InvalidRequestError(problem, parameter=parameter)


def require_positive(value: object, parameter: str) -> int:
    """Return a positive whole number.

    Raises:
        InvalidRequestError: it is not one.
    """
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidRequestError("must be a positive whole number", parameter=parameter)
    return value
