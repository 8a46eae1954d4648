"""Explain failed comparisons of records, whose representations show no values."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

import attrs

from neon_async import unstructure
from neon_async.models import Model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Characters; pytest shows 640 of an explanation, unless it is asked for more.
_WIDEST = 120


def explain(op: str, left: object, right: object, *, whole: bool = False) -> list[str] | None:
    """Return what a failed comparison is about, line by line.

    Args:
        op: the operator, as it stands in the test.
        left: the value on its left.
        right: the value on its right.
        whole: whether long values are shown as a whole.

    Returns:
        None where no objects of neon_async are compared, or not by `==` or `in` a list.
    """
    if not (_holds_records(left, set()) or _holds_records(right, set())):
        return None
    if op == "==":
        found = _differences(left, right, "")
    elif op == "in" and _is_sequence(right):
        found = _nearest(left, right)
    else:
        return None
    lines = [f"{_short(repr(left))} {op} {_short(repr(right))}", *found]
    return lines if whole else [lines[0], *map(_short, lines[1:])]


def _short(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _shown(value: object) -> str:
    """Return a value on one line, with all that a record holds."""
    if isinstance(value, Model):
        return f"{type(value).__name__} {unstructure(value)!r}"
    return repr(value)


def _is_mapping(value: object) -> TypeGuard[Mapping[Any, Any]]:
    return isinstance(value, Mapping)


def _is_sequence(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)


def _holds_records(value: object, seen: set[int]) -> bool:
    """Whether a value is or holds an object of neon_async."""
    if id(value) in seen:
        return False
    seen.add(id(value))
    ours = type(value).__module__.partition(".")[0] == "neon_async" and attrs.has(type(value))
    return ours or any(_holds_records(part, seen) for part in _parts(value).values())


def _parts(value: Any) -> Mapping[Any, Any]:  # noqa: ANN401 - anything may be compared
    """Return what counts in a comparison of a container or an object, by key, index or name."""
    if _is_mapping(value):
        return value
    if _is_sequence(value):
        return dict(enumerate(value))
    cls: type[Any] = value.__class__
    names: list[str] = []
    if attrs.has(cls):
        names = [field.name for field in attrs.fields(cls) if field.eq]
    elif dataclasses.is_dataclass(cls):
        names = [field.name for field in dataclasses.fields(cls) if field.compare]
    return {name: getattr(value, name) for name in names}


def _differences(left: object, right: object, path: str) -> Iterator[str]:
    """Say where two values differ, by the attributes, indexes and keys that lead there."""
    if left == right:
        return
    found = [*_inner_differences(left, right, path)] if type(left) is type(right) else []
    yield from found or [f"{path or 'value'}: {_shown(left)} != {_shown(right)}"]


def _inner_differences(left: object, right: object, path: str) -> Iterator[str]:
    mine, theirs = _parts(left), _parts(right)
    for key in dict.fromkeys([*mine, *theirs]):
        place = _place(left, path, key)
        if key in mine and key in theirs:
            yield from _differences(mine[key], theirs[key], place)
        else:
            side, holder = ("left", mine) if key in mine else ("right", theirs)
            yield f"{place}: only on the {side}: {_shown(holder[key])}"


def _place(holder: object, path: str, key: object) -> str:
    if _is_mapping(holder) or _is_sequence(holder):
        return f"{path}[{key!r}]"
    return f"{path}.{key}" if path else str(key)


def _nearest(value: object, others: Sequence[object]) -> Iterator[str]:
    """Compare with the elements that look the same: of the same class and id."""
    alike = [index for index, other in enumerate(others) if repr(other) == repr(value)]
    for index in alike:
        yield from _differences(value, others[index], f"[{index}]")
    if not alike:
        yield f"none looks like {_shown(value)}"
        yield from (f"[{index}]: {_shown(other)}" for index, other in enumerate(others))
