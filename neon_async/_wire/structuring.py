"""Structure objects field by field: the slow way, which knows what to do with any value.

A value that does not fit the documented type of its field is odd: it stays as received in the
`extra` of its object, and the attribute is None. An object of the wrong shape is odd as a whole,
and so is a list with one element that is none of its objects. What v1 checks is on no page,
and a pull that stops at one record stops at it for ever.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias, get_args, get_origin

import attrs

from neon_async._wire import scalars
from neon_async._wire.fields import WireField, wire_fields
from neon_async._wire.lists import unwrap
from neon_async._wire.scalars import StructureError
from neon_async._wire.type_guards import is_object
from neon_async.models import Model
from neon_async.models._references import Reference

if TYPE_CHECKING:
    from cattrs import Converter

Hook: TypeAlias = Callable[[Any, Any], Any]

# Absent data is a missing key or any of these.
_BLANKS: tuple[Any, ...] = ("", [], None)


def is_model(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, Model) and attrs.has(cls)


def model_hook(converter: Converter, cls: type[Any]) -> Hook:
    """Return what structures objects of a class.

    It raises StructureError for what is no object, lacks a required field, or is nested too deeply
    to be kept.
    """
    fields = {field.wire: (field, field_hook(converter, field)) for field in wire_fields(cls)}
    required = [field for field in wire_fields(cls) if field.required]

    def structure_slow(value: Any, _: Any) -> Any:
        if not is_object(value):
            raise StructureError.of("an object", value)
        known: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for wire, item in value.items():
            if wire not in fields:
                extra[wire] = item
                continue
            field, hook = fields[wire]
            try:
                known[field.attribute] = hook(item, extra)
            except StructureError as mismatch:
                if _is_strict(field):
                    raise mismatch.under(wire) from None
                extra[wire] = item
        for field in required:
            if known.get(field.attribute) is None:
                raise StructureError.of("a value", None).under(field.wire)
        if extra:
            known["extra"] = scalars.shallow(extra)
        return _finish(cls(**known))

    return structure_slow


def _is_strict(field: WireField) -> bool:
    """Whether a value can't be odd: the attribute is never None, or the page can't do without."""
    return not field.nullable or (is_model(field.types[0]) and not _may_be_empty(field.types[0]))


def _may_be_empty(cls: Any) -> bool:
    return is_model(cls) and not any(field.required for field in wire_fields(cls))


def _finish(model: Any) -> Any:
    if isinstance(model, Reference):
        object.__setattr__(model, "_is_server_value", True)
    return model


def field_hook(converter: Converter, field: WireField) -> Hook:
    """Return what turns one field's value into the attribute's, given the object's `extra`."""
    if get_origin(field.types[0]) is list:
        return _list_hook(converter, field)
    hook = value_hook(converter, field)
    keeps_blank = field.types == (str,)
    keeps_empty = _may_be_empty(field.types[0])

    def structure_field(value: Any, _: Any) -> Any:
        # A blank text stays: an update sends it, which deletes, where None is not sent.
        if value == "" and keeps_blank:
            return value
        if value in _BLANKS or (value == {} and not keeps_empty):
            return None
        return hook(value, None)

    return structure_field


def value_hook(converter: Converter, field: WireField) -> Hook:
    """Return what structures the field's value, or each element of its list."""
    target = field.types[0]
    if get_origin(target) is list:
        (target,) = get_args(target)
    # An undocumented member must not stop a pull: it stays text.
    if issubclass(target, enum.StrEnum):
        return scalars.enum_or_text(target)
    hook = converter.get_structure_hook(target)
    return lambda value, _: hook(value, target)


def _list_hook(converter: Converter, field: WireField) -> Hook:
    hook = value_hook(converter, field)

    def structure_list(value: Any, extra: dict[str, Any] | None) -> Any:
        if value is None and field.nullable:
            return None
        prefix, elements, beside = unwrap(value, field.item)
        models = structure_all(hook, prefix, elements)
        if beside:
            if extra is None:
                raise StructureError.of("a list alone", value)
            extra[field.wire] = beside
        return models

    return structure_list


def structure_all(hook: Hook, prefix: str, elements: list[Any]) -> list[Any]:
    """Structure the elements of a list, all of them or none."""
    values: list[Any] = []
    try:
        for element in elements:
            values.append(hook(element, None))  # noqa: PERF401 - its length is the failure's index
    except StructureError as mismatch:
        raise mismatch.under(f"{prefix}[{len(values)}]") from None
    return values
