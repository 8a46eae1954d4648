"""What all models share: the base class, and the fields that the wire wraps."""

from __future__ import annotations

import importlib
from typing import Any

import attrs


class Model:
    """Base of every class that stands for a JSON object of v1.

    Each has `extra`: the fields of the reply that this package does not know, by wire name. They
    go back out with `unstructure`.
    """

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: Any) -> dict[str, Any]:
        """Tell pydantic how to validate and serialize the model, as its JSON of the wire."""
        # By its name, since what knows the wire lies above the models, and few have pydantic.
        schemas = importlib.import_module("neon_async._wire.schema")
        schema: dict[str, Any] = schemas.core_schema(cls, handler.generate_schema)
        return schema


def extra_field() -> Any:
    """Declare the field that keeps what a reply holds beyond the documented fields."""
    return attrs.field(factory=dict[str, Any], kw_only=True, hash=False)


def list_field(item: str, *, wire: str | None = None, optional: bool = True) -> Any:
    """Declare a list that the wire wraps in an object, such as `addresses: {address: [...]}`.

    Args:
        item: the key inside the wrapper.
        wire: the wrapper's own key, where it is not the attribute's name.
        optional: whether an absent wrapper is None, to be told from an empty one.
    """
    metadata = {"item": item, "wire": wire}
    if optional:
        return attrs.field(default=None, metadata=metadata)
    return attrs.field(factory=list[Any], metadata=metadata)
