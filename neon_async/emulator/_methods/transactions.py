"""The small reads of memberships and event attendees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.emulator._methods.accounts import identifier
from neon_async.emulator._methods.pages import cut_page
from neon_async.emulator._wire.codes import malformed, refused
from neon_async.emulator._wire.messages import parse_id

if TYPE_CHECKING:
    from neon_async.emulator._state.state import EmulatorState
    from neon_async.emulator._wire.messages import Fields, Json


def list_membership_history(state: EmulatorState, fields: Fields) -> Json:
    number = identifier(fields.text("accountId"), 10131, 10132)
    if state.account(number) is None:
        raise refused(10132)
    memberships = [row for row in state.tables.history if row["accountId"] == number]
    return {"membershipResults": {"membershipResult": memberships}}


def retrieve_event_attendees(state: EmulatorState, fields: Fields) -> Json:
    # What v1 says to an event that is not there is on no page.
    number = parse_id(fields.text("eventId"))
    known = {row["Event ID"] for row in state.tables.events}
    if number is None or str(number) not in known:
        raise malformed("eventId is not the id of an event.")
    attendees = state.tables.attendees.get(number, [])
    page, shown = cut_page(fields, attendees, state.page_size_limit)
    return {"eventAttendeesResults": {"eventAttendeesResult": list(shown)}, "page": page}
