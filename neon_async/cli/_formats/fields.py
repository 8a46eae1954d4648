"""The fields of the models, by v1's JSON names."""

from types import NoneType
from typing import Any, get_args

import attrs


@attrs.frozen
class Field:
    """A field that a path can name.

    Attributes:
        attribute: the model's attribute.
        name: v1's name for it.
        kind: the class of its value; of its elements, if it is a list.
        item: for a list, the name of its elements.
    """

    attribute: str
    name: str
    kind: type[Any]
    item: str | None


def fields(cls: type[Any]) -> dict[str, Field]:
    """Return the fields of an account, or of something in it, by name."""
    all_fields = [
        _field(field)
        for field in attrs.fields(attrs.resolve_types(cls))
        if field.init and field.name != "extra"
    ]
    return {field.name: field for field in all_fields}


def _field(attribute: "attrs.Attribute[Any]") -> Field:
    # All of them are optional.
    kind = next(argument for argument in get_args(attribute.type) if argument is not NoneType)
    item: str | None = attribute.metadata.get("item")
    first, *rest = attribute.name.split("_")
    name = first + "".join(map(str.capitalize, rest))
    return Field(attribute.name, name, get_args(kind)[0] if item else kind, item)
