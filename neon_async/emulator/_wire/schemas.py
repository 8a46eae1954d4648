"""JSON Schemas of what values have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.emulator._wire.clock import is_timestamp
from neon_async.emulator._wire.messages import is_date, is_list, is_object

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from neon_async.emulator._wire.messages import Json, Value


def described(values: Sequence[Value]) -> Json:
    """Return a schema that fits all of the values. Every key is optional: v1 omits empty ones."""
    for fits, describe in _KINDS:
        if values and all(fits(value) for value in values):
            return describe(values)
    return {}


def _object(values: Sequence[Json]) -> Json:
    names = list(dict.fromkeys(name for value in values for name in value))
    properties = {
        name: described([value[name] for value in values if name in value]) for name in names
    }
    return {"type": "object", "properties": properties}


def _array(values: Sequence[list[Value]]) -> Json:
    return {"type": "array", "items": described([item for value in values for item in value])}


def _string(values: Sequence[str]) -> Json:
    for written, fits in (("date-time", is_timestamp), ("date", is_date)):
        if all(fits(value) for value in values):
            return {"type": "string", "format": written}
    return {"type": "string"}


def _boolean(values: Sequence[bool]) -> Json:
    del values
    return {"type": "boolean"}


def _integer(values: Sequence[int]) -> Json:
    del values
    return {"type": "integer"}


def _is_integer(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_KINDS: tuple[tuple[Callable[[Value], bool], Callable[[Sequence[Value]], Json]], ...] = (
    (is_object, _object),
    (is_list, _array),
    (lambda value: isinstance(value, str), _string),
    (lambda value: isinstance(value, bool), _boolean),
    (_is_integer, _integer),
)
