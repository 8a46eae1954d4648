"""What can be asked of v1: one frozen class per API method. Nothing here does I/O.

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
    from neon_async.operations._raw import Call, RawCall
    from neon_async.operations._sync import SortDirection, SyncAccounts, SyncActivities
else:
    __getattr__, __dir__ = lazily(__name__)

__all__ = [
    "AddActivity",
    "Call",
    "CreateIndividualAccount",
    "CreateOrganizationAccount",
    "Effect",
    "ListAddressTypes",
    "ListCountries",
    "ListCustomFields",
    "ListGenders",
    "ListIndividualTypes",
    "ListOrganizationTypes",
    "ListPrefixes",
    "ListSources",
    "ListStates",
    "Login",
    "Logout",
    "OpenSession",
    "Operation",
    "RawCall",
    "RetrieveActivity",
    "RetrieveDuplicateMergeHistory",
    "RetrieveIndividualAccount",
    "RetrieveOrganizationAccount",
    "SortDirection",
    "SyncAccounts",
    "SyncActivities",
    "UpdateActivity",
    "UpdateIndividualAccount",
    "UpdateOrganizationAccount",
]
