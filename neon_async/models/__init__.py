"""Records of v1 as attrs classes, without I/O.

An attribute is the snake_case of the documented name. The objects that wrap a list on the wire
(`addresses: {address: [...]}`) are flattened to the list.
"""

from neon_async.models._accounts import (
    Account,
    Address,
    ConsentInformation,
    ConsentStatus,
    Contact,
    CustomFieldData,
    IndividualAccount,
    Login,
    MergeHistory,
    OrganizationAccount,
    PhoneType,
)
from neon_async.models._activities import Activity, ActivityPriority
from neon_async.models._base import Model
from neon_async.models._custom_fields import Component, CustomField, FieldDataType
from neon_async.models._pages import (
    AccountsPage,
    ActivitiesPage,
    PageInfo,
    ResultPage,
    Unreadable,
)
from neon_async.models._references import CodeName, IdName
from neon_async.models._search import SearchPage, SearchRow
from neon_async.models._transactions import (
    EventAttendee,
    EventAttendeesPage,
    Membership,
    MembershipTerm,
)

__all__ = [
    "Account",
    "AccountsPage",
    "ActivitiesPage",
    "Activity",
    "ActivityPriority",
    "Address",
    "CodeName",
    "Component",
    "ConsentInformation",
    "ConsentStatus",
    "Contact",
    "CustomField",
    "CustomFieldData",
    "EventAttendee",
    "EventAttendeesPage",
    "FieldDataType",
    "IdName",
    "IndividualAccount",
    "Login",
    "Membership",
    "MembershipTerm",
    "MergeHistory",
    "Model",
    "OrganizationAccount",
    "PageInfo",
    "PhoneType",
    "ResultPage",
    "SearchPage",
    "SearchRow",
    "Unreadable",
]
