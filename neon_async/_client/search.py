"""The methods that search, and the other reads of donations, events and memberships."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

from neon_async import operations
from neon_async._client.reads import ReadMethods
from neon_async._pipeline.secrecy import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from neon_async._paging.page_checks import Progress
    from neon_async._paging.paginator import Paginator
    from neon_async.models import (
        EventAttendee,
        EventAttendeesPage,
        IdName,
        Membership,
        SearchPage,
        SearchRow,
        Unreadable,
    )
    from neon_async.operations import Criterion, SortDirection
    from neon_async.operations._paged import PagedOperation
    from neon_async.operations._search import Search


class SearchMethods(ReadMethods):
    """Searches by criteria, and small reads."""

    __slots__ = ()

    _page_size: int

    @abc.abstractmethod
    def _paginator(self, operation: PagedOperation[Any], **callbacks: Any) -> Paginator[Any, Any]:
        """Return a paginator that begins with an operation."""

    @guarded
    def search_accounts(
        self,
        criteria: Iterable[Criterion],
        *,
        output_fields: Iterable[str | int],
        id_field: str | None = None,
        page_size: int | None = None,
        start_page: int = 1,
        sort_column: str | None = None,
        sort_direction: SortDirection | str | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> Paginator[SearchPage, SearchRow]:
        """Search for accounts, and return some of their fields.

        ```python
        by_email = [("Email", "EQUAL", "ada@example.org")]
        async for row in neon.search_accounts(by_email, output_fields=["First Name", 45]):
            print(row.id, row["First Name"])
        ```

        Nothing is sent before the iteration begins, and nothing is converted: names and values are
        text as v1 has them. Pages are counted over the records as they are at each request, so
        that records which change meanwhile can be missed: see `Paginator`. Page:
        https://developer.neoncrm.com/api/querying/

        Args:
            criteria: triples of field, operator (`SearchOperator`) and value, all of which an
                account has to meet; none for all accounts. A field is a name, or the id of a
                custom field.
            output_fields: names of fields, and ids of custom fields. The id column is always
                asked for.
            id_field: the name of the id column where the organization has renamed it; None for
                `"Account ID"`.
            page_size: rows a page, at most 200; None for the client's.
            start_page: the page to begin with, from 1: `error.resume` of an earlier iteration.
            sort_column: one of the output fields; None for the id column, by which rows change
                their pages least.
            sort_direction: `"ASC"` or `"DESC"`.
            on_progress: called with a `Progress` after each page.
            on_unreadable: called for each row without a usable id; the iteration continues.
                Without it such a row ends it with a `ProtocolError`.

        Raises:
            InvalidRequestError: a criterion or a field can't be sent, the sort column is none of
                the output fields, or a number is not positive.
        """
        operation = operations.ListAccounts(
            criteria=criteria,
            output_fields=output_fields,
            id_field=id_field,
            page=start_page,
            page_size=page_size,
            sort_column=sort_column,
            sort_direction=sort_direction,
        )
        return self._search(operation, on_progress=on_progress, on_unreadable=on_unreadable)

    @guarded
    def search_activities(
        self,
        criteria: Iterable[Criterion],
        *,
        output_fields: Iterable[str | int],
        id_field: str | None = None,
        page_size: int | None = None,
        start_page: int = 1,
        sort_column: str | None = None,
        sort_direction: SortDirection | str | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> Paginator[SearchPage, SearchRow]:
        """Search for activities, and return some of their fields.

        The arguments are those of `search_accounts`; the id column is `"Activity ID"`. v1's page
        of listActivities shows another kind of search, for which there is `call`.

        Raises:
            InvalidRequestError: as for `search_accounts`.
        """
        operation = operations.ListActivities(
            criteria=criteria,
            output_fields=output_fields,
            id_field=id_field,
            page=start_page,
            page_size=page_size,
            sort_column=sort_column,
            sort_direction=sort_direction,
        )
        return self._search(operation, on_progress=on_progress, on_unreadable=on_unreadable)

    @guarded
    def search_donations(
        self,
        criteria: Iterable[Criterion],
        *,
        output_fields: Iterable[str | int],
        id_field: str | None = None,
        page_size: int | None = None,
        start_page: int = 1,
        sort_column: str | None = None,
        sort_direction: SortDirection | str | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> Paginator[SearchPage, SearchRow]:
        """Search for donations, and return some of their fields.

        The arguments are those of `search_accounts`; the id column is `"Donation ID"`.

        Raises:
            InvalidRequestError: as for `search_accounts`.
        """
        operation = operations.ListDonations(
            criteria=criteria,
            output_fields=output_fields,
            id_field=id_field,
            page=start_page,
            page_size=page_size,
            sort_column=sort_column,
            sort_direction=sort_direction,
        )
        return self._search(operation, on_progress=on_progress, on_unreadable=on_unreadable)

    @guarded
    def search_events(
        self,
        criteria: Iterable[Criterion],
        *,
        output_fields: Iterable[str | int],
        id_field: str | None = None,
        page_size: int | None = None,
        start_page: int = 1,
        sort_column: str | None = None,
        sort_direction: SortDirection | str | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> Paginator[SearchPage, SearchRow]:
        """Search for events, and return some of their fields.

        The arguments are those of `search_accounts`; the id column is `"Event ID"`. v1 serves
        legacy events only.

        Raises:
            InvalidRequestError: as for `search_accounts`.
        """
        operation = operations.ListEvents(
            criteria=criteria,
            output_fields=output_fields,
            id_field=id_field,
            page=start_page,
            page_size=page_size,
            sort_column=sort_column,
            sort_direction=sort_direction,
        )
        return self._search(operation, on_progress=on_progress, on_unreadable=on_unreadable)

    @guarded
    def search_memberships(
        self,
        criteria: Iterable[Criterion],
        *,
        output_fields: Iterable[str | int],
        id_field: str | None = None,
        page_size: int | None = None,
        start_page: int = 1,
        sort_column: str | None = None,
        sort_direction: SortDirection | str | None = None,
        on_progress: Callable[[Progress], object] | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> Paginator[SearchPage, SearchRow]:
        """Search for memberships, and return some of their fields.

        The arguments are those of `search_accounts`; the id column is `"Membership ID"`.

        Raises:
            InvalidRequestError: as for `search_accounts`.
        """
        operation = operations.ListMemberships(
            criteria=criteria,
            output_fields=output_fields,
            id_field=id_field,
            page=start_page,
            page_size=page_size,
            sort_column=sort_column,
            sort_direction=sort_direction,
        )
        return self._search(operation, on_progress=on_progress, on_unreadable=on_unreadable)

    def _search(self, operation: Search, **callbacks: Any) -> Paginator[Any, Any]:
        # At most 200 rows a page and a lasting order: page Querying. The operation knows its id
        # column.
        return self._paginator(operation.prepared(self._page_size), **callbacks)

    @guarded
    def retrieve_event_attendees(
        self,
        event_id: int,
        *,
        page_size: int | None = None,
        start_page: int = 1,
        on_progress: Callable[[Progress], object] | None = None,
        on_unreadable: Callable[[Unreadable], object] | None = None,
    ) -> Paginator[EventAttendeesPage, EventAttendee]:
        """Iterate over the attendees of an event. v1 serves legacy events only.

        Page: https://developer.neoncrm.com/api/events/retrieve-event-attendees/

        Args:
            event_id: the event.
            page_size: attendees a page; None for the client's.
            start_page: the page to begin with, from 1: `error.resume` of an earlier iteration.
            on_progress: called with a `Progress` after each page.
            on_unreadable: called for each attendee without a usable id; the iteration continues.

        Raises:
            InvalidRequestError: a number is not positive.
        """
        operation = operations.RetrieveEventAttendees(
            event_id=event_id,
            page=start_page,
            page_size=self._page_size if page_size is None else page_size,
        )
        return self._paginator(operation, on_progress=on_progress, on_unreadable=on_unreadable)

    @guarded
    async def list_membership_history(self, account_id: int) -> tuple[Membership, ...]:
        """Return the memberships of an account: past, present and future.

        Page: https://developer.neoncrm.com/api/memberships/

        Args:
            account_id: the account.

        Raises:
            InvalidRequestError: the id is not a positive integer.
            NotFoundError: there is no such account.
        """
        # No paginator: the reply has no page block, all terms of an account come at once.
        return await self.send(operations.ListMembershipHistory(account_id))

    @guarded
    async def list_campaigns(self) -> tuple[IdName, ...]:
        """Return the campaigns that donations can be made for."""
        return await self.send(operations.ListCampaigns())

    @guarded
    async def list_funds(self) -> tuple[IdName, ...]:
        """Return the funds that donations can go to."""
        return await self.send(operations.ListFunds())

    @guarded
    async def list_purposes(self) -> tuple[IdName, ...]:
        """Return the purposes that donations can have.

        Page: https://developer.neoncrm.com/api/donations/list-purposes/
        """
        return await self.send(operations.ListPurposes())
