"""Read the lists of a page, and set apart the records without a usable id."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import attrs

from neon_async._wire.fields import WireField, camel
from neon_async._wire.lists import unwrap
from neon_async._wire.scalars import StructureError, integer, shallow
from neon_async._wire.type_guards import is_object
from neon_async.models import Unreadable

Hook: TypeAlias = Callable[[Any, Any], Any]


@attrs.frozen
class PageList:
    """Reads one of the lists.

    Attributes:
        field: the attribute and its place on the wire.
        element: structures one element.
        record_id: the attribute that holds a record's id; None for a list of ids.
    """

    field: WireField
    element: Hook
    record_id: str | None

    def read(
        self, elements: list[Any], path: str, first: int
    ) -> tuple[list[Any], list[Unreadable]]:
        """Return the readable elements, and the unreadable ones.

        Args:
            elements: the JSON values.
            path: where the list is.
            first: position of the first element.
        """
        try:
            values = [self.element(element, None) for element in elements]
            if all(map(self._is_usable, values)):
                return values, []
        except StructureError:
            pass
        values, unreadable = list[Any](), list[Unreadable]()
        for index, element in enumerate(elements):
            place = f"{path}[{index}]"
            try:
                if self._has_id(element):
                    values.append(self.element(element, None))
                else:
                    shallow({"": element})
                    unreadable.append(Unreadable(first + index, element, path=place))
            except StructureError as mismatch:
                raise mismatch.under(place) from None
        return values, unreadable

    def _is_usable(self, value: Any) -> bool:
        number = value if self.record_id is None else getattr(value, self.record_id)
        return number is not None and number > 0

    def _has_id(self, element: Any) -> bool:
        # Lists of deleted ids hold the ids themselves.
        if self.record_id is not None:
            element = element.get(camel(self.record_id)) if is_object(element) else None
        try:
            return integer(element, int) > 0
        except StructureError:
            return False


def page_hook(lists: list[PageList], structure_rest: Hook) -> Hook:
    """Return what structures a page.

    Args:
        lists: the page's lists.
        structure_rest: structures the page, with lists that hold nothing.
    """

    def structure_page(value: Any, cls: Any) -> Any:
        if not is_object(value):
            raise StructureError.of("an object", value)
        rest = dict(value)
        attributes: dict[str, list[Any]] = {}
        unreadable: list[Unreadable] = []
        rows = 0
        for page_list in lists:
            wire = page_list.field.wire
            inside, elements, beside = unwrap(rest.pop(wire, None), page_list.field.item)
            if beside:
                rest[wire] = beside
            path = f"{wire}.{inside}" if inside else wire
            # The ids of deleted records are a list of their own, with positions of their own.
            first = 0 if page_list.record_id is None else rows
            rows += len(elements)
            attributes[page_list.field.attribute], left = page_list.read(elements, path, first)
            unreadable += left
        page = structure_rest(rest, cls)
        for attribute, values in attributes.items():
            setattr(page, attribute, values)
        page.unreadable = tuple(unreadable)
        return page

    return structure_page


def put_back(elements: list[Any], unreadable: Iterable[Unreadable], wire: str) -> None:
    """Put unreadable elements back to their places in the JSON of a page's list."""
    for element in unreadable:
        wrapper, _, index = element.path.rpartition("[")
        if wrapper.partition(".")[0] == wire:
            elements.insert(int(index.removesuffix("]")), element.value)
