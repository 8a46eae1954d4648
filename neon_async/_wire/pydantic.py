"""The models' schemas for pydantic: camelCase JSON, structured and unstructured by the converter.

Input may hold documented fields only: a misspelt one would be lost when the model is
written. Output may hold more, as replies do. Pydantic's core schemas are plain dictionaries,
so that nothing of pydantic is imported here; it comes and asks when a model is used where pydantic
is.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias, get_args, get_origin

from neon_async._wire import scalars
from neon_async._wire.converter import structure, unstructure
from neon_async._wire.fields import WireField, wire_fields
from neon_async._wire.text import encodable
from neon_async._wire.type_guards import is_object
from neon_async.models import Model

Schema: TypeAlias = dict[str, Any]
Leaf: TypeAlias = Callable[[Any], Schema]

_SCALARS: dict[Any, str] = {bool: "bool", date: "date", datetime: "datetime", int: "int"}
_ABSENT: tuple[Any, ...] = (None, "", [], {})
_NOT_SHOWN = "(not shown)"
# All of a record is JSON already when it is serialized. Pydantic would warn of dates that are text,
# and of odd values, and show them.
_AS_IT_IS: Schema = {"serialization": {"type": "any"}}


def core_schema(cls: type[Any], generate: Any) -> Schema:
    """Return the core schema of a model."""
    return {
        "type": "function-wrap",
        # Pydantic names the schema in OpenAPI after the class, and distinguishes namesakes by this.
        "ref": f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        "function": {"type": "no-info", "function": _validator(cls)},
        "schema": {
            "type": "function-before",
            "function": {"type": "no-info", "function": _require_object},
            "schema": _members(cls, generate, _read_leaf),
        },
        "serialization": {
            "type": "function-plain",
            "function": _serialize,
            "info_arg": False,
            "return_schema": _members(cls, generate, _written_leaf),
        },
    }


def _validator(cls: type[Any]) -> Callable[[Any, Callable[[Any], object]], Any]:
    def validate(value: Any, check: Callable[[Any], object]) -> Any:
        if isinstance(value, cls):
            return value
        try:
            check(value)
        except ValueError as error:
            hidden = _without_inputs(error)
        else:
            # From the original: the checked copy has lost the spelling of its values.
            return structure(value, cls)
        raise hidden

    validate.__name__ = cls.__name__  # by which pydantic's errors name the model
    return validate


def _require_object(value: Any) -> Any:
    if is_object(value):
        return value
    raise ValueError(str(scalars.StructureError.of("an object", value)))


def _without_inputs(error: Any) -> ValueError:
    """Return pydantic's error without the values, which it would quote.

    Its option `hide_input_in_errors` is not ours: the validator may be made by FastAPI.
    """
    details = [entry | {"input": _NOT_SHOWN} for entry in error.errors(include_url=False)]
    # By the error's class, so that nothing of pydantic needs to be imported.
    hidden: ValueError = error.from_exception_data(error.title, details, hide_input=True)
    return hidden


def _serialize(value: Any) -> Any:
    # Pydantic writes UTF-8 alone, in which half of a surrogate pair has no place.
    return encodable(unstructure(value))


def _unknown(leaf: Leaf) -> str:
    return "allow" if leaf is _written_leaf else "forbid"


def _members(cls: type[Any], generate: Any, leaf: Leaf) -> Schema:
    fields: Schema = {
        field.wire: {
            "type": "typed-dict-field",
            "schema": _field(field, generate, leaf),
            "required": field.required,
        }
        for field in wire_fields(cls)
    }
    return {
        "type": "typed-dict",
        "cls_name": cls.__name__,
        "extra_behavior": _unknown(leaf),
        "fields": fields,
    }


def _field(field: WireField, generate: Any, leaf: Leaf) -> Schema:
    target = field.types[0]
    if get_origin(target) is not list:
        schema = _value(target, generate, leaf)
        return schema if field.required else _optional(schema, leaf)
    items = {"type": "list", "items_schema": _value(get_args(target)[0], generate, leaf)}
    if field.item is None:
        return _optional(items, leaf)
    inside = {field.item: {"type": "typed-dict-field", "schema": items, "required": False}}
    wrapper = {"type": "typed-dict", "extra_behavior": _unknown(leaf), "fields": inside}
    return _optional(wrapper, leaf)


def _optional(schema: Schema, leaf: Leaf) -> Schema:
    """Accept what stands for an absent value, which is better left out and not documented."""

    def check_value(value: Any, check: Callable[[Any], object]) -> Any:
        return None if value in _ABSENT else check(value)

    return {
        "type": "function-wrap",
        "function": {"type": "no-info", "function": check_value},
        "schema": schema,
        **(_AS_IT_IS if leaf is _written_leaf else {}),
    }


def _value(target: Any, generate: Any, leaf: Leaf) -> Schema:
    if issubclass(target, Model):
        schema: Schema = generate(target)
        return schema
    if issubclass(target, Mapping):
        return _written_row() if leaf is _written_leaf else _read_row()
    return leaf(target)


def _written_row() -> Schema:
    """Document a row of a search, which is an object of texts."""
    return {
        "type": "dict",
        "keys_schema": {"type": "str"},
        "values_schema": {"type": "str"},
        **_AS_IT_IS,
    }


def _read_row() -> Schema:
    return {
        "type": "function-plain",
        "function": {"type": "no-info", "function": _refuse_row},
        "json_schema_input_schema": _written_row(),
    }


def _refuse_row(_value: Any) -> Any:
    # Which of its columns is the id, only the search knows that asked for it.
    raise ValueError("rows of a search can be written as JSON, but not read from it")


def _read_leaf(target: Any) -> Schema:
    """Accept what the converter accepts, and document what newer replies have."""
    # v1 may send what an enumeration does not know: those are text.
    hook = scalars.text if issubclass(target, enum.Enum) else scalars.STRUCTURE[target]

    def read(value: Any) -> Any:
        try:
            return hook(value, target)
        except scalars.StructureError as mismatch:
            message = str(mismatch)
        raise ValueError(message)

    return {
        "type": "function-plain",
        "function": {"type": "no-info", "function": read},
        "json_schema_input_schema": {"type": _SCALARS.get(target, "str")},
    }


def _written_leaf(target: Any) -> Schema:
    return {"type": _SCALARS.get(target, "str"), **_AS_IT_IS}
