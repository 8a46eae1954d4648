"""The methods that answer reference lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.emulator._wire.codes import malformed

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async.emulator._state.state import EmulatorState
    from neon_async.emulator._wire.messages import Fields, Json

COMPONENTS = (
    "Account",
    "Donation",
    "Event",
    "Attendee",
    "Individual",
    "Organization",
    "Activity",
    "Membership",
    "Product",
)
"""What custom fields can belong to, as requests spell it."""


def _lists(wrapper: str, item: str, attribute: str) -> Callable[[EmulatorState, Fields], Json]:
    def answer(state: EmulatorState, fields: Fields) -> Json:
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
list_campaigns = _lists("campaigns", "campaign", "campaigns")
list_funds = _lists("funds", "fund", "funds")
list_purposes = _lists("purposes", "purpose", "purposes")
list_organization_types = _lists("organizationTypes", "organizationType", "organization_types")


def list_custom_fields(state: EmulatorState, fields: Fields) -> Json:
    """Answer listCustomFields: those of one component."""
    # Requests are documented with `Account`; live replies have `ACCOUNT`.
    component = fields.text("searchCriteria.component").casefold()
    if component not in {name.casefold() for name in COMPONENTS}:
        raise malformed(f"searchCriteria.component must be one of {', '.join(COMPONENTS)}.")
    matching = [
        field for field in state.lists.custom_fields if component == field["component"].casefold()
    ]
    return {"customFields": {"customField": matching}}
