"""Places of values in an account, which other versions of it have, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from neon_async._wire.fields import wire_fields
from neon_async._wire.type_guards import is_sequence
from neon_async._writing.diff import is_blank
from neon_async.models import Address, CustomFieldData, IdName, Model
from neon_async.models._extra import read_only
from neon_async.models._references import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@attrs.frozen
class Place:
    """The way to a value. A change may reorder lists, so no index is part of it.

    Attributes:
        steps: the attributes that lead to the object that holds the value; an element of a list
            comes with its attribute.
        attribute: the object's attribute; None for the object itself.
    """

    steps: tuple[tuple[str, Model | None], ...] = ()
    attribute: str | None = None

    def inside(self, attribute: str, element: Model | None = None) -> Place:
        """Return the place of an object, or of an element of a list, inside this object."""
        return Place((*self.steps, (attribute, element)))

    def at(self, attribute: str) -> Place:
        return Place(self.steps, attribute)

    def holder(self, account: Model) -> Any:  # noqa: ANN401 - any model
        """Return the object that holds the value, or None where there is none."""
        holder: Any = account
        for attribute, element in self.steps:
            holder = getattr(holder, attribute, None)
            if element is not None:
                holder = counterpart(element, holder)
        return holder

    def same(self, version: Model, other_version: Model) -> bool:
        """Whether two versions of an account say the same here."""
        mine, theirs = self.holder(version), self.holder(other_version)
        if mine is None or theirs is None or self.attribute is None:
            return (mine is None) == (theirs is None)
        value, other_value = (getattr(version, self.attribute, None) for version in (mine, theirs))
        return bool(value == other_value) or (_is_nothing(value) and _is_nothing(other_value))

    def put(self, account: Model, value: object) -> None:
        """Put a value there, if there is an object to hold it."""
        holder = self.holder(account)
        if holder is not None and self.attribute is not None:
            setattr(holder, self.attribute, value)

    def clear(self, account: Model) -> None:
        """Take the value out, an odd one too."""
        holder = self.holder(account)
        if holder is None:
            return
        if self.attribute is not None and not isinstance(holder, Reference):
            setattr(holder, self.attribute, None)
            fields = wire_fields(holder.__class__)
            (wire,) = (field.wire for field in fields if field.attribute == self.attribute)
            kept = {key: value for key, value in holder.extra.items() if key != wire}
            holder.extra = read_only(kept)
            return
        *way, (attribute, element) = self.steps
        left = None if self.attribute is None else attrs.evolve(holder, **{self.attribute: None})
        outer = Place(tuple(way)).holder(account)
        if element is None:
            setattr(outer, attribute, left)
        else:
            others = (left if value is holder else value for value in getattr(outer, attribute))
            setattr(outer, attribute, [value for value in others if value is not None])


def _is_nothing(value: object) -> bool:
    """Whether a value says nothing. False says something."""
    if is_sequence(value):
        return all(map(_is_nothing, value))
    if isinstance(value, Model):
        fields = wire_fields(value.__class__)
        return all(_is_nothing(getattr(value, field.attribute)) for field in fields)
    return is_blank(value)


def counterpart(element: Model, elements: object) -> Any:  # noqa: ANN401 - the same class
    """Return which element of another version of a list is the same one, or None for none."""
    cls = type(element)
    others = (
        [candidate for candidate in elements if isinstance(candidate, cls)]
        if is_sequence(elements)
        else []
    )
    for key in _KEYS[cls]:
        known = key(element)
        match = next(
            (candidate for candidate in others if known is not None and key(candidate) == known),
            None,
        )
        if match is not None:
            return match
    return None


# Keys by which an element is found again, the most certain first.
_KEYS: dict[type[Model], list[Callable[[Any], object]]] = {
    Address: [
        lambda entry: entry.address_id,
        lambda entry: entry if entry.address_id is None else None,
    ],
    CustomFieldData: [
        lambda entry: entry,
        lambda entry: (entry.field_id, entry.field_option_id),
        lambda entry: entry.field_id,
    ],
    IdName: [lambda entry: entry.key_and_name, lambda entry: entry.id, lambda entry: entry.name],
}


def models_in(model: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any model
    """Go through a model and all models in it, each with its path in wire names and a dot."""
    yield path, model
    for field in wire_fields(model.__class__):
        value, name = getattr(model, field.attribute), f"{path}{field.wire}"
        if isinstance(value, Model):
            yield from models_in(value, f"{name}.")
        elif is_sequence(value):
            for index, element in enumerate(value):
                if isinstance(element, Model):
                    yield from models_in(element, f"{name}.{field.item}[{index}].")
