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
    found = [
        _field(one)
        for one in attrs.fields(attrs.resolve_types(cls))
        if one.init and one.name != "extra"
    ]
    return {one.name: one for one in found}


def _field(found: "attrs.Attribute[Any]") -> Field:
    # All of them are optional.
    kind = next(one for one in get_args(found.type) if one is not NoneType)
    item: str | None = found.metadata.get("item")
    first, *rest = found.name.split("_")
    name = first + "".join(map(str.capitalize, rest))
    return Field(found.name, name, get_args(kind)[0] if item else kind, item)
