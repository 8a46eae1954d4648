"""Read the rows of a search: lists of names and values, each wrapped, each maybe collapsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from neon_async._wire.converter import structure_member
from neon_async._wire.lists import unwrap
from neon_async._wire.scalars import StructureError, shallow, timestamp
from neon_async._wire.steps import Steps, finish
from neon_async._wire.type_guards import is_object
from neon_async.errors import ProtocolError
from neon_async.models import PageInfo, SearchPage, SearchRow, Unreadable
from neon_async.models._search import row_id

if TYPE_CHECKING:
    from datetime import datetime

_ROWS, _PAGE, _TIME = "searchResults", "page", "responseDateTime"


def structure_search_page(payload: dict[str, Any], id_field: str, operation: str) -> SearchPage:
    """Make a page from the payload of a search.

    Raises:
        ProtocolError: the page block is not as documented, or something is nested too deeply.
    """
    return finish(structure_search_page_in_steps(payload, id_field, operation))


def structure_search_page_in_steps(
    payload: dict[str, Any], id_field: str, operation: str
) -> Steps[SearchPage]:
    """Do the same with pauses between the rows, where something else may run.

    Raises:
        ProtocolError: as for `structure_search_page`.
    """
    try:
        shallow(payload)
    except StructureError as error:
        message = str(error)
    else:
        return (yield from _page(payload, id_field, operation))
    raise ProtocolError(message, operation=operation)


def _page(payload: dict[str, Any], id_field: str, operation: str) -> Steps[SearchPage]:
    rest = dict(payload)
    inside, elements, beside = unwrap(rest.pop(_ROWS, None), "nameValuePairs")
    if beside:
        rest[_ROWS] = beside
    page = structure_member(rest, _PAGE, PageInfo, operation) if rest.get(_PAGE) else None
    rest.pop(_PAGE, None)
    rows = list[SearchRow]()
    unreadable = list[Unreadable]()
    for position, element in enumerate(elements):
        pairs = _pairs(element)
        number = row_id(pairs, id_field)
        if number is None:
            path = f"{_ROWS}.{inside}[{position}]" if inside else f"{_ROWS}[{position}]"
            unreadable.append(Unreadable(position, element, path=path))
        else:
            rows.append(SearchRow(number, pairs))
        yield
    return SearchPage(
        rows=rows,
        page=page,
        response_date_time=_moment(rest),
        unreadable=tuple(unreadable),
        extra=rest,
    )


def _moment(rest: dict[str, Any]) -> datetime | None:
    """Take the time of the reply, unless it is odd."""
    try:
        moment = timestamp(rest.get(_TIME), None)
    except StructureError:
        return None
    del rest[_TIME]
    return moment


def _pairs(row: Any) -> tuple[tuple[str, str], ...]:
    _, elements, _ = unwrap(row, "nameValuePair")
    return tuple(
        (_text(element.get("name")), _text(element.get("value")))
        for element in elements
        if is_object(element)
    )


def _text(value: Any) -> str:
    """Return a value as text (v1 wrote numbers in 2013, and leaves blank ones out)."""
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
