"""Check the arguments of operations, and the options of everything built on them.

There is one wording, "expected X, got Y", in which Y is a type: a value may be a donor's. Below
the operations, `_wire.spelling` and `ParameterSet` use the same.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from neon_async._wire.spelling import expected
from neon_async._wire.type_guards import is_number
from neon_async.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from neon_async.errors import ErrorCode


def validate(
    spell: Callable[[Any], str],
    value: Any,
    parameter: str,
    operation: str,
    code: ErrorCode | None = None,
) -> str:
    """Return a parameter's text.

    Args:
        spell: a function of `_wire.spelling`.
        value: what the caller passed.
        parameter: its name on the wire.
        operation: the API method.
        code: with which v1 refuses it.
    """
    try:
        return spell(value)
    except ValueError as error:
        message = str(error)
    # Out of the except block, so that nothing leads to the first error.
    raise InvalidRequestError(message, parameter=parameter, code=code, operation=operation)


def require(condition: object, what: str, value: object, parameter: str) -> None:
    """Refuse an option that does not meet its condition."""
    if not condition:
        raise InvalidRequestError(expected(what, value), parameter=parameter)


def require_type(
    value: object, cls: type[Any] | tuple[type[Any], ...], what: str, parameter: str
) -> None:
    """Refuse an option that is not of the class.

    Raises:
        InvalidRequestError: it is not.
    """
    require(isinstance(value, cls), what, value, parameter)


def require_positive(value: object, parameter: str) -> int:
    """Return an option that is a positive integer."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise InvalidRequestError(expected("a positive integer", value), parameter=parameter)


def require_finite(value: object, parameter: str) -> None:
    """Refuse an option that is not a positive finite number.

    Raises:
        InvalidRequestError: it is not.
    """
    is_valid = is_number(value) and 0 < value < math.inf
    require(is_valid, "a positive finite number", value, parameter)


def require_callable(value: object, parameter: str) -> None:
    """Refuse an option that is neither None nor can be called.

    Raises:
        InvalidRequestError: it is something else.
    """
    require(value is None or callable(value), "a callable", value, parameter)


def require_choice(value: object, choices: Collection[str], parameter: str) -> None:
    """Refuse an option that is none of a few texts."""
    # Compared one by one: the value may have no hash.
    if not any(value == choice for choice in choices):
        what = " or ".join(map(repr, choices))
        got = "other text" if isinstance(value, str) else type(value).__name__
        raise InvalidRequestError(f"expected {what}, got {got}", parameter=parameter)
