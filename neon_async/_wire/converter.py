"""The one cattrs converter: JSON of v1, of either generation, from and to the models.

Absent data is a missing key, `""`, `{}`, `[]` or null; a list with one element may have collapsed
to that element; text may come as a number. What a model has no field for goes to its `extra`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import date, datetime
from functools import cache, partial
from typing import Any, TypeAlias, TypeVar, get_args, get_origin

import attrs
from cattrs import Converter

from neon_async._wire import scalars
from neon_async._wire.codegen import generate
from neon_async._wire.lists import unwrap
from neon_async._wire.names import WireField, wire_fields
from neon_async._wire.page_lists import PageList, page_hook, put_back
from neon_async._wire.scalars import Mismatch
from neon_async._wire.shapes import is_object
from neon_async._wire.sharing import sharing
from neon_async.errors import ProtocolError
from neon_async.models import Model
from neon_async.models._pairs import Pair

T = TypeVar("T")
Hook: TypeAlias = Callable[[Any, Any], Any]

_BLANKS: tuple[Any, ...] = ("", [], None)


def structure(payload: Any, cls: type[T], *, operation: str | None = None) -> T:
    """Make an object of the class `cls` from the JSON value `payload`.

    Args:
        payload: what `json.loads` returned for one object of a reply.
        cls: a class of `neon_async.models`.
        operation: the API method that replied, for the error's text.

    Raises:
        ProtocolError: the value has not the documented shape; `path` says where, in wire names.
    """
    return _convert(lambda made: made.structure(payload, cls), operation)


def structure_member(payload: dict[str, Any], key: str, cls: type[T], operation: str) -> T:
    """Make an object from one member of a reply's payload.

    Raises:
        ProtocolError: the member is missing or has not the documented shape.
    """
    return _convert(lambda made: made.structure(payload.get(key), cls), operation, key)


def structure_wrapped(
    payload: dict[str, Any], wrapper: str, item: str, cls: type[T], operation: str
) -> list[T]:
    """Make the objects of a list that stands wrapped in a reply's payload.

    Raises:
        ProtocolError: it has not the documented shape.
    """

    def structure_list(made: Converter) -> list[T]:
        prefix, elements, _ = unwrap(payload.get(wrapper), item)
        return _structure_all(made.get_structure_hook(cls), cls, prefix, elements)

    return _convert(structure_list, operation, wrapper)


def unstructure(obj: Any) -> Any:
    """Return the JSON value of a model, in the spelling of the newer replies.

    What is None is left out; what is in `extra` is put back. For the objects of the reference
    pages `unstructure(structure(x, cls)) == x`.
    """
    return converter().unstructure(obj)


def _convert(job: Callable[[Converter], T], operation: str | None, member: str = "") -> T:
    """Run a conversion; should it fail, run it again in a way that knows the place."""
    try:
        return job(converter())
    except (Mismatch, ValueError):
        pass
    try:
        return job(converter(generated=False))
    except Mismatch as mismatch:
        located = mismatch.inside(member) if member else mismatch
        problem, path = str(mismatch), located.path
    raise ProtocolError(problem, path=path, operation=operation)


@cache
def converter(*, generated: bool = True) -> Converter:
    """Build the converter, once.

    Args:
        generated: whether models are structured by generated code. The interpreter does the same
            and says, in addition, where a mismatch is.
    """
    made = Converter(detailed_validation=False, unstruct_collection_overrides={})
    for type_, hook in scalars.STRUCTURE.items():
        made.register_structure_hook(type_, hook)
    made.register_unstructure_hook(datetime, scalars.format_timestamp)
    made.register_unstructure_hook(date, date.isoformat)
    factory = _generated_hook if generated else _structure_hook
    made.register_structure_hook_factory(_is_model, partial(_model_hook, factory, made))
    made.register_unstructure_hook_factory(_is_model, partial(_unstructure_hook, made))
    return made


def _is_model(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, Model) and attrs.has(cls)


def _may_be_empty(cls: Any) -> bool:
    return _is_model(cls) and not any(field.required for field in wire_fields(cls))


def _model_hook(factory: Callable[[Converter, type[Any]], Hook], made: Converter, cls: Any) -> Hook:
    lists = [
        PageList(field, _scalar_hook(made, field), field.metadata["record_id"])
        for field in wire_fields(cls)
        if field.metadata.get("page_list")
    ]
    hook = factory(made, cls)
    return page_hook(lists, hook) if lists else hook


def _generated_hook(made: Converter, cls: type[Any]) -> Hook:
    interpret = _structure_hook(made, cls)
    if issubclass(cls, Pair):
        return sharing(cls, interpret)
    fields = [(field, _field_hook(made, field)) for field in wire_fields(cls)]
    return generate(cls, fields, made.get_structure_hook, interpret)


def _structure_hook(made: Converter, cls: type[Any]) -> Hook:
    fields = {field.wire: (field, _field_hook(made, field)) for field in wire_fields(cls)}
    required = [field for field in wire_fields(cls) if field.required]

    def structure_model(value: Any, _: Any) -> Any:
        if not is_object(value):
            raise Mismatch.of("an object", value)
        known: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for wire, item in value.items():
            if wire not in fields:
                extra[wire] = item
                continue
            field, hook = fields[wire]
            try:
                known[field.attribute] = hook(item, extra)
            except Mismatch as mismatch:
                raise mismatch.inside(wire) from None
        for field in required:
            if known.get(field.attribute) is None:
                raise Mismatch.of("a value", None).inside(field.wire)
        if extra:
            known["extra"] = scalars.shallow(extra)
        return _finish(cls(**known))

    return structure_model


def _finish(made: Any) -> Any:
    if isinstance(made, Pair):
        object.__setattr__(made, "_from_reply", True)
    return made


def _field_hook(made: Converter, field: WireField) -> Hook:
    """Return what turns one field's value into the attribute's, given the object's `extra`."""
    if get_origin(field.types[0]) is list:
        return _list_hook(made, field)
    hook = _scalar_hook(made, field)
    keeps_blank = field.types == (str,)
    keeps_empty = _may_be_empty(field.types[0])

    def structure_field(value: Any, _: Any) -> Any:
        if value == "" and keeps_blank:
            return value
        if value in _BLANKS or (value == {} and not keeps_empty):
            return None
        return hook(value, None)

    return structure_field


def _scalar_hook(made: Converter, field: WireField) -> Hook:
    """Return what structures the field's value, or each element of its list."""
    target = field.types[0]
    if get_origin(target) is list:
        (target,) = get_args(target)
    if issubclass(target, enum.StrEnum):
        return scalars.enum_or_text(target)
    hook = made.get_structure_hook(target)
    return lambda value, _: hook(value, target)


def _list_hook(made: Converter, field: WireField) -> Hook:
    (target,) = get_args(field.types[0])
    hook = made.get_structure_hook(target)

    def structure_list(value: Any, extra: dict[str, Any]) -> Any:
        if value is None and field.nullable:
            return None
        prefix, elements, rest = unwrap(value, field.item)
        if rest:
            extra[field.wire] = rest
        return _structure_all(hook, target, prefix, elements)

    return structure_list


def _structure_all(hook: Hook, target: Any, prefix: str, elements: list[Any]) -> list[Any]:
    made: list[Any] = []
    try:
        for element in elements:
            made.append(hook(element, target))  # noqa: PERF401 - the index of a failure is its length
    except Mismatch as mismatch:
        raise mismatch.inside(f"{prefix}[{len(made)}]") from None
    return made


def _unstructure_hook(made: Converter, cls: type[Any]) -> Callable[[Any], dict[str, Any]]:
    fields = wire_fields(cls)

    def unstructure_model(obj: Any) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for field in fields:
            value = getattr(obj, field.attribute)
            if value is None:
                continue
            json = made.unstructure(value)
            if field.metadata.get("page_list"):
                put_back(json, obj.unreadable, field.wire)
            out[field.wire] = json if field.item is None else {field.item: json}
        for key, rest in obj.extra.items():
            wrapper = out.get(key)
            if key not in out:
                out[key] = rest
            elif is_object(wrapper) and is_object(rest):
                out[key] = rest | wrapper
        return out

    return unstructure_model
