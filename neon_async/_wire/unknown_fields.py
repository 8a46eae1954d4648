"""Refuse what a model holds beyond documented fields: it has no parameter, and would be lost."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from neon_async._wire.fields import WireField, wire_fields
from neon_async._wire.type_guards import is_sequence
from neon_async.models import Model
from neon_async.models._oddities import has_extra, live_extra

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neon_async._wire.flatten import ParameterSet

_ODD = "the value is not of the documented type: set the field, or take it out of `extra`"
# Anything else is no field's name, and could be a value.
_NAME = re.compile(r"[A-Za-z]\w{0,63}", re.ASCII)


def validate_no_unknown_fields(model: Model, spec: ParameterSet) -> None:
    """Refuse a model that is to be written and has something in its `extra`, at any depth.

    An attribute that is set wins over an odd value that came in its place.

    Raises:
        InvalidRequestError: there is something; `parameter` is its path.
    """
    # Nearly always there is nothing, which takes a fifth of the time to see.
    if not has_extra(model):
        return
    for path, message in _unknown(model, ""):
        raise spec.invalid(message, path)


def _unknown(model: Model, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the path of an unknown field of each object, and what is wrong with it."""
    if live := live_extra(model):
        yield _first_unknown(model, live, prefix)
    for field in wire_fields(model.__class__):
        value = getattr(model, field.attribute)
        if value is not None and value.__class__ is not str:
            yield from _inside(value, field, prefix + field.wire)


def _first_unknown(model: Model, live: Mapping[str, Any], prefix: str) -> tuple[str, str]:
    fields = {field.wire: field for field in wire_fields(model.__class__)}
    key, value = next(iter(live.items()))
    field = fields.get(key)
    if field is None:
        return prefix + _shown(key), _unknown_message(key, [*fields])
    if getattr(model, field.attribute) is None:
        return prefix + key, _ODD
    # Of a list that is set, what its wrapper holds beside it.
    inner = next(iter(value))
    return f"{prefix}{key}.{_shown(inner)}", _unknown_message(inner, [str(field.item)])


def _inside(value: object, field: WireField, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Model):
        yield from _unknown(value, f"{path}.")
    elif field.item is not None and is_sequence(value):
        for index, element in enumerate(value):
            if isinstance(element, Model):
                yield from _unknown(element, f"{path}.{field.item}[{index}].")


def _unknown_message(key: object, known: list[str]) -> str:
    close = get_close_matches(str(key), known, 1)
    hint = f"; did you mean {close[0]}?" if close else ", so its value would be lost"
    return f"unknown field {_shown(key)!r}{hint}"


def _shown(key: object) -> str:
    return key if isinstance(key, str) and _NAME.fullmatch(key) else "…"
