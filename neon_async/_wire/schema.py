"""The models' schema for pydantic: camelCase JSON, structured and unstructured by the converter.

Pydantic's core schemas are plain dictionaries, so that nothing of pydantic is imported here; it
comes and asks when a model is used where pydantic is.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any, TypeAlias, get_args, get_origin

from neon_async._wire.converter import structure, unstructure
from neon_async._wire.names import WireField, wire_fields
from neon_async.errors import ProtocolError
from neon_async.models import Model

Schema: TypeAlias = dict[str, Any]

_SCALARS = {bool: "bool", date: "date", datetime: "datetime", int: "int"}


def core_schema(cls: type[Any], generate: Any) -> Schema:
    """Return the core schema of a model.

    Args:
        cls: the model.
        generate: returns the schema of another type.
    """
    fields: Schema = {
        field.wire: {
            "type": "typed-dict-field",
            "schema": _field(field, generate),
            "required": field.required,
        }
        for field in wire_fields(cls)
    }
    json: Schema = {
        "type": "typed-dict",
        "cls_name": cls.__name__,
        "extra_behavior": "allow",
        "fields": fields,
    }
    return {
        "type": "function-plain",
        # Pydantic names the schema in OpenAPI after the class, and tells namesakes apart by this.
        "ref": f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        "function": {"type": "no-info", "function": partial(_validate, cls)},
        "json_schema_input_schema": json,
        "serialization": {
            "type": "function-plain",
            "function": _serialize,
            "info_arg": False,
            "return_schema": json,
        },
    }


def _validate(cls: type[Any], value: Any) -> Any:
    if isinstance(value, cls):
        return value
    try:
        return structure(value, cls)
    except ProtocolError as error:
        problem = str(error)
    raise ValueError(problem)


def _serialize(value: Any) -> Any:
    # What is inside of a model comes by here again, when it is JSON already.
    return unstructure(value) if isinstance(value, Model) else value


def _field(field: WireField, generate: Any) -> Schema:
    target = field.types[0]
    if get_origin(target) is not list:
        return _value(target, generate)
    items = {"type": "list", "items_schema": _value(get_args(target)[0], generate)}
    if field.item is None:
        return items
    inside = {field.item: {"type": "typed-dict-field", "schema": items, "required": False}}
    return {"type": "typed-dict", "fields": inside}


def _value(target: Any, generate: Any) -> Schema:
    if issubclass(target, Model):
        schema: Schema = generate(target)
        return schema
    # v1 may send what an enumeration does not know: those are text.
    # They are JSON already when they are serialized. Pydantic would warn of dates that are text,
    # and show them.
    return {"type": _SCALARS.get(target, "str"), "serialization": {"type": "any"}}
