"""The methods that answer reference lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._codes import malformed

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._state import State
    from ._wire import Fields, Json

COMPONENTS = frozenset({"account", "activity", "individual", "organization"})


def _lists(wrapper: str, item: str, attribute: str) -> Callable[[State, Fields], Json]:
    def answer(state: State, fields: Fields) -> Json:
        del fields
        return {wrapper: {item: getattr(state.lists, attribute)}}

    return answer


list_prefixes = _lists("prefixes", "prefix", "prefixes")
list_genders = _lists("genders", "gender", "genders")
list_states = _lists("states", "state", "states")
list_countries = _lists("countries", "country", "countries")
list_address_types = _lists("addressTypes", "addressType", "address_types")
list_sources = _lists("sources", "source", "sources")
list_individual_types = _lists("individualTypes", "individualType", "individual_types")
list_organization_types = _lists("organizationTypes", "organizationType", "organization_types")


def list_custom_fields(state: State, fields: Fields) -> Json:
    """Answer listCustomFields: all of them, or those of one component."""
    component = fields.text("searchCriteria.component").casefold()
    known = COMPONENTS | {field["component"].casefold() for field in state.lists.custom_fields}
    if component and component not in known:
        raise malformed("searchCriteria.component is not a component with custom fields.")
    found = [
        field
        for field in state.lists.custom_fields
        if component in {"", field["component"].casefold()}
    ]
    return {"customFields": {"customField": found}}
