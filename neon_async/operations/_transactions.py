"""Small reads about donations, events and memberships.

Their pages are not among the reference pages of this package, but public:
https://developer.neoncrm.com/api/
"""

from __future__ import annotations

from types import GenericAlias
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from neon_async._wire.converter import structure_wrapped
from neon_async._wire.spelling import spell_id
from neon_async.models import EventAttendeesPage, IdName, Membership
from neon_async.operations._base import Effect, Operation
from neon_async.operations._lists import ListOperation
from neon_async.operations._paged import PagedOperation
from neon_async.operations._validation import validate

if TYPE_CHECKING:
    from neon_async._wire.form import Pairs


@attrs.frozen
class ListCampaigns(ListOperation[IdName]):
    """The campaigns that donations can be made for."""

    path = "donation/listCampaigns"
    entry: ClassVar[type[Any]] = IdName
    wrapper: ClassVar[str] = "campaigns"
    item: ClassVar[str] = "campaign"


@attrs.frozen
class ListFunds(ListOperation[IdName]):
    """The funds that donations can go to."""

    path = "donation/listFunds"
    entry: ClassVar[type[Any]] = IdName
    wrapper: ClassVar[str] = "funds"
    item: ClassVar[str] = "fund"


@attrs.frozen
class ListPurposes(ListOperation[IdName]):
    """The purposes that donations can have."""

    path = "donation/listPurposes"
    entry: ClassVar[type[Any]] = IdName
    wrapper: ClassVar[str] = "purposes"
    item: ClassVar[str] = "purpose"


@attrs.frozen
class ListMembershipHistory(Operation[tuple[Membership, ...]]):
    """The memberships of an account: past, present and future.

    Attributes:
        account_id: the account.
    """

    path = "membership/listMembershipHistory"
    effect = Effect.READ

    account_id: int

    @property
    def reply(self) -> Any:
        """A tuple of memberships."""
        return GenericAlias(tuple, (Membership, ...))

    def params(self) -> Pairs:
        """Return the account's id.

        Raises:
            InvalidRequestError: it is not a positive integer.
        """
        return [("accountId", validate(spell_id, self.account_id, "accountId", self.name))]

    def parse(self, payload: dict[str, Any]) -> tuple[Membership, ...]:
        """Return the memberships."""
        wrapper, item = "membershipResults", "membershipResult"
        return tuple(structure_wrapped(payload, wrapper, item, Membership, self.name))


@attrs.frozen(kw_only=True)
class RetrieveEventAttendees(PagedOperation[EventAttendeesPage]):
    """The attendees of an event, a page of them.

    v1 serves it for legacy events only.

    Attributes:
        event_id: the event.
    """

    path = "event/retrieveEventAttendees"
    reply = EventAttendeesPage

    event_id: int

    def params(self) -> Pairs:
        """Return the event's id, and the page.

        Raises:
            InvalidRequestError: a number is not positive.
        """
        return [self._pair("eventId", spell_id, self.event_id), *self._page_params()]
