"""The XML schema of the methods that are served over SOAP: elements in their order.

A type is its elements, each `name`, `name?` where it may be absent, `name[]` where it may be
repeated, with its type behind a colon unless that is text.
"""

from __future__ import annotations

import functools
from typing import TypeAlias

import attrs

MESSAGES = "http://www.z2systems.com/schemas/neonws/"
"""The namespace of the messages' own elements; their content has none."""

COMMON, ACCOUNT = (f"http://www.z2systems.com/schemas/{name}/" for name in ("common", "account"))

ENUMERATIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "OperationResult": (COMMON, ("SUCCESS", "FAIL", "PENDING")),
    "PhoneType": (ACCOUNT, ("Work", "Home", "Mobile")),
    "PriorityType": (ACCOUNT, ("High", "Normal", "Low")),
    "SortDirection": (COMMON, ("ASC", "DESC")),
    "FieldDataType": (
        COMMON,
        (
            "Checkbox",
            "Dropdown",
            "OneLineText",
            "MultiLineText",
            "Password",
            "File",
            "Radio",
            "Account",
        ),
    ),
    "Component": (
        COMMON,
        (
            "Account",
            "Donation",
            "Event",
            "Attendee",
            "Individual",
            "Organization",
            "Activity",
            "Membership",
            "Product",
        ),
    ),
}
UNKNOWN = "anyType"
"""The type of values that are known by name only."""

SIMPLE = frozenset({"string", "long", "boolean", "date", "dateTime", UNKNOWN})

_SOURCE = {
    COMMON: """
        IdNamePair = id? name?
        CodeNamePair = code? name?
        APILogin = apiKey orgId?
        Login = username? password? orgId?
        Page = currentPage?:long pageSize?:long totalPage?:long totalResults?:long sortColumn?
            sortDirection?:SortDirection
        CustomFieldData = fieldId fieldValue? fieldOptionId?
        CustomFieldDataList = customFieldData[]:CustomFieldData
        FieldOptionList = fieldOption[]:IdNamePair
        CustomField = fieldId:long fieldName code? dataType:FieldDataType component:Component
            fieldOptions?:FieldOptionList
        CustomFieldList = customField[]:CustomField
        CustomFieldSearchCriteria = search?:IdNamePair component:Component
        SearchCriteria = key searchOperator value?
        SearchCriteriaList = search[]:SearchCriteria
        IdNamePairList = idNamePair[]:IdNamePair
        NameValuePair = name? value?
        NameValuePairs = nameValuePair[]:NameValuePair
        SearchResultList = nameValuePairs[]:NameValuePairs
        CampaignList = campaign[]:IdNamePair
        FundList = fund[]:IdNamePair
        PurposeList = purpose[]:IdNamePair
        Error = errorCode errorMessage
        ErrorList = error[]:Error
    """,
    ACCOUNT: """
        Address = addressId?:long isPrimaryAddress?:boolean isShippingAddress?:boolean
            shippingCompanyName? shippingDeliverTo? addressType?:IdNamePair addressLine1?
            addressLine2? addressLine3? addressLine4? city? state?:CodeNamePair province? county?
            country?:IdNamePair zipCode? zipCodeSuffix? startDate?:date endDate?:date
            confirmDelete?:boolean
        AddressList = address[]:Address
        Contact = contactId?:long firstName? lastName? middleName? prefix? suffix? salutation?
            preferredName? phone1? phone1Type?:PhoneType phone2? phone2Type?:PhoneType phone3?
            phone3Type?:PhoneType fax? dob?:date gender?:CodeNamePair email1? email2? email3?
            deceased?:boolean addresses?:AddressList department? title?
        Account = createdDateTime?:dateTime createdBy? lastModifiedDateTime?:dateTime
            lastModifiedBy? accountId?:long primaryContact?:Contact noSolicitation?:boolean url?
            login?:Login customFieldDataList?:CustomFieldDataList source?:IdNamePair
        IndividualAccount < Account = existingOrganizationId?:long organizationName? facebookPage?
            twitterPage? individualTypes?:IndividualTypeList
        OrganizationAccount < Account = primaryContactAccountId?:long organizationName
            organizationTypes?:OrganizationTypeList
        Activity = createdDateTime? createdBy? lastModifiedDateTime? lastModifiedBy?
            activityId?:long subject note? startDateTime?:dateTime endDateTime?:dateTime
            timeZoneOffset?:long clientId?:long systemUserId?:long activityStatus:IdNamePair
            activityPriority:PriorityType encryptedIosCalendarKey?
            customFieldDataList?:CustomFieldDataList
        IndividualTypeList = individualType[]:IdNamePair
        OrganizationTypeList = organizationType[]:IdNamePair
        IndividualAccountList = individualAccount[]:IndividualAccount
        OrganizationAccountList = organizationAccount[]:OrganizationAccount
        ActivityList = activity[]:Activity
        AccountIdList = accountId[]:long
        ActivityIdList = activityId[]:long
        PrefixList = prefix[]
        GenderList = gender[]:CodeNamePair
        StateList = state[]:CodeNamePair
        CountryList = country[]:IdNamePair
        AddressTypeList = addressType[]:IdNamePair
        SourceList = source[]:IdNamePair
    """,
}

_HEAD = "userSessionId? fromSource?"
_RESULT = (
    "operationResult:OperationResult responseMessage? responseDateTime:dateTime errors?:ErrorList"
)
_SEARCH = (
    "searches?:SearchCriteriaList outputFields:IdNamePairList page?:Page",
    "page?:Page searchResults?:SearchResultList",
)
_SYNC = "page?:Page ignoreDeletedIdList?:boolean"
_ACTIVITY, _ACTIVITY_ID = "activity:Activity", "activityId?:long"
_INDIVIDUAL = "individualAccount:IndividualAccount"
_ORGANIZATION = "organizationAccount:OrganizationAccount"
_CREATION = "sendAcknowledgeEmail?:boolean originDetail?"
_ACCOUNT_ID, _NEW_ID = "accountId:long", "accountId?:long"
_OWN: dict[str, tuple[str, str]] = {
    "account/addActivity": (_ACTIVITY, _ACTIVITY_ID),
    "account/createIndividualAccount": (f"{_INDIVIDUAL} {_CREATION}", _NEW_ID),
    "account/createOrganizationAccount": (f"{_ORGANIZATION} {_CREATION}", _NEW_ID),
    "account/listAccounts": _SEARCH,
    "account/listActivities": (_SEARCH[0], f"{_SEARCH[1]} activities?:ActivityList"),
    "account/listAddressTypes": ("", "addressTypes?:AddressTypeList"),
    "account/listCountries": ("", "countries?:CountryList"),
    "account/listGenders": ("", "genders?:GenderList"),
    "account/listIndividualTypes": ("", "individualTypes?:IndividualTypeList"),
    "account/listOrganizationTypes": ("", "organizationTypes?:OrganizationTypeList"),
    "account/listPrefixes": ("", "prefixes?:PrefixList"),
    "account/listSources": ("", "sources?:SourceList"),
    "account/listStates": ("", "states?:StateList"),
    "account/retrieveActivity": (_ACTIVITY_ID, "activity?:Activity"),
    "account/retrieveIndividualAccount": (_ACCOUNT_ID, "IndividualAccount?:IndividualAccount"),
    "account/retrieveOrganizationAccount": (
        _ACCOUNT_ID,
        "organizationAccount?:OrganizationAccount",
    ),
    "account/syncAccounts": (
        "accountIds?:AccountIdList syncAccountTimeFrom?:dateTime syncAccountTimeTo?:dateTime "
        + _SYNC,
        (
            "individualAccounts?:IndividualAccountList "
            "organizationAccounts?:OrganizationAccountList deletedAccountList?:AccountIdList "
            "page?:Page"
        ),
    ),
    "account/syncActivities": (
        "activityIds?:ActivityIdList syncActivityTimeFrom?:dateTime syncActivityTimeTo?:dateTime "
        + _SYNC,
        "activities?:ActivityList page?:Page deletedActivityIdList?:ActivityIdList",
    ),
    "account/updateActivity": (_ACTIVITY, _ACTIVITY_ID),
    "account/updateIndividualAccount": (_INDIVIDUAL, _NEW_ID),
    "account/updateOrganizationAccount": (_ORGANIZATION, _NEW_ID),
    "common/listCustomFields": (
        "searchCriteria:CustomFieldSearchCriteria",
        "customFields?:CustomFieldList",
    ),
    "common/login": ("login:APILogin", "userSessionId?"),
    "common/logout": ("", ""),
    "donation/listCampaigns": ("", "campaigns?:CampaignList"),
    "donation/listDonations": _SEARCH,
    "donation/listFunds": ("", "funds?:FundList"),
    "donation/listPurposes": ("", "purposes?:PurposeList"),
    "event/listEvents": _SEARCH,
    "event/retrieveEventAttendees": (
        "eventId?:long page?:Page",
        f"eventAttendeesResults?:{UNKNOWN} page?:Page",
    ),
    "membership/listMembershipHistory": (_ACCOUNT_ID, f"membershipResults?:{UNKNOWN}"),
    "membership/listMemberships": _SEARCH,
}


@attrs.frozen
class SchemaPart:
    """An element inside a type or a message.

    Attributes:
        kind: a simple type of XML Schema, the name of an enumeration, or that of a type.
    """

    name: str
    kind: str
    optional: bool
    repeated: bool

    @property
    def key(self) -> str:
        """Its key in JSON: no key begins with a capital."""
        return self.name[0].lower() + self.name[1:]


Parts: TypeAlias = tuple[SchemaPart, ...]


@attrs.frozen
class Type:
    """A type of the schema.

    Attributes:
        base: the type that it extends, or `""`.
        own: its elements behind those of the base.
    """

    namespace: str
    base: str
    own: Parts


def message(path: str) -> tuple[Parts, Parts] | None:
    """Return what a method's request and response consist of, or None without SOAP."""
    own = _OWN.get(path)
    return None if own is None else (_parts(_HEAD, own[0]), _parts(_RESULT, own[1]))


def inside(kind: str) -> Parts:
    """Return the elements inside a type, its base's first, or nothing for what is no such type."""
    known = types().get(kind)
    return () if known is None else (*inside(known.base), *known.own)


@functools.cache
def types() -> dict[str, Type]:
    by_name: dict[str, Type] = {}
    for namespace, source in _SOURCE.items():
        for line in source.replace("\n            ", " ").strip().splitlines():
            head, _, own = line.partition("=")
            name, _, base = head.replace(" ", "").partition("<")
            by_name[name] = Type(namespace, base, _parts(own))
    return by_name


@functools.cache
def _parts(*specs: str) -> Parts:
    return tuple(_part(spec) for spec in " ".join(specs).split())


def _part(spec: str) -> SchemaPart:
    name, _, kind = spec.partition(":")
    bare = name.removesuffix("[]").removesuffix("?")
    return SchemaPart(bare, kind or "string", name.endswith("?"), name.endswith("[]"))
