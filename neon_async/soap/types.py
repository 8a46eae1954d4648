"""The messages of v1's schema: which elements they have, in which order, and of which types.

The order of elements matters in requests alone. Replies are read whatever the order, so that it
does not matter that it is unknown for attendees and for the history of memberships.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType

import attrs

_NO_CHILDREN: Mapping[str, Element] = MappingProxyType({})

# Every line is a type and its elements in order; `[]` is repeated, no colon is text.
_TYPES = """
IdName id name
CodeName code name
APILogin apiKey orgId
Login username password orgId
CustomFieldData fieldId fieldValue fieldOptionId
CustomFieldDataList customFieldData[]:CustomFieldData
Address addressId:long isPrimaryAddress:boolean isShippingAddress:boolean shippingCompanyName
    shippingDeliverTo addressType:IdName addressLine1 addressLine2 addressLine3 addressLine4 city
    state:CodeName province county country:IdName zipCode zipCodeSuffix startDate:date endDate:date
    confirmDelete:boolean
AddressList address[]:Address
Contact contactId:long firstName lastName middleName prefix suffix salutation preferredName phone1
    phone1Type:enumeration phone2 phone2Type:enumeration phone3 phone3Type:enumeration fax dob:date
    gender:CodeName email1 email2 email3 deceased:boolean addresses:AddressList department title
IndividualTypeList individualType[]:IdName
IndividualAccount createdDateTime:dateTime createdBy lastModifiedDateTime:dateTime lastModifiedBy
    accountId:long primaryContact:Contact noSolicitation:boolean url login:Login
    customFieldDataList:CustomFieldDataList source:IdName existingOrganizationId:long
    organizationName facebookPage twitterPage individualTypes:IndividualTypeList
OrganizationTypeList organizationType[]:IdName
OrganizationAccount createdDateTime:dateTime createdBy lastModifiedDateTime:dateTime lastModifiedBy
    accountId:long primaryContact:Contact noSolicitation:boolean url login:Login
    customFieldDataList:CustomFieldDataList source:IdName primaryContactAccountId:long
    organizationName organizationTypes:OrganizationTypeList
Activity createdDateTime:dateTime createdBy lastModifiedDateTime:dateTime lastModifiedBy
    activityId:long subject note startDateTime:dateTime endDateTime:dateTime timeZoneOffset:long
    clientId:long systemUserId:long activityStatus:IdName activityPriority:enumeration
    encryptedIosCalendarKey customFieldDataList:CustomFieldDataList
Page currentPage:long pageSize:long totalPage:long totalResults:long sortColumn
    sortDirection:enumeration
FieldOptionList fieldOption[]:IdName
CustomField fieldId:long fieldName code dataType:enumeration component:enumeration
    fieldOptions:FieldOptionList
CustomFieldSearch search:IdName component:enumeration
AccountIdList accountId[]:long
ActivityIdList activityId[]:long
IndividualAccountList individualAccount[]:IndividualAccount
OrganizationAccountList organizationAccount[]:OrganizationAccount
ActivityList activity[]:Activity
PrefixList prefix[]
GenderList gender[]:CodeName
StateList state[]:CodeName
CountryList country[]:IdName
AddressTypeList addressType[]:IdName
SourceList source[]:IdName
CustomFieldList customField[]:CustomField
SearchCriterion key searchOperator value
SearchList search[]:SearchCriterion
OutputFields idNamePair[]:IdName
NameValue name value
NameValueRow nameValuePair[]:NameValue
SearchResults nameValuePairs[]:NameValueRow
MembershipTerm termInfo:IdName isParentTerm:boolean childTerms:OutputFields
MembershipResult accountId:long membershipTerm:MembershipTerm autoRenewal:boolean source:IdName
    customFieldDataList:CustomFieldDataList membershipId:long membershipName termDuration fee:double
    transactionDate:dateTime termStartDate:date termEndDate:date enrollmentType:enumeration
    status:enumeration
MembershipResultList membershipResult[]:MembershipResult
EventAttendee registrantAccountId:long registrantName registrationStatus:enumeration
    registrationDate attendeeId:long attendeeAccountId:long attendeeFirstName attendeeLastName
    markedAttended:boolean customFieldDataList:CustomFieldDataList
EventAttendeeList eventAttendeesResult[]:EventAttendee
CampaignList campaign[]:IdName
FundList fund[]:IdName
PurposeList purpose[]:IdName
Error errorCode errorMessage
ErrorList error[]:Error
Head userSessionId fromSource
Result operationResult:enumeration responseMessage responseDateTime:dateTime errors:ErrorList
"""

_SEARCH = (
    "searches:SearchList outputFields:OutputFields page:Page",
    "page:Page searchResults:SearchResults",
)
_INDIVIDUAL = "individualAccount:IndividualAccount"
_ORGANIZATION = "organizationAccount:OrganizationAccount"
_CREATION = "sendAcknowledgeEmail:boolean originDetail"
_NEW = "accountId:long"

# Section and method → what a request has after its head, and a reply after its result.
_METHODS: dict[str, tuple[str, str]] = {
    "common/login": ("login:APILogin", "userSessionId"),
    "common/logout": ("", ""),
    "common/listCustomFields": (
        "searchCriteria:CustomFieldSearch",
        "customFields:CustomFieldList",
    ),
    "account/syncAccounts": (
        (
            "accountIds:AccountIdList syncAccountTimeFrom:dateTime syncAccountTimeTo:dateTime "
            "page:Page ignoreDeletedIdList:boolean"
        ),
        (
            "individualAccounts:IndividualAccountList organizationAccounts:OrganizationAccountList "
            "deletedAccountList:AccountIdList page:Page"
        ),
    ),
    "account/syncActivities": (
        (
            "activityIds:ActivityIdList syncActivityTimeFrom:dateTime syncActivityTimeTo:dateTime "
            "page:Page ignoreDeletedIdList:boolean"
        ),
        "activities:ActivityList page:Page deletedActivityIdList:ActivityIdList",
    ),
    "account/updateIndividualAccount": (_INDIVIDUAL, _NEW),
    "account/updateOrganizationAccount": (_ORGANIZATION, _NEW),
    "account/createIndividualAccount": (f"{_INDIVIDUAL} {_CREATION}", _NEW),
    "account/createOrganizationAccount": (f"{_ORGANIZATION} {_CREATION}", _NEW),
    # The one element of a reply that begins with a capital.
    "account/retrieveIndividualAccount": (_NEW, "IndividualAccount:IndividualAccount"),
    "account/retrieveOrganizationAccount": (_NEW, _ORGANIZATION),
    "account/addActivity": ("activity:Activity", "activityId:long"),
    "account/updateActivity": ("activity:Activity", "activityId:long"),
    "account/retrieveActivity": ("activityId:long", "activity:Activity"),
    "account/listPrefixes": ("", "prefixes:PrefixList"),
    "account/listGenders": ("", "genders:GenderList"),
    "account/listStates": ("", "states:StateList"),
    "account/listCountries": ("", "countries:CountryList"),
    "account/listAddressTypes": ("", "addressTypes:AddressTypeList"),
    "account/listSources": ("", "sources:SourceList"),
    "account/listIndividualTypes": ("", "individualTypes:IndividualTypeList"),
    "account/listOrganizationTypes": ("", "organizationTypes:OrganizationTypeList"),
    "account/listAccounts": _SEARCH,
    "account/listActivities": (_SEARCH[0], f"{_SEARCH[1]} activities:ActivityList"),
    "donation/listDonations": _SEARCH,
    "event/listEvents": _SEARCH,
    "membership/listMemberships": _SEARCH,
    "donation/listCampaigns": ("", "campaigns:CampaignList"),
    "donation/listFunds": ("", "funds:FundList"),
    "donation/listPurposes": ("", "purposes:PurposeList"),
    "event/retrieveEventAttendees": (
        "eventId:long page:Page",
        "eventAttendeesResults:EventAttendeeList page:Page",
    ),
    "membership/listMembershipHistory": (_NEW, "membershipResults:MembershipResultList"),
}
_READING = ("list", "log", "retrieve", "sync")


@attrs.frozen(eq=False)
class Element:
    """An element of the schema.

    Attributes:
        name: its local name.
        kind: `"text"`, `"long"`, `"double"`, `"boolean"`, `"date"`, `"dateTime"` or
            `"enumeration"`; otherwise the name of its type.
        repeated: whether there may be several.
        children: the elements inside it, in the schema's order, by their lower-case names.
    """

    name: str
    kind: str
    repeated: bool = False
    children: Mapping[str, Element] = attrs.field(default=_NO_CHILDREN, repr=False)

    @property
    def key(self) -> str:
        """Its key in the JSON of the same reply: no key begins with a capital."""
        return self.name[0].lower() + self.name[1:]


@attrs.frozen(eq=False)
class Method:
    """An API method as the schema has it.

    Attributes:
        name: the API method, such as `"syncAccounts"`.
        service: the last part of its port's address, such as `"AccountService"`.
        writes: whether it changes anything.
        request: the message that is sent.
        response: the message that answers it.
    """

    name: str
    service: str
    writes: bool
    request: Element = attrs.field(repr=False)
    response: Element = attrs.field(repr=False)


@functools.cache
def find_method(path: str) -> Method | None:
    """Return the method of a REST path, or None where the schema or this table has none."""
    parts = _METHODS.get(path)
    if parts is None:
        return None
    section, _, name = path.partition("/")
    request, response = parts
    return Method(
        name,
        f"{section.capitalize()}Service",
        not name.startswith(_READING),
        _message(f"{name}Request", "Head", request),
        _message(f"{name}Response", "Result", response),
    )


def _message(name: str, head: str, own: str) -> Element:
    return Element(name, "message", children=_by_name([*_types()[head], *own.split()]))


def _by_name(specs: list[str]) -> Mapping[str, Element]:
    return MappingProxyType({element.name.lower(): element for element in map(_element, specs)})


@functools.cache
def _element(spec: str) -> Element:
    name, _, kind = spec.partition(":")
    inside = _types().get(kind, [])
    bare = name.removesuffix("[]")
    return Element(bare, kind or "text", repeated=bare != name, children=_by_name(inside))


@functools.cache
def _types() -> dict[str, list[str]]:
    lines = _TYPES.strip().replace("\n   ", " ").splitlines()
    return {name: specs for name, *specs in map(str.split, lines)}


def paths() -> tuple[str, ...]:
    """Return the REST paths of all methods in the table."""
    return tuple(_METHODS)
