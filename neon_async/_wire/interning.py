"""Share one object among all references with the same key and name.

An organization has some hundred sources, states, countries and types, and each account names
several of them. Pairs can't change, so that one object serves them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neon_async._wire.codegen import parsed_key
from neon_async._wire.fields import wire_fields

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async.models._references import Reference

# Bounds for what is kept of one class, should a server send what is no list entry.
_MOST_PAIRS = 4096
_MOST_CHARACTERS = 256


def intern_references(
    cls: type[Reference], structure_slow: Callable[[Any, Any], Reference]
) -> Callable[[Any, Any], Reference]:
    """Return a function that structures pairs, and returns the same one for the same halves.

    Its attribute `shared` holds the pairs by their halves, for generated code to look into.

    Args:
        cls: the class of the pairs.
        structure_slow: makes a new one.
    """
    first, second = (parsed_key(field.wire) for field in wire_fields(cls))
    shared: dict[tuple[str | None, str | None], Reference] = {}

    def structure_pair(value: Any, _: Any) -> Reference:
        try:
            # Nothing beside the halves. `{}` is what v1 sends where there is no source.
            if len(value) == (first in value) + (second in value):
                return shared[value.get(first), value.get(second)]
        except (AttributeError, KeyError, TypeError):
            pass
        reference = structure_slow(value, _)
        if (
            reference.extra
            or sum(len(text or "") for text in reference.key_and_name) > _MOST_CHARACTERS
        ):
            return reference
        if len(shared) >= _MOST_PAIRS:
            shared.clear()
        return shared.setdefault(reference.key_and_name, reference)

    function: Any = structure_pair
    function.shared = shared
    return structure_pair
