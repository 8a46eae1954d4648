"""What the `extra` of a record holds of documented fields, and whether it still counts."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, cast, get_args, get_origin

import attrs

from neon_async.models._fields import wire_fields


def find_oddities(record: Any) -> Iterator[str]:
    """Yield the paths of odd values in a record, its own first."""
    if record.extra:
        for field in wire_fields(record.__class__):
            if field.wire in record.extra and getattr(record, field.attribute) is None:
                yield field.wire
    for attribute, path, cls in _inner(record.__class__):
        value = getattr(record, attribute)
        if isinstance(value, cls):
            yield from (f"{path}.{odd}" for odd in find_oddities(value))
        elif isinstance(value, (list, tuple)):
            for index, element in enumerate(cast("Sequence[Any]", value)):
                if isinstance(element, cls):
                    yield from (f"{path}[{index}].{odd}" for odd in find_oddities(element))


def live_extra(record: Any) -> Mapping[str, Any]:
    """Return the `extra` of a record without what an attribute that is set replaces."""
    extra: Mapping[str, Any] = record.extra
    if not extra:
        return extra
    fields = {field.wire: field for field in wire_fields(record.__class__)}
    live: dict[str, Any] = {}
    for wire, value in extra.items():
        field = fields.get(wire)
        if field is None or getattr(record, field.attribute) is None:
            live[wire] = value
        elif field.item is not None and isinstance(value, Mapping):
            # What the wrapper of a list holds beside the list has no attribute.
            wrapper = cast("Mapping[str, Any]", value)
            beside = {key: inner for key, inner in wrapper.items() if key != field.item}
            live |= {wire: beside} if beside else {}
    return live


def compared(record: Any) -> Any:
    """Return what of a record is compared, but for its `extra`."""
    return _values_of(record.__class__)(record)


@cache
def _values_of(cls: type[Any]) -> Callable[[Any], Any]:
    names = [field.name for field in attrs.fields(cls) if field.eq and field.name != "extra"]
    return operator.attrgetter(*names)


@cache
def _inner(cls: type[Any]) -> list[tuple[str, str, type[Any]]]:
    """List the attributes that hold objects, or lists of them: name, path and class."""
    found: list[tuple[str, str, type[Any]]] = []
    for field in wire_fields(cls):
        target = field.types[0]
        element = get_args(target)[0] if get_origin(target) is list else target
        if attrs.has(element):
            path = field.wire if field.item is None else f"{field.wire}.{field.item}"
            found.append((field.attribute, path, element))
    return found
