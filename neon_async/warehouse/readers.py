"""Read all values of a record at once, as tables and CSV have them beside each other.

Exports spend their time here: one call reads an object's attributes, and not one for each of them.
"""

import functools
import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import attrs

from neon_async.models import Model
from neon_async.warehouse.fields import Field, fields

Values: TypeAlias = tuple[Any, ...]


@attrs.frozen
class ValueReader:
    """Reads the values of one class of objects.

    Attributes:
        columns: the path and the field of each value, such as `primaryContact.firstName`.
        read: returns the values of an object in the order of `columns`, an absent inner object's
            as None; or None where the object, or one inside of it that is no list, has an `extra`.
    """

    columns: tuple[tuple[str, Field], ...]
    read: Callable[[Any], Values | None]


def reader(cls: type[Any], prefix: str = "") -> ValueReader:
    """Return the reader of a class.

    Args:
        cls: a class of `neon_async.models`.
        prefix: what the paths begin with.
    """
    if (cached := _READERS.get((cls, prefix))) is not None:
        return cached
    _READERS[cls, prefix] = result = _reader(cls, prefix)
    return result


_READERS: dict[tuple[type[Any], str], ValueReader] = {}


def _reader(cls: type[Any], prefix: str) -> ValueReader:
    known = fields(cls).values()
    leaves = [field for field in known if not is_nested(field)]
    nested = [field for field in known if is_nested(field)]
    readers = [reader(field.kind, f"{prefix}{field.name}.") for field in nested]
    columns = [(prefix + field.name, field) for field in leaves]
    columns += [column for inner in readers for column in inner.columns]
    names = [field.attribute for field in (*nested, *leaves)]
    read = _read_flat if not nested else _read_nested
    blanks = [(None,) * len(inner.columns) for inner in readers]
    inner_reads = [inner.read for inner in readers]
    getter = operator.attrgetter("extra", *names)
    return ValueReader(
        tuple(columns), functools.partial(read, getter, list(zip(inner_reads, blanks, strict=True)))
    )


def is_nested(field: Field) -> bool:
    """Whether a field holds one object, whose fields are columns of their own."""
    return field.item is None and issubclass(field.kind, Model)


def _read_flat(getter: Callable[[Any], Values], _: object, record: Any) -> Values | None:  # noqa: ANN401 - any model
    values = getter(record)
    return None if values[0] else values[1:]


def _read_nested(
    getter: Callable[[Any], Values],
    readers: list[tuple[Callable[[Any], Values | None], Values]],
    record: Any,  # noqa: ANN401 - any model
) -> Values | None:
    values = getter(record)
    if values[0]:
        return None
    end = len(readers) + 1
    parts = values[end:]
    for inner, (read, blank) in zip(values[1:end], readers, strict=True):
        if inner is None:
            parts += blank
            continue
        inside = read(inner)
        if inside is None:
            return None
        parts += inside
    return parts
