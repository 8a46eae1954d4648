"""Memberships and event attendees, as the small read methods return them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import attrs

from neon_async.models._accounts import CustomFieldData
from neon_async.models._base import Model, extra_field, list_field, page_list
from neon_async.models._pages import PageInfo, ResultPage, Unreadable, unreadable_field
from neon_async.models._references import IdName


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class MembershipTerm(Model):
    """A term for which memberships are sold.

    Attributes:
        term_info: its id and name.
        is_parent_term: whether memberships of this term include others.
        child_terms: the terms that it includes.
    """

    term_info: IdName | None = None
    is_parent_term: bool | None = None
    child_terms: list[IdName] | None = list_field("idNamePair")
    extra: Mapping[str, Any] = extra_field()


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class Membership(Model):
    """One membership of an account: past, present or future.

    Attributes:
        fee: what it cost, in the organization's currency. v1's schema has a floating-point number.
        enrollment_type: such as `"JOIN"` or `"RENEW"`, as v1 spells it.
        status: of its transaction, such as `"SUCCEED"`, as v1 spells it.
    """

    account_id: int | None = None
    membership_term: MembershipTerm | None = None
    auto_renewal: bool | None = None
    source: IdName | None = None
    custom_field_data_list: list[CustomFieldData] | None = list_field("customFieldData")
    membership_id: int | None = None
    membership_name: str | None = None
    term_duration: str | None = None
    fee: float | None = None
    transaction_date: datetime | None = None
    term_start_date: date | None = None
    term_end_date: date | None = None
    enrollment_type: str | None = None
    status: str | None = None
    extra: Mapping[str, Any] = extra_field()


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class EventAttendee(Model):
    """Somebody who attends an event, and who registered them.

    Attributes:
        registrant_account_id: the account that registered and paid.
        registration_status: such as `"SUCCEED"`, as v1 spells it.
        registration_date: as v1 writes it: its schema says a date, its page shows `04/10/2014`.
        attendee_id: the id of the attendee record.
        attendee_account_id: the attendee's account; many attendees have none.
        marked_attended: whether somebody noted that they came.
    """

    registrant_account_id: int | None = None
    registrant_name: str | None = None
    registration_status: str | None = None
    registration_date: str | None = None
    attendee_id: int | None = None
    attendee_account_id: int | None = None
    attendee_first_name: str | None = None
    attendee_last_name: str | None = None
    marked_attended: bool | None = None
    custom_field_data_list: list[CustomFieldData] | None = list_field("customFieldData")
    extra: Mapping[str, Any] = extra_field()


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class EventAttendeesPage(ResultPage):
    """One page of retrieveEventAttendees.

    `unreadable` holds what has no usable `attendeeId`, and is not in the list.
    """

    attendees: list[EventAttendee] = page_list(
        "eventAttendeesResult", wire="eventAttendeesResults", record_id="attendee_id"
    )
    page: PageInfo | None = None
    response_date_time: datetime | None = None
    unreadable: tuple[Unreadable, ...] = unreadable_field()
    extra: Mapping[str, Any] = extra_field()

    @property
    def items(self) -> list[EventAttendee]:
        """The attendees."""
        return self.attendees

    @property
    def keys(self) -> list[object]:
        """The attendee's identity."""
        return [attendee.attendee_id for attendee in self.attendees]
