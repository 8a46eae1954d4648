"""Unstructuring functions generated for one class each, the twins of those that structure.

Exports and responses spend their time here. For

    class Address(Model):
        city: str | None
        start_date: date | None

the code is

    def unstructure_Address(model):
        members = Members()
        value = model.city
        if value.__class__ is str:
            members.city = value
        elif value is not None:
            members.city = unstructure(value)
        ...
        out = members.__dict__
        if model.extra is not NOTHING:
            put_extra(model, out)
        return out

A value of another class than the usual one goes the way of its own class, through cattrs.

An object's attributes need no look-up of their names once the interpreter has seen the code run,
and their dictionary is made in one step, with keys that all objects of the class share: half the
time of a dictionary that is filled key by key, and a third of its memory.
"""

from __future__ import annotations

import enum
import keyword
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, get_args, get_origin

from neon_async._wire.codegen import compile_function
from neon_async._wire.fields import wire_fields
from neon_async._wire.iso8601 import format_date, format_timestamp
from neon_async._wire.page_lists import put_back
from neon_async._wire.type_guards import is_object
from neon_async.models import Model
from neon_async.models._extra import NOTHING
from neon_async.models._oddities import live_extra

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cattrs import Converter

    from neon_async._wire.fields import WireField

_HEAD = """\
def {name}(model):
    {new}
"""
_FIELD = """\
    value = model.{attribute}
    if value.__class__ is {usual}:
        {place} = {json}
    elif value is not None:
        {place} = {other}
"""
_PAGE_LIST = """\
    put_back({place}[{item!r}], model.unreadable, {wire!r})
"""
_MEMBERS = """\
    out = members.__dict__
"""
_TAIL = """\
    if model.extra is not NOTHING:
        put_extra(model, out)
    return out
"""
# As many fields as make an object's attributes quicker than a dictionary, and as many as objects
# of one class share the keys of.
_LEAST_MEMBERS, _MOST_MEMBERS = 4, 29
# The usual class of a value, by name, and its JSON.
_SCALARS: dict[Any, tuple[str, str]] = {
    str: ("str", "value"),
    int: ("int", "value"),
    bool: ("bool", "value"),
    float: ("float", "value"),
    date: ("date", "format_date(value)"),
    datetime: ("datetime", "format_timestamp(value)"),
}


def unstructure_hook(converter: Converter, cls: type[Any]) -> Callable[[Any], dict[str, Any]]:
    """Return a function that makes JSON of objects of one model.

    Args:
        converter: unstructures what is not of the documented class.
        cls: the model.
    """
    names = {"put_back": put_back, "unstructure": converter.unstructure}

    def code_of(field: WireField, place: str) -> str:
        return "".join(_code_of(field, place, *_usual(field, names, converter)))

    return compile_writer(f"unstructure_{cls.__name__}", cls, names, code_of)


def compile_writer(
    name: str,
    cls: type[Any],
    names: dict[str, Any],
    code_of: Callable[[WireField, str], str],
) -> Callable[[Any], dict[str, Any]]:
    """Return a function that puts the attributes of a model into a dictionary.

    Args:
        name: the function's.
        cls: the model.
        names: what its code sees; `code_of` may add to it.
        code_of: returns the code that puts a field's value into a place.
    """
    fields = wire_fields(cls)
    members = _members_class(cls, fields)
    names |= {
        "Members": members,
        "NOTHING": NOTHING,
        "date": date,
        "datetime": datetime,
        "format_date": format_date,
        "format_timestamp": format_timestamp,
        "put_extra": _put_extra,
    }
    new = "out = {}" if members is None else "members = Members()"
    parts = [_HEAD.format(name=name, new=new)]
    for field in fields:
        place = f"out[{field.wire!r}]" if members is None else f"members.{field.wire}"
        parts.append(code_of(field, place))
    if members is not None:
        parts.append(_MEMBERS)
    parts.append(_TAIL)
    function: Callable[[Any], dict[str, Any]] = compile_function(name, "".join(parts), names)
    return function


def _members_class(cls: type[Any], fields: Sequence[WireField]) -> type[Any] | None:
    """Return a class with the members as attributes, or None where a dictionary is better."""
    names = [field.wire for field in fields]
    if not _LEAST_MEMBERS <= len(names) <= _MOST_MEMBERS or not all(map(_is_plain, names)):
        return None
    members = type(f"{cls.__name__}Members", (), {"__slots__": ("__dict__",)})
    # The class makes room for as many keys as its first objects have.
    whole: Any = members()
    for name in names:
        setattr(whole, name, None)
    return members


def _is_plain(name: str) -> bool:
    """Whether a name can be an attribute in code, and means nothing to the interpreter."""
    # The interpreter has a spelling of its own for some names beyond ASCII.
    is_name = name.isascii() and name.isidentifier() and not keyword.iskeyword(name)
    return is_name and not name.startswith("__")


def _code_of(field: WireField, place: str, usual: str, json: str) -> Iterator[str]:
    yield _FIELD.format(
        attribute=field.attribute,
        place=place,
        usual=usual,
        json=wrapped(field, json),
        other=wrapped(field, "unstructure(value)"),
    )
    if field.metadata.get("page_list"):
        yield _PAGE_LIST.format(place=place, wire=field.wire, item=field.item)


def wrapped(field: WireField, json: str) -> str:
    return json if field.item is None else f"{{{field.item!r}: {json}}}"


def _usual(field: WireField, names: dict[str, Any], converter: Converter) -> tuple[str, str]:
    """Return the usual class of a field's value and its JSON, as code."""
    target, attribute = field.types[0], field.attribute
    if get_origin(target) is list:
        (element,) = get_args(target)
        names[f"element_{attribute}"] = element
        names[f"each_{attribute}"] = converter.get_unstructure_hook(element)
        each = f"each_{attribute}(item) if item.__class__ is element_{attribute}"
        return "list", f"[{each} else unstructure(item) for item in value]"
    if target in _SCALARS:
        return _SCALARS[target]
    names[f"class_{attribute}"] = target
    if isinstance(target, type) and issubclass(target, Model):
        names[f"json_of_{attribute}"] = converter.get_unstructure_hook(target)
        return f"class_{attribute}", f"json_of_{attribute}(value)"
    if isinstance(target, type) and issubclass(target, enum.StrEnum):
        return f"class_{attribute}", "value._value_"
    return f"class_{attribute}", "unstructure(value)"


def _put_extra(model: Any, out: dict[str, Any]) -> None:
    # What the wrapper of a list holds beside the list goes back into the wrapper.
    for wire, kept in live_extra(model).items():
        wrapper = out.get(wire)
        out[wire] = kept | wrapper if is_object(kept) and is_object(wrapper) else kept
