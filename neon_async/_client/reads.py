"""Client methods that read: one request each."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, TypeVar

from neon_async import operations
from neon_async._pipeline.secrecy import guarded

if TYPE_CHECKING:
    from neon_async.models import (
        Activity,
        CodeName,
        Component,
        CustomField,
        IdName,
        IndividualAccount,
        MergeHistory,
        OrganizationAccount,
    )
    from neon_async.operations import Operation

T = TypeVar("T")


class ReadMethods(abc.ABC):
    """The API methods that read, and are one request and one reply."""

    __slots__ = ()

    @abc.abstractmethod
    async def send(self, operation: Operation[T], /) -> T:
        """Run an operation, and return its reply."""

    @guarded
    async def retrieve_duplicate_merge_history(self, account_id: int) -> MergeHistory:
        """Return which accounts were merged into the account, and its current id.

        The method's reference page, Retrieve Duplicate Merge History, says of itself: "This API
        method does not exist; this document is for specification purposes only." Both root keys
        of the reply are accepted, with and without `Response`.

        Args:
            account_id: a current or a former id.

        Raises:
            NotFoundError: there is no such account, or the organization's v1 does not offer the
                method; the error says which.
        """
        return await self.send(operations.RetrieveDuplicateMergeHistory(account_id))

    @guarded
    async def retrieve_individual_account(self, account_id: int) -> IndividualAccount:
        """Return the complete account of a person.

        v1 does not show consents, nor the password of a login.

        Args:
            account_id: the account.

        Raises:
            NotFoundError: there is no such account.
            ProtocolError: the reply holds another account, as of one that was merged.
        """
        return await self.send(operations.RetrieveIndividualAccount(account_id))

    @guarded
    async def retrieve_organization_account(self, account_id: int) -> OrganizationAccount:
        """Return the complete account of an organization.

        v1 does not show consents, nor the password of a login.

        Args:
            account_id: the account.

        Raises:
            NotFoundError: there is no such account.
            ProtocolError: the reply holds another account, as of one that was merged.
        """
        return await self.send(operations.RetrieveOrganizationAccount(account_id))

    @guarded
    async def retrieve_activity(self, activity_id: int) -> Activity:
        """Return one activity, as a whole.

        Page: https://developer.neoncrm.com/api/activities/retrieve-activity/

        Args:
            activity_id: the activity.

        Raises:
            NotFoundError: there is no such activity.
            ProtocolError: the reply holds another activity than the one asked for.
        """
        return await self.send(operations.RetrieveActivity(activity_id))

    @guarded
    async def list_prefixes(self) -> tuple[str, ...]:
        """Return the prefixes that a contact can have, such as `"Mrs."`."""
        return await self.send(operations.ListPrefixes())

    @guarded
    async def list_genders(self) -> tuple[CodeName, ...]:
        """Return the genders."""
        return await self.send(operations.ListGenders())

    @guarded
    async def list_states(self) -> tuple[CodeName, ...]:
        """Return the states, Canadian provinces among them."""
        return await self.send(operations.ListStates())

    @guarded
    async def list_countries(self) -> tuple[IdName, ...]:
        """Return the countries."""
        return await self.send(operations.ListCountries())

    @guarded
    async def list_address_types(self) -> tuple[IdName, ...]:
        """Return the types of address."""
        return await self.send(operations.ListAddressTypes())

    @guarded
    async def list_sources(self) -> tuple[IdName, ...]:
        """Return the sources that an account can come from."""
        return await self.send(operations.ListSources())

    @guarded
    async def list_individual_types(self) -> tuple[IdName, ...]:
        """Return the types of individual account."""
        return await self.send(operations.ListIndividualTypes())

    @guarded
    async def list_organization_types(self) -> tuple[IdName, ...]:
        """Return the types of organization account."""
        return await self.send(operations.ListOrganizationTypes())

    @guarded
    async def list_custom_fields(self, component: Component | str) -> tuple[CustomField, ...]:
        """Return the custom fields of one component.

        Args:
            component: a `Component`, or its name in any case. The fields of `"Account"` are
                those of individuals and organizations alike.

        Raises:
            InvalidRequestError: the component is blank.
        """
        return await self.send(operations.ListCustomFields(component))
