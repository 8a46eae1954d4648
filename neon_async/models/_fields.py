"""The spelling of the models' attributes on the wire."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any

import attrs


@attrs.frozen
class WireField:
    """One attribute of a model and its place on the wire.

    Attributes:
        wire: its key in JSON, and in parameters.
        item: for a wrapped list, the key inside the wrapper.
        types: what the value may be, None left out.
        required: whether it must be there.
        nullable: whether None stands for an absent one.
    """

    attribute: str
    wire: str
    item: str | None
    types: tuple[Any, ...]
    required: bool
    nullable: bool
    metadata: Mapping[Any, Any]


def camel(name: str) -> str:
    """Spell an attribute's name as v1 does: `zip_code` is `zipCode`."""
    # `addressType.Name` is the one exception: operations/_parameters.py.
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


def wire_fields(cls: type[Any]) -> tuple[WireField, ...]:
    """List the fields of a model that stand for fields of the wire."""
    known = _known.get(cls)
    if known is None:
        fields = attrs.fields(attrs.resolve_types(cls))
        known = tuple(
            _wire_field(field)
            for field in fields
            if field.init and field.name != "extra" and field.metadata.get("on_wire", True)
        )
        _known[cls] = known
    return known


_known: dict[type[Any], tuple[WireField, ...]] = {}


def _wire_field(field: attrs.Attribute[Any]) -> WireField:
    accepted = _members(field.type)
    present = tuple(member for member in accepted if member is not NoneType)
    return WireField(
        attribute=field.name,
        wire=field.metadata.get("wire") or camel(field.name),
        item=field.metadata.get("item"),
        types=present,
        required=field.default is attrs.NOTHING,
        nullable=present != accepted,
        metadata=field.metadata,
    )


def _members(annotation: Any) -> tuple[Any, ...]:
    if isinstance(annotation, UnionType):
        return typing.get_args(annotation)
    return (annotation,)
