"""Type guards for JSON values and for what callers pass."""

from __future__ import annotations

from typing import Any, TypeGuard

# v1's own records have about 7; copy, repr and == recurse.
_MOST_LEVELS = 64


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def is_array(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def is_deep(value: dict[str, Any], most: int = _MOST_LEVELS) -> bool:
    """Whether a JSON object has more levels than Python can safely copy, compare and print."""
    level: list[Any] = [value]
    for _ in range(most):
        below: list[Any] = []
        for outer in level:
            below += outer.values() if is_object(outer) else outer
        level = [inner for inner in below if is_object(inner) or is_array(inner)]
        if not level:
            return False
    return True


def is_sequence(value: object) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    return isinstance(value, (list, tuple))


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value that a caller passed is a number, which a truth value is not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
