"""Models to the bytes of their JSON, by functions generated for one class each.

The bytes are those of `orjson.dumps(unstructure(model))`. But dictionaries that only orjson sees
may share objects: references, which can't change, remember their JSON. And orjson looks at the
class of each value anyway, so this code does not: a value of another class than usual makes orjson
call `default`, and then `unstructure` makes the dictionaries.

For

    class Address(Model):
        city: str | None
        state: CodeName | None
        start_date: date | None

the code is

    def json_of_Address(model):
        members = Members()
        value = model.city
        if value is not None:
            members.city = value
        value = model.state
        if value.__class__ is class_state:
            try:
                members.state = value._json
            except AttributeError:
                members.state = remembered(value)
        elif value is not None:
            members.state = value
        value = model.start_date
        if value.__class__ is date:
            members.startDate = format_date(value)
        elif value is not None:
            members.startDate = value
        ...
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, get_args, get_origin

import attrs
import orjson

from neon_async._wire.converter import unstructure
from neon_async._wire.fields import wire_fields
from neon_async._wire.unstructuring import compile_writer, wrapped
from neon_async.models import Model
from neon_async.models._extra import NOTHING
from neon_async.models._references import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from neon_async._wire.fields import WireField

# What orjson would spell in its own way, although `unstructure` has another: it is unusual.
_PASSED = (
    orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
_AS_IT_IS = """\
    value = model.{attribute}
    if value is not None:
        {place} = {value}
"""
_USUAL = """\
    value = model.{attribute}
    if value.__class__ is {usual}:
        {place} = {json}
    elif value is not None:
        {place} = {value}
"""
_REFERENCE = """\
    value = model.{attribute}
    if value.__class__ is {usual}:
        try:
            {place} = value._json
        except AttributeError:
            {place} = remembered(value)
    elif value is not None:
        {place} = {value}
"""
# A list of one is usual, and a comprehension costs as much as one more object.
_LIST = """\
    value = model.{attribute}
    if value.__class__ is list:
        if len(value) == 1 and value[0].__class__ is {element}:
            {place} = {first}
        else:
            {place} = {each}
    elif value is not None:
        {place} = {value}
"""
_json_in_slot = attrgetter("_json")


def dump_json(model: Any) -> bytes:
    """Return what `orjson.dumps(unstructure(model))` does, in two thirds of the time.

    Raises:
        orjson.JSONEncodeError: as `orjson.dumps` does.
    """
    try:
        return orjson.dumps(_functions[model.__class__](model), _refuse, _PASSED)
    except TypeError:
        return orjson.dumps(unstructure(model))


def dump_lines(models: Iterable[Any]) -> bytes:
    """Return lines of JSON, one for each model. The dictionaries of only one exist at a time.

    Raises:
        orjson.JSONEncodeError: as for `dump_json`, for any of them.
    """
    return b"\n".join([*map(dump_json, models), b""])


def dump_list(models: Iterable[Any]) -> bytes:
    """Return what `dump_json` does for each model, as a JSON array.

    Raises:
        orjson.JSONEncodeError: as for `dump_json`, for any of them.
    """
    models = list(models)
    try:
        return orjson.dumps([_usual_json(model) for model in models], _refuse, _PASSED)
    except TypeError:
        return orjson.dumps(list(map(unstructure, models)))


def _usual_json(model: Any) -> Any:
    if isinstance(model, Reference):
        return _json_of_reference(model)
    return _functions[model.__class__](model)


def to_json(value: object) -> Any:
    """Return what orjson shall write for a value that it does not know: its `default=`.

    Raises:
        orjson.JSONEncodeError: as for `dump_json`.
    """
    if isinstance(value, Model):
        return orjson.Fragment(dump_json(value))
    return unstructure(value)


def _refuse(value: object) -> Any:
    raise TypeError(f"{type(value).__name__} is of no usual class")


class _Functions(dict[Any, "Callable[[Any], Any]"]):
    """The generated functions, by model."""

    def __missing__(self, cls: type[Any]) -> Callable[[Any], Any]:
        return self.setdefault(cls, _generate(cls))


_functions = _Functions()


def _generate(cls: type[Any]) -> Callable[[Any], Any]:
    fields = wire_fields(cls) if attrs.has(cls) else ()
    if not issubclass(cls, Model) or any(field.metadata.get("page_list") for field in fields):
        return unstructure
    names: dict[str, Any] = {"remembered": _remembered}
    code_of = partial(_code_of, names=names)
    return compile_writer(f"json_of_{cls.__name__}", cls, names, code_of)


def _code_of(field: WireField, place: str, names: dict[str, Any]) -> str:
    target, attribute = field.types[0], field.attribute
    value = wrapped(field, "value")
    usual = f"class_{attribute}"
    if get_origin(target) is list and _is_class(element := get_args(target)[0], Model):
        return _code_of_list(field, place, names, element)
    if target in {date, datetime}:
        usual = target.__name__
        json = "format_date(value)" if target is date else "format_timestamp(value)"
    elif not _is_class(target, Model, enum.StrEnum):
        return _AS_IT_IS.format(attribute=attribute, place=place, value=value)
    elif issubclass(target, Reference):
        names[usual] = target
        return _REFERENCE.format(attribute=attribute, place=place, value=value, usual=usual)
    elif issubclass(target, Model):
        names |= {usual: target, f"json_of_{attribute}": _functions[target]}
        json = f"json_of_{attribute}(value)"
    else:
        names[usual] = target
        json = "value._value_"
    return _USUAL.format(attribute=attribute, place=place, value=value, usual=usual, json=json)


def _is_class(target: Any, *bases: type[Any]) -> bool:
    return isinstance(target, type) and issubclass(target, bases)


def _code_of_list(field: WireField, place: str, names: dict[str, Any], target: type[Any]) -> str:
    element, json = f"class_{field.attribute}", f"json_of_{field.attribute}"
    names |= {
        element: target,
        json: _json_of_reference if issubclass(target, Reference) else _functions[target],
    }
    each = f"[{json}(item) if item.__class__ is {element} else item for item in value]"
    return _LIST.format(
        attribute=field.attribute,
        place=place,
        element=element,
        first=wrapped(field, f"[{json}(value[0])]"),
        each=wrapped(field, each),
        value=wrapped(field, "value"),
    )


def _json_of_reference(reference: Any) -> Any:
    try:
        return _json_in_slot(reference)
    except AttributeError:
        return _remembered(reference)


def _remembered(reference: Any) -> orjson.Fragment:
    """Return the JSON of a reference, which it keeps: references can't change."""
    json = orjson.Fragment(orjson.dumps(unstructure(reference)))
    # What an `extra` holds may change.
    if reference.extra is NOTHING:
        object.__setattr__(reference, "_json", json)
    return json
