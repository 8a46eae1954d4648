"""Unstructuring functions generated for one class each, the twins of those that structure.

Exports and responses spend their time here. For

    class Address(Model):
        city: str | None
        start_date: date | None

the code is

    def unstructure_Address(model):
        out = {}
        value = model.city
        if value.__class__ is str:
            out["city"] = value
        elif value is not None:
            out["city"] = unstructure(value)
        ...
        if model.extra:
            put_extra(model, out)
        return out

A value of another class than the usual one goes the way of its own class, through cattrs.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, get_args, get_origin

from neon_async._wire.codegen import compile_function
from neon_async._wire.fields import wire_fields
from neon_async._wire.page_lists import put_back
from neon_async._wire.type_guards import is_object
from neon_async.models import Model
from neon_async.models._oddities import live_extra

if TYPE_CHECKING:
    from collections.abc import Callable

    from cattrs import Converter

    from neon_async._wire.fields import WireField

_HEAD = """\
def unstructure_{cls}(model):
    out = {{}}
"""
_FIELD = """\
    value = model.{attribute}
    if value.__class__ is {usual}:
        out[{wire!r}] = {json}
    elif value is not None:
        out[{wire!r}] = {other}
"""
_PAGE_LIST = """\
    put_back(out[{wire!r}][{item!r}], model.unreadable, {wire!r})
"""
_TAIL = """\
    if model.extra:
        put_extra(model, out)
    return out
"""
# The usual class of a value, by name, and its JSON. Milliseconds are enough but for odd ones.
_SCALARS: dict[Any, tuple[str, str]] = {
    str: ("str", "value"),
    int: ("int", "value"),
    bool: ("bool", "value"),
    float: ("float", "value"),
    date: ("date", "value.isoformat()"),
    datetime: (
        "datetime",
        "value.isoformat('T', 'microseconds' if value.microsecond % 1000 else 'milliseconds')",
    ),
}


def unstructure_hook(converter: Converter, cls: type[Any]) -> Callable[[Any], dict[str, Any]]:
    """Return a function that makes JSON of objects of one model.

    Args:
        converter: unstructures what is not of the documented class.
        cls: the model.
    """
    names: dict[str, Any] = {
        "date": date,
        "datetime": datetime,
        "put_back": put_back,
        "put_extra": _put_extra,
        "unstructure": converter.unstructure,
    }
    parts = [_HEAD.format(cls=cls.__name__)]
    for field in wire_fields(cls):
        usual, json = _usual(field, names, converter)
        parts.append(
            _FIELD.format(
                attribute=field.attribute,
                wire=field.wire,
                usual=usual,
                json=_wrapped(field, json),
                other=_wrapped(field, "unstructure(value)"),
            )
        )
        if field.metadata.get("page_list"):
            parts.append(_PAGE_LIST.format(wire=field.wire, item=field.item))
    parts.append(_TAIL)
    hook: Callable[[Any], dict[str, Any]] = compile_function(
        f"unstructure_{cls.__name__}", "".join(parts), names
    )
    return hook


def _wrapped(field: WireField, json: str) -> str:
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
