"""The fields of the models, by v1's JSON names and in snake case."""

import re
from types import NoneType
from typing import Any, get_args

import attrs

# Before a capital that follows a small letter or a digit, and before the last of several capitals.
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SEPARATORS = re.compile(r"[\W_]+")


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
    """Return the fields of a model by v1's names.

    Args:
        cls: a class of `neon_async.models`.
    """
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


def snake(name: str) -> str:
    """Return a path or a name in snake case: no dots, blanks or capitals, which SQL would quote.

    `primaryContact.firstName` becomes `primary_contact_first_name`, `Account ID` `account_id`.

    Args:
        name: a path of v1's JSON names, or the name of a search field.
    """
    words = _SEPARATORS.sub("_", _WORD.sub("_", name)).strip("_").lower()
    return words if words[:1].isalpha() else f"_{words}"
