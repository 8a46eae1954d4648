"""Lists on the wire: wrapped in an object or bare, and collapsed where they have one element."""

from __future__ import annotations

from typing import Any

from neon_async._wire.type_guards import is_array, is_object


def unwrap(value: Any, item: str | None) -> tuple[str, list[Any], dict[str, Any]]:
    """Return the path inside the wrapper, the elements, and what else the wrapper holds.

    A list of one may have collapsed to its element, and a list in a list is as good as its
    elements. A missing list is an empty one.

    Args:
        value: the JSON value.
        item: the key inside the wrapper; None for a list without one.
    """
    prefix, rest = "", {}
    if item is not None and is_object(value):
        rest = {key: other for key, other in value.items() if key != item}
        value, prefix = value.get(item), item
    # In replies of 2012 a list of one element is that element, and an empty one is absent.
    if value in ("", None) or value == {}:
        return prefix, [], rest
    return prefix, _flattened(value) if is_array(value) else [value], rest


def _flattened(elements: list[Any]) -> list[Any]:
    if not any(map(is_array, elements)):
        return elements
    flat: list[Any] = []
    # The elements to come, the next one last: a server decides how deeply they are nested.
    waiting = elements[::-1]
    while waiting:
        element = waiting.pop()
        if is_array(element):
            waiting += reversed(element)
        else:
            flat.append(element)
    return flat
