"""Structuring functions generated for one class each, as cattrs does itself.

A bulk pull spends its time here, so that each value gets one class check and no call. For

    class Address(Model):
        city: str | None
        start_date: date | None

the code is

    def structure_Address(value, _):
        try:
            if value.__class__ is dict:
                model = new(cls)
                absent = 0
                if key_city in value:
                    field = value[key_city]
                    if field.__class__ is str:
                        model.city = field
                    else:
                        model.city = hook_city(field, None)
                else:
                    model.city = None
                    absent += 1
                ...
                if len(value) == 2 - absent:
                    model.extra = NOTHING
                else:
                    model.extra = unknown(value, known)
                return model
        except odd:
            pass
        return structure_slow(value, _)

It decides only about the usual spelling, that of the newer replies. Anything else goes to the
hook of the field. Where that raises, because a value is odd, the object is structured the slow
way, and so is one of which more than its unknown fields has to be kept.
"""

from __future__ import annotations

import enum
import linecache
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, cast, get_args, get_origin

import attrs
import orjson

from neon_async._wire.fields import wire_fields
from neon_async._wire.scalars import LARGEST, SMALLEST, StructureError, shallow
from neon_async.models import Model
from neon_async.models._extra import NOTHING, read_only
from neon_async.models._references import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from neon_async._wire.fields import WireField

    Hook: TypeAlias = Callable[[Any, Any], Any]

_HEAD = """\
def structure_{cls}(value, _):
    try:
        if value.__class__ is dict:
            model = new(cls)
            absent = 0
"""
_FIELD = """\
            if key_{attribute} in value:
                field = value[key_{attribute}]
                if {usual}:
                    model.{attribute} = {result}
                else:
                    model.{attribute} = hook_{attribute}(field, None)
            else:
                model.{attribute} = None
                absent += 1
"""
# Nearly all pairs have come before, and are looked up without a call.
_REFERENCE = """\
            if key_{attribute} in value:
                field = value[key_{attribute}]
                if field.__class__ is dict:
                    try:
                        if len(field) == 2:
                            model.{attribute} = shared_{attribute}[field[{key}], field[{name}]]
                        else:
                            model.{attribute} = make_{attribute}(field, None)
                    except unusual:
                        model.{attribute} = make_{attribute}(field, None)
                else:
                    model.{attribute} = hook_{attribute}(field, None)
            else:
                model.{attribute} = None
                absent += 1
"""
_TAIL = """\
            if len(value) == {count} - absent:
                model.extra = NOTHING
            else:
                model.extra = unknown(value, known)
            return model
    except odd:
        pass
    return structure_slow(value, _)
"""
# The usual JSON of a type, and the attribute made of it.
_SCALARS = {
    str: ("field.__class__ is str", "field"),
    int: (f"field.__class__ is int and {SMALLEST} <= field <= {LARGEST}", "field"),
    bool: ("field.__class__ is bool", "field"),
    datetime: (
        "field.__class__ is str and field and (moment := timestamp(field)).tzinfo is not None",
        "moment",
    ),
    # The length and the W distinguish `1988-10-16` from the other forms of ISO 8601.
    date: ("field.__class__ is str and len(field) == 10 and field[5] != 'W'", "day(field)"),
}
# Nothing else in ASCII than half of a surrogate pair can make text odd.
_CHECKED = {**_SCALARS, str: ("field.__class__ is str and field.isascii()", "field")}


def generate(
    cls: type[Any],
    fields: Sequence[tuple[WireField, Hook]],
    nested: Callable[[Any], Hook],
    structure_slow: Hook,
    *,
    checked: bool,
) -> Hook:
    """Return a function that structures objects of one class.

    Args:
        cls: a model.
        fields: its fields, each with the hook for unusual values.
        nested: returns the hook of another model.
        structure_slow: does the same for any value; returned for a class that can't have
            anything better.
        checked: whether to look for half of a surrogate pair in text.
    """
    parts = [_HEAD.format(cls=cls.__name__)]
    names: dict[str, Any] = {
        "cls": cls,
        "day": date.fromisoformat,
        "known": frozenset(field.wire for field, _ in fields),
        "new": object.__new__,
        "NOTHING": NOTHING,
        "odd": (StructureError, ValueError),
        "structure_slow": structure_slow,
        "timestamp": datetime.fromisoformat,
        "unknown": _unknown,
        "unusual": (KeyError, TypeError),
    }
    for field, hook in fields:
        names[f"hook_{field.attribute}"] = hook
        names[f"key_{field.attribute}"] = parsed_key(field.wire)
        code = _code(field, names, nested, _CHECKED if checked else _SCALARS)
        if code is None:
            return structure_slow
        parts.append(code)
    parts.append(_TAIL.format(count=len(fields)))
    if not _is_plain(cls):
        return structure_slow
    function: Hook = compile_function(f"structure_{cls.__name__}", "".join(parts), names)
    return function


def _unknown(value: dict[str, Any], known: frozenset[str]) -> Mapping[str, Any]:
    return read_only(shallow({key: value[key] for key in value if key not in known}))


def parsed_key(name: str) -> str:
    """Return the text for a key that orjson itself uses for it.

    orjson makes the keys of small objects once. A look-up by the same text object need not
    compare characters, which is 5 % of all the time.
    """
    (key,) = orjson.loads(orjson.dumps({name: None}))
    result: str = key
    return result


def _code(
    field: WireField,
    names: dict[str, Any],
    nested: Callable[[Any], Hook],
    scalars: Mapping[type[Any], tuple[str, str]],
) -> str | None:
    """Return the code for a field, whose names it adds to `names`."""
    target, attribute = field.types[0], field.attribute
    if field.nullable and get_origin(target) is None and issubclass(target, Reference):
        hook = names[f"make_{attribute}"] = nested(target)
        names[f"shared_{attribute}"] = cast("Any", hook).shared
        key, name = (f"key_{half.wire}" for half in wire_fields(target))
        names |= {f"key_{half.wire}": parsed_key(half.wire) for half in wire_fields(target)}
        return _REFERENCE.format(attribute=attribute, key=key, name=name)
    spelling = _usual(field, names, nested, scalars)
    if spelling is None:
        return None
    usual, result = spelling
    return _FIELD.format(attribute=attribute, usual=usual, result=result)


def _usual(
    field: WireField,
    names: dict[str, Any],
    nested: Callable[[Any], Hook],
    scalars: Mapping[type[Any], tuple[str, str]],
) -> tuple[str, str] | None:
    """Return the check for a field's usual spelling and the value that it then has, as code."""
    target, attribute = field.types[0], field.attribute
    if not field.nullable:
        return None
    if get_origin(target) is list:
        names[f"each_{attribute}"] = nested(get_args(target)[0])
        items = f"(items := field.get({field.item!r})).__class__ is list"
        return (
            f"field.__class__ is dict and len(field) == 1 and {items}",
            f"[each_{attribute}(item, None) for item in items]",
        )
    if issubclass(target, Model):
        names[f"make_{attribute}"] = nested(target)
        return "field.__class__ is dict", f"make_{attribute}(field, None)"
    if issubclass(target, enum.StrEnum):
        names[f"members_{attribute}"] = dict(target.__members__)
        check = f"field.__class__ is str and field in members_{attribute}"
        return check, f"members_{attribute}[field]"
    return scalars.get(target)


def _is_plain(cls: type[Any]) -> bool:
    """Whether `__init__` does nothing but store: then the attributes may be set without it."""
    customized = ("__attrs_init__", "__attrs_pre_init__", "__attrs_post_init__")
    stores: Any = cls.__setattr__
    return (
        stores is object.__setattr__  # neither frozen nor with hooks of attrs
        and not any(hasattr(cls, name) for name in customized)
        and all(
            field.init and (field.converter is None or field.name == "extra")
            for field in attrs.fields(cls)
        )
    )


def compile_function(name: str, source: str, names: dict[str, Any]) -> Any:
    """Return the function that the source defines, which sees the names."""
    file = f"<generated {name}>"
    # For tracebacks, which show lines.
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    exec(compile(source, file, "exec"), names)  # noqa: S102 - the source is all our own
    return names[name]
