"""One frozen class per API method. Nothing here does I/O.

`AsyncClient.send` runs any of them; `Operation` is the base for your own.
"""

from typing import TYPE_CHECKING

from neon_async._lazy import lazily
from neon_async.operations._base import Effect, Operation
from neon_async.operations._session import Login, Logout, OpenSession

if TYPE_CHECKING:
    from neon_async.operations._accounts import (
        CreateIndividualAccount,
        CreateOrganizationAccount,
        RetrieveDuplicateMergeHistory,
        RetrieveIndividualAccount,
        RetrieveOrganizationAccount,
        UpdateIndividualAccount,
        UpdateOrganizationAccount,
    )
    from neon_async.operations._activities import (
        AddActivity,
        RetrieveActivity,
        UpdateActivity,
    )
    from neon_async.operations._lists import (
        ListAddressTypes,
        ListCountries,
        ListCustomFields,
        ListGenders,
        ListIndividualTypes,
        ListOrganizationTypes,
        ListPrefixes,
        ListSources,
        ListStates,
    )
    from neon_async.operations._paged import SortDirection
    from neon_async.operations._raw import Call, RawCall
    from neon_async.operations._search import (
        Criterion,
        ListAccounts,
        ListActivities,
        ListDonations,
        ListEvents,
        ListMemberships,
        SearchOperator,
    )
    from neon_async.operations._sync import SyncAccounts, SyncActivities
    from neon_async.operations._transactions import (
        ListCampaigns,
        ListFunds,
        ListMembershipHistory,
        ListPurposes,
        RetrieveEventAttendees,
    )
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "AddActivity",
    "Call",
    "CreateIndividualAccount",
    "CreateOrganizationAccount",
    "Criterion",
    "Effect",
    "ListAccounts",
    "ListActivities",
    "ListAddressTypes",
    "ListCampaigns",
    "ListCountries",
    "ListCustomFields",
    "ListDonations",
    "ListEvents",
    "ListFunds",
    "ListGenders",
    "ListIndividualTypes",
    "ListMembershipHistory",
    "ListMemberships",
    "ListOrganizationTypes",
    "ListPrefixes",
    "ListPurposes",
    "ListSources",
    "ListStates",
    "Login",
    "Logout",
    "OpenSession",
    "Operation",
    "RawCall",
    "RetrieveActivity",
    "RetrieveDuplicateMergeHistory",
    "RetrieveEventAttendees",
    "RetrieveIndividualAccount",
    "RetrieveOrganizationAccount",
    "SearchOperator",
    "SortDirection",
    "SyncAccounts",
    "SyncActivities",
    "UpdateActivity",
    "UpdateIndividualAccount",
    "UpdateOrganizationAccount",
]
